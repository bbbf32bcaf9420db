from odoo import api, fields, models


class GbSkill(models.Model):
    _name = "gb.skill"
    _description = "Agent skill"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(translate=True)
    level_ids = fields.One2many("gb.skill.level", "skill_id", string="Agents")
    requirement_ids = fields.One2many("gb.queue.skill", "skill_id", string="Queues asking for it")
    user_ids = fields.Many2many("res.users", string="Users", compute="_compute_user_ids")

    _name_uniq = models.Constraint("UNIQUE(name)", "A skill of this name exists already.")

    @api.depends("level_ids.user_id")
    def _compute_user_ids(self):
        for skill in self:
            skill.user_ids = skill.level_ids.user_id
