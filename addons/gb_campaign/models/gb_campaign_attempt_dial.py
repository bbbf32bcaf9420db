from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .gb_campaign_dialler import LOCK_OUT, PATIENCE, PATIENCE_PROMISED

# how far a call is: what is behind is old news
PROGRESS = {"new": 0, "dialling": 0, "ringing": 1, "answered": 2}
OUTCOMES = {
    "machine": "machine",
    "abandoned": "abandoned",
    "busy": "busy",
    "refused": "busy",  # he has pressed the call away, not said no
    "hung_up": "busy",  # no more than that either: he may be rung again
    "no_answer": "no_answer",
    "invalid": "invalid",
    "failed": "failed",
}
STATES = {"ringing", "answered", "connected", *OUTCOMES}


class GbCampaignAttempt(models.Model):
    """Attempts that the dialler makes, and what the telephone system says of them."""

    _inherit = "gb.campaign.attempt"

    linked_id = fields.Char(string="Id in the PBX", readonly=True, index="btree_not_null")
    fate_at = fields.Datetime(
        string="Decided", readonly=True, help="An agent has answered, or the call has ended."
    )
    is_digested = fields.Boolean(
        default=True, readonly=True, help="The dialler's statistics have counted it."
    )

    _undigested_idx = models.Index("(campaign_id) WHERE is_digested IS NOT TRUE")
    _on_the_way_idx = models.Index(
        "(campaign_id, at) WHERE state IN ('new', 'dialling', 'ringing', 'answered')"
    )

    def _get_dial_reference(self):
        """The id of the command that dials this attempt: the same one dials once."""
        self.ensure_one()
        return f"campaign-{self.id}"

    def _send_dials(self):
        """Let the telephone system dial. What it refuses is over; what is lost on the way is noticed by the silence.

        :return: whether it has taken all of them
        """
        is_well = True
        for attempt in self:
            campaign = attempt.campaign_id
            provider = campaign.queue_id.provider_id
            try:
                provider._command(
                    "call.campaign", attempt._prepare_dial_args(), attempt._get_dial_reference()
                )
            except UserError:
                attempt._follow_dial("failed", fields.Datetime.now())
                is_well = False
            self.env["ir.cron"]._commit_progress()
        return is_well

    def _prepare_dial_args(self):
        """Arguments of the command ``call.campaign``. Override to send more."""
        self.ensure_one()
        campaign, queue = self.campaign_id, self.campaign_id.queue_id
        number = self.phone_id
        parsed = number._parse(number.number, queue.provider_id._get_region())
        seat = self.env["gb.seat"].new({"provider_id": queue.provider_id.id})
        return {
            "reference": self._get_dial_reference(),
            "number": seat._to_national(parsed.e164 or number.number),
            "caller_id": campaign.hotline_id.number or "",
            "queue": queue.code,
            "ring_seconds": campaign.ring_seconds,
            "max_wait": PATIENCE_PROMISED if self.row_id.needs_agent else PATIENCE,
            "sound": "campaign_nobody_free",
            "amd": False,
        }

    def _follow_dial(self, state, at, linked_id=None):
        """Take over how the call goes on. Old news and repetitions change nothing.

        :param str state: see ``DIAL`` in docs/architecture.md
        :param datetime at: naive UTC
        :return: whether anything has changed
        """
        self.ensure_one()
        if linked_id and not self.linked_id:
            self.linked_id = linked_id
            self._link_call()
        if (
            state == "answered"
            and not self.answered_at
            and self.state in ("connected", "abandoned", "hung_up")
        ):
            self.answered_at = at
        if state not in STATES or self.state not in PROGRESS:
            return False
        if state in PROGRESS and PROGRESS[state] <= PROGRESS[self.state]:
            return False
        values = {"state": state}
        if state == "answered":
            values["answered_at"] = at
        elif state != "ringing":
            values.update(fate_at=at, is_digested=False)
        self.write(values)
        if state == "connected":
            self._connect()
        elif state in OUTCOMES:
            self._end_without_agent(OUTCOMES[state], at)
        return True

    def _link_call(self):
        """The call that this attempt has become, as soon as both are known."""
        if not self.call_id:
            self.call_id = self.env["gb.call"].search(
                [
                    ("linked_id", "=", self.linked_id),
                    ("provider_id", "=", self.campaign_id.queue_id.provider_id.id),
                ],
                limit=1,
            )

    def _connect(self):
        """An agent has the customer on the line: from now on he is his on the calling screen."""
        call = self.env["gb.call"].search(
            [
                ("linked_id", "=", self.linked_id),
                ("provider_id", "=", self.campaign_id.queue_id.provider_id.id),
            ],
            limit=1,
        )
        if not self.linked_id or not call.user_id or self.outcome_id:
            return  # the call's own events say it a moment later
        self.write({"call_id": call.id, "user_id": call.user_id.id})
        if self.row_id.state == "claimed":
            minutes = self.campaign_id.claim_minutes
            self.row_id.write(
                {
                    "claimed_by_id": call.user_id.id,
                    "claimed_until": fields.Datetime.now() + timedelta(minutes=minutes),
                }
            )

    def _end_without_agent(self, category, at):
        row = self.row_id
        outcome = self.campaign_id._get_outcome(category)
        if self.outcome_id or not outcome:
            row._release(at + timedelta(days=1))
            return
        row._finish(outcome, attempt=self, at=at)
        if category == "abandoned" and row.state == "waiting" and row.next_at < at + LOCK_OUT:
            row.next_at = self.campaign_id._get_next_calling_time(
                row.zone or self.campaign_id._get_own_zone(), at + LOCK_OUT
            )

    @api.model
    def _follow_calls(self, calls):
        """Who talks with a customer whom the dialler has rung is known from the call itself."""
        result = super()._follow_calls(calls)
        placed = calls.filtered(lambda call: call.direction == "outbound")
        if placed:
            for attempt in self.search(
                [("linked_id", "in", placed.mapped("linked_id")), ("call_id", "=", False)]
            ):
                attempt._link_call()
        calls = calls.filtered("user_id")
        linked = calls.mapped("linked_id")
        if linked:
            for attempt in self.search(
                [
                    ("linked_id", "in", linked),
                    ("state", "=", "connected"),
                    ("user_id", "=", False),
                ]
            ):
                attempt._connect()
        return result
