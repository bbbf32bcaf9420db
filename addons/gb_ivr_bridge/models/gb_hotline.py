from odoo import fields, models


class GbHotline(models.Model):
    _inherit = "gb.hotline"

    flow_id = fields.Many2one(
        "gb.ivr.flow",
        string="Menu",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="The flow that callers hear first; without one they go to the queue at once.",
    )
