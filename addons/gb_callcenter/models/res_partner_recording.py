from odoo import models


class ResPartner(models.Model):
    """What an erasure says of recordings that are on legal hold."""

    _inherit = "res.partner"

    def _get_gb_held_recordings(self):
        return self._get_gb_erased_calls().recording_ids.filtered("is_on_hold")

    def _get_gb_kept(self):
        held = len(self._get_gb_held_recordings())
        label = self.env._("Recordings on legal hold, until they are released")
        return [*super()._get_gb_kept(), (label, held)]
