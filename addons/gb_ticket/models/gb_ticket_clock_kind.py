from odoo import fields, models


class GbTicketClockKind(models.Model):
    """A promise that is measured: acknowledge, dispatch, sign, first contact, resolve, task, review, call-back.

    It runs while a work order is in one of ``run_state_ids``, pauses in ``pause_state_ids``, and is fulfilled when
    the work order leaves both for any other state.
    """

    _name = "gb.ticket.clock.kind"
    _description = "Kind of clock"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    subject = fields.Selection(
        [("ticket", "Work order"), ("task", "Task")], required=True, default="ticket"
    )
    run_state_ids = fields.Many2many(
        "gb.ticket.state", "gb_ticket_clock_kind_run_rel", "kind_id", "state_id", string="Runs in"
    )
    pause_state_ids = fields.Many2many(
        "gb.ticket.state",
        "gb_ticket_clock_kind_pause_rel",
        "kind_id",
        "state_id",
        string="Pauses in",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A clock with this code exists already.")
