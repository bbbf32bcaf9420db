from odoo import models


class GbPhone(models.Model):
    _inherit = "gb.phone"

    # customers who do not want to be called: few of very many
    _gb_do_not_call_idx = models.Index("(partner_id) WHERE do_not_call IS TRUE")
