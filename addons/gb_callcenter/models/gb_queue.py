from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PBX_NAME


class GbQueue(models.Model):
    _name = "gb.queue"
    _description = "Call queue"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        string="Name in the PBX",
        required=True,
        help="What the PBX calls this queue: letters, digits, - and _.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    provider_id = fields.Many2one(
        "gb.telephony.provider",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        default=lambda self: self.env["gb.telephony.provider"]._get_default(),
    )
    team_id = fields.Many2one("gb.team", check_company=True, index="btree_not_null")
    skill_ids = fields.Many2many(
        "gb.skill", "gb_queue_skill_rel", "queue_id", "skill_id", string="Skills asked for"
    )
    seat_ids = fields.Many2many(
        "gb.seat",
        "gb_queue_seat_rel",
        "queue_id",
        "seat_id",
        string="Seats",
        help="Seats that take calls of this queue while an agent is signed in at them.",
    )
    sl_seconds = fields.Integer(
        string="Answer within (s)", default=20, help="Threshold T of the service level."
    )
    short_abandon_seconds = fields.Integer(
        string="Short abandon (s)",
        default=6,
        help="Callers who give up within this time are left out of the service level.",
    )
    wrap_up_limit = fields.Integer(
        string="After-call work limit (s)",
        default=120,
        help="After-call work ends by itself after this time; 0 means that only the agent ends it.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE(provider_id, code)", "This PBX has a queue of this name already."
    )

    @api.constrains("code")
    def _check_code(self):
        for queue in self:
            if not PBX_NAME.fullmatch(queue.code or ""):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” cannot be a queue's name in the PBX: use letters, digits, - and _.",
                        code=queue.code,
                    )
                )
