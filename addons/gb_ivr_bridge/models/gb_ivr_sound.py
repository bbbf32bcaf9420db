import base64
import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.sound import SoundError, to_telephone_wav

UNUSED_DAYS = 30


class GbIvrSound(models.Model):
    """Sound as telephones play it, named by its hash. Published versions keep what they play, whatever becomes of the prompt."""

    _name = "gb.ivr.sound"
    _description = "Sound of voice prompts"
    _order = "id desc"
    _rec_name = "sha256"

    sha256 = fields.Char(required=True, readonly=True)
    seconds = fields.Float(string="Length (s)", readonly=True)
    audio = fields.Binary(attachment=True, readonly=True)

    _sha256_uniq = models.UniqueIndex("(sha256)")

    @api.model
    def _store(self, content):
        """Convert ``content`` (bytes of a sound file) and keep it once.

        :return: the sound, with sudo
        :raise UserError: when it is no sound, or too much of it
        """
        try:
            wav, seconds = to_telephone_wav(content)
        except SoundError as error:
            reasons = {
                "too_large": self.env._("The file is too large: at most 20 MB are taken."),
                "too_long": self.env._("The sound is too long: at most 10 minutes are taken."),
                "empty": self.env._("There is no sound in the file."),
            }
            raise UserError(
                reasons.get(error.code)
                or self.env._("This is no sound that can be read. Try WAV, MP3, OGG or WebM.")
            ) from error
        sha256 = hashlib.sha256(wav).hexdigest()
        sounds_sudo = self.sudo()
        sound_sudo = sounds_sudo.search([("sha256", "=", sha256)])
        return sound_sudo or sounds_sudo.create(
            {"sha256": sha256, "seconds": seconds, "audio": base64.b64encode(wav)}
        )

    def _get_wav(self):
        """:return: the sound as bytes (superuser)"""
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).audio or b"")

    @api.autovacuum
    def _gc_unused(self):
        """Forget sounds that no prompt and no version plays any more."""
        limit = fields.Datetime.now() - timedelta(days=UNUSED_DAYS)
        rows = self.env.execute_query(
            SQL(
                """SELECT sound.id FROM gb_ivr_sound sound
                    WHERE sound.create_date < %s
                      AND NOT EXISTS (SELECT FROM gb_ivr_prompt_line line WHERE line.sound_id = sound.id)
                      AND NOT EXISTS (SELECT FROM gb_ivr_version_sound_rel used WHERE used.sound_id = sound.id)
                    LIMIT 1000""",
                limit,
            )
        )
        self.sudo().browse(row[0] for row in rows).unlink()
