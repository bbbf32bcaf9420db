from odoo.tests import tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestRefusal(AfterSalesCase):
    """The carrier tells that a parcel was refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["gb.carrier"].create({"name": "Test Express", "code": "refusal"})
        cls.delivery = cls._deliver()
        cls.delivery.carrier_tracking_ref = "R1"

    def _refuse(self, number="1"):
        self.env["gb.carrier.event"]._take_in(
            self.carrier,
            [{"tracking": "R1", "at": "2026-03-02 10:00", "text": "客户拒收", "id": number}],
            "hook",
        )
        return self.env["gb.ticket"].search([("order_id", "=", self.order.id)])

    def test_refused_parcel_becomes_a_work_order_with_its_return(self):
        ticket = self._refuse()
        self.assertEqual(ticket.kind, "return")
        self.assertEqual(ticket.ground, "refused")
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.order_line_id, self.line)
        self.assertEqual(ticket.transfer_ids, self.delivery.return_ids)
        self.assertEqual(ticket.phase, "draft", "an agent talks to the customer first")
        ticket.with_user(self.agent)._transition("accept")
        self.assertEqual(ticket.state_code, "accepted")

    def test_told_again_makes_no_second_one(self):
        ticket = self._refuse()
        self.assertEqual(self._refuse(), ticket)
        self.assertEqual(self._refuse("2"), ticket)

    def test_return_that_is_worked_on_already_counts(self):
        ticket = self._open("return")
        self.assertEqual(self._refuse(), ticket)
