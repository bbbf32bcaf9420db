from odoo import fields, models


class GbAccessLog(models.Model):
    _inherit = "gb.access.log"

    kind = fields.Selection(
        selection_add=[
            ("hold", "Recording put on legal hold"),
            ("release", "Recording released from legal hold"),
        ],
        ondelete={"hold": "cascade", "release": "cascade"},
    )
