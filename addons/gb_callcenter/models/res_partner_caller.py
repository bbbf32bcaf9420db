from odoo import models

# what decides how a caller is treated before anybody has looked at him
CALLER_FIELDS = {"gb_level_id", "gb_is_blacklisted", "lang", "active", "company_id"}


class ResPartner(models.Model):
    """Telephone systems learn what changes for a customer who rings."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if CALLER_FIELDS & vals.keys():
            self.env["gb.caller.change"]._note_partners(self)
        return result

    def unlink(self):
        phones_sudo = self.env["gb.phone"].sudo().search([("partner_id", "in", self.ids)])
        keys = phones_sudo.mapped("number_key")
        result = super().unlink()
        self.env["gb.caller.change"]._note_keys(keys)
        return result
