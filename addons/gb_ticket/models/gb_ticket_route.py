from odoo import fields, models

from ..const import CHANNELS, SEVERITIES


class GbTicketRoute(models.Model):
    """A rule that chooses process and lead department, and the tasks for further departments."""

    _name = "gb.ticket.route"
    _description = "Routing rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    type_ids = fields.Many2many(
        "gb.ticket.type", "gb_ticket_route_type_rel", "route_id", "type_id", string="Types"
    )
    category_ids = fields.Many2many(
        "gb.ticket.category",
        "gb_ticket_route_category_rel",
        "route_id",
        "category_id",
        string="Problems",
    )
    channel = fields.Selection(CHANNELS)
    severity = fields.Selection(SEVERITIES)
    partner_category_ids = fields.Many2many(
        "res.partner.category",
        "gb_ticket_route_partner_category_rel",
        "route_id",
        "partner_category_id",
        string="Customer tags",
    )
    product_category_ids = fields.Many2many(
        "product.category",
        "gb_ticket_route_product_category_rel",
        "route_id",
        "product_category_id",
        string="Product categories",
    )
    process_id = fields.Many2one("gb.ticket.process", string="Process")
    department_id = fields.Many2one("hr.department", string="Lead department", check_company=True)
    task_department_ids = fields.Many2many(
        "hr.department",
        "gb_ticket_route_task_rel",
        "route_id",
        "department_id",
        string="Tasks for",
        help="Each of these departments gets a task of its own when the work order is dispatched.",
    )
    is_automatic = fields.Boolean(
        string="Dispatch at once",
        help="Work orders are dispatched as soon as they are accepted; otherwise a dispatcher does it.",
    )
