from odoo import fields, models


class GbTicketRating(models.Model):
    """One question to a customer whether the matter is solved and how satisfied he is."""

    _name = "gb.ticket.rating"
    _description = "Satisfaction with a work order"
    _order = "id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    cycle = fields.Integer(default=1)
    channel = fields.Selection(
        [("phone", "Telephone"), ("sms", "SMS"), ("email", "E-mail"), ("web", "Progress page"), ("ivr", "Key press")]
    )
    state = fields.Selection(
        [("asked", "Asked"), ("reminded", "Reminded"), ("answered", "Answered"), ("expired", "No answer")],
        default="asked",
        required=True,
        index=True,
    )
    token = fields.Char(groups="base.group_system", copy=False)
    solved = fields.Selection([("yes", "Solved"), ("partly", "Partly"), ("no", "Not solved")])
    score = fields.Selection(
        [("5", "Very satisfied"), ("4", "Satisfied"), ("3", "So-so"), ("2", "Dissatisfied"), ("1", "Very dissatisfied")]
    )
    comment = fields.Text()
    asked_at = fields.Datetime(default=fields.Datetime.now)
    reminded_at = fields.Datetime()
    answered_at = fields.Datetime()
