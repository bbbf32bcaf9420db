from odoo import api, models


class GbTicketClockRule(models.AbstractModel):
    """Something that decides how clocks run: open ones are measured anew when it changes."""

    _name = "gb.ticket.clock.rule"
    _description = "Rule of clocks"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env["gb.ticket.clock"]._rules_changed()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env["gb.ticket.clock"]._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["gb.ticket.clock"]._rules_changed()
        return result
