from odoo import fields, models


class GbIvrPrompt(models.Model):
    """Something that callers hear: a text that is spoken, or sound."""

    _name = "gb.ivr.prompt"
    _description = "Voice prompt"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    line_ids = fields.One2many("gb.ivr.prompt.line", "prompt_id", string="Languages", copy=True)


class GbIvrPromptLine(models.Model):
    """A prompt in one language. ``sha256`` names the sound (WAV, 8 kHz, 16 bit, mono); without it the text is spoken."""

    _name = "gb.ivr.prompt.line"
    _description = "Voice prompt in one language"
    _order = "prompt_id, language, id"

    prompt_id = fields.Many2one("gb.ivr.prompt", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="prompt_id.company_id", store=True)
    language = fields.Selection(
        [("zh_CN", "Chinese"), ("en_US", "English")], required=True, default="zh_CN"
    )
    text = fields.Text(help="What is said. {variable} and {variable|format} are filled in.")
    audio = fields.Binary(attachment=True)
    sha256 = fields.Char(readonly=True, index="btree_not_null")
    seconds = fields.Float(string="Length (s)", readonly=True)
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
