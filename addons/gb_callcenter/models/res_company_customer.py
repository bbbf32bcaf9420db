from odoo import api, models


class ResCompany(models.Model):
    """One's own companies are no customers."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        with_partner = [bool(vals.get("partner_id")) for vals in vals_list]
        companies = super().create(vals_list)
        own = companies.browse(
            company.id
            for company, is_there in zip(companies, with_partner, strict=True)
            if not is_there
        )
        own.partner_id.sudo().write({"gb_customer_number": False})
        return companies
