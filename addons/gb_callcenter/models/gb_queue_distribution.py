from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PBX_NAME

STRATEGIES = [
    ("round_robin", "In turn"),
    ("longest_idle", "Longest without a call"),
    ("fewest_calls", "Fewest calls"),
    ("random", "At random"),
    ("all", "All at once"),
    ("rank", "By rank of the seats"),
]
# what the telephone system has to know of
MEMBER_FIELDS = {"strategy", "seat_ids", "requirement_ids", "active"}


class GbQueue(models.Model):
    """How calls are given to agents, and what callers hear and get while they wait."""

    _inherit = "gb.queue"

    # --- who is rung ---------------------------------------------------------------------------
    strategy = fields.Selection(
        STRATEGIES,
        string="Whom to ring",
        required=True,
        default="round_robin",
        help="Among the free agents of the best level. “Longest without a call” and “Fewest calls” ring an agent who does "
        "not pick up again and again: “In turn” goes on to the next one.",
    )
    requirement_ids = fields.One2many(
        "gb.queue.skill",
        "queue_id",
        string="Skills asked for",
        help="Agents without these skills get no calls of this queue; better ones are rung first.",
        copy=True,
    )
    level_seconds = fields.Integer(
        string="Best level first for (s)",
        default=30,
        help="A caller who has waited longer is given to any agent of the queue; the level no longer counts. 0: it always counts.",
    )
    ring_seconds = fields.Integer(
        string="Ring (s)", default=15, help="How long a seat rings before the next one."
    )
    retry_seconds = fields.Integer(
        string="Pause between tries (s)", default=1, help="Before the next seat is rung."
    )
    weight = fields.Integer(
        help="An agent who serves several queues gets the caller of the queue with the greater weight first.",
    )

    # --- who may wait, and how long ------------------------------------------------------------
    max_waiting = fields.Integer(
        string="Callers, at most",
        help="Further ones go to the next queue, or hear that all agents are busy. 0: no limit.",
    )
    max_wait_seconds = fields.Integer(
        string="Wait, at most (s)",
        default=600,
        help="All queues together, counted from the first one. Then the caller hears that all agents are busy, or his menu goes on.",
    )
    needs_agents = fields.Boolean(
        string="Only while agents are signed in",
        help="Callers are not let in, and leave, when no agent is signed in.",
    )
    overflow_queue_id = fields.Many2one(
        "gb.queue",
        string="Then to queue",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        domain="[('provider_id', '=', provider_id), ('id', '!=', id)]",
        help="Where callers go who have waited too long here, or found it full. A queue that is closed is left out.",
    )
    overflow_seconds = fields.Integer(
        string="After (s)", default=60, help="How long a caller waits here before he goes there."
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening hours",
        ondelete="restrict",
        check_company=True,
        help="Outside of them callers hear that you are closed. Empty: round the clock.",
    )

    # --- what they hear ------------------------------------------------------------------------
    announce_position = fields.Boolean(string="Tell the position")
    announce_wait = fields.Boolean(string="Tell the expected wait")
    announce_seconds = fields.Integer(string="Every (s)", default=30)
    music = fields.Char(
        default="default", help="Name of the music on hold in the telephone system."
    )

    # --- customers whom you know ---------------------------------------------------------------
    sticky_seconds = fields.Integer(
        string="Ring the last agent for (s)",
        help="A customer who rings again first reaches the agent who served him last, if he is free; then the queue, "
        "ahead of others. 10 to 20 is usual, 0: not at all.",
    )
    sticky_days = fields.Integer(
        string="If not longer ago than (days)",
        default=7,
        help="Who served the customer longer ago does not count as his agent.",
    )

    # --- call-back -----------------------------------------------------------------------------
    is_callback_offered = fields.Boolean(
        string="Offer a call-back",
        help="Callers may press 1, confirm their number and hang up. They keep their place: when it is their turn, an agent is "
        "rung and then the customer.",
    )
    callback_seconds = fields.Integer(string="Offer every (s)", default=45)
    callback_tries = fields.Integer(
        string="Tries, at most", default=3, help="How often a customer is rung who does not answer."
    )
    callback_retry_minutes = fields.Integer(string="Next try after (min)", default=10)
    callback_ids = fields.One2many("gb.callback", "queue_id", string="Call-backs")
    callback_count = fields.Integer(string="Open call-backs", compute="_compute_callback_count")

    _seconds_check = models.Constraint(
        """CHECK (ring_seconds BETWEEN 1 AND 300 AND retry_seconds BETWEEN 0 AND 300 AND weight BETWEEN 0 AND 1000
                  AND max_waiting >= 0 AND max_wait_seconds BETWEEN 1 AND 86400 AND overflow_seconds BETWEEN 0 AND 86400
                  AND level_seconds BETWEEN 0 AND 3600 AND announce_seconds BETWEEN 10 AND 3600
                  AND sticky_seconds BETWEEN 0 AND 60 AND sticky_days BETWEEN 0 AND 365)""",
        "Ring for 1 to 300 s, wait at most a day, announce every 10 s at the most often, ring the last agent for at most 60 s.",
    )
    _callback_check = models.Constraint(
        "CHECK (callback_seconds BETWEEN 10 AND 3600 AND callback_tries BETWEEN 1 AND 10 AND callback_retry_minutes BETWEEN 1 AND 1440)",
        "Offer a call-back every 10 s at the most often, try 1 to 10 times, and again after 1 to 1440 minutes.",
    )

    def _compute_callback_count(self):
        counts = dict(
            self.env["gb.callback"]._read_group(
                [("queue_id", "in", self.ids), ("state", "in", ("asked", "dialling"))],
                ["queue_id"],
                ["__count"],
            )
        )
        for queue in self:
            queue.callback_count = counts.get(queue, 0)

    @api.constrains("overflow_queue_id", "provider_id")
    def _check_overflow(self):
        if self._has_cycle("overflow_queue_id"):
            raise ValidationError(
                self.env._(
                    "A caller would come back to where he was: this chain of queues is a circle."
                )
            )
        for queue in self:
            other = queue.overflow_queue_id
            if other and other.provider_id != queue.provider_id:
                raise ValidationError(
                    self.env._("“%s” belongs to another telephone system.", other.name)
                )

    @api.constrains("music")
    def _check_music(self):
        for queue in self:
            if queue.music and not PBX_NAME.fullmatch(queue.music):
                raise ValidationError(
                    self.env._("The name of the music has only letters, digits, - and _.")
                )

    # ------------------------------------------------------------------
    # The telephone system follows
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        queues = super().create(vals_list)
        queues.provider_id._config_changed()
        queues.seat_ids._refresh_members()
        return queues

    def write(self, vals):
        providers, seats = self.provider_id, self.seat_ids
        result = super().write(vals)
        (providers | self.provider_id)._config_changed()
        if MEMBER_FIELDS & vals.keys():
            (seats | self.seat_ids)._refresh_members()
        return result

    def unlink(self):
        providers, seats = self.provider_id, self.seat_ids
        result = super().unlink()
        seats._refresh_members()
        providers._config_changed()
        return result

    def action_view_callbacks(self):
        """Open the call-backs of this queue."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_callcenter.gb_callback_action")
        return dict(action, domain=[("queue_id", "=", self.id)])
