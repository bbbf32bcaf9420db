from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from .gb_remittance import GONE_BACK

DIFFERENCES = [
    ("unreadable", "Cannot be read"),
    ("unknown", "Order not known"),
    ("duplicate", "Told twice"),
    ("refused", "Refused, lost or returned"),
    ("already_paid", "Paid already"),
    ("short", "Too little"),
    ("over", "Too much"),
]
DECISIONS = [
    ("write_off", "Book the difference as accepted"),
    ("open", "Book what came; the rest stays open"),
    ("balance", "Book all to the customer's balance"),
    ("later", "Leave in the list of open rows"),
    ("dismiss", "Book nothing"),
]
# what may be decided about a difference
CHOICES = {
    "unreadable": {"later", "dismiss"},
    "unknown": {"later", "dismiss"},
    "duplicate": {"later", "dismiss", "balance"},
    "refused": {"later", "dismiss", "balance"},
    "already_paid": {"later", "dismiss", "balance"},
    "short": {"write_off", "open", "later"},
    "over": {"write_off", "balance", "later"},
}


class GbRemittanceLine(models.Model):
    """What a carrier has collected for one parcel."""

    _name = "gb.remittance.line"
    _description = "Row of a remittance"
    _order = "remittance_id desc, sequence, id"

    remittance_id = fields.Many2one(
        "gb.remittance", string="Statement", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(string="Line")
    carrier_id = fields.Many2one(related="remittance_id.carrier_id", store=True, index=True)
    company_id = fields.Many2one(related="remittance_id.company_id", store=True)
    currency_id = fields.Many2one(related="remittance_id.currency_id")
    state = fields.Selection(related="remittance_id.state", string="Statement's state")
    tracking_number = fields.Char(index="btree_not_null")
    order_number = fields.Char()
    date = fields.Date(string="Collected on")
    amount = fields.Monetary(string="Collected")
    fee = fields.Monetary()
    raw = fields.Char(string="As it came", readonly=True)
    order_id = fields.Many2one("sale.order", index="btree_not_null")
    order_name = fields.Char(string="Order found", related="order_id.name", related_sudo=True)
    invoice_id = fields.Many2one("account.move", index="btree_not_null")
    expected = fields.Monetary(readonly=True)
    gap = fields.Monetary(
        string="Difference", compute="_compute_gap", store=True, help="Collected less expected."
    )
    difference = fields.Selection(DIFFERENCES, string="Kind of difference", readonly=True)
    decision = fields.Selection(DECISIONS)
    note = fields.Char(help="Why it was decided so; needed when nothing is booked.")
    is_settled = fields.Boolean(string="Settled", readonly=True, copy=False)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null"
    )

    _open_idx = models.Index("(carrier_id) WHERE is_settled IS NOT TRUE")
    _payment_uniq = models.UniqueIndex("(payment_id) WHERE payment_id IS NOT NULL")

    @api.depends("tracking_number", "order_number")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.tracking_number or line.order_number or f"#{line.sequence}"

    @api.depends("amount", "expected")
    def _compute_gap(self):
        for line in self:
            line.gap = line.amount - line.expected

    @api.constrains("amount", "fee")
    def _check_amounts(self):
        if any(line.amount < 0 or line.fee < 0 for line in self):
            raise UserError(self.env._("Amounts and fees are not negative."))

    @api.constrains("order_id")
    def _check_order(self):
        for line in self:
            if line.order_id and line.sudo().order_id.company_id != line.company_id:
                raise UserError(self.env._("The order belongs to another company."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        if any(line.is_settled or line.state == "posted" for line in self):
            raise UserError(self.env._("Rows of posted statements are kept."))

    def write(self, vals):
        if not self.env.su and {"amount", "fee", "order_id", "tracking_number"} & set(vals):
            if any(line.is_settled for line in self):
                raise UserError(self.env._("This row is settled already."))
        return super().write(vals)

    # ------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------
    def _match(self):
        """Find order and invoice of all rows at once, what was expected, and what differs."""
        self_sudo = (
            self.sudo()
        )  # orders, deliveries and invoices of the company; the caller has checked the user
        orders, gone = self_sudo._find_orders()
        invoices = self_sudo._find_invoices(orders)
        settled = self_sudo._find_settled()
        seen = Counter()
        for line in self_sudo.sorted(lambda line: (line.sequence, line.id)):
            order = orders.get(line.id, self.env["sale.order"])
            unpaid = invoices.get(order.id, {}).get("unpaid", self.env["account.move"])
            has_invoice = bool(invoices.get(order.id))
            key = line.tracking_number or order.id or line.order_number
            seen[key] += 1
            values = {
                "order_id": order.id,
                "invoice_id": unpaid[:1].id,
                "expected": self._get_expected(line, order, unpaid, has_invoice),
            }
            values["difference"] = self._find_difference(
                line,
                order,
                values["expected"],
                is_told=seen[key] > 1 or bool(settled.get(line.tracking_number, set()) - {line.id}),
                is_gone=order.id in gone,
                is_paid=has_invoice and not unpaid,
            )
            if line.decision and line.decision not in CHOICES.get(values["difference"], ()):
                values["decision"] = False
            line.write(values)

    def _find_difference(self, line, order, expected, is_told, is_gone, is_paid):
        compare = line.currency_id.compare_amounts(line.amount, expected)
        if not line.amount and line.raw:
            return "unreadable"
        if not order:
            return "unknown"
        if is_told:
            return "duplicate"
        if is_gone and line.amount:
            return "refused"
        if is_paid and line.amount:
            return "already_paid"
        return "short" if compare < 0 else "over" if compare > 0 else False

    def _get_expected(self, line, order, unpaid, has_invoice):
        if not order:
            return 0.0
        if has_invoice:
            return sum(unpaid.mapped("amount_residual"))
        return order.amount_total

    def _find_orders(self):
        """:return: ({line id: sale.order}, ids of orders whose parcel did not stay with the customer)"""
        numbers = [line.tracking_number for line in self if line.tracking_number]
        names = [line.order_number for line in self if line.order_number]
        company = self.company_id
        pickings = self.env["stock.picking"].search(
            [
                ("carrier_tracking_ref", "in", numbers),
                ("picking_type_code", "=", "outgoing"),
                ("company_id", "in", company.ids),
            ],
            order="id",
        )
        by_number = {picking.carrier_tracking_ref: picking for picking in pickings}
        named = self.env["sale.order"].search(
            [("name", "in", names), ("company_id", "in", company.ids)]
        )
        by_name = {order.name: order for order in named}
        found = {}
        for line in self:
            picking = by_number.get(line.tracking_number)
            # what somebody has chosen by hand is not overwritten by nothing
            order = (picking and picking.sale_id) or by_name.get(line.order_number) or line.order_id
            if order:
                found[line.id] = order
        gone = {
            picking.sale_id.id for picking in pickings if picking.gb_delivery_state in GONE_BACK
        }
        return found, gone

    def _find_invoices(self, orders):
        """:return: {order id: {"unpaid": account.move}} of orders that have posted invoices"""
        ids = {order.id for order in orders.values()}
        invoices = {}
        for order in self.env["sale.order"].browse(ids):
            posted = order.invoice_ids.filtered(
                lambda move: move.state == "posted" and move.move_type == "out_invoice"
            )
            if posted:
                invoices[order.id] = {
                    "unpaid": posted.filtered(
                        lambda move: not move.currency_id.is_zero(move.amount_residual)
                    ).sorted("id")
                }
        return invoices

    def _find_settled(self):
        """:return: {tracking number: ids of rows of this carrier that were settled with money}"""
        numbers = [line.tracking_number for line in self if line.tracking_number]
        settled = {}
        rows = self.search(
            [
                ("carrier_id", "in", self.carrier_id.ids),
                ("tracking_number", "in", numbers),
                ("is_settled", "=", True),
                ("payment_id", "!=", False),
            ]
        )
        for row in rows:
            settled.setdefault(row.tracking_number, set()).add(row.id)
        return settled

    # ------------------------------------------------------------
    # Settling
    # ------------------------------------------------------------
    def action_settle(self):
        """Settle open rows of posted statements, after an order was chosen or something was decided."""
        remittances = self.remittance_id
        remittances._check_user()
        remittances._lock()
        lines = self.filtered(lambda line: not line.is_settled)
        if any(line.state != "posted" for line in lines):
            raise UserError(self.env._("Post the statement first; its rows are settled with it."))
        lines._match()
        waiting = lines.filtered(lambda line: line.difference and line.decision in (False, "later"))
        if waiting:
            raise UserError(
                self.env._(
                    "Decide about %(numbers)s first.",
                    numbers=", ".join(waiting[:10].mapped("display_name")),
                )
            )
        for remittance in remittances:
            remittance._check_accounts()
        lines._settle()
        return True

    def _settle(self):
        """Register the payments of rows that are decided. Called as superuser or by somebody who was checked, under the
        statement's lock."""
        for line in self.sudo().filtered(lambda line: not line.is_settled):
            if line.difference and (not line.decision or line.decision == "later"):
                continue
            if line.decision == "dismiss":
                if not line.note:
                    raise UserError(
                        self.env._("Note why nothing is booked for %(row)s.", row=line.display_name)
                    )
            elif not line.currency_id.is_zero(line.amount):
                line.payment_id = line._pay()
            line.is_settled = True

    def _pay(self):
        """:return: the posted account.payment of this row, reconciled with the invoice"""
        remittance = self.remittance_id
        partner = self.order_id.partner_invoice_id.commercial_partner_id
        invoices = self.env["account.move"]
        if self.decision != "balance" or self.difference == "over":
            invoices = self._find_invoices({self.id: self.order_id}).get(
                self.order_id.id, {"unpaid": invoices}
            )["unpaid"]
        items = invoices.line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable" and not item.reconciled
        )
        values = self._prepare_payment_values(partner, items)
        payment = self.env["account.payment"].with_company(self.company_id).create(values)
        payment.action_post()
        counterpart = payment.move_id.line_ids.filtered(
            lambda item: item.account_id == payment.destination_account_id and not item.reconciled
        )
        if items:
            (counterpart + items).reconcile()
            invoices.matched_payment_ids += payment
        remittance.message_post(
            body=self.env._(
                "%(row)s: %(payment)s", row=self.display_name, payment=payment._get_html_link()
            )
        ) if self.difference else None
        return payment

    def _prepare_payment_values(self, partner, items):
        """:return: values of the account.payment of this row; override to fill in more"""
        remittance = self.remittance_id
        method = remittance.journal_id._get_available_payment_method_lines("inbound")[:1]
        values = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": partner.id,
            "amount": self.amount,
            "currency_id": remittance.currency_id.id,
            "date": self.date or remittance.date,
            "journal_id": remittance.journal_id.id,
            "payment_method_line_id": method.id,
            "memo": f"{remittance.name} {self.display_name}",
            "company_id": self.company_id.id,
        }
        if items:
            values["destination_account_id"] = items[:1].account_id.id
        if self.decision == "write_off" and not self.currency_id.is_zero(self.gap):
            values["write_off_line_vals"] = [
                {
                    "name": self.env._("Difference of %(row)s", row=self.display_name),
                    "account_id": remittance.write_off_account_id.id,
                    "partner_id": partner.id,
                    "currency_id": remittance.currency_id.id,
                    "amount_currency": -self.gap,
                    "balance": remittance.currency_id._convert(
                        -self.gap,
                        self.company_id.currency_id,
                        self.company_id,
                        self.date or remittance.date,
                    ),
                }
            ]
        return values

    def action_split(self):
        """Divide a row that stands for several orders: a second row takes what is beyond the expected amount."""
        self.ensure_one()
        self.remittance_id._check_user()
        if self.is_settled:
            raise UserError(self.env._("This row is settled already."))
        rest = self.amount - self.expected if 0 < self.expected < self.amount else self.amount / 2
        rest = self.currency_id.round(rest)
        self.copy(
            {
                "remittance_id": self.remittance_id.id,
                "amount": rest,
                "fee": 0.0,
                "tracking_number": False,
                "order_number": False,
                "order_id": False,
                "invoice_id": False,
                "decision": False,
                "note": self.env._("Split from %(row)s", row=self.display_name),
            }
        )
        self.amount -= rest
        return self.remittance_id.action_match() if self.state != "posted" else True
