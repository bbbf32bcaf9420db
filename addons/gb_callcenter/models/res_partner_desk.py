from odoo import models


class ResPartner(models.Model):
    """The way from a customer to the order desk."""

    _inherit = "res.partner"

    def action_gb_open_order_desk(self):
        """Open the order desk for this customer."""
        self.ensure_one()
        self.env["gb.order.desk"]._check_desk_access(self)
        action = self.env["ir.actions.client"]._for_xml_id("gb_callcenter.gb_order_desk_action")
        return dict(action, params={"partner_id": self.id})
