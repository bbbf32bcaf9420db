from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    gb_wait_count = fields.Integer(
        string="Waiting customers",
        compute="_compute_gb_wait_count",
        groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_analyst",
    )

    def _compute_gb_wait_count(self):
        for template in self:
            template.gb_wait_count = sum(template.product_variant_ids.mapped("gb_wait_count"))

    def action_gb_view_waits(self):
        """Open the customers who wait for one of the variants."""
        self.check_access("read")
        return self.product_variant_ids.action_gb_view_waits()
