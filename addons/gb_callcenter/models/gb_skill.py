from odoo import fields, models


class GbSkill(models.Model):
    _name = "gb.skill"
    _description = "Agent skill"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(translate=True)
    user_ids = fields.Many2many(
        "res.users", "gb_skill_user_rel", "skill_id", "user_id", string="Agents"
    )
    queue_ids = fields.Many2many(
        "gb.queue", "gb_queue_skill_rel", "skill_id", "queue_id", string="Queues asking for it"
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "A skill of this name exists already.")
