import time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestCustomerMerge(CallCentreCase):
    """Customers who share a number are found, and merging them loses nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.env["res.partner"].create(
            {
                "name": "Chen X.",
                "phone": "+86 13800007771",
                "email": "chen@example.com",
                "country_id": cls.china.id,
            }
        )
        cls.env["gb.phone"].create(
            {"partner_id": cls.twin.id, "number": "0571-88886666", "kind": "home"}
        )

    def _duplicates(self, user=None):
        self.env.flush_all()
        return (
            self.env["gb.customer.duplicate"]
            .with_user(user or self.lead)
            .search([("identity", "in", ["+8613800007771", "chen@example.com"])])
        )

    def _merge(self):
        action = self._duplicates().action_merge()
        wizard = (
            self.env[action["res_model"]].with_user(self.lead).with_context(**action["context"])
        ).create({})
        wizard.dst_partner_id = self.customer
        wizard.action_merge()

    def test_a_shared_number_is_found_however_it_was_written(self):
        duplicate = self._duplicates()
        self.assertEqual(duplicate.mapped("kind"), ["phone"])
        self.assertEqual(duplicate.partner_ids, self.customer | self.twin)
        self.twin.active = False
        self.assertFalse(self._duplicates())

    def test_a_shared_address_is_found(self):
        self.customer.email = "Chen@Example.com"
        self.assertEqual(set(self._duplicates().mapped("kind")), {"phone", "email"})

    def test_merging_keeps_each_number_once(self):
        self._merge()
        self.assertFalse(self.twin.exists())
        self.assertEqual(
            sorted(self.customer.gb_phone_ids.mapped("number_key")),
            ["+8613800007771", "+8657188886666"],
        )
        self.assertEqual(len(self.customer.gb_phone_ids.filtered("is_main")), 1)

    def test_a_number_that_only_the_other_had_becomes_the_main_one(self):
        self.customer.gb_phone_ids.unlink()
        self.customer.phone = False
        self.env["gb.phone"].create({"partner_id": self.customer.id, "number": "13800007771"})
        self.customer.gb_phone_ids.filtered(lambda p: not p.is_main).unlink()
        self._merge()
        self.assertEqual(
            sorted(self.customer.gb_phone_ids.mapped("number_key")),
            ["+8613800007771", "+8657188886666"],
        )

    def test_a_call_keeps_its_customer_when_it_is_derived_again(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1, at=time.time() - 500)
        call.with_user(self.agent).write({"partner_id": self.twin.id})
        self.assertEqual(call.partner_id, self.twin)
        self._merge()
        self.assertEqual(call.partner_id, self.customer)
        call.sudo()._derive(self.provider.sudo(), [call.linked_id])
        self.assertEqual(call.partner_id, self.customer)

    def test_agents_do_not_merge(self):
        with self.assertRaises(AccessError):
            self._duplicates(self.agent)
