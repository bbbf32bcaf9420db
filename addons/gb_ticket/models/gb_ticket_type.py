from odoo import fields, models

from ..const import KINDS, SEVERITIES, URGENCIES


class GbTicketType(models.Model):
    """A type of matter. ``kind`` decides which form, defaults and guards of the trade apply to it; a company may
    have several types of one kind."""

    _name = "gb.ticket.type"
    _description = "Work order type"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name for import, export and other systems.")
    kind = fields.Selection(
        KINDS,
        required=True,
        default="consultation",
        help="Decides which fields the form shows and what has to be true before the work is done.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(translate=True, help="When an agent should choose this type.")
    urgency = fields.Selection(URGENCIES, string="Usual urgency", default="0", required=True)
    severity = fields.Selection(
        SEVERITIES, string="Usual severity", default="normal", required=True
    )
    is_order_bound = fields.Boolean(
        string="Needs an order line", help="Cannot be accepted without the line of an order."
    )
    is_on_portal = fields.Boolean(
        string="On the web form", default=True, help="Customers may choose this type themselves."
    )
    required_field_ids = fields.Many2many(
        "ir.model.fields",
        "gb_ticket_type_required_field_rel",
        "type_id",
        "field_id",
        string="Asked for on acceptance",
        domain=[("model", "=", "gb.ticket"), ("readonly", "=", False)],
        help="Fields that must be filled before a work order of this type is accepted.",
    )
    call_back_percent = fields.Integer(
        string="Called back (%)",
        default=100,
        help="Share of the closed work orders whose customers are asked after closing; 100 is everyone.",
    )
    properties_definition = fields.PropertiesDefinition(string="Own fields")

    _code_uniq = models.Constraint("UNIQUE(code)", "A type with this code exists already.")
    _call_back_percent_check = models.Constraint(
        "CHECK(call_back_percent BETWEEN 0 AND 100)", "The share is between 0 and 100 %."
    )
