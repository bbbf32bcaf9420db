from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

# Tiles of the overview: section, action, icon, look, roles that see it (everyone without).
TILES = (
    ("mine", "gb_ticket_action_mine", "fa-user-o", "primary", None),
    (
        "mine",
        "gb_ticket_action_department",
        "fa-users",
        "primary",
        "gb_ticket.group_gb_department",
    ),
    (
        "mine",
        "gb_ticket_action_unclaimed",
        "fa-hand-paper-o",
        "warning",
        "gb_ticket.group_gb_department",
    ),
    (
        "process",
        "gb_ticket_action_drafts",
        "fa-pencil-square-o",
        "info",
        "gb_callcenter.group_gb_agent",
    ),
    (
        "process",
        "gb_ticket_action_to_dispatch",
        "fa-share-square-o",
        "info",
        "gb_callcenter.group_gb_agent",
    ),
    (
        "process",
        "gb_ticket_action_returned",
        "fa-reply",
        "warning",
        "gb_ticket.group_gb_dispatcher",
    ),
    (
        "process",
        "gb_ticket_action_to_review",
        "fa-check-square-o",
        "info",
        "gb_ticket.group_gb_call_back",
    ),
    (
        "process",
        "gb_ticket_action_to_call_back",
        "fa-phone",
        "info",
        "gb_ticket.group_gb_call_back",
    ),
    ("deadline", "gb_ticket_action_due_today", "fa-clock-o", "warning", None),
    ("deadline", "gb_ticket_action_overdue", "fa-exclamation-triangle", "danger", None),
    (
        "deadline",
        "gb_ticket_action_supervised",
        "fa-eye",
        "danger",
        "gb_callcenter.group_gb_lead",
    ),
    (
        "deadline",
        "gb_ticket_approval_action",
        "fa-gavel",
        "primary",
        "gb_callcenter.group_gb_lead,gb_ticket.group_gb_department",
    ),
)
COUNT_LIMIT = 1000
CORRECTORS = "gb_callcenter.group_gb_lead,gb_ticket.group_gb_dispatcher"
# what was recorded with the acceptance
RECORDED = {
    "type_id",
    "category_id",
    "partner_id",
    "subject",
    "description",
    "channel",
    "severity",
    "urgency",
}


class GbTicket(models.Model):
    """What the screens need beside the work order itself."""

    _inherit = "gb.ticket"

    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id")
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    partner_ticket_count = fields.Integer(
        related="partner_id.gb_ticket_count", string="Work orders of the customer"
    )
    type_color = fields.Integer(related="type_id.color", string="Colour of the type")
    is_correctable = fields.Boolean(
        compute="_compute_is_correctable",
        help="Whether the current user may change what was recorded: anyone in a draft, later team leads and "
        "dispatchers while it is open.",
    )
    pending_approval = fields.Json(
        compute="_compute_pending_approval",
        help="What waits for a superior, for the banner of the form: {id, title, reason, requester, asked_at, "
        "may_decide}, or false.",
    )

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for ticket in self:
            number = "" if ticket.name == "/" else ticket.name
            ticket.display_name = " ".join(filter(None, (number, ticket.subject)))

    @api.depends("phase", "is_open")
    @api.depends_context("uid")
    def _compute_is_correctable(self):
        may_correct = self.env.user.has_groups(CORRECTORS)
        for ticket in self:
            ticket.is_correctable = ticket.phase == "draft" or (may_correct and ticket.is_open)

    @api.depends("approval_ids.state")
    @api.depends_context("uid")
    def _compute_pending_approval(self):
        for ticket in self:
            approval = ticket.pending_approval_id
            ticket.pending_approval = bool(approval) and approval._describe_pending()

    @api.model
    def default_get(self, fields_list):
        """A new form shows the state and the moves that it will begin with."""
        values = super().default_get(fields_list)
        if "state_id" in fields_list:
            process = self._choose_process(values)
            values.update(
                process_id=process.id,
                state_id=process.start_state_id.id,
            )
        return values

    def write(self, vals):
        recorded = sorted(RECORDED & vals.keys())
        if recorded and not self.env.su and not all(self.mapped("is_correctable")):
            raise AccessError(
                self.env._(
                    "After acceptance only team leads and dispatchers correct this: %(names)s. Write what is new as a "
                    "message or note.",
                    names=", ".join(
                        self._fields[name]._description_string(self.env) for name in recorded
                    ),
                )
            )
        return super().write(vals)

    @api.onchange("order_id")
    def _onchange_order_id(self):
        if self.order_id:
            self.partner_id = self.partner_id or self.order_id.partner_id
        if self.order_line_id.order_id != self.order_id:
            lines = self.order_id.order_line.filtered(lambda line: not line.display_type)
            self.order_line_id = lines if len(lines) == 1 else False
        if self.picking_id.sale_id != self.order_id:
            self.picking_id = False

    @api.onchange("order_line_id")
    def _onchange_order_line_id(self):
        if self.order_line_id:
            self.product_id = self.order_line_id.product_id
            self.quantity = self.order_line_id.product_uom_qty

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if (
            self.partner_id
            and self.order_id
            and self.order_id.partner_id.commercial_partner_id
            != self.partner_id.commercial_partner_id
        ):
            self.order_id = False

    def action_follow_up(self):
        """Open a new work order that goes on with this closed one; it is stored when the agent saves it."""
        self.ensure_one()
        self.check_access("read")
        self.browse().check_access("create")
        values = {
            **self.sudo()._prepare_follower_values(False),
            "subject": self.subject,
            "channel": "phone",
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New work order"),
            "res_model": self._name,
            "views": [[False, "form"]],
            "context": {f"default_{name}": value for name, value in values.items() if value},
        }

    def action_view_partner_tickets(self):
        """Open the work orders of the customer."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.action_gb_view_tickets()

    def action_view_calls(self):
        """Open the calls of this work order."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Calls"),
            "res_model": "gb.call",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.call_ids.ids)],
        }

    # ------------------------------------------------------------
    # Overview
    # ------------------------------------------------------------
    @api.model
    def get_counters(self):
        """What waits for the current user, for the tiles of the overview.

        A tile counts the domain of the action that it opens, so that both always agree; counting stops at a thousand.

        :return: list of {section, action: external id, name, icon, style, count, is_capped}
        """
        self.browse().check_access("read")
        counters = []
        for section, name, icon, style, roles in TILES:
            if roles and not self.env.user.has_groups(roles):
                continue
            action_sudo = self.env.ref(f"gb_ticket.{name}").sudo()
            domain = Domain(safe_eval(action_sudo.domain or "[]", {"uid": self.env.uid}))
            count = self.env[action_sudo.res_model].search_count(domain, limit=COUNT_LIMIT + 1)
            counters.append(
                {
                    "section": section,
                    "action": f"gb_ticket.{name}",
                    "name": action_sudo.name,
                    "icon": icon,
                    "style": style,
                    "count": min(count, COUNT_LIMIT),
                    "is_capped": count > COUNT_LIMIT,
                }
            )
        return counters


class GbTicketApproval(models.Model):
    _inherit = "gb.ticket.approval"

    may_decide = fields.Boolean(compute="_compute_may_decide", string="Mine to decide")

    @api.depends("state", "group_id", "requested_by_id")
    @api.depends_context("uid")
    def _compute_may_decide(self):
        for approval in self:
            approval.may_decide = approval.state == "pending" and approval._is_decider()

    def _describe_pending(self):
        """:return: what the banner of the work order shows"""
        self.ensure_one()
        sudo = self.sudo()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "id": self.id,
            "title": sudo.transition_id.name or kinds[sudo.kind],
            "amount": sudo.currency_id.format(sudo.amount) if sudo.amount else "",
            "reason": sudo.reason or "",
            "requester": sudo.requested_by_id.name or "",
            "role": sudo.group_id.name or "",
            "asked_at": fields.Datetime.to_string(sudo.create_date),
            "new_due_at": fields.Datetime.to_string(sudo.new_due_at) if sudo.new_due_at else False,
            "may_decide": self.with_env(self.env).may_decide,
        }


class GbTicketType(models.Model):
    _inherit = "gb.ticket.type"

    open_count = fields.Integer(string="Open work orders", compute="_compute_open_count")

    def _compute_open_count(self):
        counts = dict(
            self.env["gb.ticket"]._read_group(
                [("type_id", "in", self.ids), ("is_open", "=", True)], ["type_id"], ["__count"]
            )
        )
        for ticket_type in self:
            ticket_type.open_count = counts.get(ticket_type, 0)

    def action_view_tickets(self):
        """Open the open work orders of this type."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_ticket.gb_ticket_action")
        return {
            **action,
            "domain": [("type_id", "=", self.id)],
            "context": {"default_type_id": self.id, "search_default_open": 1},
        }
