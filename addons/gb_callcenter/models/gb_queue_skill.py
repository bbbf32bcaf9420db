from odoo import api, fields, models

from .gb_skill_level import LEVELS


class GbQueueSkill(models.Model):
    """What a queue asks of its agents."""

    _name = "gb.queue.skill"
    _description = "Skill that a queue asks for"
    _order = "queue_id, skill_id"
    _rec_name = "skill_id"

    queue_id = fields.Many2one("gb.queue", required=True, ondelete="cascade", index=True)
    skill_id = fields.Many2one("gb.skill", required=True, ondelete="restrict", index=True)
    min_level = fields.Selection(
        LEVELS,
        string="At least",
        required=True,
        default="1",
        help="Agents below this level get no calls of the queue.",
    )

    _queue_skill_uniq = models.UniqueIndex(
        "(queue_id, skill_id)", "The queue asks for this skill already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.queue_id.seat_ids._refresh_members()
        return rows

    def write(self, vals):
        queues = self.queue_id
        result = super().write(vals)
        (queues | self.queue_id).seat_ids._refresh_members()
        return result

    def unlink(self):
        queues = self.queue_id
        result = super().unlink()
        queues.seat_ids._refresh_members()
        return result
