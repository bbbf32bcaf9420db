from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

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

    # ------------------------------------------------------------------
    # Writing back
    # ------------------------------------------------------------------

    def test_saving_what_was_shown_keeps_the_number(self):
        for text in ("138****7771", "+86138****7771"):
            self.as_agent.write({"phone": text, "city": text})
            self.assertEqual(self.customer.phone, "138 0000 7771")
            self.assertEqual(self.customer.city, text)
        self.as_agent.write({"gb_phone_ids": [(1, self.phone.id, {"number": "138****7771"})]})
        self.assertEqual(self.phone.number, "138 0000 7771")

    def test_a_mask_of_another_number_is_refused(self):
        for user in (self.agent, self.manager):
            for text in ("139****7771", "****", "138****"):
                with self.assertRaises(UserError, msg=text):
                    self.customer.with_user(user).phone = text
                with self.assertRaises(UserError, msg=text):
                    self.env["res.partner"].with_user(user).create({"name": "X", "phone": text})
        others = self.customer | self.customer.copy({"phone": "13900007771"})
        with self.assertRaises(UserError):
            others.with_user(self.agent).write({"phone": "138****7771"})

    def test_a_number_that_is_typed_is_stored(self):
        self.as_agent.phone = "13911112222"
        self.assertEqual(self.phone.number_key, "+8613911112222")
        partner = (
            self.env["res.partner"]
            .with_user(self.agent)
            .create({"name": "New", "phone": "13911113333"})
        )
        self.assertEqual(partner.gb_phone_ids.number_key, "+8613911113333")

    def test_form_of_the_customer_can_be_saved(self):
        with Form(self.as_agent) as form:
            self.assertEqual(form.phone, "138****7771")
            form.country_id = self.env.ref("base.us")
            form.name = "Chen Xiaomei II"
        self.assertEqual(self.customer.name, "Chen Xiaomei II")
        self.assertNotIn("*", self.customer.phone)

    def test_copying_copies_the_number(self):
        self.assertEqual(self.as_agent.copy().phone, "138 0000 7771")
        self.assertEqual(self.as_agent.copy_data()[0]["phone"], "138****7771")

    # ------------------------------------------------------------------
    # Calling without seeing
    # ------------------------------------------------------------------

    def _dialled(self):
        return (
            self.env["gb.call"]
            .sudo()
            .search([("provider_id", "=", self.provider.id)], order="id desc", limit=1)
            .number_key
        )

    def test_a_hidden_number_is_called_by_its_record(self):
        self._sign_in(self.agent, self.seat_1)
        seats = self._seat_of(self.agent)
        extra = self.env["gb.phone"].create(
            {"partner_id": self.customer.id, "number": "021-61234567", "kind": "home"}
        )
        self.assertEqual(
            seats._find_number_behind("138****7771", "res.partner", self.customer.id),
            "138 0000 7771",
        )
        self.assertEqual(
            seats._find_number_behind("", "res.partner", self.customer.id), "138 0000 7771"
        )
        self.assertEqual(
            seats._find_number_behind("021****4567", "gb.phone", extra.id), "021-61234567"
        )
        seats.panel_dial("138****7771", "token-1", "res.partner", self.customer.id)
        self.assertEqual(self._dialled(), "+8613800007771")

    def test_dialling_by_record_gives_nothing_away(self):
        self._sign_in(self.agent, self.seat_1)
        seats = self._seat_of(self.agent)
        for number, model, error in (
            ("139****7771", "res.partner", "has changed"),
            ("", "res.country", "no number"),
            ("", "no.such.model", "no number"),
        ):
            with self.assertRaises(UserError) as refused:
                seats.panel_dial(number, "token-2", model, self.customer.id)
            self.assertIn(error, str(refused.exception))
        self.customer.gb_team_id = self.team_service
        with self.assertRaises(AccessError):
            seats.panel_dial("138****7771", "token-3", "res.partner", self.customer.id)
        self.phone.do_not_call = True
        self.customer.gb_team_id = False
        with self.assertRaises(UserError) as refused:
            seats.panel_dial("138****7771", "token-4", "res.partner", self.customer.id)
        self.assertNotIn("0000", str(refused.exception))

    def test_a_caller_who_is_new_is_created_with_the_number(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1, number="13912345678")
        action = call.with_user(self.agent).action_open_partner()
        self.assertEqual(action["context"]["default_phone"], "139****5678")
        partners = self.env["res.partner"].with_user(self.agent)
        values = {"name": "Lin", "phone": "+86139****5678"}
        partner = partners.with_context(gb_call_id=call.id).create(values)
        self.assertEqual(partner.gb_phone_ids.number_key, "+8613912345678")
        foreign = self._finished_call_of(self.agent_2, self.seat_2, "13912345679")
        with self.assertRaises(AccessError):
            partners.with_context(gb_call_id=foreign.id).create(
                {"name": "Lin", "phone": "+86139****5679"}
            )
        with self.assertRaises(UserError):
            partners.create(values)

    def _finished_call_of(self, user, seat, number):
        self._sign_in(user, seat)
        return self._finished_call(seat, number=number)

    def test_reading_many_costs_no_more(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "phone": f"1380001{number:04}"} for number in range(20)]
        )
        self.env.flush_all()
        for user in (self.agent, self.manager):
            own = partners.with_user(user)
            own[:1].read(["phone"])
            self.env.invalidate_all()
            own[:1].read(["phone"])
            own.invalidate_model()
            with self.assertQueryCount(1):
                own.read(["phone", "name"])
