from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    gb_team_ids = fields.Many2many(
        "gb.team", "gb_team_member_rel", "user_id", "team_id", string="Call centre teams"
    )
    gb_led_team_ids = fields.Many2many(
        "gb.team", "gb_team_leader_rel", "user_id", "team_id", string="Leads the teams"
    )
    gb_skill_level_ids = fields.One2many("gb.skill.level", "user_id", string="Skills")

    def write(self, vals):
        if {"gb_team_ids", "gb_led_team_ids"} & vals.keys():
            # record rules keep the teams of a user
            self.env.registry.clear_cache()
        return super().write(vals)
