from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    gb_sheet_line_ids = fields.One2many(
        "gb.product.sheet.line",
        "product_tmpl_id",
        string="Sale and price sheets",
        groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_analyst",
    )
    gb_sheet_count = fields.Integer(
        string="Sheets",
        compute="_compute_gb_sheet_count",
        groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_analyst",
    )

    def _compute_gb_sheet_count(self):
        counts = dict(
            self.env["gb.product.sheet.line"]._read_group(
                [("product_tmpl_id", "in", self.ids)], ["product_tmpl_id"], ["__count"]
            )
        )
        for template in self:
            template.gb_sheet_count = counts.get(template, 0)

    def action_gb_view_sheets(self):
        """Open the product's history of prices and sale."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.gb_product_sheet_line_action"
        )
        return {**action, "domain": [("product_tmpl_id", "=", self.id)]}
