from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    gb_wait_count = fields.Integer(
        string="Waits for products",
        compute="_compute_gb_wait_count",
        groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_analyst",
    )

    def _compute_gb_wait_count(self):
        counts = dict(
            self.env["gb.product.wait"]._read_group(
                [("partner_id", "in", self.ids), ("state", "in", ("waiting", "notified"))],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.gb_wait_count = counts.get(partner, 0)

    def action_gb_view_waits(self):
        """Open the products that this customer waits for."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.gb_product_wait_action"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
