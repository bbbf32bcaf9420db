"""Faxes between a real fax machine (a second Asterisk behind the trunk) and Odoo's records."""

import time
import xmlrpc.client
from pathlib import Path

import pytest
from pbx_fixtures import free_ports, wait_for

from fax_machine import FaxMachine, dots, make_pages  # isort: skip

SECONDS = 150


@pytest.fixture(scope="module")
def machine(world):
    machine = FaxMachine(world.exchange, free_ports(2))
    try:
        machine.start()
        yield machine
    finally:
        machine.stop()


@pytest.fixture(autouse=True)
def no_pages(machine):
    (machine.pages / "received.tif").unlink(missing_ok=True)


def faxes(world, direction, since, **wanted):
    """Faxes since ``since``, when there is one whose columns are as ``wanted``."""
    rows = world.rows(
        """SELECT fax.*, partner.name AS customer FROM gb_fax fax LEFT JOIN res_partner partner ON partner.id = fax.partner_id
            WHERE direction = %s AND at >= to_timestamp(%s) AT TIME ZONE 'UTC' ORDER BY fax.id""",
        direction,
        int(since),
    )
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_a_fax_that_comes_in_is_a_work_order_with_its_pages(world, machine):
    since = time.time()
    machine.load(make_pages("order", "second page")[0])
    machine.ring("8009")
    [fax] = wait_for(lambda: faxes(world, "inbound", since, state="received"), SECONDS, "fax")
    assert fax["page_count"] == 2
    tickets = world.rows("SELECT * FROM gb_ticket WHERE gb_fax_id = %s", fax["id"])
    assert len(tickets) == 1 and tickets[0]["channel"] == "fax"
    files = world.rows(
        "SELECT mimetype FROM ir_attachment WHERE res_model = 'gb.ticket' AND res_field IS NULL AND res_id = %s",
        tickets[0]["id"],
    )
    assert files == [{"mimetype": "application/pdf"}]


def test_a_menu_hands_out_its_document(world, machine):
    since = time.time()
    wait_for(lambda: world.exchange.health().get("flows") == "up", 60, "ARI")
    wait_for(
        lambda: world.rows(
            """SELECT 1 FROM gb_ivr_delivery delivery JOIN gb_ivr_version version ON version.digest = delivery.digest
                 JOIN gb_ivr_flow flow ON flow.id = version.flow_id WHERE flow.code = 'fax'"""
        ),
        60,
        "the connector has the flow",
    )
    machine.ring("8010", "take-1")
    [fax] = wait_for(lambda: faxes(world, "outbound", since, state="sent"), SECONDS, "fax")
    assert (fax["subject"], fax["page_count"]) == ("Price list", 1)
    assert fax["call_id"] and len(dots(machine.received())) == 1


def test_a_fax_from_a_record_is_sent(world, machine):
    [fax] = world.rows("SELECT * FROM gb_fax WHERE subject = 'Offer'")
    # the fax machine of the carrier's end has one number
    common = xmlrpc.client.ServerProxy(f"{world.url}/xmlrpc/2/common")
    uid = common.authenticate(world.database, "admin", "admin", {})
    models = xmlrpc.client.ServerProxy(f"{world.url}/xmlrpc/2/object")

    def call(model, method, *args):
        return models.execute_kw(world.database, uid, "admin", model, method, list(args))

    cron = call("ir.model.data", "search_read", [("name", "=", "ir_cron_send_faxes")], ["res_id"])
    call("ir.cron", "method_direct_trigger", [cron[0]["res_id"]])
    state = "SELECT state, error, tries FROM gb_fax WHERE id = %s"
    told = wait_for(
        lambda: [row for row in world.rows(state, fax["id"]) if row["state"] != "sending"],
        SECONDS,
        "what became of it",
    )
    assert told == [{"state": "sent", "error": None, "tries": 1}], told
    stored = list(Path(world.exchange.run / "flows/faxes").glob("*.tiff"))
    assert any(dots(machine.received()) == dots(path.read_bytes()) for path in stored)
    contacts = world.rows(
        "SELECT channel, direction FROM gb_contact WHERE res_model = 'gb.fax' AND res_id = %s",
        fax["id"],
    )
    assert contacts == [{"channel": "fax", "direction": "outbound"}]
