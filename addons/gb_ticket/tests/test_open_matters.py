from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestOpenMatters(TicketCase):
    """A customer with an open work order stays with his owner."""

    def test_open_work_order_keeps_the_owner(self):
        pool = self.env["gb.customer.pool"].create({"name": "Neglected", "recovery_days": 1})
        customers = self.env["res.partner"].create(
            [
                {"name": name, "gb_pool_id": pool.id, "gb_owner_id": self.agent.id}
                for name in ("With work order", "With one of an address", "With none")
            ]
        )
        address = self.env["res.partner"].create({"name": "Home", "parent_id": customers[1].id})
        for partner in (customers[0], address):
            self._ticket(partner_id=partner.id)
        customers.sudo().gb_owner_at = fields.Datetime.now() - timedelta(days=5)
        self.assertEqual(customers._gb_has_open_matter(), customers[:2])
        pool._recover()
        self.assertEqual(customers.filtered("gb_owner_id"), customers[:2])
