from odoo import models


class GbTicket(models.Model):
    _inherit = "gb.ticket"
