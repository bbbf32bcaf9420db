import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.gb_callcenter.tools.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureError,
    verify,
)

from ..tools.asterisk_events import read_event
from .common import SECRET, AsteriskCase


class FakeConnector(ThreadingHTTPServer):
    """Takes commands on loopback as the connector does, and answers what the test tells it to."""

    def __init__(self):
        self.commands, self.answer, self.status = [], {"ok": True, "result": {}}, 200
        super().__init__(("127.0.0.1", 0), self._make_handler())
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def _make_handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = server.status, server.answer
                try:
                    verify(
                        SECRET, body, self.headers[TIMESTAMP_HEADER], self.headers[SIGNATURE_HEADER]
                    )
                    server.commands.append((self.path, json.loads(body)))
                except SignatureError:
                    status, answer = 401, {"ok": False, "error": "bad_signature"}
                payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *args):
                """Tests speak for themselves."""

        return Handler


@tagged("post_install", "-at_install")
class TestAdapter(AsteriskCase):
    def setUp(self):
        super().setUp()
        self.connector = FakeConnector()
        self.addCleanup(self.connector.server_close)
        self.addCleanup(self.connector.shutdown)
        self.provider.connector_url = self.connector.url

    def test_seat_actions_reach_the_pbx_signed(self):
        self._sign_in(self.agent, self.seat_1)
        panel = self._seat_of(self.agent)
        panel.panel_pause(self.pause_reason.id)
        panel.panel_ready()
        panel.panel_dial("13800007771", "click-1")
        panel.panel_sign_out()
        commands = [(body["command"], body["args"]) for path, body in self.connector.commands]
        self.assertEqual(
            [command for command, _args in commands],
            ["seat.sign_in", "seat.pause", "seat.pause", "call.dial", "seat.sign_out"],
        )
        self.assertEqual(
            commands[0][1],
            {
                "extension": "1001",
                "name": self.agent.name,
                "user": self.agent.id,
                "queues": [{"name": "orders", "penalty": 0}],
                "paused": False,
                "reason": "",
                "wrap_seconds": 120,
            },
        )
        self.assertEqual(commands[1][1]["reason"], "Test break")
        self.assertEqual(self.connector.commands[3][1]["id"], "click-1")
        self.assertEqual({path for path, _body in self.connector.commands}, {"/v1/command"})

    def test_refusals_are_told_and_change_nothing(self):
        self._sign_in(self.agent, self.seat_1)
        for status, answer, message in (
            (409, {"ok": False, "error": "pbx_down", "message": "x"}, "being restarted"),
            (409, {"ok": False, "error": "not_registered", "message": "x"}, "not connected"),
            (409, {"ok": False, "error": "refused", "message": "because"}, "because"),
            (500, b"<html>", "does not answer"),
        ):
            self.connector.status, self.connector.answer = status, answer
            with self.assertRaisesRegex(UserError, message):
                self._seat_of(self.agent).panel_pause(self.pause_reason.id)
            self.assertEqual(self.seat_1.state, "ready")

    def test_connector_that_is_away_is_told(self):
        self.provider.connector_url = "http://127.0.0.1:9"
        with self.assertRaisesRegex(UserError, "does not answer"):
            self._sign_in(self.agent, self.seat_1)
        self.assertFalse(self.seat_1.user_id)

    def test_secret_can_be_set_but_not_read(self):
        manager = self.provider.with_user(self.manager)
        values = manager.read(["connector_secret_input"])[0]
        self.assertNotIn(SECRET, str(values))
        with self.assertRaises(AccessError):
            manager.read(["connector_secret"])
        with self.assertRaises(AccessError):
            manager.search([("connector_secret", "like", "a%")])
        with self.assertRaises(ValidationError):
            manager.connector_secret_input = "short"
        manager.connector_secret_input = manager.connector_secret_input  # saving the form keeps it
        self.assertEqual(self.provider.sudo().connector_secret, SECRET)
        self.assertNotIn(SECRET, str(self.provider.sudo().copy_data()))

    def test_new_secret_is_shown_once(self):
        action = self.provider.with_user(self.manager).action_new_secret()
        self.assertEqual(action["params"]["message"], self.provider.sudo().connector_secret)
        with self.assertRaises(AccessError):
            self.provider.with_user(self.lead).action_new_secret()

    def test_test_connection_tells_the_version(self):
        self.connector.answer = {"ok": True, "result": {"pbx": "up", "version": "22.1"}}
        action = self.provider.with_user(self.manager).action_test_connection()
        self.assertIn("22.1", action["params"]["message"])

    def test_sweep_asks_for_the_calls_that_are_alive(self):
        self.connector.answer = {"ok": True, "result": {"linkedids": ["gb-1.1"]}}
        self.assertEqual(self.provider._get_alive_linked_ids(), {"gb-1.1"})
        self.connector.answer = {"ok": False, "error": "pbx_down", "message": "x"}
        self.assertIsNone(self.provider._get_alive_linked_ids())

    def test_neutralized_copy_commands_nothing(self):
        script = Path(__file__).parents[1] / "data" / "neutralize.sql"
        self.env.flush_all()
        self.env.cr.execute(script.read_text())
        self.env.invalidate_all()
        self.assertFalse(self.provider.connector_url or self.provider.sudo().connector_secret)

    def test_words_of_asterisk_that_are_not_understood_are_refused(self):
        recording = {"linkedid": "a", "uniqueid": "a", "name": "x", "size": 1, "duration": 1}
        for source, data, error in (
            ("cel", {"type": "CHAN_START"}, KeyError),
            ("cel", {"type": "ANSWER", "linkedid": "", "uniqueid": ""}, ValueError),
            ("queue_log", {"type": "CONNECT"}, KeyError),
            ("ami", {"type": "DeviceState", "extension": "1", "state": "on fire"}, ValueError),
            ("recording", {"type": "RECORDING", "sha256": "zz", **recording}, ValueError),
            ("telex", {"type": "x"}, ValueError),
        ):
            with self.assertRaises(error, msg=(source, data)):
                read_event(source, 1.0, data)
