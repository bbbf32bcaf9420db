from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    gb_ticket_ids = fields.One2many("gb.ticket", "partner_id", string="Work orders")
    gb_ticket_count = fields.Integer(compute="_compute_gb_ticket_count")

    def _compute_gb_ticket_count(self):
        counts = dict(
            self.env["gb.ticket"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.gb_ticket_count = counts.get(partner, 0)
