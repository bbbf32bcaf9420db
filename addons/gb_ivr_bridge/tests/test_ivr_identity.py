from odoo.tests import tagged

from .common_ivr import PIN, IvrCase


@tagged("post_install", "-at_install")
class TestIvrIdentity(IvrCase):
    def test_caller_is_known_by_his_number_and_verified_by_his_pin(self):
        session = self._new_session_name()
        answer = self._ask("identify", session)
        self.assertEqual(answer["exit"], "known")
        self.assertEqual((answer["values"]["is_known"], answer["values"]["is_verified"]), ("1", ""))
        self.assertEqual(answer["values"]["customer_name"], "")
        answer = self._ask("identify", session, pin=PIN)
        self.assertEqual(answer["exit"], "verified")
        self.assertEqual(answer["values"]["customer_name"], "Chen Xiaomei")
        self.assertTrue(self._session(session).is_verified)

    def test_member_number_and_pin_from_any_telephone(self):
        digits = self.customer.gb_member_number.lstrip("M")
        for typed in (digits, digits.lstrip("0"), self.customer.gb_customer_number.lstrip("C")):
            session = self._new_session_name()
            answer = self._ask("identify", session, caller="", member=typed, pin=PIN)
            self.assertEqual(answer["exit"], "verified", typed)
            self.assertEqual(self._session(session).partner_id, self.customer)

    def test_unknown_withheld_and_shared_numbers(self):
        self.assertEqual(self._ask("identify", caller="13700001111")["exit"], "unknown")
        self.assertEqual(self._ask("identify", caller="anonymous")["exit"], "unknown")
        self.env["gb.phone"].create({"partner_id": self.stranger.id, "number": "13800007771"})
        self.assertEqual(self._ask("identify")["exit"], "ambiguous")
        self.assertEqual(self._ask("order_status")["exit"], "unidentified")

    def test_wrong_pins_lock_and_unknown_members_sound_the_same(self):
        session = self._new_session_name()
        wrong = self._ask("identify", session, pin="0000")
        nobody = self._ask("identify", member="99999999", pin="0000")
        without = self._ask("identify", caller="13900002222", pin="0000")
        self.assertEqual({wrong["exit"], nobody["exit"], without["exit"]}, {"wrong"})
        self.assertEqual(self._text(wrong), self._text(nobody))
        for _time in range(3):
            self.assertEqual(self._ask("identify", session, pin="0000")["exit"], "wrong")
        self.assertEqual(self._ask("identify", session, pin="0000")["exit"], "locked")
        # also from another telephone, and with the right one
        locked = self._ask("identify", member=self.customer.gb_member_number[1:], pin=PIN)
        self.assertEqual(locked["exit"], "locked")
        self.assertIn("locked", self._text(locked, "en_US"))
        self.assertEqual(self._ask("order_history", session)["exit"], "unverified")

    def test_one_pin_cannot_be_tried_on_many_members(self):
        session = self._new_session_name()
        exits = [
            self._ask("identify", session, caller="", member=f"9999{number}", pin=PIN)["exit"]
            for number in range(5)
        ]
        self.assertEqual(exits, ["wrong"] * 4 + ["locked"])
        mine = self._ask(
            "identify", session, caller="", member=self.customer.gb_member_number[1:], pin=PIN
        )
        self.assertEqual(mine["exit"], "locked")

    def test_customer_of_another_company_is_not_found(self):
        self.customer.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self._ask("identify")["exit"], "unknown")
        answer = self._ask("identify", member=self.customer.gb_member_number[1:], pin=PIN)
        self.assertEqual(answer["exit"], "wrong")

    def test_check_is_recorded_with_the_call_and_counts_for_the_agent(self):
        linked, _channel, _at = self._call_from_pbx()
        call = self._find(linked)
        session = linked
        self._ask("identify", session, pin="0000")
        self._ask("identify", session, pin=PIN)
        self.assertEqual(self._session(session).call_id, call)
        checks = call.gb_identity_check_ids
        self.assertEqual(set(checks.mapped("method")), {"ivr"})
        self.assertEqual(checks.sorted("id").mapped("is_passed"), [False, True])
        self.assertFalse(checks.user_id)
        self.assertTrue(self.customer.with_user(self.agent)._is_gb_verified(call))

    def test_check_before_the_call_is_known_is_recorded_when_it_is(self):
        session = self._verified()
        self.assertFalse(self.env["gb.identity.check"].search([("method", "=", "ivr")]))
        self._call_from_pbx(session)
        self._ask("order_status", session)
        call = self._find(session)
        self.assertTrue(call.gb_identity_check_ids.is_passed)
        self._ask("order_status", session)
        self.assertEqual(len(call.gb_identity_check_ids), 1)
