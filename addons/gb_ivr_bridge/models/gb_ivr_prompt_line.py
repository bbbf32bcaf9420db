import base64

from odoo import api, fields, models

from ..const import LANGUAGES


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
            line._set_audio(base64.b64decode(line.audio) if line.audio else b"", "upload")

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
