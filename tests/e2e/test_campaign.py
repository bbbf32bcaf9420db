"""A list is dialled by itself: real Odoo with its job, real Asterisk, customers who answer or do not, agents who take them.

GB_CAMPAIGN_ROWS: how many customers (36). Counts in Odoo equal Asterisk's own.
"""

import collections
import os
import threading
import time
import xmlrpc.client

import pytest
from pbx_fixtures import wait_for
from world import run

ROWS = int(os.environ.get("GB_CAMPAIGN_ROWS", "36"))
# last digits of the customers' numbers: what they do (tests/sipp/customers.xml)
DIGITS = "12316275134162517821"
SEATS = ("1001", "1002", "1003")
SEED = """
env = globals()["env"]
queue = env["gb.queue"].search([("code", "=", "aftersales")])
env["gb.seat"].search([("extension", "in", %(seats)r)]).queue_ids = [(4, queue.id)]
china = env.ref("base.cn")
partners = env["res.partner"].create(
    [
        {"name": f"Dialled {n}", "phone": f"+86 1391{n:06}{digit}", "country_id": china.id, "tz": "Asia/Shanghai"}
        for n, digit in enumerate(%(digits)r)
    ]
)
campaign = env["gb.campaign"].create(
    {
        "name": "E2E",
        "mode": "progressive",
        "team_id": env["gb.team"].search([], limit=1).id,
        "queue_id": queue.id,
        "hotline_id": env["gb.hotline"].search([("number", "=", "8001")]).id,
        "ring_seconds": 15,
        "hour_from": 0,
        "hour_to": 24,
        "attempts_per_day": 0,
        "attempts_total": 1,
    }
)
call_list = env["gb.campaign.list"].create({"name": "E2E", "campaign_id": campaign.id})
call_list._fill_partners(partners)
assert len(call_list.row_ids) == len(partners), call_list.row_ids.mapped("exclusion")
env.cr.commit()
"""
ATTEMPTS = """
    SELECT attempt.*, call.direction, call.result, call.partner_id AS call_partner_id, call.user_id AS call_user_id,
           call.state AS call_state
      FROM gb_campaign_attempt attempt LEFT JOIN gb_call call ON call.id = attempt.call_id
"""
FATES = {
    "connected", "abandoned", "hung_up", "machine", "busy", "refused", "no_answer", "invalid", "failed",
}  # fmt: skip


class Job:
    """The dialler's own job, in threads of Odoo's server as a scheduler runs it."""

    def __init__(self, world):
        self.world, self.stopped = world, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def do(self, model, method, *args):
        server = xmlrpc.client.ServerProxy(self.world.url + "/xmlrpc/2/object", allow_none=True)
        return server.execute_kw(self.world.database, 2, "admin", model, method, list(args))

    def _run(self):
        query = "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_campaign_dial'"
        cron = self.world.rows(query)[0]["res_id"]
        while not self.stopped.is_set():
            self.do("ir.cron", "method_direct_trigger", [cron])


@pytest.fixture
def job(world):
    run(
        *world._odoo("shell"),
        "--no-http",
        input=SEED % {"seats": SEATS, "digits": (DIGITS * (ROWS // len(DIGITS) + 1))[:ROWS]},
        env=world.environment,
    )
    job = Job(world)
    yield job
    job.stopped.set()
    campaigns = job.do("gb.campaign", "search", [("state", "=", "running")])
    if campaigns:
        job.do("gb.campaign", "action_pause", campaigns)
    job.thread.join(120)
    queue = job.do("gb.queue", "search", [("code", "=", "aftersales")])[0]
    for extension in ("1001", "1002"):
        seat = job.do("gb.seat", "search", [("extension", "=", extension)])
        job.do("gb.seat", "write", seat, {"queue_ids": [(3, queue)]})


def test_a_list_is_dialled_and_counts_are_asterisks(world, sign_in, job):
    world.exchange.customers(answer=200, talk=1000)
    for extension in SEATS:
        sign_in(extension, answer=50)
    (campaign,) = world.rows("SELECT id FROM gb_campaign WHERE name = 'E2E'")
    since = time.time()
    job.do("gb.campaign", "action_start", [campaign["id"]])
    job.thread.start()

    def attempts():
        return world.rows(ATTEMPTS + "WHERE attempt.campaign_id = %s", campaign["id"])

    def is_over():
        rows = attempts()
        return len(rows) == ROWS and all(
            row["state"] in FATES and row["call_state"] == "ended" for row in rows
        )

    wait_for(is_over, timeout=100 + 4 * ROWS, what="every customer has been dialled")
    rows = attempts()
    print(f"{ROWS} customers in {time.time() - since:.0f} s")
    states = collections.Counter(row["state"] for row in rows)
    mine = {row["linked_id"] for row in rows}
    assert mine == {f"dial-campaign-{row['id']}" for row in rows}
    log = [data for _at, data in world.exchange.read("queue_log") if data["callid"] in mine]
    lines = collections.Counter(data["type"] for data in log)
    cel = [data for _at, data in world.exchange.read("cel") if data["uniqueid"] in mine]
    kinds = collections.Counter(data["type"] for data in cel)
    causes = collections.Counter(
        data["extra"]["hangupcause"] for data in cel if data["type"] == "HANGUP"
    )
    assert kinds["CHAN_START"] == ROWS, "each once"
    assert states["connected"] == lines["CONNECT"] > 0, states
    assert states["abandoned"] == lines["EXITWITHTIMEOUT"], states
    assert states["hung_up"] == lines["ABANDON"], states
    answered = sum(row["answered_at"] is not None for row in rows)
    assert answered == kinds["ANSWER"] == lines["ENTERQUEUE"]
    assert (states["busy"], states["refused"]) == (causes[17], causes[21])
    digits = (DIGITS * (ROWS // len(DIGITS) + 1))[:ROWS]
    assert states["no_answer"] == digits.count("4"), states
    # every one is a call of this customer's, with the agent who has talked with him
    for row in rows:
        assert row["direction"] == "outbound" and row["call_partner_id"] == row["partner_id"], row
        assert (row["call_user_id"] is not None) or row["state"] != "connected", row
        assert (row["result"] == "answered") == (row["state"] == "connected"), row
