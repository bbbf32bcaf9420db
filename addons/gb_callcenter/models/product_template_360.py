from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    gb_age_stage_ids = fields.Many2many(
        "gb.age.stage",
        "gb_age_stage_product_rel",
        "product_tmpl_id",
        "stage_id",
        string="Meant for ages",
        help="Agents are shown these goods for families with a child in one of these stages.",
    )
