from odoo import api, fields, models

LEVELS = [
    ("1", "Beginner"),
    ("2", "Basic"),
    ("3", "Good"),
    ("4", "Very good"),
    ("5", "Expert"),
]


class GbSkillLevel(models.Model):
    """How well an agent masters a skill: who is better is rung first."""

    _name = "gb.skill.level"
    _description = "Agent's level of a skill"
    _order = "skill_id, level desc, user_id"
    _rec_name = "skill_id"

    user_id = fields.Many2one(
        "res.users", string="Agent", required=True, ondelete="cascade", index=True
    )
    skill_id = fields.Many2one("gb.skill", required=True, ondelete="cascade", index=True)
    level = fields.Selection(LEVELS, required=True, default="3")

    _user_skill_uniq = models.UniqueIndex(
        "(user_id, skill_id)", "This agent has a level of this skill already."
    )

    @api.depends("skill_id", "level")
    def _compute_display_name(self):
        names = dict(self._fields["level"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.skill_id.name}: {names.get(row.level, '')}"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._refresh_seats()
        return rows

    def write(self, vals):
        users = self.user_id
        result = super().write(vals)
        self._refresh_seats(users)
        return result

    def unlink(self):
        users = self.user_id
        result = super().unlink()
        self._refresh_seats(users)
        return result

    def _refresh_seats(self, users=None):
        """An agent who is signed in gets his new queues at once."""
        users = (users or self.env["res.users"]) | self.exists().user_id
        self.env["gb.seat"].sudo().search([("user_id", "in", users.ids)])._refresh_members()
