import threading
import time
from functools import partial
from unittest.mock import patch

import requests
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config, mute_logger

PASSWORD = "two-at-once-7Q"
PATIENCE = 30  # seconds until a test that waits for others gives up


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two workers at once, on committed data, each in a transaction of his own, through the server where it matters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            env = api.Environment(
                cr, SUPERUSER_ID, {"tracking_disable": True, "no_reset_password": True}
            )
            group = env.ref("gb_ticket.group_gb_department")
            users = env["res.users"].create(
                [
                    {
                        "name": f"Worker {number}",
                        "login": f"gb_worker_{number}",
                        "password": PASSWORD,
                        "group_ids": [(6, 0, [env.ref("base.group_user").id, group.id])],
                    }
                    for number in (1, 2)
                ]
            )
            department = env["hr.department"].create(
                {"name": "Two at once", "gb_member_ids": [(6, 0, users.ids)]}
            )
            cls.logins = users.mapped("login")
            cls.names = users.mapped("name")
            cls.user_ids, cls.partner_ids = users.ids, users.partner_id.ids
            cls.department_id = department.id
            cls.customer_id = env["res.partner"].create({"name": "Customer of two"}).id

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT id FROM gb_ticket WHERE department_id = %s", [cls.department_id])
            ids = [row[0] for row in cr.fetchall()]
            cr.execute(
                "DELETE FROM mail_message WHERE model = 'gb.ticket' AND res_id = ANY(%s)", [ids]
            )
            cr.execute("DELETE FROM gb_ticket WHERE id = ANY(%s)", [ids])
            env["hr.department"].browse(cls.department_id).unlink()
            env["res.users"].browse(cls.user_ids).unlink()
            env["res.partner"].browse([*cls.partner_ids, cls.customer_id]).unlink()

    # --- helpers -------------------------------------------------------------------------------
    def _new_ticket(self):
        """:return: id of a committed work order that is dispatched and unclaimed"""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ticket = env["gb.ticket"].create(
                {
                    "subject": "Wanted by two",
                    "type_id": env.ref("gb_ticket.gb_ticket_type_suggestion").id,
                    "partner_id": self.customer_id,
                }
            )
            ticket._transition("accept")
            if ticket.state_code == "accepted":
                ticket._transition("dispatch", {"department_id": self.department_id})
            ticket.department_id = self.department_id
            ticket.user_id = False
            return ticket.id

    def _read(self, ticket_id):
        """:return: (state, handler's id, revision, number of steps, number of open steps) as committed"""
        with self.registry.cursor() as cr:
            ticket = api.Environment(cr, SUPERUSER_ID, {})["gb.ticket"].browse(ticket_id)
            return (
                ticket.state_code,
                ticket.user_id.id,
                ticket.revision,
                len(ticket.step_ids),
                len(ticket.step_ids.filtered(lambda step: not step.ended_at)),
            )

    def _sign_in(self, login):
        session = requests.Session()
        self._post(
            session,
            "/web/session/authenticate",
            {"db": get_db_name(), "login": login, "password": PASSWORD},
        )
        return session

    def _post(self, session, path, params):
        response = session.post(
            f"http://127.0.0.1:{config['http_port']}{path}",
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            timeout=PATIENCE,
        )
        response.raise_for_status()
        return response.json()

    def _call(self, session, method, *args, **kwargs):
        return self._post(
            session,
            f"/web/dataset/call_kw/gb.ticket/{method}",
            {"model": "gb.ticket", "method": method, "args": list(args), "kwargs": kwargs},
        )

    def _both(self, calls, meanwhile=None):
        """Run the calls at once. :return: their answers, in order"""
        answers, barrier = [None] * len(calls), threading.Barrier(len(calls))

        def run(number, call):
            barrier.wait(PATIENCE)
            answers[number] = call()

        threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
        with mute_logger("odoo.http", "odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            if meanwhile:
                meanwhile()
            for thread in threads:
                thread.join(PATIENCE)
        return answers

    def _wait_for_waiting(self, count):
        """Until ``count`` transactions wait for the lock of a work order."""
        pulse, deadline = threading.Event(), time.monotonic() + PATIENCE
        while True:
            with self.registry.cursor() as watch:
                watch.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock' AND query LIKE %s",
                    ["%gb_ticket%FOR NO KEY UPDATE%"],
                )
                if watch.fetchone()[0] >= count:
                    return
            self.assertLess(time.monotonic(), deadline, "nobody waited for the work order")
            pulse.wait(0.02)

    def _split(self, answers):
        """:return: (results of those that went well, messages of the others)"""
        won = [answer["result"] for answer in answers if "error" not in answer]
        lost = [answer["error"]["data"]["message"] for answer in answers if "error" in answer]
        return won, lost

    # --- claims --------------------------------------------------------------------------------
    def test_of_two_claims_one_wins_and_the_other_reads_who(self):
        ticket_id = self._new_ticket()
        before = self._read(ticket_id)
        sessions = [self._sign_in(login) for login in self.logins]
        with self.registry.cursor() as gate:
            # both arrive while the row is held, and go on at the same moment
            gate.execute("SELECT id FROM gb_ticket WHERE id = %s FOR UPDATE", [ticket_id])

            def open_gate():
                self._wait_for_waiting(2)
                gate.rollback()

            answers = self._both(
                [partial(self._call, session, "action_claim", [ticket_id]) for session in sessions],
                meanwhile=open_gate,
            )
        won, lost = self._split(answers)
        self.assertEqual((len(won), len(lost)), (1, 1), answers)
        winner = 0 if "result" in answers[0] else 1
        self.assertIn(f"{self.names[winner]} has claimed", lost[0])
        after = self._read(ticket_id)
        self.assertEqual(after[1], self.user_ids[winner])
        self.assertEqual(after[2:], (before[2] + 1, before[3] + 1, 1))

    def test_two_who_claim_the_next_one_get_different_ones(self):
        ids = {self._new_ticket(), self._new_ticket()}
        sessions = [self._sign_in(login) for login in self.logins]
        answers = self._both(
            [partial(self._call, session, "action_claim_next", []) for session in sessions]
        )
        won, lost = self._split(answers)
        self.assertFalse(lost)
        self.assertEqual({result["res_id"] for result in won}, ids)
        for ticket_id in ids:
            self.assertEqual(self._read(ticket_id)[4], 1)

    # --- moves ---------------------------------------------------------------------------------
    def test_of_two_moves_one_wins_and_nothing_is_left_half(self):
        ticket_id = self._new_ticket()
        before = self._read(ticket_id)
        sessions = [self._sign_in(login) for login in self.logins]
        answers = self._both(
            [
                partial(
                    self._call,
                    session,
                    "action_transition",
                    [ticket_id],
                    "sign",
                    revision=before[2],
                )
                for session in sessions
            ]
        )
        won, lost = self._split(answers)
        self.assertEqual((len(won), len(lost)), (1, 1), answers)
        self.assertRegex(
            lost[0], "Somebody is moving|has moved .* meanwhile|Nothing of yours was stored"
        )
        after = self._read(ticket_id)
        winner = 0 if "result" in answers[0] else 1
        self.assertEqual(
            after, ("processing", self.user_ids[winner], before[2] + 1, before[3] + 1, 1)
        )

    def test_whoever_comes_while_it_is_moved_is_told(self):
        ticket_id = self._new_ticket()
        before = self._read(ticket_id)
        with self.registry.cursor() as gate, self.registry.cursor() as cr:
            gate.execute("SELECT id FROM gb_ticket WHERE id = %s FOR NO KEY UPDATE", [ticket_id])
            ticket = api.Environment(cr, self.user_ids[0], {})["gb.ticket"].browse(ticket_id)
            with self.assertRaisesRegex(UserError, "Somebody is moving .* at this moment"):
                ticket.action_transition("sign")
            cr.rollback()
        self.assertEqual(self._read(ticket_id), before)

    def test_a_move_on_an_old_snapshot_is_run_again_and_told(self):
        ticket_id = self._new_ticket()
        before = self._read(ticket_id)
        runs = []
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user_ids[0], {})

            def move():
                ticket = env["gb.ticket"].browse(ticket_id)
                ticket.fetch(["revision"])  # the snapshot begins here
                if not runs:
                    with self.registry.cursor() as other:
                        api.Environment(other, self.user_ids[1], {})["gb.ticket"].browse(
                            ticket_id
                        ).action_transition("sign")
                runs.append(1)
                ticket.action_transition("sign", revision=before[2])

            with (
                patch("odoo.service.model.random.uniform", return_value=0.0),
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaisesRegex(
                    UserError, f"{self.names[1]} has moved .* to “Processing” meanwhile"
                ),
            ):
                retrying(move, env)
            cr.rollback()
        self.assertEqual(len(runs), 2)
        self.assertEqual(
            self._read(ticket_id), ("processing", self.user_ids[1], before[2] + 1, before[3] + 1, 1)
        )

    def test_of_two_refunds_of_one_order_the_second_is_run_again(self):
        first, second = self._new_ticket(), self._new_ticket()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            order = env["sale.order"].create({"partner_id": self.customer_id})
            env["gb.ticket"].browse([first, second]).write({"order_id": order.id})
        try:
            with self.registry.cursor() as early, self.registry.cursor() as late:
                late_ticket = api.Environment(late, SUPERUSER_ID, {})["gb.ticket"].browse(second)
                self.assertEqual(late_ticket.order_id.id, order.id)  # its snapshot is taken
                api.Environment(early, SUPERUSER_ID, {})["gb.ticket"].browse(first)._hold_order()
                early.commit()
                with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                    late_ticket._hold_order()
                late.rollback()
        finally:
            with self.registry.cursor() as cr:
                # nobody is to claim them in another test
                cr.execute("DELETE FROM gb_ticket WHERE order_id = %s", [order.id])
                api.Environment(cr, SUPERUSER_ID, {})["sale.order"].browse(order.id).unlink()
