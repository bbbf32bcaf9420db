from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class ResPartner(models.Model):
    """Money that a customer has with us: payments that no invoice has used yet, in Odoo's accounts."""

    _inherit = "res.partner"

    gb_balance = fields.Monetary(
        string="Balance",
        compute="_compute_gb_balance",
        currency_field="gb_balance_currency_id",
        groups="gb_callcenter.group_gb_agent,account.group_account_invoice",
        help="Payments in advance that no order has taken yet.",
    )
    gb_balance_currency_id = fields.Many2one(
        "res.currency", string="Currency of the balance", compute="_compute_gb_balance"
    )

    @api.depends_context("company")
    def _compute_gb_balance(self):
        company = self.env.company
        balances = self._get_gb_balances(company)
        for partner in self:
            partner.gb_balance = balances.get(partner.commercial_partner_id.id, 0.0)
            partner.gb_balance_currency_id = company.currency_id

    def _get_gb_balance(self, company=None):
        """What the customer may still spend: payments that are open in the accounts, less what confirmed orders have
        reserved.

        :param company: res.company, the current one by default
        :return: amount in the company's currency
        """
        self.ensure_one()
        company = company or self.env.company
        return self._get_gb_balances(company).get(self.commercial_partner_id.id, 0.0)

    def _get_gb_balances(self, company):
        """:return: {id of commercial partner: what may be spent}"""
        partners = self.commercial_partner_id
        if not partners:
            return {}
        credits = (
            self.env["account.move.line"]
            .sudo()  # agents may know the balance of a customer whom they may read
            ._read_group(
                self._get_gb_credit_domain(company, partners),
                ["partner_id"],
                ["amount_residual:sum"],
            )
        )
        reserved = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [
                    ("partner_invoice_id.commercial_partner_id", "in", partners.ids),
                    ("company_id", "=", company.id),
                    ("gb_balance_reserved", ">", 0),
                ],
                ["partner_invoice_id"],
                ["gb_balance_reserved:sum"],
            )
        )
        balances = {partner.id: -residual for partner, residual in credits}
        for partner, amount in reserved:
            family = partner.commercial_partner_id.id
            balances[family] = balances.get(family, 0.0) - amount
        return {family: company.currency_id.round(amount) for family, amount in balances.items()}

    @api.model
    def _get_gb_credit_domain(self, company, partners):
        """:return: domain of the journal items that make up balances: open payments. Credit notes are no balance; they are
        paid back or set off by themselves."""
        return [
            ("partner_id", "in", partners.ids),
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("account_id.account_type", "=", "asset_receivable"),
            ("move_id.move_type", "=", "entry"),
            ("reconciled", "=", False),
            ("balance", "<", 0),
        ]

    def _get_gb_credits(self, company):
        """:return: open account.move.line of the balance, the oldest first, as superuser"""
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                self._get_gb_credit_domain(company, self.commercial_partner_id), order="date, id"
            )
        )

    def _lock_gb_balance(self):
        """Of two that would spend the same money the second runs again and sees what is left (the row is written: a lock
        alone comes too late for a snapshot that is older)."""
        partners = self.commercial_partner_id
        partners.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE res_partner SET write_date = write_date WHERE id IN %s RETURNING id",
                tuple(partners.ids),
            )
        )

    def _check_gb_balance_user(self, company):
        """:raises AccessError: unless the user keeps this company's money"""
        user = self.env.user
        if not (
            user.has_group("account.group_account_invoice")
            or user.has_group("gb_callcenter.group_gb_manager")
        ):
            raise AccessError(
                self.env._("Only accountants and managers of the call centre book balances.")
            )
        if company not in self.env.companies:
            raise AccessError(self.env._("This balance belongs to another company."))
        self.check_access("read")

    def _gb_prepay(self, amount, journal, date=None, memo=None, company=None):
        """Register a payment in advance.

        :param amount: in the company's currency
        :return: the posted account.payment, as superuser
        """
        return self._gb_pay_balance("inbound", amount, journal, date, memo, company)

    def _gb_refund_balance(self, amount, journal, date=None, memo=None, company=None):
        """Pay money of the balance back.

        :raises UserError: when there is less
        :return: the posted account.payment, as superuser
        """
        return self._gb_pay_balance("outbound", amount, journal, date, memo, company)

    def _gb_pay_balance(self, kind, amount, journal, date, memo, company):
        self.ensure_one()
        company = company or self.env.company
        currency = company.currency_id
        partner = self.commercial_partner_id
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("The amount has to be more than nothing."))
        journal_sudo = (
            journal.sudo()
        )  # managers of the call centre book without rights in accounting
        if journal_sudo.company_id != company or not journal_sudo.default_account_id:
            raise UserError(self.env._("Choose a bank or cash journal of the company."))
        partner._lock_gb_balance()
        if kind == "outbound":
            partner._check_gb_balance(amount, company)
        method = journal_sudo._get_available_payment_method_lines(kind)[:1]
        payment = (
            self.env["account.payment"]
            .sudo()
            .with_company(company)
            .create(
                {
                    "payment_type": kind,
                    "partner_type": "customer",
                    "partner_id": partner.id,
                    "amount": amount,
                    "currency_id": currency.id,
                    "date": date or fields.Date.context_today(self),
                    "journal_id": journal_sudo.id,
                    "payment_method_line_id": method.id,
                    "memo": memo or self.env._("Customer's balance"),
                }
            )
        )
        payment.action_post()
        if kind == "outbound":
            items = payment.move_id.line_ids.filtered(
                lambda item: item.account_id == payment.destination_account_id
            )
            self._gb_use_credits(items, amount, company)
        return payment

    def _check_gb_balance(self, amount, company):
        """:raises UserError: when the balance is less than the amount"""
        balance = self._get_gb_balance(company)
        if company.currency_id.compare_amounts(balance, amount) < 0:
            raise UserError(
                self.env._(
                    "The balance of %(customer)s is %(balance)s: less than %(amount)s.",
                    customer=self.display_name,
                    balance=company.currency_id.format(balance),
                    amount=company.currency_id.format(amount),
                )
            )

    def _gb_use_credits(self, items, amount, company):
        """Reconcile journal items with the oldest payments until nothing of them is open.

        :return: what was used
        """
        used = 0.0
        for account, credits in self._get_gb_credits(company).grouped("account_id").items():
            mine = items.filtered_domain([("account_id", "=", account.id)])
            for credit in credits:
                open_items = mine.filtered(lambda item: not item.reconciled)
                if not open_items or company.currency_id.compare_amounts(used, amount) >= 0:
                    break
                before = sum(open_items.mapped("amount_residual"))
                (credit + open_items).reconcile()
                used += before - sum(open_items.mapped("amount_residual"))
        return used

    def action_gb_balance(self):
        """Open the dialog that books a payment in advance or pays balance back."""
        self.ensure_one()
        self._check_gb_balance_user(self.env.company)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Balance of %(customer)s", customer=self.display_name),
            "res_model": "gb.balance.payment",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_partner_id": self.id},
        }
