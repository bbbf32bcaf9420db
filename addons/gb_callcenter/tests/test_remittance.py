import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_delivery import DeliveryCase


@tagged("post_install", "-at_install")
class TestRemittance(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].create(
            {"name": "Test Express", "type": "bank", "code": "TEXP", "company_id": cls.company.id}
        )
        # payments are in the journal's account at once
        cls.journal.inbound_payment_method_line_ids.payment_account_id = (
            cls.journal.default_account_id
        )
        accounts = cls.env["account.account"]
        cls.fees, cls.write_offs = accounts.create(
            [
                {"name": "Fees", "code": "998801", "account_type": "expense"},
                {"name": "Differences", "code": "998802", "account_type": "expense"},
            ]
        )
        cls.carrier.write(
            {
                "cod_journal_id": cls.journal.id,
                "fee_account_id": cls.fees.id,
                "write_off_account_id": cls.write_offs.id,
            }
        )
        cls.accountant = new_test_user(
            cls.env,
            "gb_accountant",
            groups="base.group_user,account.group_account_invoice",
            company_id=cls.company.id,
        )

    def _statement(self, *rows, name="S-1"):
        """Rows: (tracking number, amount, fee)."""
        remittance = (
            self.env["gb.remittance"]
            .with_user(self.accountant)
            .create(
                {
                    "name": name,
                    "carrier_id": self.carrier.id,
                    "date": "2026-03-10",
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "sequence": line,
                                "tracking_number": number,
                                "amount": amount,
                                "fee": fee,
                            },
                        )
                        for line, (number, amount, fee) in enumerate(rows, 1)
                    ],
                }
            )
        )
        remittance.action_match()
        return remittance

    def _balance_of(self, account):
        return sum(
            self.env["account.move.line"]
            .search([("account_id", "=", account.id), ("parent_state", "=", "posted")])
            .mapped("balance")
        )

    # ------------------------------------------------------------
    # Books
    # ------------------------------------------------------------
    def test_matching_rows_pay_their_invoices_and_fees_are_booked(self):
        invoices = self._invoiced("C1") | self._invoiced("C2", 250)
        remittance = self._statement(("C1", 100, 2), ("C2", 250, 3.5))
        self.assertEqual(remittance.difference_count, 0)
        self.assertEqual(remittance.net, 344.5)
        remittance.action_post()
        self.assertEqual(remittance.state, "posted")
        self.assertEqual(invoices.mapped("amount_residual"), [0, 0])
        self.assertTrue(
            all(state in ("paid", "in_payment") for state in invoices.mapped("payment_state"))
        )
        self.assertEqual(len(remittance.line_ids.payment_id), 2)
        self.assertEqual(self._balance_of(self.fees), 5.5)
        self.assertEqual(
            self._balance_of(self.journal.default_account_id),
            344.5,
            "what the carrier transfers",
        )
        payment = remittance.line_ids[0].payment_id
        self.assertEqual(payment.partner_id, self.customer)
        self.assertIn("C1", payment.memo)
        self.assertEqual(str(payment.date), "2026-03-10")

    def test_posting_again_pays_nothing_twice(self):
        self._invoiced("C1")
        remittance = self._statement(("C1", 100, 2))
        remittance.action_post()
        payments = self.env["account.payment"].search_count([])
        remittance.action_post()
        self.assertEqual(self.env["account.payment"].search_count([]), payments)
        self.assertEqual(self._balance_of(self.fees), 2)

    def test_differences_are_listed(self):
        for number in ("SHORT", "OVER", "TWICE", "BACK"):
            self._invoiced(number)
        paid = self._invoiced("PAID")
        self._statement(("PAID", 100, 0), name="S-0").action_post()
        self.assertEqual(paid.amount_residual, 0)
        self._take_in({"tracking": "BACK", "at": "2026-03-02 10:00", "text": "客户拒收"})
        remittance = self._statement(
            ("SHORT", 90, 0),
            ("OVER", 110, 0),
            ("NOBODY", 50, 0),
            ("TWICE", 100, 0),
            ("TWICE", 100, 0),
            ("BACK", 100, 0),
            ("PAID", 100, 0),
        )
        self.assertEqual(
            remittance.line_ids.sorted("sequence").mapped("difference"),
            ["short", "over", "unknown", False, "duplicate", "refused", "duplicate"],
        )
        with self.assertRaisesRegex(UserError, "Decide about the differences first"):
            remittance.action_post()
        self.assertEqual(remittance.state, "matched")

    def test_paid_by_other_means_is_told(self):
        invoice = self._invoiced("C1")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"journal_id": self.journal.id})._create_payments()
        remittance = self._statement(("C1", 100, 0))
        line = remittance.line_ids
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(line.difference, "already_paid")
        line.decision = "balance"
        remittance.action_post()
        self.assertFalse(line.payment_id.reconciled_invoice_ids)

    def test_accepted_shortage_closes_the_invoice(self):
        invoice = self._invoiced("C1")
        remittance = self._statement(("C1", 98, 0))
        remittance.line_ids.decision = "write_off"
        remittance.action_post()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._balance_of(self.write_offs), 2)
        self.assertEqual(self._balance_of(self.journal.default_account_id), 98)

    def test_shortage_may_stay_open(self):
        invoice = self._invoiced("C1")
        remittance = self._statement(("C1", 60, 0))
        remittance.line_ids.decision = "open"
        remittance.action_post()
        self.assertEqual(invoice.amount_residual, 40)
        rest = self._statement(("C1", 40, 0), name="S-2")
        self.assertEqual(rest.line_ids.difference, "duplicate", "somebody looks at it")

    def test_surplus_is_accepted_or_becomes_the_customers(self):
        first, second = self._invoiced("C1"), self._invoiced("C2")
        remittance = self._statement(("C1", 103, 0), ("C2", 120, 0))
        one, two = remittance.line_ids.sorted("sequence")
        one.decision, two.decision = "write_off", "balance"
        remittance.action_post()
        self.assertEqual(first.amount_residual, 0)
        self.assertEqual(second.amount_residual, 0)
        self.assertEqual(self._balance_of(self.write_offs), -3)
        self.assertEqual(self.customer._get_gb_balance(self.company), 20)

    def test_order_without_invoice_is_a_prepayment(self):
        self._sent("C1", means=False)
        remittance = self._statement(("C1", 100, 0))
        self.assertFalse(remittance.line_ids.difference)
        remittance.action_post()
        self.assertEqual(self.customer._get_gb_balance(self.company), 100)

    def test_decision_has_to_fit(self):
        remittance = self._statement(("NOBODY", 50, 0))
        remittance.line_ids.decision = "write_off"
        with self.assertRaisesRegex(UserError, "Decide"):
            remittance.action_post()
        remittance.line_ids.decision = "dismiss"
        with self.assertRaisesRegex(UserError, "Note why"):
            remittance.action_post()

    # ------------------------------------------------------------
    # Nothing disappears
    # ------------------------------------------------------------
    def test_unknown_rows_wait_in_the_open_list(self):
        remittance = self._statement(("LATER", 100, 1))
        remittance.line_ids.decision = "later"
        remittance.action_post()
        line = remittance.line_ids
        self.assertEqual(remittance.open_count, 1)
        self.assertFalse(line.payment_id)
        self.assertEqual(self._balance_of(self.fees), 1, "the carrier has kept its fee")
        with self.assertRaisesRegex(UserError, "Decide"):
            line.action_settle()
        with self.assertRaises(UserError):
            remittance.unlink()
        invoice = self._invoiced("LATER")
        line.action_settle()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(remittance.open_count, 0)
        line.action_settle()
        self.assertEqual(self._balance_of(self.journal.default_account_id), 99)

    def test_row_for_several_orders_is_split(self):
        invoices = self._invoiced("C1") | self._invoiced("C2", 50)
        remittance = self._statement(("C1", 150, 0))
        self.assertEqual(remittance.line_ids.difference, "over")
        remittance.line_ids.action_split()
        first, second = remittance.line_ids.sorted("id")
        self.assertEqual((first.amount, second.amount), (100, 50))
        self.assertFalse(first.difference)
        second.tracking_number = "C2"
        remittance.action_match()
        self.assertFalse(second.difference)
        remittance.action_post()
        self.assertEqual(invoices.mapped("amount_residual"), [0, 0])

    # ------------------------------------------------------------
    # File
    # ------------------------------------------------------------
    def _import(self, text, user=None, statement="S-9"):
        wizard = (
            self.env["gb.remittance.import"]
            .with_user(user or self.accountant)
            .create(
                {
                    "carrier_id": self.carrier.id,
                    "statement": statement,
                    "date": "2026-03-10",
                    "file": base64.b64encode(text.encode("gb18030")),
                    "filename": "s.csv",
                }
            )
        )
        wizard.action_read()
        return wizard

    def test_statement_comes_from_a_file(self):
        self._invoiced("C1", 1234.5)
        text = '运单号,代收货款,手续费,日期\nC1,"¥1,234.50",2,2026-03-09\nC2,viel,,\n'
        wizard = self._import(text)
        self.assertIn("2 rows, 1 with problems", wizard.preview)
        wizard.action_import()
        lines = wizard.remittance_id.line_ids
        self.assertEqual(lines.mapped("difference"), [False, "unreadable"])
        self.assertIn("viel", lines[1].raw)
        self.assertTrue(wizard.error_file)
        self.assertEqual(str(lines[0].date), "2026-03-09")
        again = self._import(text)
        with self.assertRaisesRegex(UserError, "imported already"):
            again.action_import()

    # ------------------------------------------------------------
    # Roles, companies, report
    # ------------------------------------------------------------
    def test_manager_of_the_call_centre_posts(self):
        invoice = self._invoiced("C1")
        remittance = self._statement(("C1", 100, 1))
        remittance.with_user(self.manager).action_post()
        self.assertEqual(invoice.amount_residual, 0)

    def test_others_do_not(self):
        self._invoiced("C1")
        remittance = self._statement(("C1", 100, 0))
        self.assertEqual(remittance.with_user(self.lead).read(["amount"])[0]["amount"], 100)
        for user in (self.lead, self.agent, self.analyst):
            with self.subTest(user.login), self.assertRaises(AccessError):
                remittance.with_user(user).action_post()
        with self.assertRaises(AccessError):
            self._import("运单号,金额\nC1,1\n", user=self.lead)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "gb_stranger_accountant",
            groups="account.group_account_invoice",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            remittance.with_user(stranger).action_post()

    def test_what_carriers_owe_is_told_by_age(self):
        invoiced = self._invoiced("C1")
        self._sent("C2", 50)
        self._sent("C3", 70, means="bank_transfer", gb_ship_unpaid=True)
        self._sent("C4", 80)
        self._take_in(
            {"tracking": "C4", "at": "2026-03-02 10:00", "text": "客户拒收"},
            {"tracking": "C1", "at": "2026-03-02 10:00", "text": "已签收"},
        )
        (row,) = [
            row
            for row in self.env["gb.remittance"]._get_outstanding(self.company)
            if row["carrier"] == self.carrier
        ]
        self.assertEqual((row["orders"], row["amount"]), (2, 150))
        self.assertEqual(row["d7"], 50)
        self._statement(("C1", 100, 0), ("C2", 50, 0)).action_post()
        self.assertEqual(invoiced.amount_residual, 0)
        self.assertFalse(
            [
                row
                for row in self.env["gb.remittance"]._get_outstanding(self.company)
                if row["carrier"] == self.carrier
            ]
        )

    def test_matching_needs_few_queries(self):
        for number in range(4):
            self._sent(f"Q{number}")
        small = self._statement(("Q0", 100, 0), name="Q-1")
        large = self._statement(*[(f"Q{n % 4}", 100, 0) for n in range(40)], name="Q-2")
        counts = []
        for remittance in (small, large):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            remittance.action_match()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 25)
