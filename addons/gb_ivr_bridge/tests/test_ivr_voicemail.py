import hashlib
import time
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_ivr import IvrCase

RECORDING = "odoo.addons.gb_ivr_bridge.models.gb_recording"
SOUND = b"RIFF" + bytes(400)
SHA = hashlib.sha256(SOUND).hexdigest()


@tagged("post_install", "-at_install")
class TestIvrVoicemail(IvrCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at = round(time.time()) - 900
        cls.linked = cls._new_session_name()
        cls.kind = cls.env["gb.ticket.type"].create(
            {"name": "Test complaint", "code": "test_voicemail", "kind": "complaint"}
        )

    def _message(self, linked=None, sha256=SHA, **data):
        values = {
            "name": "message.wav",
            "size": len(SOUND),
            "sha256": sha256,
            "duration": 21.4,
            "kind": "voicemail",
            "values": {"ticket_type": "test_voicemail"},
            **data,
        }
        return self._event(linked or self.linked, self.at + 9, "VOICEMAIL", sha256[:4], **values)

    def _tickets(self):
        return self.env["gb.ticket"].search(
            [("gb_voicemail_id.call_id", "=", self._find(self.linked).id)]
        )

    def _store(self, sha256=SHA, content=SOUND):
        return self.env["gb.recording"]._store(self.provider.sudo(), sha256, content)

    def test_message_is_one_work_order_with_the_callers_number_and_sound(self):
        start = self._start_events(self.linked, self.at)
        self.assertIsNone(self._store())
        self._ingest([self._message()])
        self.assertFalse(self._find(self.linked))
        self._ingest(start)
        ticket = self._tickets()
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.channel, "voicemail")
        self.assertEqual(ticket.type_id, self.kind)
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.sudo().contact_phone, "+8613800007771")
        self.assertIn("Chen Xiaomei", ticket.subject)
        self.assertEqual(ticket.call_ids, self._find(self.linked))
        self.assertTrue(self._store())
        self._ingest([self._message(), *start, *self._hangup_events(self.linked, self.at + 30)])
        self.assertFalse(self._store())
        self.assertEqual(self._tickets(), ticket)
        recording = ticket.gb_voicemail_id
        self.assertEqual((recording.kind, recording.is_stored), ("voicemail", True))
        self.assertEqual(recording.duration, 21.4)

    def test_recording_told_first_becomes_the_message(self):
        told = {
            "id": f"{self.linked}-rec",
            "source": "recording",
            "at": self.at + 8,
            "data": {
                "type": "RECORDING",
                "linkedid": self.linked,
                "uniqueid": self.linked,
                "name": "message.wav",
                "size": len(SOUND),
                "sha256": SHA,
                "duration": 21.4,
            },
        }
        self._ingest([*self._start_events(self.linked, self.at), told])
        self._store()
        self._ingest([self._message()])
        call = self._find(self.linked)
        self.assertEqual(call.recording_ids.kind, "voicemail")
        self.assertEqual(self._tickets().gb_voicemail_id, call.recording_ids)

    def test_two_messages_of_one_call_are_two_work_orders(self):
        self._ingest(
            [
                *self._start_events(self.linked, self.at),
                self._message(),
                self._message(sha256="cd" * 32),
            ]
        )
        self.assertEqual(len(self._tickets()), 2)

    def test_who_sees_the_work_order_hears_the_message(self):
        self._ingest([*self._start_events(self.linked, self.at), self._message()])
        self._store()
        ticket = self._tickets()
        handler, other = (
            new_test_user(
                self.env,
                login,
                groups="base.group_user,gb_ticket.group_gb_department",
                company_id=self.company.id,
            )
            for login in ("gb_mail_handler", "gb_mail_other")
        )
        ticket.user_id = handler
        url = f"/gb/recording/{ticket.gb_voicemail_id.id}"
        self.authenticate("gb_mail_handler", "gb_mail_handler")
        answer = self.url_open(url)
        self.assertEqual((answer.status_code, answer.content), (200, SOUND))
        log = self.env["gb.access.log"].search([("user_id", "=", handler.id)])
        self.assertEqual(log.kind, "recording")
        self.authenticate("gb_mail_other", "gb_mail_other")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url).status_code, 403)
        self.assertFalse(ticket.with_user(other)._filtered_access("read"))

    def test_message_of_an_unknown_caller(self):
        self._ingest(
            [*self._start_events(self.linked, self.at, "anonymous"), self._message(values={})]
        )
        ticket = self._tickets()
        self.assertFalse(ticket.partner_id or ticket.sudo().contact_phone)
        self.assertEqual(ticket.type_id.kind, "message")

    def test_failure_loses_neither_call_nor_message(self):
        with (
            patch.object(
                type(self.env["gb.ticket"]),
                "_prepare_voicemail_values",
                side_effect=ValueError("secret"),
            ),
            self.assertLogs(RECORDING, "ERROR") as logs,
        ):
            answer = self._ingest([*self._start_events(self.linked, self.at), self._message()])
        self.assertFalse(answer["rejected"])
        self.assertNotIn("secret", "".join(logs.output))
        self.assertFalse(self._tickets())
        cron = self.env.ref("gb_ivr_bridge.ir_cron_voicemail_tickets")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        self.assertEqual(len(self._tickets()), 1)

    def test_prompt_by_telephone_is_no_work_order(self):
        taken = []
        lines = type(self.env["gb.ivr.prompt.line"])
        with patch.object(
            lines,
            "_take_phone_recording",
            lambda self, reference, content, company: taken.append((reference, content, company)),
            create=True,
        ):
            message = self._message(kind="prompt", values={"prompt": "12"})
            self._ingest([*self._start_events(self.linked, self.at), message])
            self._store()
            self._store()
            self._ingest([message])
        self.assertEqual(taken, [("12", SOUND, self.company)])
        self.assertFalse(self._tickets())
