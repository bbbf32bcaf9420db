import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from odoo.addons.gb_callcenter.tools.signature import verify

from ..models import gb_webhook_delivery as outbox
from ..tools import webhook_client
from ..tools.webhook_client import AddressError, WebhookClient, check_url, resolve
from .common import TicketCase

SECRET = "a-secret-of-the-test"


class Receiver:
    """Another system: a real HTTP server on loopback. ``answers`` are given one after another, the last for ever."""

    def __init__(self):
        self.received, self.answers = [], [(200, {})]
        self.release = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = receiver.answers[0]
                if len(receiver.answers) > 1:
                    receiver.answers.pop(0)
                receiver.received.append((self.path, dict(self.headers), body))
                if status == "slow":
                    receiver.release.wait(5)
                    status = 200
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self):
        return [json.loads(body)["event"] for _path, _headers, body in self.received]

    def stop(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@tagged("post_install", "-at_install")
class TestWebhooks(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.stop)
        cls.env["gb.webhook"].search([]).active = False
        cls.env["ir.config_parameter"].set_param("gb_ticket.internal_hosts", "127.0.0.1, localhost")
        cls.webhook = cls.env["gb.webhook"].create(
            {"name": "Warehouse", "url": f"{cls.receiver.url}/in?x=1", "secret_input": SECRET}
        )
        cls.startClassPatcher(patch.object(webhook_client, "CONNECT_SECONDS", 1))

    def setUp(self):
        super().setUp()
        self.receiver.received.clear()
        self.receiver.answers = [(200, {})]
        self.receiver.release.clear()
        commit = patch.object(
            self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_kwargs: 60
        )
        self.startPatcher(commit)

    def _send(self):
        self.env["gb.webhook.delivery"]._cron_send()
        self.env.invalidate_all()

    def _rows(self, ticket=None):
        domain = [("ticket_id", "=", ticket.id)] if ticket else []
        return self.env["gb.webhook.delivery"].search(
            [("webhook_id", "=", self.webhook.id), *domain], order="id"
        )

    def _notices(self):
        return self.env["mail.message"].search(
            [("model", "=", "gb.webhook"), ("subject", "like", "does not work")]
        )

    def _accepted(self, **values):
        return self._walk(self._ticket(**values), "accepted")

    # --- writing down --------------------------------------------------------------------------
    def test_every_move_is_written_down_in_its_transaction(self):
        ticket = self._walk(self._ticket(), "processing")
        events = self._rows(ticket).mapped("event")
        for event in ("ticket.accept", "ticket.dispatch", "ticket.sign"):
            self.assertIn(event, events)
        body = json.loads(self._rows(ticket).filtered(lambda row: row.event == "ticket.sign").body)
        self.assertEqual(body["work_order"]["number"], ticket.name)
        self.assertEqual(body["work_order"]["state"], "processing")
        self.assertEqual(body["step"]["from"], "dispatched")
        self.assertEqual(body["step"]["to"], "processing")
        self.assertEqual(body["work_order"]["customer"]["name"], "Chen Xiaomei")

    def test_what_is_rolled_back_is_not_told(self):
        ticket = self._ticket()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._move(ticket, self.agent, "accept")
            raise ZeroDivisionError
        self.assertFalse(self._rows(ticket))

    def test_filters_by_event_type_and_company(self):
        self.webhook.write({"events": "ticket.d*, ping", "type_ids": [(6, 0, self.complaint.ids)]})
        ticket = self._walk(self._ticket(), "dispatched")
        self.assertEqual(self._rows(ticket).mapped("event"), ["ticket.dispatch"])
        other = self._walk(self._ticket(type_id=self.consultation.id), "dispatched")
        self.assertFalse(self._rows(other))
        self.webhook.write(
            {
                "events": False,
                "type_ids": [(5,)],
                "company_id": self.env["res.company"].create({"name": "Other"}).id,
            }
        )
        self.assertFalse(self._rows(self._accepted(subject="Third")))

    def test_customers_data_can_be_left_out(self):
        self.webhook.has_customer_data = False
        body = self._rows(self._accepted())[0].body
        self.assertNotIn("Chen", body)

    def test_without_webhooks_nothing_is_asked_or_written(self):
        ticket = self._accepted()
        self.webhook.active = False
        ticket._emit("ticket.test")  # fills the cache
        with self.assertQueryCount(0):
            ticket._emit("ticket.test")

    # --- sending -------------------------------------------------------------------------------
    def test_sent_signed_in_order_and_once(self):
        ticket = self._walk(self._ticket(), "processing")
        self._send()
        rows = self._rows(ticket)
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        self.assertEqual(self.receiver.events(), rows.mapped("event"))
        path, headers, body = self.receiver.received[0]
        self.assertEqual(path, "/in?x=1")
        verify(SECRET, body, headers["X-GB-Timestamp"], headers["X-GB-Signature"])
        self.assertEqual(headers["X-GB-Event-Id"], json.loads(body)["id"])
        self.assertEqual(headers["X-GB-Event"], "ticket.accept")
        self._send()
        self.assertEqual(len(self.receiver.received), len(rows))

    def test_failure_is_tried_again_later_with_the_same_id(self):
        self.receiver.answers = [(500, {}), (200, {})]
        ticket = self._accepted()
        with mute_logger("odoo.addons.gb_ticket.models.gb_webhook_delivery"):
            self._send()
        row = self._rows(ticket)[0]
        self.assertEqual((row.state, row.attempts, row.status_code), ("failed", 1, 500))
        self.assertGreater(row.next_at, fields.Datetime.now())
        self.assertTrue(self.webhook.retry_at, "The others wait too.")
        self._send()
        self.assertEqual(len(self.receiver.received), 1, "Not before its time.")
        with freeze_time(self._later(hours=1)):
            self._send()
        ids = {headers["X-GB-Event-Id"] for _path, headers, _body in self.receiver.received[:2]}
        self.assertEqual(len(ids), 1)
        self.assertEqual(self.receiver.received[1][1]["X-GB-Attempt"], "2")
        self.assertEqual(set(self._rows(ticket).mapped("state")), {"sent"})
        self.assertFalse(self.webhook.failure_count)

    def test_order_is_kept_while_the_first_fails(self):
        self.receiver.answers = [(400, {}), (200, {})]
        ticket = self._walk(self._ticket(), "dispatched")
        self._send()
        self.assertEqual(
            self.receiver.events(), ["ticket.accept"], "The second waits for the first."
        )
        other = self._accepted(subject="Another matter", type_id=self.consultation.id)
        self._send()
        self.assertEqual(self._rows(other)[0].state, "sent", "Other work orders go on.")
        with freeze_time(self._later(hours=1)):
            self._send()
        told = [
            json.loads(body)["event"]
            for _path, _headers, body in self.receiver.received
            if json.loads(body)["work_order"]["id"] == ticket.id
        ]
        self.assertEqual(told[:3], ["ticket.accept", "ticket.accept", "ticket.dispatch"])

    def test_slow_receiver_is_given_up_for_now(self):
        self.receiver.answers = [("slow", {})]
        ticket = self._accepted()
        began = time.monotonic()
        with (
            patch.object(webhook_client, "ANSWER_SECONDS", 0.2),
            mute_logger("odoo.addons.gb_ticket.models.gb_webhook_delivery"),
        ):
            self._send()
        self.assertLess(time.monotonic() - began, 4)
        self.assertEqual(self._rows(ticket)[0].state, "failed")
        self.assertIn("no answer within", self._rows(ticket)[0].answer)

    @mute_logger("odoo.addons.gb_ticket.models.gb_webhook_delivery")
    def test_nobody_there(self):
        self.webhook.url = "http://127.0.0.1:9/in"
        ticket = self._accepted()
        self._send()
        self.assertEqual(self._rows(ticket)[0].state, "failed")
        self.assertEqual(self._rows(ticket)[0].status_code, 0)
        self.assertIn("refused", self._rows(ticket)[0].answer)

    def test_redirects_are_not_followed(self):
        self.receiver.answers = [(302, {"Location": f"{self.receiver.url}/elsewhere"})]
        ticket = self._accepted()
        self._send()
        self.assertEqual(len(self.receiver.received), 1)
        row = self._rows(ticket)[0]
        self.assertEqual(row.state, "failed")
        self.assertIn("elsewhere", row.answer)

    def test_gone_switches_off_and_tells_managers(self):
        self.receiver.answers = [(410, {})]
        ticket = self._accepted()
        self._send()
        self.assertFalse(self.webhook.active)
        self.assertEqual(self._rows(ticket)[0].state, "dead")
        self.assertIn("410", self.webhook.alarm)
        self.assertIn(self.manager.partner_id, self._notices().notified_partner_ids)

    @mute_logger("odoo.addons.gb_ticket.models.gb_webhook_delivery")
    def test_given_up_after_many_attempts_with_an_alarm(self):
        self.receiver.answers = [(422, {})]
        ticket = self._accepted()
        for days in range(outbox.MAX_ATTEMPTS):
            with freeze_time(self._later(days=days)):
                self._send()
        row = self._rows(ticket)[0]
        self.assertEqual((row.state, row.attempts), ("dead", outbox.MAX_ATTEMPTS))
        self.assertIn("422", self.webhook.alarm)
        self.assertEqual(len(self._notices()), 1, "Told once.")
        self.receiver.answers = [(200, {})]
        row.with_user(self.manager).action_resend()
        self._send()
        self.assertEqual(row.state, "sent")
        self.assertFalse(self.webhook.alarm)

    def test_retry_after_is_obeyed(self):
        self.receiver.answers = [(503, {"Retry-After": "1800"})]
        self._accepted()
        with mute_logger("odoo.addons.gb_ticket.models.gb_webhook_delivery"):
            self._send()
        self.assertGreaterEqual(self.webhook.retry_at, self._later(seconds=1700))

    def test_server_that_dies_while_sending_sends_again(self):
        ticket = self._accepted()
        claimed = self.env["gb.webhook.delivery"]._claim()
        self.assertIn(self._rows(ticket)[0], claimed)
        claimed._send(claimed)  # the request went out; its result was never stored
        self._send()
        self.assertEqual(len(self.receiver.received), 1, "Another sender leaves it alone.")
        with freeze_time(self._later(minutes=outbox.LEASE_MINUTES + 1)):
            self._send()
        ids = [headers["X-GB-Event-Id"] for _path, headers, _body in self.receiver.received]
        self.assertEqual(ids[0], ids[1], "The receiver knows it by its id.")
        self.assertEqual(self._rows(ticket)[0].state, "sent")

    def test_one_that_is_down_does_not_hold_up_the_others(self):
        down = self.webhook.copy({"name": "Down", "url": "http://127.0.0.1:9/", "active": False})
        down.write({"secret_input": SECRET, "active": True})
        for number in range(6):
            self._accepted(subject=f"Matter {number}", type_id=self.consultation.id)
        with mute_logger("odoo.addons.gb_ticket.models.gb_webhook_delivery"):
            self._send()
        self.assertEqual(set(self._rows().mapped("state")), {"sent"})
        rows = self.env["gb.webhook.delivery"].search([("webhook_id", "=", down.id)])
        self.assertLessEqual(sum(rows.mapped("attempts")), outbox.LANES)

    def test_many_rows_a_second(self):
        """Not the time, which depends on the machine: the number of queries for 1 000 rows."""
        rows = self.env["gb.webhook.delivery"].create(
            [
                {
                    "webhook_id": self.webhook.id,
                    "event": "bulk",
                    "event_id": f"bulk-{n}",
                    "body": "{}",
                }
                for n in range(1000)
            ]
        )
        self.env.flush_all()
        sent = webhook_client.Outcome(status=200)
        with (
            patch.object(WebhookClient, "post", lambda *_args: sent),
            self.assertQueryCount(40),
        ):
            self._send()
        self.assertEqual(set(rows.mapped("state")), {"sent"})

    def test_ping(self):
        self.webhook.with_user(self.manager).action_ping()
        self._send()
        self.assertEqual(self.receiver.events(), ["ping"])

    # --- safety --------------------------------------------------------------------------------
    def test_secret_can_never_be_read(self):
        webhook = self.webhook.with_user(self.manager)
        self.assertNotIn(SECRET, str(webhook.read()))
        with self.assertRaises(AccessError):
            webhook.read(["secret"])
        with self.assertRaises(AccessError):
            webhook.search([("secret", "=like", "a%")])

    def test_secret_is_asked_for(self):
        with self.assertRaisesRegex(ValidationError, "Set a secret"):
            self.env["gb.webhook"].create({"name": "Open", "url": "https://example.com"})
        with self.assertRaisesRegex(ValidationError, "at least 16"):
            self.webhook.secret_input = "short"

    def test_addresses(self):
        for url in (
            "http://example.com/in",
            "ftp://example.com",
            "https://user:pass@example.com/",
            "https://",
            "file:///etc/passwd",
            "https://[::1",
        ):
            with self.subTest(url=url), self.assertRaises(AddressError):
                check_url(url)
        with self.assertRaisesRegex(ValidationError, "cannot be used"):
            self.webhook.url = "http://example.com/in"
        for host in (
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
        ):
            with self.subTest(host=host), self.assertRaises(AddressError):
                resolve(host, 443)
        self.assertEqual(resolve("127.0.0.1", 80, {"127.0.0.1"}), "127.0.0.1")

    def test_name_that_leads_into_the_own_network_is_not_connected_to(self):
        with (
            patch.object(webhook_client.socket, "getaddrinfo") as lookup,
            WebhookClient("https://rebinding.example/in", SECRET) as client,
        ):
            lookup.return_value = [(2, 1, 6, "", ("127.0.0.1", self.receiver.server.server_port))]
            outcome = client.post("{}")
        self.assertIn("private network", outcome.answer)
        self.assertFalse(self.receiver.received)

    def test_only_managers_see_and_send_again(self):
        row = self._rows(self._accepted())[0]
        for user in (self.agent, self.handler, self.stranger):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["body"])
            with self.assertRaises(AccessError):
                row.with_user(user).action_resend()
            with self.assertRaises(AccessError):
                self.webhook.with_user(user).read(["url"])
        with self.assertRaises(AccessError):
            row.with_user(self.manager).write({"body": "{}"})

    def test_other_companys_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.webhook.company_id = company
        self.assertFalse(
            self.env["gb.webhook"].with_user(self.manager).search([("id", "=", self.webhook.id)])
        )

    def test_a_copy_of_the_database_tells_nobody(self):
        self._accepted()
        self.env.flush_all()
        with file_open("gb_ticket/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.webhook.active)
        self.assertFalse(self.webhook.secret)
        self._send()
        self.assertFalse(self.receiver.received)
