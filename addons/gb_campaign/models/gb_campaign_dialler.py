import logging
import time
from datetime import datetime, timedelta

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import SQL

from ..dialing import Snapshot

_logger = logging.getLogger(__name__)

JOB_SECONDS = 50
LOCK_OUT = timedelta(hours=72)
PATIENCE = 2  # seconds until an agent must have answered
PATIENCE_PROMISED = 30  # who was abandoned before is not left a second time
SILENCE = timedelta(minutes=3)  # a call of which nothing is heard so long was lost
HANDLE_LOOK_BACK = timedelta(hours=2)
REST_SECONDS = (
    30  # of a campaign whose commands are refused: its customers are not used up meanwhile
)
DIGEST = 500
ON_THE_WAY = ("new", "dialling", "ringing")


def get_epoch(at):
    """Seconds since 1970 of a naive UTC datetime."""
    return (at - datetime(1970, 1, 1)).total_seconds()


class GbCampaignDialler(models.Model):
    """What the dialler of one campaign remembers: statistics that survive a restart, and the lock that lets one look at a
    time happen. Kept beside the campaign, whose form is edited by people at the same moment."""

    _name = "gb.campaign.dialler"
    _description = "Dialler of a campaign"
    _rec_name = "campaign_id"

    campaign_id = fields.Many2one("gb.campaign", required=True, ondelete="cascade", readonly=True)
    statistics = fields.Json(readonly=True)
    looked_at = fields.Datetime(readonly=True)

    _campaign_uniq = models.UniqueIndex("(campaign_id)")

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    @api.model
    def _cron_dial(self, seconds=JOB_SECONDS):
        """Look at every running campaign that dials by itself, once a second, for ``seconds``. Where it is not calling time
        for anybody, the job's next run looks again."""
        end = time.monotonic() + seconds
        resume_at = {}  # campaign → when it is looked at again, after the telephone system has refused
        while True:
            begin = time.monotonic()
            campaigns = self._get_due_campaigns()
            for campaign in campaigns:
                if begin >= resume_at.get(campaign.id, begin) and not self._look(campaign):
                    resume_at[campaign.id] = begin + REST_SECONDS
            if not campaigns:
                return
            if begin + 1 >= end:
                break
            time.sleep(max(0.0, begin + 1 - time.monotonic()))
            # others have written meanwhile
            self.env["ir.cron"]._commit_progress()
            self.env.invalidate_all()
        self._wake()

    @api.model
    def _get_due_campaigns(self):
        now = fields.Datetime.now()
        return (
            self.env["gb.campaign"]
            .search([("state", "=", "running"), ("mode", "!=", "preview")])
            .filtered(lambda campaign: campaign._get_open_zones(now)[0])
        )

    @api.model
    def _look(self, campaign):
        """One look in a transaction of its own: what is to be dialled is committed before it is sent.

        :return: whether the telephone system takes commands
        """
        try:
            attempts = campaign._dial_once(fields.Datetime.now())
            self.env["ir.cron"]._commit_progress(len(attempts))
        except (OperationalError, UniqueViolation):
            # another dialler has looked at it, or a customer was changed: a second later there is another look
            self.env.cr.rollback()
            return True
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Campaign %s could not be dialled", campaign.id)
            return False
        return attempts._send_dials()

    @api.model
    def _wake(self):
        """Let the job begin now, or again as soon as it has ended."""
        self.env.ref("gb_campaign.ir_cron_campaign_dial").sudo()._trigger()

    # ------------------------------------------------------------------
    # What has happened since the last look
    # ------------------------------------------------------------------

    def _digest(self, statistics, at):
        """Count the attempts whose fate is known and the calls that agents are done with."""
        self.ensure_one()
        attempts = self.env["gb.campaign.attempt"].search(
            [("campaign_id", "=", self.campaign_id.id), ("is_digested", "=", False)],
            order="fate_at, id",
            limit=DIGEST,
        )
        for attempt in attempts:
            is_live = attempt.state in ("connected", "abandoned", "hung_up")
            end = attempt.answered_at or attempt.fate_at
            statistics.add_dial(is_live, max(0.0, (end - attempt.at).total_seconds()))
            if is_live:
                waited = (attempt.fate_at - end).total_seconds()
                # times are whole seconds: three of them are more than two for certain
                is_late = attempt.state == "abandoned" or waited > PATIENCE
                statistics.add_live_answer(get_epoch(attempt.fate_at), is_late)
        attempts.is_digested = True
        for talk, wrap in self._get_handled(self.looked_at or at, at):
            statistics.add_handled(talk, wrap)

    def _get_handled(self, since, until):
        """Calls whose after-call work has ended meanwhile, at the seats of the campaign's queue.

        :return: list of (seconds of talk, seconds of after-call work)
        """
        seats = self.campaign_id.queue_id.seat_ids
        if not seats:
            return []
        self.env["gb.seat.log"].flush_model()
        return self.env.execute_query(
            SQL(
                """SELECT call.seconds, wrap.seconds
                     FROM gb_seat_log wrap
                     JOIN LATERAL (SELECT sum(log.seconds) AS seconds
                                     FROM gb_seat_log log
                                    WHERE log.seat_id = wrap.seat_id AND log.call_id = wrap.call_id
                                      AND log.state = 'on_call') call ON call.seconds IS NOT NULL
                    WHERE wrap.seat_id = ANY(%(seats)s) AND wrap.state = 'wrap_up'
                      AND wrap.start_at > %(first)s AND wrap.end_at > %(since)s AND wrap.end_at <= %(until)s
                    ORDER BY wrap.end_at, wrap.id""",
                seats=seats.ids,
                first=since - HANDLE_LOOK_BACK,
                since=since,
                until=until,
            )
        )

    # ------------------------------------------------------------------
    # What is now
    # ------------------------------------------------------------------

    def _get_snapshot(self, statistics, at):
        """What the strategy is asked about: seats of the queue, calls on the way of all campaigns on it."""
        self.ensure_one()
        campaign, queue = self.campaign_id, self.campaign_id.queue_id
        seats = queue.seat_ids.filtered(
            lambda seat: (
                seat.user_id
                and seat.device_state != "unreachable"
                and any(
                    member["name"] == queue.code for member in seat._get_member_queues(seat.user_id)
                )
            )
        )

        def ages(state):
            return tuple(
                max(0.0, (at - seat.state_since).total_seconds())
                for seat in seats
                if seat.state == state and not seat.resume_reason_id
            )

        attempts = self.env["gb.campaign.attempt"].search(
            [
                ("state", "in", [*ON_THE_WAY, "answered"]),
                ("mode", "!=", "preview"),
                ("campaign_id.queue_id", "=", queue.id),
                ("at", ">", at - SILENCE),
            ]
        )
        ringing = attempts.filtered(lambda attempt: attempt.state in ON_THE_WAY)
        promised = ringing.filtered(lambda attempt: attempt.row_id.needs_agent)
        own = attempts.filtered(lambda attempt: attempt.campaign_id == campaign)
        # callers of the hotline wait for the same agents
        callers = self.env["gb.call"].search_count(
            [("queue_id", "=", queue.id), ("state", "=", "queued"), ("direction", "=", "inbound")]
        )
        return Snapshot(
            at=get_epoch(at),
            free=len(ages("ready")),
            calls=ages("on_call"),
            wraps=ages("wrap_up"),
            ringing=tuple(
                max(0.0, (at - attempt.at).total_seconds()) for attempt in ringing - promised
            ),
            waiting=len(attempts - ringing) + callers,
            reserved=len(promised),
            rows=campaign.max_lines,
            lines=campaign.max_lines - len(own),
            calls_per_second=self._get_calls_per_second(),
            patience=PATIENCE,
            statistics=statistics,
        )

    @api.model
    def _get_calls_per_second(self):
        """Calls that the trunk's operator accepts in a second: system parameter ``gb_campaign.calls_per_second``, 5."""
        value = self.env["ir.config_parameter"].sudo().get_param("gb_campaign.calls_per_second")
        try:
            return max(0.0, float(value or 5))
        except ValueError:
            return 5.0
