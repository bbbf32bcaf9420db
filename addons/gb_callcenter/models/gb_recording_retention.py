from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

BATCH = 500


class GbRecording(models.Model):
    """How long recordings are kept: the queue says, else the hotline, else the company. Nothing that is on hold is erased."""

    _inherit = "gb.recording"

    expires_on = fields.Date(
        string="Kept until", readonly=True, help="Erased in the night after. Empty: kept for good."
    )
    is_on_hold = fields.Boolean(
        string="Legal hold", readonly=True, help="Not erased, whatever its time."
    )
    hold_reason = fields.Char(readonly=True)
    is_erasure_due = fields.Boolean(
        string="Erased when released",
        readonly=True,
        help="The customer has asked for the erasure of his data while it was on legal hold.",
    )

    _expires_idx = models.Index(
        "(expires_on, id) WHERE is_stored IS TRUE AND is_on_hold IS NOT TRUE"
    )

    _held_idx = models.Index("(call_id) WHERE is_on_hold IS TRUE")

    @api.model_create_multi
    def create(self, vals_list):
        recordings = super().create(vals_list)
        recordings._set_expiry()
        return recordings

    def _set_expiry(self):
        """Work out until when these are kept. :return: ids of those whose day has changed"""
        if not self:
            return []
        return self._update_expiry(SQL("recording.id = ANY(%s)", self.ids))

    @api.model
    def _update_expiry(self, condition):
        """The same for all recordings that meet ``condition`` (SQL), in one statement."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE gb_recording AS recording SET expires_on = wanted.day
                  FROM (SELECT recording.id,
                               (call.offered_at + make_interval(days => COALESCE(
                                   NULLIF(queue.recording_days, 0), NULLIF(hotline.recording_days, 0),
                                   NULLIF(company.gb_recording_days, 0))))::date AS day
                          FROM gb_recording AS recording
                          JOIN gb_call AS call ON call.id = recording.call_id
                          JOIN res_company AS company ON company.id = call.company_id
                     LEFT JOIN gb_queue AS queue ON queue.id = call.queue_id
                     LEFT JOIN gb_hotline AS hotline ON hotline.id = call.hotline_id
                         WHERE recording.is_erased IS NOT TRUE AND %s) AS wanted
                 WHERE wanted.id = recording.id AND recording.expires_on IS DISTINCT FROM wanted.day
                RETURNING recording.id
                """,
                condition,
            )
        )
        self.invalidate_model(["expires_on"], flush=False)
        return [row_id for (row_id,) in rows]

    @api.model
    def _cron_erase_expired(self):
        """Erase what has been kept long enough, a batch at a time; what has got another queue since is looked at again."""
        yesterday = fields.Date.today() - timedelta(days=1)
        domain = [
            ("expires_on", "<=", yesterday),
            ("is_stored", "=", True),
            ("is_on_hold", "=", False),
        ]
        recordings = self.sudo().search(domain, order="expires_on, id", limit=BATCH)
        recordings._set_expiry()
        expired = recordings.filtered(
            lambda recording: recording.expires_on and recording.expires_on <= yesterday
        )
        expired._erase()
        left = self.sudo().search_count(domain, limit=BATCH)
        self.env["ir.cron"]._commit_progress(len(expired), remaining=left)

    def _erase(self):
        """What is on hold is erased when it is released."""
        held = self.sudo().filtered("is_on_hold")
        held.write({"is_erasure_due": True})
        return super(GbRecording, self.sudo() - held)._erase()

    def action_hold(self, reason):
        """Keep these recordings until they are released.

        :param str reason: why, e.g. the number of the case
        """
        self._check_may_hold()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the recording has to be kept."))
        for recording in self:
            if not recording.is_stored:
                raise UserError(self.env._("There is no sound any more that could be kept."))
            recording.sudo().write({"is_on_hold": True, "hold_reason": reason})
            self.env["gb.access.log"]._note("hold", recording, details=reason)

    def action_open_hold(self):
        """Ask for the reason of a legal hold."""
        self.ensure_one()
        self._check_may_hold()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Legal hold"),
            "res_model": "gb.recording.hold",
            "view_mode": "form",
            "target": "new",
            "context": {"default_recording_id": self.id},
        }

    def action_release(self):
        """End the legal hold: the time limits count again, and what should have been erased is erased."""
        self._check_may_hold()
        for recording in self.filtered("is_on_hold"):
            recording_sudo = recording.sudo()  # nobody writes recordings by hand
            recording_sudo.write({"is_on_hold": False, "hold_reason": False})
            self.env["gb.access.log"]._note("release", recording)
            if recording_sudo.is_erasure_due:
                recording_sudo._erase()

    def _check_may_hold(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only call centre managers keep or release recordings."))
        self.check_access("read")
