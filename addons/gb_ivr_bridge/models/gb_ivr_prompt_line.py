import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import LANGUAGES
from ..ivr import words

_logger = logging.getLogger(__name__)

# what placeholders say when somebody listens to a prompt
SAMPLES = {
    "amount": "128.50",
    "number": "3",
    "digits": "1024",
    "phone": "13800138000",
    "tail": "8000",
}
EBML = b"\x1aE\xdf\xa3"  # what browsers record begins with it


class GbIvrPromptLine(models.Model):
    """A prompt in one language. ``sha256`` names the sound (WAV, 8 kHz, 16 bit, mono); without it the text is spoken."""

    _name = "gb.ivr.prompt.line"
    _description = "Voice prompt in one language"
    _order = "prompt_id, language, id"
    _rec_name = "language"

    prompt_id = fields.Many2one("gb.ivr.prompt", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="prompt_id.company_id", store=True)
    language = fields.Selection(LANGUAGES, required=True, default="zh_CN")
    text = fields.Text(help="What is said. {variable} and {variable|format} are filled in.")
    sound_id = fields.Many2one(
        "gb.ivr.sound",
        string="Converted sound",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    audio = fields.Binary(
        string="Sound",
        compute="_compute_audio",
        inverse="_inverse_audio",
        help="WAV, MP3, OGG or WebM; is converted to what telephones play. Empty: the text is spoken.",
    )
    sha256 = fields.Char(related="sound_id.sha256", store=True, index="btree_not_null")
    seconds = fields.Float(string="Length (s)", related="sound_id.seconds", digits=(6, 1))
    source = fields.Selection(
        [
            ("text", "Text to speech"),
            ("upload", "Uploaded"),
            ("browser", "Recorded here"),
            ("phone", "Recorded by phone"),
        ],
        default="text",
        readonly=True,
    )

    _language_uniq = models.Constraint(
        "UNIQUE(prompt_id, language)", "This prompt has this language already."
    )

    @api.depends("sound_id")
    @api.depends_context("bin_size")
    def _compute_audio(self):
        for line in self:
            # the sounds themselves are open to nobody: many prompts may share one
            line.audio = line.sound_id.sudo().audio

    def _inverse_audio(self):
        for line in self:
            content = base64.b64decode(line.audio) if line.audio else b""
            line._set_audio(content, "browser" if content[:4] == EBML else "upload")

    def _set_audio(self, content, source):
        """Keep ``content`` as this line's sound.

        :param bytes content: a sound file of any usual kind, or nothing: the text is spoken then
        :param str source: where it came from (field ``source``)
        :raise UserError: when it is no sound
        """
        for line in self:
            if content:
                line.write(
                    {"sound_id": self.env["gb.ivr.sound"]._store(content).id, "source": source}
                )
            else:
                line.write({"sound_id": False, "source": "text"})

    def _get_preview(self):
        """What callers hear, as a WAV; a text is spoken with made-up values.

        :return: bytes
        :raise UserError: when there is nothing to hear, or it cannot be spoken
        """
        self.ensure_one()
        self.check_access("read")
        if self.sound_id:
            return self.sound_id.sudo()._get_wav()
        if not (self.text or "").strip():
            raise UserError(self.env._("Write the text, or upload or record it."))
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now()).isoformat()
        values = {
            name: SAMPLES.get(form, now if form in ("date", "time") else name.replace("_", " "))
            for name, form in words.placeholders(self.text)
        }
        text = words.fill(self.text, values, self.language)
        return base64.b64decode(self.env["gb.ivr.simulator"].get_speech(text, self.language))

    # ------------------------------------------------------------------
    # Recorded by phone
    # ------------------------------------------------------------------

    def action_record_by_phone(self):
        """Ring the user's own seat; what he says after the tone becomes the sound.

        :return: notification
        :raise UserError: when he is not signed in at a seat, or the telephone system refuses
        """
        self.ensure_one()
        self.check_access("write")
        seat = self.env["gb.seat"]._get_own()
        if not seat:
            raise UserError(self.env._("Sign in at a seat first: its telephone rings then."))
        # the connector's secret is open to nobody
        seat.sudo().provider_id._command(
            "prompt.record", {"extension": seat.extension, "prompt": str(self.id)}
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Your telephone rings. Speak after the tone, then hang up or press the hash key; "
                    "reload this page a moment later."
                ),
            },
        }

    @api.model
    def _take_phone_recording(self, reference, wav, company=None):
        """Keep what was spoken into a telephone for ``action_record_by_phone``.

        :param str reference: id of the line, as the command has named it
        :param bytes wav: the sound
        :param company: of the call; only a prompt of it, or of all, is taken
        :return: the line, empty when there is none any more
        """
        line = self.sudo().browse(int(reference) if str(reference).isdecimal() else 0).exists()
        if company and line.company_id not in (company, company.browse()):
            line = line.browse()
        if not line:
            _logger.warning("a prompt was recorded that is not there: %s", str(reference)[:20])
            return line
        try:
            with self.env.cr.savepoint():
                line._set_audio(wav, "phone")
        except UserError:
            _logger.warning("what was recorded for prompt line %s is no sound", line.id)
        return line
