from odoo import fields, models

from ..const import REPLY_CHANNELS


class GbTicketTemplate(models.Model):
    """Wording of a reply or of a notice, for one channel or all."""

    _name = "gb.ticket.template"
    _description = "Reply template"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    event = fields.Char(index=True, help="Sent by itself on this event, e.g. accepted, closed; empty: chosen by staff.")
    channel = fields.Selection(REPLY_CHANNELS, help="Empty: any channel.")
    type_ids = fields.Many2many(
        "gb.ticket.type", "gb_ticket_template_type_rel", "template_id", "type_id", string="Types"
    )
    subject = fields.Char(translate=True)
    body = fields.Text(translate=True, required=True, help="Placeholders in double braces.")
