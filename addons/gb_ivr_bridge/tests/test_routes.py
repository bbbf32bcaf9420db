import hashlib
import json
import time

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tests.common import CallCentreCase
from odoo.addons.gb_callcenter.tools.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

from .common import SECRET, AsteriskMixin
from .test_streams import read_stream

CONTROLLER = "odoo.addons.gb_ivr_bridge.controllers.telephony"


@tagged("post_install", "-at_install")
class TestRoutes(AsteriskMixin, HttpCase, CallCentreCase):
    def setUp(self):
        super().setUp()
        self.url = f"/gb/v1/telephony/{self.reference}"

    def _post(self, path, body, headers=None, secret=SECRET, timestamp=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if headers is None:
            headers = sign(secret, body, timestamp)
        return self.url_open(
            f"{self.url}/{path}", data=body, headers={"Content-Type": "application/json", **headers}
        )

    def _batch(self, name="answered_caller_hangs_up"):
        return {"journal": "j", "events": read_stream(name)}

    def _stored(self):
        return self.env["gb.call.event"].search_count([("provider_id", "=", self.provider.id)])

    def test_signed_batch_is_taken_in_and_acknowledged(self):
        batch = self._batch()
        answer = self._post("events", batch)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(
            answer.json(),
            {
                "ack": len(batch["events"]),
                "stored": len(batch["events"]),
                "duplicates": 0,
                "rejected": [],
            },
        )
        again = self._post("events", batch).json()
        self.assertEqual((again["stored"], again["ack"]), (0, len(batch["events"])))
        self.env.invalidate_all()
        self.assertEqual(self.provider.event_count, 2 * len(batch["events"]))

    @mute_logger(CONTROLLER)
    def test_what_is_not_signed_well_is_refused_and_leaves_nothing(self):
        body = json.dumps(self._batch()).encode()
        good = sign(SECRET, body)
        for why, headers, error in (
            ("wrong secret", sign("another secret of the right length", body), "bad_signature"),
            ("nothing", {}, "bad_signature"),
            ("no timestamp", {SIGNATURE_HEADER: good[SIGNATURE_HEADER]}, "bad_signature"),
            ("strange timestamp", {**good, TIMESTAMP_HEADER: "yesterday"}, "bad_signature"),
            (
                "other timestamp",
                {**good, TIMESTAMP_HEADER: str(int(time.time()) - 1)},
                "bad_signature",
            ),
            ("stale", sign(SECRET, body, time.time() - 301), "stale"),
            ("from the future", sign(SECRET, body, time.time() + 330), "stale"),
            ("other body", sign(SECRET, body + b" "), "bad_signature"),
        ):
            answer = self._post("events", body, headers)
            self.assertEqual((answer.status_code, answer.json()["error"]), (401, error), why)
        self.assertFalse(self._stored())

    @mute_logger(CONTROLLER)
    def test_provider_without_secret_refuses_everything(self):
        self.provider.sudo().connector_secret = False
        body = json.dumps(self._batch()).encode()
        for secret in ("", SECRET):
            answer = self._post("events", body, sign(secret, body))
            self.assertEqual(answer.status_code, 401)
        self.url = "/gb/v1/telephony/unknown"
        self.assertEqual(self._post("events", body).status_code, 401)
        self.assertFalse(self._stored())

    def test_oversized_body_is_refused_before_it_is_read(self):
        answer = self._post("events", b"x" * (2 * 1024 * 1024 + 10))
        self.assertEqual(answer.status_code, 413)

    def test_body_of_another_form_is_refused(self):
        for body in (b"no json", b"[]", b'"text"', b'{"events": {}}', b"{}", b"\xff\xfe"):
            answer = self._post("events", body)
            self.assertEqual(answer.status_code, 422, body)
            self.assertTrue(answer.json()["message"])
        self.assertFalse(self._stored())

    def test_one_bad_event_does_not_block_the_others(self):
        batch = self._batch()
        batch["events"].insert(
            3, {"seq": 999, "id": "bad-event-1", "source": "cel", "at": 1, "data": {}}
        )
        answer = self._post("events", batch).json()
        self.assertEqual(answer["stored"], len(batch["events"]) - 1)
        (refused,) = answer["rejected"]
        self.assertEqual((refused["seq"], refused["id"]), (999, "bad-event-1"))
        self.assertEqual(answer["ack"], 999)
        letter = (
            self.env["gb.dead.letter"]
            .with_user(self.manager)
            .search([("provider_id", "=", self.provider.id)])
        )
        self.assertEqual(letter.event_id, "bad-event-1")

    def test_recording_is_stored_once_and_only_when_it_was_named(self):
        content = b"RIFF" + bytes(500)
        sha256 = hashlib.sha256(content).hexdigest()
        self.assertEqual(self._post(f"recordings/{sha256}", content).status_code, 404)
        batch = self._batch()
        for event in batch["events"]:
            if event["source"] == "recording":
                event["data"]["sha256"] = sha256
        self._post("events", batch)
        self.assertEqual(self._post(f"recordings/{sha256}", content + b"x").status_code, 422)
        self.assertEqual(self._post(f"recordings/{sha256}", content).json(), {"stored": True})
        self.assertEqual(self._post(f"recordings/{sha256}", content).json(), {"stored": False})
        recording = self.env["gb.recording"].search([("sha256", "=", sha256)])
        self.assertTrue(recording.is_stored)
        self.authenticate("gb_lead", "gb_lead")
        self.assertEqual(self.url_open(f"/gb/recording/{recording.id}").content, content)

    def test_configuration_for_the_connector(self):
        answer = self._post("config", {}).json()
        self.assertEqual(
            answer["hotlines"],
            [
                {
                    "number": "8000",
                    "queue": "orders",
                    "greeting": "welcome",
                    "flow": "",
                    "max_calls": 0,
                    "fax": False,
                    "record": True,
                }
            ],
        )
        self.assertEqual(answer["default_queue"], "orders")
        self.assertEqual({queue["name"] for queue in answer["queues"]}, {"orders", "aftersales"})
        self.hotline.greeting = "hello"
        self.env.flush_all()
        self.assertNotEqual(self._post("config", {}).json()["version"], answer["version"])
