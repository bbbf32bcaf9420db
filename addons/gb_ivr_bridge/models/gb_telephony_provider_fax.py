from odoo import models


class GbTelephonyProvider(models.Model):
    """Fax lines and what is recorded, for the connector."""

    _inherit = "gb.telephony.provider"

    def _get_connector_hotline(self, hotline):
        return {
            **super()._get_connector_hotline(hotline),
            "fax": hotline.is_fax_line,
            "record": hotline.is_recorded,
        }

    def _prepare_connector_config(self):
        config = super()._prepare_connector_config()
        recording = config.get("recording") or {}
        return {**config, "recording": {**recording, "dual": self.is_dual_recorded}}
