from odoo.tests import tagged

from ..tools.phone_number import mask_number
from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestMasking(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("gb_callcenter.group_gb_agent").implied_ids -= cls.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        cls.phone = cls.customer.gb_phone_ids
        cls.as_agent = cls.customer.with_user(cls.agent)

    def test_the_middle_of_a_number_is_hidden(self):
        for number, masked in (
            ("13800007771", "138****7771"),
            ("+8613800007771", "+86138****7771"),
            ("+86 138 0000 7771", "+86138****7771"),
            ("138 0000 7771", "138****7771"),
            ("021-61234567", "021****4567"),
            ("61234567", "****4567"),
            ("6123456", "****456"),
            ("95588", "95588"),
            ("1001", "1001"),
            ("138****7771", "138****7771"),
            ("", ""),
            (False, False),
            ("021-61234567转808", "021****4567转808"),
            ("13800007771, 13900001234", "138****7771, 139****1234"),
        ):
            self.assertEqual(mask_number(number), masked, number)

    def test_roles_without_the_right_read_masks(self):
        for user, number in (
            (self.agent, "138****7771"),
            (self.inspector, "138****7771"),
            (self.analyst, "138****7771"),
            (self.lead, "138 0000 7771"),
            (self.manager, "138 0000 7771"),
        ):
            [row] = self.customer.with_user(user).read(["phone"])
            self.assertEqual(row["phone"], number, user.login)

    def test_agents_see_numbers_unless_the_setting_hides_them(self):
        self.assertFalse(self.agent._gb_sees_numbers())
        self.env.ref("gb_callcenter.group_gb_agent").implied_ids += self.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        self.assertTrue(self.agent._gb_sees_numbers())
        self.assertFalse(self.analyst._gb_sees_numbers())

    def test_the_server_itself_goes_on_with_the_number(self):
        self.assertEqual(self.as_agent.phone, "138 0000 7771")
        self.assertEqual(self.phone.with_user(self.agent).number_key, "+8613800007771")
