import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError


class GbRecording(models.Model):
    """A recording of a call. The PBX names it first (an event), its bytes follow.

    The bytes are never read through the model: only ``/gb/recording/<id>`` gives them out, and notes it.
    """

    _name = "gb.recording"
    _description = "Call recording"
    _order = "id"

    name = fields.Char(required=True, readonly=True)
    call_id = fields.Many2one(
        "gb.call", required=True, ondelete="cascade", readonly=True, index=True
    )
    company_id = fields.Many2one(related="call_id.company_id")
    kind = fields.Selection(
        [("call", "Call"), ("voicemail", "Voicemail"), ("prompt", "Prompt")],
        required=True,
        readonly=True,
        default="call",
    )
    sha256 = fields.Char(required=True, readonly=True, index=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    duration = fields.Float(string="Length (s)", readonly=True)
    is_stored = fields.Boolean(
        string="Available", readonly=True, help="The sound has arrived from the PBX."
    )
    is_erased = fields.Boolean(
        string="Erased", readonly=True, help="Erased on the customer's request; not taken in again."
    )
    audio = fields.Binary(attachment=True, readonly=True, groups=fields.NO_ACCESS)

    _call_sha_uniq = models.UniqueIndex("(call_id, sha256)")

    @api.model
    def _store(self, provider, sha256, content):
        """Take in the bytes of a recording that an event has named.

        :param str sha256: hex digest that the event named
        :param bytes content: the file
        :return: True when stored now, False when it was there already, None when no event has named it
        :raise ValueError: when the bytes have another hash
        """
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError("content does not have this hash")
        recordings = self.sudo().search(
            [("sha256", "=", sha256), ("call_id.provider_id", "=", provider.id)]
        )
        if not recordings:
            return None
        missing = recordings.filtered(
            lambda recording: not recording.is_stored and not recording.is_erased
        )
        for recording in missing:
            recording._write_audio(content)
        return bool(missing)

    def _write_audio(self, content):
        """Keep ``content`` (bytes). Addons that store elsewhere override this, ``_read_audio`` and ``_get_stream``."""
        self.ensure_one()
        self.sudo().write({"audio": base64.b64encode(content), "is_stored": True})

    def _read_audio(self):
        """The file (bytes), for the system's own use; empty when there is none."""
        self.ensure_one()
        return base64.b64decode(self.sudo().with_context(bin_size=False).audio or b"")

    def _erase(self):
        """Delete the sound for good. Addons that store elsewhere override this, too."""
        self.sudo().write({"audio": False, "is_stored": False, "is_erased": True})

    def _check_playable(self):
        """Refuse to play unless the user may hear recordings and see this call.

        :raise AccessError:
        """
        self.ensure_one()
        if not self.env.user.has_group("gb_callcenter.group_gb_play_recording"):
            raise AccessError(self.env._("You are not allowed to play recordings."))
        self.check_access("read")
        self.call_id.check_access("read")
