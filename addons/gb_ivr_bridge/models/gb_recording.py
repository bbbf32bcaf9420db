import logging

from odoo import api, fields, models

from odoo.addons.gb_callcenter.models.gb_call_ingest import RETRIED

_logger = logging.getLogger(__name__)


class GbRecording(models.Model):
    """Messages that callers leave in the menu: each becomes a work order, with the sound to be played there."""

    _inherit = "gb.recording"

    message_values = fields.Json(
        readonly=True, help="What the menu has said of a message: type of work order and so on."
    )
    message_ticket_ids = fields.One2many(
        "gb.ticket", "gb_voicemail_id", string="Work orders", readonly=True
    )

    _message_idx = models.Index("(id) WHERE kind = 'voicemail'")

    @api.model
    def _follow_message(self, call, note):
        """Take in a message that the connector has told of; told again, nothing happens.

        :param call: ``gb.call``
        :param dict note: of ``tools.call_facts``, kind ``voicemail``; ``about``: ``voicemail`` or ``prompt``
        """
        kind = "prompt" if note.get("about") == "prompt" else "voicemail"
        told = {**note["values"], "prompt": note.get("prompt") or note["values"].get("prompt")}
        recording = self.search([("call_id", "=", call.id), ("sha256", "=", note["sha256"])])
        if not recording:
            recording = self.create(
                {
                    "call_id": call.id,
                    "name": note["name"],
                    "sha256": note["sha256"],
                    "size": note["size"],
                    "duration": note["duration"],
                    "kind": kind,
                    "message_values": told,
                }
            )
        elif recording.kind != kind:  # the recording itself was told of first
            recording.write({"kind": kind, "message_values": told})
            if kind == "prompt" and recording.is_stored:
                recording._hand_over_prompt(recording._read_audio())
        if kind == "voicemail":
            recording._get_message_ticket()

    def _get_message_ticket(self):
        """The work order of this message, made when there is none.

        :return: gb.ticket; empty when it could not be made: the cron tries again
        """
        self.ensure_one()
        tickets = self.env["gb.ticket"].sudo()
        ticket = tickets.search([("gb_voicemail_id", "=", self.id)], limit=1)
        if ticket:
            return ticket
        try:
            with self.env.cr.savepoint():
                return tickets._create_from_voicemail(self)
        except RETRIED:
            raise
        except Exception as error:
            # a message that nobody hears of would be the worst; losing the call's other events comes second
            self.env.invalidate_all()
            _logger.error(
                "voicemail %s: no work order could be made: %s", self.id, type(error).__name__
            )
            return tickets

    @api.model
    def _cron_make_message_tickets(self):
        """Make the work orders of messages for which it failed at first."""
        missing = self.sudo().search(
            [("kind", "=", "voicemail"), ("message_ticket_ids", "=", False)], limit=200
        )
        for recording in missing:
            recording._get_message_ticket()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _write_audio(self, content):
        result = super()._write_audio(content)
        if self.kind == "prompt":
            self._hand_over_prompt(content)
        return result

    def _hand_over_prompt(self, content):
        """A prompt that was spoken into a telephone has arrived."""
        told = self.message_values or {}
        self.env["gb.ivr.prompt.line"].sudo()._take_phone_recording(
            str(told.get("prompt") or ""), content, self.company_id
        )

    def _check_playable(self):
        """A message in a work order may be heard by whoever may see the work order."""
        self.ensure_one()
        recording_sudo = self.sudo()
        if recording_sudo.kind == "voicemail" and recording_sudo.message_ticket_ids.with_env(
            self.env
        )._filtered_access("read"):
            return None
        return super()._check_playable()
