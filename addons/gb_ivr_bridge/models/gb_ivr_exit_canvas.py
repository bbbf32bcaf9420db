from odoo import api, models


class GbIvrExit(models.Model):
    _inherit = "gb.ivr.exit"

    @api.model_create_multi
    def create(self, vals_list):
        exits = super().create(vals_list)
        exits.node_id.version_id._touch_canvas()
        return exits

    def write(self, vals):
        result = super().write(vals)
        self.node_id.version_id._touch_canvas()
        return result

    def unlink(self):
        versions = self.node_id.version_id
        result = super().unlink()
        versions._touch_canvas()
        return result
