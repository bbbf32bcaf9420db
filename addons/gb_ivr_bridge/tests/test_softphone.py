import base64
import hashlib
import hmac
import json
import logging
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..tools.asterisk_api import AsteriskApi
from .common import AsteriskCase

PASSWORD = "a password of one session only"
GIVEN = {
    "uri": "sip:1001@pbx.invalid",
    "user": "1001",
    "password": PASSWORD,
    "ws_path": "/ws",
    "expires_at": 1800000000,
}
_logger = logging.getLogger(__name__)
TURN = "the secret of the TURN server"


@tagged("post_install", "-at_install")
class TestSoftphone(AsteriskCase):
    def setUp(self):
        super().setUp()
        self.seat_1.phone_kind = "browser"
        self.sent = []

        def send(api, command, args, token=None):
            self.sent.append((command, args))
            return (dict(GIVEN) if command == "seat.credentials" else {}), []

        self.startPatcher(patch.object(AsteriskApi, "send", send))
        self._sign_in(self.agent, self.seat_1)

    def _get(self):
        return self._seat_of(self.agent).get_softphone()

    def test_each_time_the_pbx_is_asked_for_a_new_password(self):
        given = self._get()
        self.assertEqual((given["user"], given["password"]), ("1001", PASSWORD))
        self.assertEqual((given["server"], given["ice_servers"]), ("", []))
        self._get()
        asked = [args for command, args in self.sent if command == "seat.credentials"]
        self.assertEqual(asked, [{"extension": "1001"}] * 2)

    def test_the_password_is_stored_and_logged_nowhere(self):
        with self.assertLogs("odoo", level="DEBUG") as logs:
            _logger.debug("begin")
            self._get()
            self.env.flush_all()
        self.assertNotIn(PASSWORD, "\n".join(logs.output))
        for record in (self.seat_1, self.provider, self.agent):
            self.assertNotIn(PASSWORD, str(record.sudo().read()))

    def test_turn_gets_a_password_that_ends_with_the_session(self):
        self.provider.with_user(self.manager).write(
            {
                "softphone_server": "wss://phones.example.com/ws",
                "softphone_ice_servers": "stun:stun.example.com:3478\nturn:turn.example.com:3478?transport=tcp\n",
                "softphone_turn_secret_input": TURN,
            }
        )
        given = self._get()
        self.assertEqual(given["server"], "wss://phones.example.com/ws")
        digest = hmac.new(TURN.encode(), b"1800000000:1001", hashlib.sha1).digest()
        self.assertEqual(
            given["ice_servers"],
            [
                {"urls": "stun:stun.example.com:3478"},
                {
                    "urls": "turn:turn.example.com:3478?transport=tcp",
                    "username": "1800000000:1001",
                    "credential": base64.b64encode(digest).decode(),
                },
            ],
        )
        self.assertNotIn(TURN, json.dumps(given))

    def test_the_turn_secret_can_be_read_by_nobody(self):
        provider = self.provider.with_user(self.manager)
        provider.softphone_turn_secret_input = TURN
        provider.invalidate_recordset()
        self.assertNotIn(TURN, str(provider.read()))
        with self.assertRaises(AccessError):
            provider.read(["softphone_turn_secret"])
        with self.assertRaises(AccessError):
            provider.export_data(["softphone_turn_secret"])

    def test_addresses_are_checked(self):
        for name, value in (
            ("softphone_server", "https://phones.example.com"),
            ("softphone_ice_servers", "turn.example.com"),
            ("softphone_turn_secret_input", "short"),
        ):
            with self.assertRaises(ValidationError):
                self.provider.write({name: value})
