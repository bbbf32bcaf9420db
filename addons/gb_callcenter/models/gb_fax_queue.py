import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 20
# not worth another try
FINAL = ("number", "document")
# after this time without any news nothing more is to be expected
SILENCE = timedelta(hours=2)
CRON = "gb_callcenter.ir_cron_send_faxes"


class GbFax(models.Model):
    """Sending: the try is written down, then the telephone system is told, then it tells what has become of it."""

    _inherit = "gb.fax"

    @api.model
    def _wake_queue(self, at=None):
        cron_sudo = self.env.ref(CRON).sudo()  # agents may not start crons
        cron_sudo._trigger(at)

    @api.model
    def _cron_send(self):
        """Send what is due; give up what nobody has told anything of."""
        now = fields.Datetime.now()
        domain = Domain("state", "=", "queued") & Domain("next_try_at", "<=", now)
        for fax in self.sudo().search(domain, order="next_try_at, id", limit=BATCH):
            if not fax.try_lock_for_update():
                continue
            fax._begin_attempt()
            # the intent is on disk before a telephone rings
            if not self.env["ir.cron"]._commit_progress(1):
                break
            fax._hand_over()
            self.env["ir.cron"]._commit_progress(0)
        silent = Domain("state", "=", "sending") & Domain("done_at", "<", now - SILENCE)
        for fax in self.sudo().search(silent, limit=BATCH):
            fax._end_attempt("unreported")
        if left := self.sudo().search_count(domain, limit=BATCH + 1):
            self.env["ir.cron"]._commit_progress(remaining=left)

    def _begin_attempt(self):
        self.write(
            {
                "state": "sending",
                "tries": self.tries + 1,
                "error": False,
                "next_try_at": False,
                "done_at": fields.Datetime.now(),
            }
        )

    def _get_reference(self):
        """Name of the present try: what is told of an earlier one is known as such."""
        fax_sudo = self.sudo()  # what is told of a try is known by its name
        return f"{fax_sudo.token}t{fax_sudo.tries}"

    def _hand_over(self):
        """Tell the telephone system. It may be away: that is no failed try."""
        self.ensure_one()
        try:
            dialled = self._get_dial_string(self.number, self.provider_id)
        except UserError as error:
            self._end_attempt("number")
            self.error = str(error)
            return
        args = {"reference": self._get_reference(), "number": dialled, "document": self.sha256}
        try:
            self.provider_id._command("fax.send", args, token=args["reference"])
        except UserError as error:
            _logger.info("fax %s not handed over: %s", self.id, type(error).__name__)
            later = fields.Datetime.now() + timedelta(minutes=self.provider_id.fax_retry_minutes)
            self.write(
                {
                    "state": "queued",
                    # the same try again: should it have been taken all the same, it is not sent twice
                    "tries": self.tries - 1,
                    "next_try_at": later,
                    "error": str(error),
                }
            )
            self._wake_queue(later)

    def _follow_attempt(self, attempt, note):
        """What became of a try."""
        self.ensure_one()
        if attempt != self.tries or self.state not in ("queued", "sending"):
            # told again, or of a try that counts no more
            return
        if note.get("ok"):
            self.write(
                {
                    "state": "sent",
                    "error": False,
                    "next_try_at": False,
                    "done_at": fields.Datetime.now(),
                    "station": str(note.get("station") or "")[:40],
                }
            )
            self._note_contact()
            self._sent()
        else:
            self._end_attempt(str(note.get("error") or "failed"))

    def _end_attempt(self, code):
        """Try again later, or give up."""
        self.ensure_one()
        values = {"error": self._get_error(code), "done_at": fields.Datetime.now()}
        if code in FINAL or self.tries >= self.provider_id.fax_tries:
            self.write({**values, "state": "failed", "next_try_at": False})
            self._not_sent()
            return
        later = fields.Datetime.now() + timedelta(minutes=self.provider_id.fax_retry_minutes)
        self.write({**values, "state": "queued", "next_try_at": later})
        self._wake_queue(later)

    def _sent(self):
        """Override to do something when a fax has been sent."""
        self.ensure_one()

    def _not_sent(self):
        """Override to do something when a fax has failed for good; ``error`` says why."""
        self.ensure_one()

    def _take_document(self, note):
        """Override to give a fax that a menu has sent its pages, and to try again what has failed."""
        self.ensure_one()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def _check_may_send(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only agents send faxes."))
        self.check_access("read")

    def action_cancel(self):
        """Do not send it; hang up while it is being sent."""
        self._check_may_send()
        for fax in self:
            fax_sudo = fax.sudo()  # nobody writes faxes by hand
            if fax.state not in ("queued", "sending"):
                raise UserError(self.env._("Only a fax that has not been sent can be cancelled."))
            if fax.state == "sending":
                fax_sudo.provider_id._command(
                    "fax.cancel", {"reference": fax_sudo._get_reference()}
                )
            fax_sudo.write({"state": "cancelled", "next_try_at": False, "error": False})
            fax_sudo._not_sent()
        return True

    def action_send_again(self):
        """Try once more what has failed or was cancelled."""
        self._check_may_send()
        for fax in self:
            fax_sudo = fax.sudo()  # nobody writes faxes by hand
            if (
                fax.direction != "outbound"
                or fax.state not in ("failed", "cancelled")
                or not fax.tiff
            ):
                raise UserError(self.env._("Only a fax that has failed can be sent again."))
            # a name of its own: its tries are counted afresh
            fax_sudo.write(
                {
                    "state": "queued",
                    "tries": 0,
                    "token": fax_sudo.default_get(["token"])["token"],
                    "error": False,
                    "next_try_at": fields.Datetime.now(),
                }
            )
            fax_sudo._wake_queue()
        return True

    def action_send_now(self):
        """Do not wait for the next try's time."""
        self._check_may_send()
        waiting = self.filtered(lambda fax: fax.state == "queued")
        waiting.sudo().next_try_at = fields.Datetime.now()
        self._wake_queue()
        return True
