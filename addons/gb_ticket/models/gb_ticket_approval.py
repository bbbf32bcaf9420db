from odoo import fields, models


class GbTicketApproval(models.Model):
    """A wish that needs a superior: a move to confirm, more time, an exception from a rule.

    ``kind`` says what happens on approval: ``gb.ticket._approve_<kind>(approval)`` does it; partners add kinds with
    ``selection_add`` and that method. ``payload`` holds what the requester had entered.
    """

    _name = "gb.ticket.approval"
    _description = "Approval for a work order"
    _order = "id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "gb.ticket",
        string="Work order",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    department_id = fields.Many2one(related="ticket_id.department_id", store=True, index=True)
    kind = fields.Selection(
        [("transition", "Move"), ("extension", "More time"), ("override", "Exception from a rule")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("void", "Not needed any more"),
        ],
        default="pending",
        required=True,
        readonly=True,
    )
    transition_id = fields.Many2one("gb.ticket.transition", string="Move", readonly=True)
    group_id = fields.Many2one("res.groups", string="Decided by role", readonly=True)
    payload = fields.Json(readonly=True)
    reason = fields.Text(readonly=True)
    old_due_at = fields.Datetime(string="Old due time", readonly=True)
    new_due_at = fields.Datetime(string="New due time", readonly=True)
    requested_by_id = fields.Many2one("res.users", string="Asked by", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    decision_note = fields.Text(string="Answer")

    _pending_idx = models.Index("(ticket_id) WHERE state = 'pending'")
