from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.safe_eval import safe_eval

# may be changed while work orders run on a version
WORDING = {"name", "description", "domain_message", "sequence", "style"}


class GbTicketTransition(models.Model):
    """A move that a process allows: from where, to where, by whom, under which conditions, and what is recorded or done.

    Partners add guards and effects with ``selection_add`` and a method ``_guard_<name>(transition, values)`` or
    ``_effect_<name>(transition, step, values)`` on ``gb.ticket``.
    """

    _name = "gb.ticket.transition"
    _description = "Move between states"
    _order = "sequence, id"

    process_id = fields.Many2one(
        "gb.ticket.process", required=True, index=True, ondelete="cascade", copy=False
    )
    name = fields.Char(required=True, translate=True, help="What is on the button.")
    code = fields.Char(required=True, help="Short name for the API, unique within the process.")
    sequence = fields.Integer(default=10)
    description = fields.Text(translate=True, help="Shown above the questions of the dialog.")
    from_state_ids = fields.Many2many(
        "gb.ticket.state",
        "gb_ticket_transition_from_rel",
        "transition_id",
        "state_id",
        string="From",
        required=True,
    )
    target = fields.Selection(
        [
            ("state", "The state below"),
            ("same", "Stays where it is"),
            ("previous", "Back to where it was before"),
        ],
        required=True,
        default="state",
    )
    to_state_id = fields.Many2one("gb.ticket.state", string="To", ondelete="restrict")
    style = fields.Selection(
        [("primary", "Main action"), ("secondary", "Other action"), ("danger", "Ends the work")],
        default="secondary",
        required=True,
    )
    group_ids = fields.Many2many(
        "res.groups",
        "gb_ticket_transition_group_rel",
        "transition_id",
        "group_id",
        string="Roles",
        help="Staff with one of these roles may move; none means no staff.",
    )
    scope = fields.Selection(
        [
            ("any", "Anyone of these roles"),
            ("department", "Members of the lead department"),
            ("handler", "The lead handler or the department's leads"),
            ("lead", "Leads of the lead department"),
            ("not_author", "Anyone but who submitted the result"),
        ],
        default="any",
        required=True,
        help="Which of those with the role “Department”; other roles and managers are not bound to a department.",
    )
    is_by_customer = fields.Boolean(string="Customer", help="Customers may move by themselves.")
    is_by_system = fields.Boolean(string="System", help="Automation and other systems may move.")
    approval_group_id = fields.Many2one(
        "res.groups",
        string="Confirmed by",
        help="Others who may move ask for this role's confirmation first.",
    )
    domain = fields.Char(help="Only work orders of this filter may move.")
    domain_message = fields.Char(
        string="Otherwise say",
        translate=True,
        help="What the user reads when the filter does not fit.",
    )
    guard = fields.Selection(
        [
            ("accept", "Customer, type and required fields are known"),
            ("answer", "The question is answered"),
            ("dispatch", "A department is chosen, a supervisor after two returns"),
            ("send_back", "In time, and not returned twice"),
            ("wait", "Follow-up date and at most three reminders"),
            ("result", "Tasks done, result recorded, the kind's own conditions"),
            ("rework", "Not returned for rework too often"),
            ("satisfied", "Solved and satisfied"),
            ("next_cycle", "Cycles left, a manager before the last"),
            ("final_position", "Remedies exhausted, written reply sent"),
            ("unverified", "Three attempts on two days, survey unanswered"),
            ("reopen", "Within the days for reopening"),
            ("merge", "Same customer, target open"),
        ],
        help="Conditions that a filter cannot say.",
    )
    effect = fields.Selection(
        [
            ("accept", "Number the work order and acknowledge"),
            ("dispatch", "Hand to the department"),
            ("sign", "Take on"),
            ("send_back", "Count the return"),
            ("wait", "Wait with a follow-up date"),
            ("result", "Keep the author of the result"),
            ("rework", "Count the rework"),
            ("close", "Close the work order"),
            ("next_cycle", "Next cycle, next escalation level, half the time"),
            ("reopen", "Reopen"),
            ("end", "End without result"),
            ("merge", "Merge into the other"),
            ("unmerge", "Take the merge back"),
            ("transfer", "Hand over"),
        ],
        help="What is done beside the move itself.",
    )
    closing = fields.Selection(
        selection=lambda self: self.env["gb.ticket"]._fields["closing"].selection,
        string="Closed as",
    )
    required_field_ids = fields.Many2many(
        "ir.model.fields",
        "gb_ticket_transition_required_rel",
        "transition_id",
        "field_id",
        string="Asks for",
        domain=[("model", "=", "gb.ticket")],
    )
    optional_field_ids = fields.Many2many(
        "ir.model.fields",
        "gb_ticket_transition_optional_rel",
        "transition_id",
        "field_id",
        string="Also offers",
        domain=[("model", "=", "gb.ticket")],
    )
    is_note_required = fields.Boolean(string="Asks for a reason")
    notify = fields.Char(
        string="Customer is told",
        help="Event whose reply templates are sent to the customer, e.g. accepted, closed.",
    )
    action_ids = fields.Many2many(
        "ir.actions.server",
        "gb_ticket_transition_action_rel",
        "transition_id",
        "action_id",
        string="Then run",
        groups="base.group_system",
        domain=[("model_name", "=", "gb.ticket")],
    )

    _code_uniq = models.Constraint(
        "UNIQUE(process_id, code)", "This process has a move with this code already."
    )
    _target_check = models.Constraint(
        "CHECK(target <> 'state' OR to_state_id IS NOT NULL)", "Say to which state the move leads."
    )

    @api.constrains("domain")
    def _check_domain(self):
        for transition in self.filtered("domain"):
            try:
                self.env["gb.ticket"].sudo().search_count(transition._get_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of “%(move)s” cannot be read: %(error)s",
                        move=transition.name,
                        error=error,
                    )
                ) from error

    def _get_domain(self):
        """:return: the filter as a list. Only literals and ``uid`` are allowed in it."""
        self.ensure_one()
        return safe_eval(self.domain or "[]", {"uid": self.env.uid})

    # ------------------------------------------------------------
    # A version in use does not change
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._check_process_is_draft()
        return moves

    def write(self, vals):
        if vals.keys() - WORDING:
            self._check_process_is_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self._check_process_is_draft()

    def _check_process_is_draft(self):
        for process in self.process_id:
            if process.state != "draft":
                raise ValidationError(
                    self.env._(
                        "“%(process)s” is in use. Make a new version, change that and publish it.",
                        process=process.display_name,
                    )
                )
