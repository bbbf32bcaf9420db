from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    gb_wait_count = fields.Integer(
        string="Waiting customers",
        compute="_compute_gb_wait_count",
        groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_analyst",
    )

    def _compute_gb_wait_count(self):
        counts = dict(
            self.env["gb.product.wait"]._read_group(
                [("product_id", "in", self.ids), ("state", "in", ("waiting", "notified"))],
                ["product_id"],
                ["__count"],
            )
        )
        for product in self:
            product.gb_wait_count = counts.get(product, 0)

    def action_gb_view_waits(self):
        """Open the customers who wait for these products."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.gb_product_wait_action"
        )
        return {
            **action,
            "domain": [("product_id", "in", self.ids)],
            "context": {"default_product_id": self[:1].id, "search_default_open": 1},
        }
