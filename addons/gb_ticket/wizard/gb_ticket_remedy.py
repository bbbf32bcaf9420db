from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.gb_ticket_money import COUPON_PROGRAMS
from ..models.stock_picking import INSPECTIONS

ELIGIBLE = ("return", "exchange", "repair", "refund")


class GbTicketRemedy(models.TransientModel):
    """The dialog from which a work order's documents are made. It shows what the rules say and asks for what the document
    needs; the work order's own methods check and do it."""

    _name = "gb.ticket.remedy"
    _description = "Remedy for the customer"

    ticket_id = fields.Many2one("gb.ticket", string="Work order", required=True, readonly=True)
    company_id = fields.Many2one(related="ticket_id.company_id")
    currency_id = fields.Many2one(related="ticket_id.currency_id")
    remedy = fields.Selection(
        [
            ("return", "Return"),
            ("exchange", "Exchange"),
            ("refund", "Refund"),
            ("repair", "Repair"),
            ("replacement", "Replacement"),
            ("coupon", "Coupon"),
            ("inspect", "Inspection"),
            ("change", "Change of the order"),
            ("cancel", "Cancellation of the order"),
        ],
        required=True,
    )
    is_allowed = fields.Boolean(compute="_compute_verdict")
    verdict = fields.Char(string="What the rules say", compute="_compute_verdict")
    quantity = fields.Float(compute="_compute_from_ticket", store=True, readonly=False)
    product_id = fields.Many2one(
        "product.product",
        string="Delivered instead",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        domain="[('sale_ok', '=', True), ('company_id', 'in', (company_id, False))]",
    )
    stock = fields.Char(string="In stock", compute="_compute_stock")
    amount = fields.Monetary(compute="_compute_from_ticket", store=True, readonly=False)
    refundable_amount = fields.Monetary(related="ticket_id.refundable_amount")
    program_id = fields.Many2one(
        "loyalty.program",
        string="Coupon programme",
        domain=[("program_type", "in", COUPON_PROGRAMS)],
    )
    points = fields.Float(string="Granted", default=1.0)
    valid_until = fields.Date()
    inspection = fields.Selection(INSPECTIONS, string="Condition")
    department_id = fields.Many2one(
        "hr.department",
        string="Intercepted by",
        help="Only needed when the parcel is packed or has left; the company's logistics by default.",
    )
    reason = fields.Text()

    @api.depends("ticket_id", "remedy")
    def _compute_verdict(self):
        for wizard in self:
            rows = (
                {row["remedy"]: row for row in wizard.ticket_id._get_eligibility()}
                if wizard.ticket_id and wizard.remedy in ELIGIBLE
                else {}
            )
            row = rows.get(wizard.remedy)
            wizard.is_allowed = not row or row["allowed"]
            wizard.verdict = row and row["reason"]

    @api.depends("ticket_id", "remedy")
    def _compute_from_ticket(self):
        for wizard in self:
            ticket = wizard.ticket_id
            wizard.quantity = ticket.quantity
            wizard.product_id = (
                (ticket.exchange_product_id or ticket._get_product().with_env(self.env))
                if ticket and wizard.remedy in ("exchange", "replacement")
                else False
            )
            wizard.amount = ticket.refund_amount or ticket.refundable_amount

    @api.depends("product_id", "ticket_id")
    def _compute_stock(self):
        for wizard in self:
            if not wizard.product_id:
                wizard.stock = False
                continue
            stock = wizard.ticket_id._get_stock(wizard.product_id)
            wizard.stock = self.env._("Not kept") if stock is None else f"{stock:g}"

    def action_confirm(self):
        """Do what the dialog asks for."""
        self.ensure_one()
        return getattr(self, f"_do_{self.remedy}")()

    def action_ask_exception(self):
        """Ask a team lead to allow it against the rules."""
        self.ensure_one()
        approval = self.ticket_id.action_ask_override(self.remedy, self.reason)
        if approval.sudo().state == "approved":
            return self.ticket_id._tell(self.env._("The exception is granted."))
        return self.ticket_id._tell(self.env._("A team lead decides about the exception."))

    def _do_return(self):
        return self.ticket_id.action_create_return(self.quantity)

    def _do_exchange(self):
        return self.ticket_id.action_create_exchange(self.quantity, self.product_id.id)

    def _do_refund(self):
        return self.ticket_id.action_create_credit_note(self.amount, self.reason)

    def _do_repair(self):
        return self.ticket_id.action_create_repair()

    def _do_replacement(self):
        return self.ticket_id.action_create_replacement(self.quantity, self.product_id.id)

    def _do_coupon(self):
        if not self.program_id:
            raise UserError(self.env._("Choose the coupon programme."))
        return self.ticket_id.action_create_coupon(
            self.program_id.id, self.points, self.valid_until
        )

    def _do_inspect(self):
        self.ticket_id.action_inspect(self.inspection, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _do_change(self):
        return self.ticket_id.action_apply_change(self.department_id.id)

    def _do_cancel(self):
        return self.ticket_id.action_cancel_order(self.reason)
