from odoo import api, models


class ResCompany(models.Model):
    """One's own companies are no customers."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        own = companies.browse(
            company.id
            for company, vals in zip(companies, vals_list, strict=True)
            if not vals.get("partner_id")
        )
        own.partner_id.sudo().write({"gb_customer_number": False})
        return companies
