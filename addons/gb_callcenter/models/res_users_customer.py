from odoo import api, models


class ResUsers(models.Model):
    """The company's own people are no customers."""

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        with_partner = [bool(vals.get("partner_id")) for vals in vals_list]
        users = super().create(vals_list)
        own = users.browse(
            user.id
            for user, is_there in zip(users, with_partner, strict=True)
            if not is_there and not user.share
        )
        own.partner_id.sudo().write({"gb_customer_number": False})
        return users
