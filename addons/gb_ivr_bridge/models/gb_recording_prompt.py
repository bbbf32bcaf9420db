import base64

from odoo import models


class GbRecording(models.Model):
    _inherit = "gb.recording"

    def _hand_over_prompt(self):
        """A prompt that was spoken into a telephone has arrived."""
        super()._hand_over_prompt()
        reference = str((self.message_values or {}).get("prompt") or "")
        wav = base64.b64decode(self.sudo().with_context(bin_size=False).audio or b"")
        if reference and wav:
            self.env["gb.ivr.prompt.line"]._take_phone_recording(reference, wav, self.company_id)
