from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    gb_team_ids = fields.Many2many(
        "gb.team", "gb_team_member_rel", "user_id", "team_id", string="Call centre teams"
    )
    gb_led_team_ids = fields.Many2many(
        "gb.team", "gb_team_leader_rel", "user_id", "team_id", string="Leads the teams"
    )
    gb_skill_ids = fields.Many2many(
        "gb.skill", "gb_skill_user_rel", "user_id", "skill_id", string="Skills"
    )
