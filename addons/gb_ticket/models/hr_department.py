from odoo import fields, models


class HrDepartment(models.Model):
    _inherit = "hr.department"

    gb_member_ids = fields.Many2many(
        "res.users",
        "gb_department_member_rel",
        "department_id",
        "user_id",
        string="Handlers",
        help="Users who work on the department's work orders.",
    )
    gb_lead_ids = fields.Many2many(
        "res.users",
        "gb_department_lead_rel",
        "department_id",
        "user_id",
        string="Leads of work orders",
        help="Users who decide for the department: approve, transfer, take over.",
    )
    gb_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        help="Working time in which the department's clocks run; empty means the company's.",
    )
