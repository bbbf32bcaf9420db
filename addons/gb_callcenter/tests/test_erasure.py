import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.number_eraser import NumberEraser
from .common import CallCentreCase

REASON = "Letter of 3 March"


@tagged("post_install", "-at_install")
class TestErasure(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {
                "email": "xiaomei@example.com",
                "street": "88 Nanjing Road",
                "comment": "Knows the boss",
                "child_ids": [
                    (0, 0, {"name": "Mother", "street": "1 Old Lane", "type": "delivery"})
                ],
            }
        )
        cls.address = cls.customer.child_ids
        cls.env["gb.child"].create(
            {"partner_id": cls.customer.id, "name": "Dudu", "birth_date": "2025-01-01"}
        )
        cls.env["gb.phone"].create({"partner_id": cls.customer.id, "number": "021-61234567"})

    def _talk(self, number="13800007771"):
        if not self.seat_1.user_id:
            self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1, number=number)
        call.with_user(self.agent).write({"note": "Xiaomei weeps", "partner_id": self.customer.id})
        return call

    def _erase(self, **kwargs):
        return self.customer.with_user(self.manager).action_gb_erase(REASON, **kwargs)

    def test_nothing_of_the_person_is_left(self):
        self.customer.message_post(body="Xiaomei called")
        order_message = self.env["mail.message"].create(
            {
                "model": "gb.team",
                "res_id": self.team_orders.id,
                "author_id": self.customer.id,
                "body": "I am Xiaomei",
                "email_from": "xiaomei@example.com",
            }
        )
        self._erase()
        for partner in self.customer | self.address:
            self.assertTrue(partner.name.startswith("Erased customer"))
            self.assertFalse(partner.active)
            self.assertTrue(partner.gb_erased_at)
            text = json.dumps(partner.read(), default=str, ensure_ascii=False)
            for trace in ("Xiaomei", "xiaomei", "0000 7771", "Nanjing", "Old Lane", "boss", "Dudu"):
                self.assertNotIn(trace, text)
        self.assertFalse(self.customer.gb_phone_ids)
        self.assertFalse(self.env["gb.child"].search([("partner_id", "=", self.customer.id)]))
        self.assertFalse(self.customer.message_ids)
        self.assertEqual((order_message.body, order_message.email_from), ("", False))

    def test_numbers_do_not_come_back_when_calls_are_built_again(self):
        call = self._talk()
        other = self._finished_call(self.seat_1, number="13911112222")
        self._erase()
        calls = call | other
        for rebuilt in (False, True):
            if rebuilt:
                calls.with_user(self.manager).action_rebuild()
            self.assertNotIn("7771", f"{call.number} {call.number_key} {call.dialled}")
            self.assertFalse(call.note)
            self.assertEqual(
                (call.result, call.talk_seconds, call.user_id), ("answered", 60, self.agent)
            )
            self.assertEqual(call.partner_id, self.customer)
            self.assertEqual(other.number, "13911112222")
            self.env.cr.execute(
                "SELECT string_agg(payload::text, ' ') FROM gb_call_event WHERE call_id = %s",
                (call.id,),
            )
            [text] = self.env.cr.fetchone()
            self.assertNotIn("00007771", text)
            self.assertNotIn("weeps", text)
        [row] = call.leg_ids.read(["number"]) and [call.leg_ids.mapped("number")]
        self.assertNotIn("13800007771", row)

    def test_recordings_are_deleted_and_not_taken_in_again(self):
        call = self._talk()
        content = b"RIFF"
        sha256 = "9f" * 32
        recording = self.env["gb.recording"].create(
            {"call_id": call.id, "name": "out-13800007771.wav", "sha256": sha256}
        )
        recording._write_audio(content)
        self._erase()
        self.assertFalse(recording.audio or recording.is_stored)
        self.assertNotIn("7771", recording.name)
        self.assertTrue(recording.is_erased)

    def test_only_managers_may(self):
        for user in (self.agent, self.lead, self.inspector, self.analyst):
            with self.assertRaises(AccessError, msg=user.login):
                self.customer.with_user(user).action_gb_erase(REASON)
            with self.assertRaises(AccessError, msg=user.login):
                self.env["gb.customer.erasure"].with_user(user).create(
                    {"partner_id": self.customer.id}
                )

    def test_open_matters_are_in_the_way_unless_forced(self):
        self.env["sale.order"].create({"partner_id": self.customer.id})
        with self.assertRaises(UserError) as refused:
            self._erase()
        self.assertIn("Open quotations (1)", str(refused.exception))
        self.assertEqual(self.customer.name, "Chen Xiaomei")
        self._erase(force=True)
        self.assertNotEqual(self.customer.name, "Chen Xiaomei")

    def test_a_reason_is_needed_and_kept(self):
        with self.assertRaises(UserError):
            self.customer.with_user(self.manager).action_gb_erase("  ")
        self._erase()
        log = self.env["gb.access.log"].search(
            [("kind", "=", "erasure"), ("res_id", "=", self.customer.id)]
        )
        self.assertEqual(log.user_id, self.manager)
        self.assertIn(REASON, log.details)
        self.assertNotIn("Xiaomei", f"{log.label} {log.details}")

    def test_colleagues_are_not_erased(self):
        for partner in (self.agent.partner_id, self.company.partner_id):
            with self.assertRaises(UserError):
                partner.with_user(self.manager).action_gb_erase(REASON, force=True)

    def test_wizard_says_what_goes_and_what_stays(self):
        self._talk()
        self.env["sale.order"].create({"partner_id": self.customer.id})
        wizard = (
            self.env["gb.customer.erasure"]
            .with_user(self.manager)
            .with_context(active_id=self.customer.id)
            .create({"reason": REASON})
        )
        self.assertIn("Telephone numbers: 2", wizard.erased)
        self.assertIn("Calls: number and note: 1", wizard.erased)
        self.assertIn("Orders: 1", wizard.kept)
        self.assertIn("Open quotations", wizard.blockers)
        wizard.is_forced = True
        wizard.action_erase()
        self.assertTrue(self.customer.gb_erased_at)

    def test_a_number_that_another_customer_has_stays_his(self):
        other = self.customer.copy({"name": "Husband", "phone": "13800007771"})
        self.assertEqual(other.gb_phone_ids.number_key, "+8613800007771")
        self._erase()
        self.assertEqual(other.gb_phone_ids.number_key, "+8613800007771")

    def test_every_spelling_is_found_in_raw_events(self):
        eraser = NumberEraser({"+8613800007771", "95588"})
        for text, erased in (
            ("13800007771", "00000000000"),
            ("+8613800007771", "+8600000000000"),
            ("008613800007771", "008600000000000"),
            ("013800007771", "000000000000"),
            ("PJSIP/13800007771@trunk", "PJSIP/00000000000@trunk"),
            ("138 0000 7771", "000 0000 0000"),
            ("13800007772", "13800007772"),
            ("8000", "8000"),
            ("95588", "00000"),
        ):
            self.assertEqual(eraser.clean(text, "CN"), erased, text)
        event = {"linkedid": "13800007771.1", "info": {"number": "13800007771", "hold": True}}
        self.assertEqual(
            eraser.clean(event, "CN"),
            {"linkedid": "13800007771.1", "info": {"number": "00000000000", "hold": True}},
        )
