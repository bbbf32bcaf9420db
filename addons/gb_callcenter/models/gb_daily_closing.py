from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.table_file import write_xlsx

FIGURES = [
    "order_count",
    "order_amount",
    "delivery_count",
    "delivered_count",
    "refused_count",
    "collected",
    "refunded",
    "outstanding",
]


class GbDailyClosing(models.Model):
    """The figures of a day, or of any period: computed from sales, stock and accounting, and frozen when it is closed."""

    _name = "gb.daily.closing"
    _description = "Daily closing"
    _inherit = ["mail.thread"]
    _order = "date_to desc, date_from desc, id desc"

    name = fields.Char(compute="_compute_name")
    kind = fields.Selection(
        [("day", "Daily closing"), ("settlement", "Settlement")], required=True, default="day"
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today, index=True
    )
    date_to = fields.Date(
        string="To",
        required=True,
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
    )
    closed_at = fields.Datetime(string="Closed", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed by", readonly=True, copy=False)
    reopen_reason = fields.Char(string="Reason for opening again", copy=False)
    line_ids = fields.One2many("gb.daily.closing.line", "closing_id", string="Figures")
    order_count = fields.Integer(string="Orders", compute="_compute_totals")
    order_amount = fields.Monetary(string="Ordered", compute="_compute_totals")
    collected = fields.Monetary(compute="_compute_totals")
    refunded = fields.Monetary(compute="_compute_totals")
    outstanding = fields.Monetary(compute="_compute_totals")

    _day_uniq = models.UniqueIndex(
        "(company_id, date_from) WHERE kind = 'day'", "There is a closing of this day already."
    )
    _period_check = models.Constraint(
        "CHECK(date_from <= date_to)", "The period ends before it begins."
    )

    @api.depends("kind", "date_from", "date_to")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for closing in self:
            days = [fields.Date.to_string(day) for day in (closing.date_from, closing.date_to)]
            period = " – ".join(days if days[0] != days[1] else days[:1]) if all(days) else ""
            closing.name = f"{labels.get(closing.kind, '')} {period}".strip()

    @api.depends("date_from", "kind")
    def _compute_date_to(self):
        for closing in self:
            if closing.kind == "day" or not closing.date_to:
                closing.date_to = closing.date_from

    @api.depends("line_ids")
    def _compute_totals(self):
        for closing in self:
            for name in ("order_count", "order_amount", "collected", "refunded", "outstanding"):
                closing[name] = sum(closing.line_ids.mapped(name))

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        closings = super().create(vals_list)
        closings._compute_figures()
        return closings

    def write(self, vals):
        if {"date_from", "date_to", "company_id", "kind", "line_ids"} & set(vals) and any(
            closing.state == "closed" for closing in self
        ):
            raise UserError(
                self.env._("The figures of a closed day are frozen. Open it again first.")
            )
        result = super().write(vals)
        if {"date_from", "date_to", "company_id", "kind"} & set(vals):
            self._compute_figures()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        if any(closing.state == "closed" for closing in self):
            raise UserError(self.env._("A closed day is kept."))

    def action_compute(self):
        """Compute the figures again."""
        self._check_user()
        if any(closing.state == "closed" for closing in self):
            raise UserError(
                self.env._("The figures of a closed day are frozen. Open it again first.")
            )
        self._compute_figures()
        return True

    def _get_bounds(self):
        """:return: (first moment, moment after the last) of the period in the company's time zone, as UTC"""
        zone = pytz.timezone(self.company_id.partner_id.tz or self.env.user.tz or "UTC")

        def start(day):
            local = zone.localize(datetime.combine(day, time.min))
            return local.astimezone(pytz.utc).replace(tzinfo=None)

        return start(self.date_from), start(self.date_to + timedelta(days=1))

    def _compute_figures(self):
        """One line for each carrier and payment means."""
        for closing in self:
            rows = closing._query_figures()
            closing.sudo().line_ids.unlink()
            self.env["gb.daily.closing.line"].sudo().create(
                [{**row, "closing_id": closing.id} for row in rows]
            )
            closing.invalidate_recordset()

    def _query_figures(self):
        """:return: list of dicts: carrier_id, means and ``FIGURES``. Orders count on the day they were confirmed, parcels on
        the day they left, were received or refused, money on the day of its entry; outstanding is what is still owed at
        the moment of computing for orders of the period."""
        self.ensure_one()
        self.env.flush_all()
        begin, end = self._get_bounds()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH picked AS (
                    SELECT picking.id, picking.sale_id, method.gb_carrier_id AS carrier_id,
                           picking.date_done, picking.gb_delivered_at, picking.gb_refused_at
                      FROM stock_picking picking
                      JOIN stock_picking_type kind ON kind.id = picking.picking_type_id AND kind.code = 'outgoing'
                      LEFT JOIN delivery_carrier method ON method.id = picking.carrier_id
                     WHERE picking.company_id = %(company)s AND picking.state = 'done'
                       AND ((picking.date_done >= %(begin)s AND picking.date_done < %(end)s)
                         OR (picking.gb_delivered_at >= %(begin)s AND picking.gb_delivered_at < %(end)s)
                         OR (picking.gb_refused_at >= %(begin)s AND picking.gb_refused_at < %(end)s))
                ), invoiced AS (
                    SELECT DISTINCT move.id, line.order_id, move.amount_residual_signed
                      FROM account_move move
                      JOIN account_move_line item ON item.move_id = move.id
                      JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
                      JOIN sale_order_line line ON line.id = rel.order_line_id
                     WHERE move.company_id = %(company)s AND move.state = 'posted'
                       AND move.move_type IN ('out_invoice', 'out_refund')
                ), figures AS (
                    SELECT method.gb_carrier_id AS carrier_id, orders.gb_payment_means AS means,
                           1 AS order_count, orders.amount_total / COALESCE(NULLIF(orders.currency_rate, 0), 1) AS order_amount,
                           0 AS delivery_count, 0 AS delivered_count, 0 AS refused_count,
                           0.0 AS collected, 0.0 AS refunded,
                           COALESCE((SELECT SUM(amount_residual_signed) FROM invoiced WHERE invoiced.order_id = orders.id),
                                    orders.amount_total / COALESCE(NULLIF(orders.currency_rate, 0), 1)) AS outstanding
                      FROM sale_order orders
                      LEFT JOIN delivery_carrier method ON method.id = orders.carrier_id
                     WHERE orders.company_id = %(company)s AND orders.state = 'sale'
                       AND orders.date_order >= %(begin)s AND orders.date_order < %(end)s
                    UNION ALL
                    SELECT picked.carrier_id, orders.gb_payment_means, 0, 0.0,
                           (picked.date_done >= %(begin)s AND picked.date_done < %(end)s)::int,
                           COALESCE(picked.gb_delivered_at >= %(begin)s AND picked.gb_delivered_at < %(end)s, FALSE)::int,
                           COALESCE(picked.gb_refused_at >= %(begin)s AND picked.gb_refused_at < %(end)s, FALSE)::int,
                           0.0, 0.0, 0.0
                      FROM picked LEFT JOIN sale_order orders ON orders.id = picked.sale_id
                    UNION ALL
                    SELECT method.gb_carrier_id, orders.gb_payment_means, 0, 0.0, 0, 0, 0,
                           CASE WHEN item.balance < 0 THEN -item.balance ELSE 0 END,
                           CASE WHEN item.balance > 0 THEN item.balance ELSE 0 END, 0.0
                      FROM account_payment payment
                      JOIN account_move_line item ON item.move_id = payment.move_id
                      JOIN account_account account ON account.id = item.account_id
                       AND account.account_type = 'asset_receivable'
                      LEFT JOIN LATERAL (
                           SELECT COALESCE(
                               (SELECT settled.order_id FROM gb_remittance_line settled WHERE settled.payment_id = payment.id),
                               (SELECT MIN(invoiced.order_id)
                                  FROM account_partial_reconcile partial
                                  JOIN account_move_line other ON other.id = CASE WHEN item.balance < 0
                                       THEN partial.debit_move_id ELSE partial.credit_move_id END
                                  JOIN invoiced ON invoiced.id = other.move_id
                                 WHERE item.id = CASE WHEN item.balance < 0
                                       THEN partial.credit_move_id ELSE partial.debit_move_id END)) AS order_id
                      ) matched ON TRUE
                      LEFT JOIN sale_order orders ON orders.id = matched.order_id
                      LEFT JOIN delivery_carrier method ON method.id = orders.carrier_id
                     WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
                       AND payment.partner_type = 'customer'
                       AND item.date >= %(first)s AND item.date <= %(last)s
                )
                SELECT carrier_id, means, SUM(order_count)::int AS order_count, SUM(order_amount) AS order_amount,
                       SUM(delivery_count)::int AS delivery_count, SUM(delivered_count)::int AS delivered_count,
                       SUM(refused_count)::int AS refused_count, SUM(collected) AS collected,
                       SUM(refunded) AS refunded, SUM(outstanding) AS outstanding
                  FROM figures GROUP BY carrier_id, means ORDER BY carrier_id NULLS LAST, means NULLS LAST
                """,
                company=self.company_id.id,
                begin=begin,
                end=end,
                first=self.date_from,
                last=self.date_to,
            )
        )
        return [
            {
                name: (float(value) if name in FIGURES[1:2] + FIGURES[5:] else value)
                for name, value in row.items()
            }
            for row in rows
        ]

    # ------------------------------------------------------------
    # Closing
    # ------------------------------------------------------------
    def _check_user(self):
        user = self.env.user
        if not (
            user.has_group("account.group_account_invoice")
            or user.has_group("gb_callcenter.group_gb_manager")
        ):
            raise AccessError(
                self.env._("Only accountants and managers of the call centre close a day.")
            )
        self.check_access("write")

    def action_close(self):
        """Compute the figures a last time and freeze them."""
        self._check_user()
        for closing in self.filtered(lambda one: one.state == "open"):
            if closing._get_bounds()[1] > fields.Datetime.now():
                raise UserError(self.env._("This day is not over yet."))
            closing._compute_figures()
            closing.write(
                {
                    "state": "closed",
                    "closed_at": fields.Datetime.now(),
                    "closed_by_id": self.env.uid,
                    "reopen_reason": False,
                }
            )
        return True

    def action_reopen(self):
        """Open a closed day again; only managers, with a reason that is kept."""
        self.check_access("write")
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only managers of the call centre open a day again."))
        for closing in self.filtered(lambda one: one.state == "closed"):
            if not (closing.reopen_reason or "").strip():
                raise UserError(self.env._("Write down why the day is opened again."))
            closing.message_post(
                body=self.env._("Opened again: %(reason)s", reason=closing.reopen_reason)
            )
            closing.write({"state": "open", "closed_at": False, "closed_by_id": False})
        return True

    # ------------------------------------------------------------
    # Files
    # ------------------------------------------------------------
    def action_print(self):
        """:return: action that prints the figures"""
        self.check_access("read")
        return self.env.ref("gb_callcenter.gb_daily_closing_action_report").report_action(self)

    def action_xlsx(self):
        """:return: action that downloads the figures as a spreadsheet"""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/gb/closing/{self.id}.xlsx",
            "target": "download",
        }

    def _make_xlsx(self):
        """:return: bytes of the spreadsheet"""
        self.ensure_one()
        labels = self.env["gb.daily.closing.line"].fields_get(["carrier_id", "means", *FIGURES])
        names = ["carrier_id", "means", *FIGURES]
        return write_xlsx(
            [labels[name]["string"] for name in names],
            (
                [
                    line.carrier_id.name or "",
                    line._get_means_label(),
                    *(line[name] for name in FIGURES),
                ]
                for line in self.line_ids
            ),
            self.env._("Figures"),
        )

    def _get_printed_outstanding(self):
        """:return: what carriers owe by age, for the report"""
        return self.env["gb.remittance"].sudo()._get_outstanding(self.company_id)
