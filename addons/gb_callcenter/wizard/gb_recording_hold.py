from odoo import fields, models


class GbRecordingHold(models.TransientModel):
    """Asks why a recording has to be kept."""

    _name = "gb.recording.hold"
    _description = "Put a recording on legal hold"

    recording_id = fields.Many2one("gb.recording", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Put it on hold."""
        self.ensure_one()
        self.recording_id.action_hold(self.reason)
        return {"type": "ir.actions.act_window_close"}
