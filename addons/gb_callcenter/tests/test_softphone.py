from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.gb_telephony_provider import GbTelephonyProvider
from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestSoftphone(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seat_1.phone_kind = "browser"
        cls.asked = []

        def give(provider, seat):
            cls.asked.append(seat)
            return {"uri": f"sip:{seat.extension}@pbx", "password": "secret of the session"}

        cls.startClassPatcher(patch.object(GbTelephonyProvider, "_get_softphone_credentials", give))

    def setUp(self):
        super().setUp()
        self.asked.clear()

    def test_the_agent_at_the_seat_gets_what_his_browser_signs_in_with(self):
        self._sign_in(self.agent, self.seat_1)
        given = self._seat_of(self.agent).get_softphone()
        self.assertEqual(given["uri"], "sip:1001@pbx")
        self.assertEqual(self.asked, [self.seat_1])

    def test_signed_out_and_other_agents_get_nothing(self):
        with self.assertRaisesRegex(UserError, "Sign in at a seat first"):
            self._seat_of(self.agent).get_softphone()
        self._sign_in(self.agent, self.seat_1)
        with self.assertRaisesRegex(UserError, "Sign in at a seat first"):
            self._seat_of(self.agent_2).get_softphone()
        self._seat_of(self.agent).panel_sign_out()
        with self.assertRaisesRegex(UserError, "Sign in at a seat first"):
            self._seat_of(self.agent).get_softphone()
        self.assertFalse(self.asked)

    def test_who_is_no_agent_gets_nothing(self):
        self._sign_in(self.agent, self.seat_1)
        clerk = new_test_user(self.env, "gb_clerk", groups="base.group_user")
        for user in (clerk, self.analyst):
            with self.assertRaises(AccessError):
                self._seat_of(user).get_softphone()
        self.assertFalse(self.asked)

    def test_a_seat_of_a_company_that_is_not_his_any_more_gives_nothing(self):
        self._sign_in(self.agent, self.seat_1)
        other = self.env["res.company"].create({"name": "Other company"})
        self.agent.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(UserError):
            self._seat_of(self.agent).get_softphone()
        self.assertFalse(self.asked)

    def test_a_desk_phone_needs_no_password(self):
        self._sign_in(self.agent, self.seat_2)
        with self.assertRaisesRegex(UserError, "not the browser"):
            self._seat_of(self.agent).get_softphone()

    def test_the_panel_tells_the_kind_and_a_browser_answers_always(self):
        self._sign_in(self.agent, self.seat_1)
        api_class = self.provider._get_api_class()
        with patch.object(api_class, "capabilities", ("hangup",)):
            seat = self._seat_of(self.agent).get_panel()["seat"]
            self.assertEqual(seat["phone_kind"], "browser")
            self.assertEqual(seat["capabilities"], ["hangup", "answer"])
            self._sign_in(self.agent_2, self.seat_2)
            self.assertEqual(
                self._seat_of(self.agent_2).get_panel()["seat"]["capabilities"], ["hangup"]
            )

    def test_the_kind_stays_while_somebody_is_signed_in(self):
        self._sign_in(self.agent, self.seat_1)
        with self.assertRaisesRegex(UserError, "Sign the agent out"):
            self.seat_1.with_user(self.manager).phone_kind = "desk"
        self._seat_of(self.agent).panel_sign_out()
        self.seat_1.with_user(self.manager).phone_kind = "desk"
        self.assertEqual(self.seat_1.phone_kind, "desk")


@tagged("post_install", "-at_install")
class TestSoftphoneDemo(CallCentreCase):
    def test_a_telephone_system_without_browsers_says_so(self):
        self.seat_1.phone_kind = "browser"
        self._sign_in(self.agent, self.seat_1)
        with self.assertRaisesRegex(UserError, "no telephones in the browser"):
            self._seat_of(self.agent).get_softphone()
