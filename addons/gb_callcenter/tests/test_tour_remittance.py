from odoo.tests import HttpCase, tagged

from .common_delivery import DeliveryCase


@tagged("post_install", "-at_install")
class TestTourRemittance(HttpCase, DeliveryCase):
    """A statement with differences, in a real browser."""

    def test_differences_are_decided_and_posted(self):
        self.env["account.journal"].create(
            {"name": "Tour", "type": "bank", "code": "TTOUR", "company_id": self.company.id}
        )
        self.carrier.write(
            {
                "cod_journal_id": self.env["account.journal"].search([("code", "=", "TTOUR")]).id,
                "write_off_account_id": self.env["account.account"]
                .create({"name": "Differences", "code": "998803", "account_type": "expense"})
                .id,
            }
        )
        good, short = self._invoiced("TOURGOOD"), self._invoiced("TOURSHORT")
        remittance = self.env["gb.remittance"].create(
            {
                "name": "TOUR-1",
                "carrier_id": self.carrier.id,
                "line_ids": [
                    (0, 0, {"sequence": line, "tracking_number": number, "amount": amount})
                    for line, (number, amount) in enumerate(
                        [("TOURGOOD", 100), ("TOURSHORT", 99), ("TOURNOBODY", 50)], 1
                    )
                ],
            }
        )
        self.manager.tour_enabled = False
        self.start_tour(
            "/odoo/gb-remittances", "gb_remittance_tour", login=self.manager.login, timeout=120
        )
        remittance.invalidate_recordset()
        self.assertEqual(remittance.state, "posted")
        self.assertEqual(good.amount_residual, 0)
        self.assertEqual(short.amount_residual, 0)
        self.assertEqual(remittance.open_count, 1)
