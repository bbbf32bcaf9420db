from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

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

    offered_today = fields.Integer(string="Offered today", compute="_compute_today")
    answered_today = fields.Integer(string="Answered today", compute="_compute_today")
    abandoned_today = fields.Integer(
        string="Abandoned today", compute="_compute_today", help="Short abandons included."
    )
    waiting_now = fields.Integer(string="Waiting now", compute="_compute_today")
    service_level_today = fields.Float(
        string="Service level today (%)",
        compute="_compute_today",
        help="Calls answered within the queue's time, divided by answered plus abandoned calls; "
        "short abandons are left out.",
    )
    asa_today = fields.Integer(
        string="ASA today (s)",
        compute="_compute_today",
        help="Average speed of answer: waiting time of answered calls divided by their number.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE(provider_id, code)", "This PBX has a queue of this name already."
    )

    def _compute_today(self):
        """Figures since midnight of the user's time zone, computed when they are read.

        Service level: answered ≤ T / (answered + abandoned without short ones), the default variant of
        docs/architecture.md's sources; 100 % when nobody rang.
        """
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since = fields.Datetime.now() - (now - midnight)
        self.env["gb.call"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT queue.id, count(call.id), count(call.answered_at),
                          count(*) FILTER (WHERE call.result = 'abandoned'),
                          count(*) FILTER (WHERE call.answered_at IS NOT NULL AND call.wait_seconds <= queue.sl_seconds),
                          count(*) FILTER (WHERE call.result = 'abandoned'
                                             AND call.wait_seconds > queue.short_abandon_seconds),
                          coalesce(sum(call.wait_seconds) FILTER (WHERE call.answered_at IS NOT NULL), 0),
                          count(*) FILTER (WHERE call.ended_at IS NULL AND call.answered_at IS NULL)
                     FROM gb_queue queue JOIN gb_call call ON call.queue_id = queue.id AND call.queued_at >= %s
                                                     AND call.direction = 'inbound'
                    WHERE queue.id = ANY(%s) GROUP BY queue.id""",
                since,
                self.ids,
            )
        )
        figures = {row[0]: row[1:] for row in rows}
        for queue in self:
            offered, answered, abandoned, in_time, counted, waited, waiting = figures.get(
                queue._origin.id, (0,) * 7
            )
            queue.offered_today, queue.answered_today = offered, answered
            queue.abandoned_today, queue.waiting_now = abandoned, waiting
            base = answered + counted
            queue.service_level_today = 100 * in_time / base if base else 100
            queue.asa_today = round(waited / answered) if answered else 0

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
