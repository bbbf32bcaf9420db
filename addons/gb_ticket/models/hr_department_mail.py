from odoo import fields, models


class HrDepartment(models.Model):
    """An e-mail address per department; what arrives there becomes a work order."""

    _name = "hr.department"
    _inherit = ["hr.department", "mail.alias.mixin.optional"]

    gb_mail_type_id = fields.Many2one(
        "gb.ticket.type",
        string="E-mails become",
        help="Type of the work orders that are made from e-mails to the department's address; "
        "consultation when empty.",
    )

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("gb.ticket")
        if self.id:
            defaults = {"suggested_department_id": self.id}
            if self.company_id:
                defaults["company_id"] = self.company_id.id
            if self.gb_mail_type_id:
                defaults["type_id"] = self.gb_mail_type_id.id
            values["alias_defaults"] = repr(defaults)
        return values

    def write(self, vals):
        result = super().write(vals)
        if {"company_id", "gb_mail_type_id"} & vals.keys():
            for department in self.filtered("alias_id"):
                department.alias_id.sudo().alias_defaults = department._alias_get_creation_values()[
                    "alias_defaults"
                ]
        return result
