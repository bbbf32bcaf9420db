from odoo import fields, models

from ..dialing import STRATEGIES, Statistics
from .gb_campaign_dialler import DIGEST, LOCK_OUT, ON_THE_WAY, SILENCE, get_epoch


class GbCampaign(models.Model):
    """Running campaigns in progressive or predictive mode dial by themselves."""

    _inherit = "gb.campaign"

    live_answer_count = fields.Integer(
        string="Live answers", compute="_compute_abandoned", help="Of the last 30 days."
    )
    abandoned_count = fields.Integer(
        string="Abandoned",
        compute="_compute_abandoned",
        help="Answered in the last 30 days and had no agent within two seconds.",
    )
    abandoned_rate = fields.Float(
        string="Abandoned (share)",
        compute="_compute_abandoned",
        help="Of the live answers of the last 30 days. At 3 % the dialler places one call for one free agent only.",
    )
    is_pacing_reduced = fields.Boolean(
        string="One call for one agent",
        compute="_compute_abandoned",
        help="The next abandoned customer would break the limit of 3 %, or there are not enough answers yet.",
    )

    def _compute_abandoned(self):
        at = get_epoch(fields.Datetime.now())
        # figures only; the campaign itself is readable
        diallers_sudo = (
            self.env["gb.campaign.dialler"].sudo().search([("campaign_id", "in", self.ids)])
        )
        known = {dialler.campaign_id.id: dialler.statistics for dialler in diallers_sudo}
        for campaign in self:
            budget = Statistics.from_json(known.get(campaign.id)).budget
            answers, abandoned = budget.get_counts(at)
            campaign.live_answer_count = answers
            campaign.abandoned_count = abandoned
            campaign.abandoned_rate = abandoned / answers if answers else 0
            campaign.is_pacing_reduced = campaign.mode == "predictive" and budget.is_spent(at)

    def action_start(self):
        """Begin or go on calling; the dialler looks at once."""
        result = super().action_start()
        if any(campaign.mode != "preview" for campaign in self):
            self.env["gb.campaign.dialler"]._wake()
        return result

    def _dial_once(self, at):
        """Look once at this campaign and write the attempts that are to be dialled now. Nothing is sent: commit, then
        call ``_send_dials()`` of what is returned.

        Only one transaction at a time gets beyond the lock; one that has waited for another's commit is refused by
        PostgreSQL, because every look writes the dialler.

        :param datetime at: now, naive UTC
        :return: gb.campaign.attempt, with sudo
        """
        self.ensure_one()
        campaign = self.sudo()  # the dialler acts for no user
        attempts = campaign.env["gb.campaign.attempt"]
        if campaign.state != "running" or campaign.mode == "preview" or not campaign.queue_id:
            return attempts
        dialler = campaign._get_dialler()
        if not dialler.try_lock_for_update() or (dialler.looked_at and dialler.looked_at >= at):
            return attempts
        campaign._give_up_silent(at)
        statistics = Statistics.from_json(dialler.statistics)
        dialler._digest(statistics, at)
        snapshot = dialler._get_snapshot(statistics, at)
        strategy = STRATEGIES[campaign.mode]
        count = strategy.calls_to_place(snapshot)
        attempts = campaign._begin_dials(count, max(0, snapshot.unclaimed), at)
        strategy.placed(snapshot, len(attempts))
        dialler.write({"statistics": statistics.to_json(), "looked_at": at})
        dialler.flush_recordset()
        return attempts

    def _get_dialler(self):
        diallers = self.env["gb.campaign.dialler"]
        # the unique index decides if two begin at once
        return diallers.search([("campaign_id", "=", self.id)]) or diallers.create(
            {"campaign_id": self.id}
        )

    def _begin_dials(self, count, free, at):
        """Take customers and write their attempts.

        :param int count: how many at most
        :param int free: agents who can be kept for those who were abandoned before
        """
        attempts = self.env["gb.campaign.attempt"]
        if count <= 0:
            return attempts
        rows = self._claim(min(count, free), at=at, needs_agent=True)
        rows |= self._claim(count - len(rows), at=at, needs_agent=False)
        for row in rows:
            number = row._get_number()
            refusal = row._get_refusal(number, at)
            if refusal:
                self.env["gb.campaign.desk"]._follow_refusal(row, number, refusal, at)
                continue
            locked_until = not row.needs_agent and self._get_locked_until(row, at)
            if locked_until:
                row._release(locked_until)
                continue
            attempts |= row._begin_attempt(number, at=at)
        return attempts

    def _get_locked_until(self, row, at):
        """Until when nobody of any campaign dials this customer automatically, because nobody was there for him."""
        last = self.env["gb.campaign.attempt"].search(
            [
                ("partner_id", "=", row.partner_id.id),
                ("at", ">", at - LOCK_OUT),
                ("state", "=", "abandoned"),
            ],
            order="at desc",
            limit=1,
        )
        return last and (last.fate_at or last.at) + LOCK_OUT

    def _give_up_silent(self, at):
        """Calls of which nothing was heard for minutes: the telephone system has lost them, or never got them."""
        silent = self.env["gb.campaign.attempt"].search(
            [
                ("campaign_id", "=", self.id),
                ("mode", "!=", "preview"),
                ("state", "in", [*ON_THE_WAY, "answered"]),
                ("outcome_id", "=", False),
                ("at", "<=", at - SILENCE),
            ],
            limit=DIGEST,
        )
        for attempt in silent:
            attempt._follow_dial("failed", at)
