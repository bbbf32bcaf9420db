from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

GONE_BACK = ("refused", "returned", "lost")


class GbRemittance(models.Model):
    """A carrier's statement of the money that it has collected for us. Every row is settled by a payment, or stays in the
    list of open rows until somebody has decided what it is."""

    _name = "gb.remittance"
    _description = "Carrier remittance"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Statement number", required=True, tracking=True)
    carrier_id = fields.Many2one(
        "gb.carrier", required=True, check_company=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="Where the carrier's money arrives. Its account is what the transfer is checked against.",
    )
    fee_account_id = fields.Many2one(
        "account.account",
        string="Account of fees",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    write_off_account_id = fields.Many2one(
        "account.account",
        string="Account of differences",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("matched", "Matched"), ("posted", "Posted")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    line_ids = fields.One2many("gb.remittance.line", "remittance_id", string="Rows")
    fee_move_id = fields.Many2one("account.move", string="Entry of fees", readonly=True, copy=False)
    line_count = fields.Integer(string="Number of rows", compute="_compute_totals")
    difference_count = fields.Integer(string="Differences", compute="_compute_totals")
    open_count = fields.Integer(string="Open rows", compute="_compute_totals")
    amount = fields.Monetary(string="Collected", compute="_compute_totals")
    fee = fields.Monetary(string="Fees", compute="_compute_totals")
    net = fields.Monetary(string="To be transferred", compute="_compute_totals")

    _name_uniq = models.Constraint(
        "UNIQUE(carrier_id, name)", "This carrier's statement is there already."
    )

    @api.depends("carrier_id")
    def _compute_accounts(self):
        for remittance in self:
            carrier_sudo = remittance.carrier_id.sudo()
            remittance.journal_id = carrier_sudo.cod_journal_id or remittance.journal_id
            remittance.fee_account_id = carrier_sudo.fee_account_id or remittance.fee_account_id
            remittance.write_off_account_id = (
                carrier_sudo.write_off_account_id or remittance.write_off_account_id
            )

    @api.depends("line_ids.amount", "line_ids.fee", "line_ids.difference", "line_ids.is_settled")
    def _compute_totals(self):
        for remittance in self:
            lines = remittance.line_ids
            remittance.line_count = len(lines)
            remittance.difference_count = len(lines.filtered("difference"))
            remittance.open_count = len(lines.filtered(lambda line: not line.is_settled))
            remittance.amount = sum(lines.mapped("amount"))
            remittance.fee = sum(lines.mapped("fee"))
            remittance.net = remittance.amount - remittance.fee

    # ------------------------------------------------------------
    # Rights and locks
    # ------------------------------------------------------------
    def _check_user(self):
        """:raises AccessError: unless the user keeps the money of these companies"""
        user = self.env.user
        if not (
            self.env.su
            or user.has_group("account.group_account_invoice")
            or user.has_group("gb_callcenter.group_gb_manager")
        ):
            raise AccessError(
                self.env._("Only accountants and managers of the call centre settle remittances.")
            )
        self.check_access("write")
        if self.company_id - self.env.companies:
            raise AccessError(self.env._("This statement belongs to another company."))

    def _lock(self):
        """Of two transactions the second runs again and sees what the first has done."""
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE gb_remittance SET write_date = now() AT TIME ZONE 'UTC' WHERE id IN %s RETURNING id",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["state", "fee_move_id"])
        self.line_ids.invalidate_recordset(["is_settled", "payment_id"])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(remittance.state == "posted" for remittance in self):
            raise UserError(self.env._("A posted statement is kept. Settle or dismiss its rows."))

    # ------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------
    def action_match(self):
        """Find the orders and invoices of all rows and list the differences."""
        self._check_user()
        for remittance in self.filtered(lambda one: one.state != "posted"):
            remittance.line_ids.filtered(lambda line: not line.is_settled)._match()
            remittance.state = "matched"
        return True

    def action_post(self):
        """Register the payments of all rows that are decided, and the fees. May be called again: nothing is paid twice.

        :raises UserError: when nothing was matched yet, or a difference waits for a decision
        """
        self._check_user()
        for remittance in self:
            remittance._lock()
            if remittance.state == "posted":
                continue
            if remittance.state != "matched":
                raise UserError(self.env._("Match the rows first."))
            remittance._check_accounts()
            # invoices may have been paid, and parcels refused, since the rows were matched
            remittance.line_ids.filtered(lambda line: not line.is_settled)._match()
            undecided = remittance.line_ids.filtered(
                lambda line: not line.is_settled and line.difference and not line.decision
            )
            if undecided:
                raise UserError(
                    self.env._(
                        "Decide about the differences first: %(numbers)s.",
                        numbers=", ".join(undecided[:10].mapped("display_name")),
                    )
                )
            remittance.line_ids._settle()
            remittance._post_fees()
            remittance.state = "posted"
        return True

    def _check_accounts(self):
        if not self.journal_id:
            raise UserError(self.env._("Choose the journal where the carrier's money arrives."))
        sudo = self.sudo()
        if not sudo.journal_id.default_account_id:
            raise UserError(self.env._("The journal has no account."))
        if not self.currency_id.is_zero(self.fee) and not self.fee_account_id:
            raise UserError(self.env._("Choose the account of the fees."))
        if any(line.decision == "write_off" for line in self.line_ids) and not (
            self.write_off_account_id
        ):
            raise UserError(self.env._("Choose the account of the differences."))

    def _post_fees(self):
        """The carrier keeps its fees: one entry for the statement."""
        if self.fee_move_id or self.currency_id.is_zero(self.fee):
            return
        sudo = self.sudo().with_company(self.company_id)  # managers of the call centre post too
        balance = self.currency_id._convert(
            self.fee, self.company_id.currency_id, self.company_id, self.date
        )
        label = self.env._(
            "Fees of %(carrier)s, %(statement)s", carrier=sudo.carrier_id.name, statement=self.name
        )
        move = sudo.env["account.move"].create(
            {
                "move_type": "entry",
                "date": self.date,
                "journal_id": self.journal_id.id,
                "company_id": self.company_id.id,
                "ref": label,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": label,
                            "account_id": account.id,
                            "currency_id": self.currency_id.id,
                            "amount_currency": sign * self.fee,
                            "balance": sign * balance,
                        },
                    )
                    for account, sign in (
                        (sudo.fee_account_id, 1),
                        (sudo._get_money_account(), -1),
                    )
                ],
            }
        )
        move.action_post()
        sudo.fee_move_id = move

    def _get_money_account(self):
        """:return: the account where Odoo books the payments of this statement: that of the journal's payment method, else
        the company's for payments on their way"""
        method = self.journal_id._get_available_payment_method_lines("inbound")[:1]
        return (
            self.line_ids.payment_id[:1].outstanding_account_id
            or method.payment_account_id
            or self.journal_id.default_account_id
        )

    def action_view_lines(self):
        """Open the rows of this statement."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "gb_callcenter.gb_remittance_line_action"
            ),
            "name": self.name,
            "domain": [("remittance_id", "=", self.id)],
            "context": {},
        }

    def action_view_payments(self):
        """Open the payments that this statement has made."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payments"),
            "res_model": "account.payment",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("id", "in", self.line_ids.payment_id.ids)],
        }

    # ------------------------------------------------------------
    # What carriers still owe
    # ------------------------------------------------------------
    @api.model
    def _get_outstanding(self, company, date=None):
        """Cash on delivery that carriers have not handed over yet, by age since the customer received the parcel, else since
        it was sent.

        :param date: the day on which it is looked at, today by default
        :return: list of dicts: carrier (gb.carrier), orders, amount, and by age in days d7, d14, d30, older
        """
        date = date or fields.Date.context_today(self)
        self.env["account.move"].flush_model()
        self.env["stock.picking"].flush_model()
        self.env["sale.order"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH parcel AS (
                    SELECT picking.sale_id,
                           MIN(method.gb_carrier_id) AS carrier_id,
                           MIN(COALESCE(picking.gb_delivered_at, picking.date_done))::date AS since
                      FROM stock_picking picking
                      JOIN delivery_carrier method ON method.id = picking.carrier_id
                      JOIN stock_picking_type kind ON kind.id = picking.picking_type_id AND kind.code = 'outgoing'
                     WHERE picking.company_id = %(company)s
                       AND picking.state = 'done'
                       AND method.gb_carrier_id IS NOT NULL
                       AND (picking.gb_delivery_state IS NULL OR picking.gb_delivery_state NOT IN %(gone)s)
                     GROUP BY picking.sale_id
                ), owed AS (
                    SELECT orders.id, parcel.carrier_id, %(date)s - parcel.since AS age,
                           CASE WHEN COUNT(invoice.id) = 0 THEN orders.amount_total
                                ELSE COALESCE(SUM(invoice.amount_residual), 0) END AS amount
                      FROM sale_order orders
                      JOIN parcel ON parcel.sale_id = orders.id
                      LEFT JOIN LATERAL (
                           SELECT DISTINCT move.id, move.amount_residual
                             FROM sale_order_line line
                             JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                             JOIN account_move_line item ON item.id = rel.invoice_line_id
                             JOIN account_move move ON move.id = item.move_id
                            WHERE line.order_id = orders.id
                              AND move.move_type = 'out_invoice' AND move.state = 'posted'
                      ) invoice ON TRUE
                     WHERE orders.gb_payment_means = 'cash_on_delivery'
                       AND orders.state = 'sale'
                       AND NOT EXISTS (
                           SELECT FROM gb_remittance_line settled
                            WHERE settled.order_id = orders.id AND settled.is_settled
                              AND settled.payment_id IS NOT NULL AND settled.invoice_id IS NULL)
                     GROUP BY orders.id, parcel.carrier_id, parcel.since
                )
                SELECT carrier_id, COUNT(*) AS orders, SUM(amount) AS amount,
                       COALESCE(SUM(amount) FILTER (WHERE age <= 7), 0) AS d7,
                       COALESCE(SUM(amount) FILTER (WHERE age > 7 AND age <= 14), 0) AS d14,
                       COALESCE(SUM(amount) FILTER (WHERE age > 14 AND age <= 30), 0) AS d30,
                       COALESCE(SUM(amount) FILTER (WHERE age > 30), 0) AS older
                  FROM owed WHERE amount > 0 GROUP BY carrier_id
                """,
                company=company.id,
                gone=GONE_BACK,
                date=date,
            )
        )
        carriers = self.env["gb.carrier"].browse([row["carrier_id"] for row in rows])
        return [
            {**row, "carrier": carrier}
            for carrier, row in sorted(
                zip(carriers, rows, strict=True), key=lambda pair: -pair[1]["amount"]
            )
        ]
