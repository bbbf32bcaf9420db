from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    gb_department_ids = fields.Many2many(
        "hr.department",
        "gb_department_member_rel",
        "user_id",
        "department_id",
        string="Works for departments",
    )
    gb_led_department_ids = fields.Many2many(
        "hr.department",
        "gb_department_lead_rel",
        "user_id",
        "department_id",
        string="Leads departments",
    )

    def _gb_departments(self):
        """:return: hr.department that the user works for or leads"""
        self.ensure_one()
        return self.sudo().gb_department_ids | self.sudo().gb_led_department_ids
