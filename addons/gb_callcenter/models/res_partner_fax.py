from odoo import fields, models


class ResPartner(models.Model):
    """Faxes of a customer."""

    _inherit = "res.partner"

    gb_fax_count = fields.Integer(string="Faxes", compute="_compute_gb_fax_count")

    def _compute_gb_fax_count(self):
        counts = dict(
            self.env["gb.fax"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.gb_fax_count = counts.get(partner, 0)

    def action_gb_send_fax(self):
        """Open the dialog for a fax to this customer."""
        self.ensure_one()
        return self.env["gb.fax.send"]._open(self, self)

    def action_gb_view_faxes(self):
        """Open the faxes of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_callcenter.gb_fax_action")
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}

    def _get_gb_erased(self):
        return [*super()._get_gb_erased(), (self.env._("Faxes"), len(self._get_gb_erased_faxes()))]

    def _get_gb_erased_faxes(self):
        return (
            self.env["gb.fax"].sudo().search([("partner_id", "in", self.ids)])  # all companies' too
        )

    def _gb_erase_calls(self):
        self._get_gb_erased_faxes().unlink()
        return super()._gb_erase_calls()
