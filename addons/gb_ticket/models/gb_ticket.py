from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import (
    CHANNELS,
    CLOSINGS,
    KINDS,
    OPEN_PHASES,
    PHASES,
    REPLY_CHANNELS,
    SEVERITIES,
    URGENCIES,
)


class GbTicket(models.Model):
    """A work order: one matter of one customer, from acceptance until he is satisfied.

    Fields that the process owns (state, counts, times) are written by ``_transition`` and the methods beside it
    only; a plain ``write`` of them is refused. The files ``gb_ticket_*.py`` hold one concern each.
    """

    _name = "gb.ticket"
    _description = "Work order"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False, default="/", index="trigram")
    subject = fields.Char(required=True, index="trigram")
    description = fields.Text(string="Content", help="The customer's matter in his own words.")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    type_id = fields.Many2one("gb.ticket.type", required=True, index=True)
    kind = fields.Selection(KINDS, compute="_compute_kind", store=True, precompute=True)
    category_id = fields.Many2one("gb.ticket.category", string="Problem", index="btree_not_null")
    channel = fields.Selection(CHANNELS, required=True, default="phone")
    properties = fields.Properties(
        definition="type_id.properties_definition", string="Own fields", copy=True
    )
    tag_ids = fields.Many2many(
        "gb.ticket.tag", "gb_ticket_tag_rel", "ticket_id", "tag_id", string="Tags"
    )

    # --- process -------------------------------------------------------------------------------
    process_id = fields.Many2one(
        "gb.ticket.process", required=True, readonly=True, ondelete="restrict", copy=False
    )
    state_id = fields.Many2one(
        "gb.ticket.state",
        required=True,
        readonly=True,
        ondelete="restrict",
        copy=False,
        group_expand="_group_expand_state",
    )
    state_code = fields.Char(related="state_id.code", string="Code of the state")
    phase = fields.Selection(PHASES, readonly=True, default="draft", copy=False)
    is_open = fields.Boolean(readonly=True, default=True, copy=False)
    closing = fields.Selection(CLOSINGS, string="Closed as", readonly=True, copy=False)
    revision = fields.Integer(readonly=True, default=0, copy=False, help="Counts the moves.")
    level = fields.Integer(
        string="Escalation level", readonly=True, default=0, copy=False, aggregator="avg"
    )
    is_supervised = fields.Boolean(
        string="Supervised", copy=False, help="A supervisor watches this one."
    )
    is_pinned = fields.Boolean(
        string="Assigned for good",
        readonly=True,
        copy=False,
        help="A supervisor has assigned it after two returns; it cannot be sent back again.",
    )
    cycle = fields.Integer(readonly=True, default=1, copy=False, aggregator="avg")
    return_count = fields.Integer(string="Sent back", readonly=True, default=0, copy=False)
    rework_count = fields.Integer(string="Reworked", readonly=True, default=0, copy=False)
    reopen_count = fields.Integer(string="Reopened", readonly=True, default=0, copy=False)
    chase_count = fields.Integer(string="Chased", readonly=True, default=0, copy=False)
    reminder_count = fields.Integer(
        string="Reminders",
        readonly=True,
        default=0,
        copy=False,
        help="Sent to the customer while waiting.",
    )
    step_ids = fields.One2many("gb.ticket.step", "ticket_id", string="History", readonly=True)
    approval_ids = fields.One2many("gb.ticket.approval", "ticket_id", string="Approvals")

    # --- people --------------------------------------------------------------------------------
    partner_id = fields.Many2one("res.partner", string="Customer", check_company=True)
    contact_name = fields.Char(string="Contact")
    contact_phone = fields.Char(string="Contact's number")
    contact_email = fields.Char(string="Contact's e-mail")
    accepted_by_id = fields.Many2one(
        "res.users", string="Accepted by", readonly=True, copy=False, index="btree_not_null"
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Lead department",
        check_company=True,
        copy=False,
        index="btree_not_null",
    )
    suggested_department_id = fields.Many2one(
        "hr.department", string="Suggested department", check_company=True, copy=False
    )
    user_id = fields.Many2one("res.users", string="Handler", copy=False, index="btree_not_null")
    result_author_id = fields.Many2one("res.users", string="Result by", readonly=True, copy=False)
    department_ids = fields.Many2many(
        "hr.department",
        "gb_ticket_department_rel",
        "ticket_id",
        "department_id",
        string="Departments",
        compute="_compute_department_ids",
        store=True,
        help="Lead department and those with tasks; all of them see the work order.",
    )
    task_ids = fields.One2many("gb.ticket.task", "ticket_id", string="Tasks")

    # --- what it is about ----------------------------------------------------------------------
    call_ids = fields.Many2many(
        "gb.call", "gb_ticket_call_rel", "ticket_id", "call_id", string="Calls", copy=False
    )
    order_id = fields.Many2one("sale.order", index="btree_not_null", check_company=True)
    order_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        index="btree_not_null",
        domain="[('order_id', '=', order_id)]",
    )
    product_id = fields.Many2one("product.product", index="btree_not_null")
    picking_id = fields.Many2one("stock.picking", string="Delivery", check_company=True)
    quantity = fields.Float(string="Quantity concerned", default=1.0)
    remedy = fields.Char(string="Remedy sought", help="What the customer wants us to do.")
    severity = fields.Selection(
        SEVERITIES, compute="_compute_from_type", store=True, readonly=False, precompute=True
    )
    urgency = fields.Selection(
        URGENCIES, compute="_compute_from_type", store=True, readonly=False, precompute=True
    )
    reply_channel = fields.Selection(REPLY_CHANNELS, string="Wished reply", default="phone")
    parent_id = fields.Many2one(
        "gb.ticket",
        string="Follows",
        index="btree_not_null",
        copy=False,
        help="The closed work order that this one goes on with.",
    )
    merged_into_id = fields.Many2one(
        "gb.ticket", string="Merged into", index="btree_not_null", copy=False
    )
    merged_ids = fields.One2many("gb.ticket", "merged_into_id", string="Merged here")

    # --- the kinds' own fields -----------------------------------------------------------------
    answer = fields.Text(help="What the customer was answered.")
    is_knowledge_gap = fields.Boolean(
        string="Knowledge gap", readonly=True, copy=False, help="Nobody could answer at once."
    )
    cause_id = fields.Many2one("gb.ticket.cause", copy=False, index="btree_not_null")
    solution = fields.Text(copy=False)
    is_checked = fields.Boolean(
        string="Checked: complete, answers the matter, carried out", copy=False
    )
    responsible_department_id = fields.Many2one(
        "hr.department", string="Responsible department", copy=False
    )
    compensation = fields.Monetary(copy=False)
    adoption = fields.Selection(
        [("adopted", "Adopted"), ("declined", "Declined")], string="Suggestion", copy=False
    )
    fault_type_id = fields.Many2one("gb.ticket.fault", string="Fault")
    address = fields.Char(string="Address of the fault")
    occurred_at = fields.Datetime(string="Occurred at")
    warranty_until = fields.Date(string="Warranty until")
    appointment_at = fields.Datetime(string="Appointment")
    refund_amount = fields.Monetary()
    new_address_id = fields.Many2one("res.partner", string="New address", check_company=True)
    new_delivery_at = fields.Datetime(string="New delivery time")
    invoice_id = fields.Many2one("account.move", check_company=True)
    invoice_title = fields.Char(string="Invoice made out to")
    tax_number = fields.Char(string="Tax number")
    currency_id = fields.Many2one(related="company_id.currency_id")

    # --- times ---------------------------------------------------------------------------------
    accepted_at = fields.Datetime(string="Accepted", readonly=True, copy=False)
    dispatched_at = fields.Datetime(string="Dispatched", readonly=True, copy=False)
    signed_at = fields.Datetime(string="Signed", readonly=True, copy=False)
    first_contact_at = fields.Datetime(string="First contact", readonly=True, copy=False)
    resolved_at = fields.Datetime(string="Result submitted", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Ended", readonly=True, copy=False)
    follow_up_at = fields.Datetime(string="Follow up on", copy=False)
    due_at = fields.Datetime(
        string="Due", readonly=True, copy=False, help="When the customer is promised a result."
    )
    next_due_at = fields.Datetime(
        string="Next due",
        readonly=True,
        copy=False,
        help="The nearest deadline of all running clocks.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", readonly=True, copy=False, help="A clock has passed its time."
    )
    clock_ids = fields.One2many("gb.ticket.clock", "ticket_id", string="Clocks", readonly=True)

    # --- the customer --------------------------------------------------------------------------
    gb_message_ids = fields.One2many("gb.ticket.message", "ticket_id", string="Told the customer")
    rating_request_ids = fields.One2many(
        "gb.ticket.rating", "ticket_id", string="Satisfaction requests"
    )
    solved = fields.Selection(
        [("yes", "Solved"), ("partly", "Partly"), ("no", "Not solved")], copy=False
    )
    satisfaction = fields.Selection(
        [
            ("5", "Very satisfied"),
            ("4", "Satisfied"),
            ("3", "So-so"),
            ("2", "Dissatisfied"),
            ("1", "Very dissatisfied"),
        ],
        copy=False,
    )
    callback_call_id = fields.Many2one("gb.call", string="Call-back call", copy=False)

    _name_uniq = models.UniqueIndex("(name) WHERE name <> '/'", "This number is in use.")
    # “IS TRUE” as in the ORM's queries: PostgreSQL does not take them for the same as the bare column
    _open_department_idx = models.Index(
        "(company_id, department_id, state_id, id) WHERE is_open IS TRUE"
    )
    _open_state_idx = models.Index("(company_id, state_id, id) WHERE is_open IS TRUE")
    _draft_idx = models.Index("(company_id, id) WHERE phase = 'draft'")
    _open_user_idx = models.Index("(user_id, next_due_at) WHERE is_open IS TRUE")
    _open_due_idx = models.Index("(company_id, next_due_at) WHERE is_open IS TRUE")
    _overdue_idx = models.Index("(company_id, id) WHERE is_overdue IS TRUE AND is_open IS TRUE")
    _company_idx = models.Index("(company_id, id)")
    _partner_idx = models.Index("(partner_id, id) WHERE partner_id IS NOT NULL")

    @api.depends("type_id")
    def _compute_kind(self):
        for ticket in self:
            ticket.kind = ticket.type_id.kind

    @api.depends("type_id")
    def _compute_from_type(self):
        for ticket in self:
            ticket.severity = ticket.type_id.severity or "normal"
            ticket.urgency = ticket.type_id.urgency or "0"

    @api.depends("department_id", "task_ids.department_id")
    def _compute_department_ids(self):
        for ticket in self:
            ticket.department_ids = ticket.department_id | ticket.task_ids.department_id

    @api.model
    def _group_expand_state(self, states, _domain):
        return states.search([("phase", "in", OPEN_PHASES)])

    @api.constrains("partner_id", "order_id", "order_line_id")
    def _check_order_of_customer(self):
        for ticket in self.sudo().filtered("order_id"):
            order = ticket.order_id
            if ticket.order_line_id and ticket.order_line_id.order_id != order:
                raise ValidationError(
                    self.env._("The line is not one of the order %(order)s.", order=order.name)
                )
            customers = order.partner_id | order.partner_invoice_id | order.partner_shipping_id
            family = customers.commercial_partner_id
            if ticket.partner_id and ticket.partner_id.commercial_partner_id not in family:
                raise ValidationError(
                    self.env._("The order %(order)s is of another customer.", order=order.name)
                )
