from odoo import models


class GbCall(models.Model):
    """Which advertisement the caller has probably seen, on the card of his call."""

    _inherit = "gb.call"

    def _get_card(self):
        return {**super()._get_card(), "advertisement": self._get_gb_advertisement()}

    def _get_gb_advertisement(self):
        """:return: False | dict of ``gb.media.ad._get_card`` with ``media``"""
        broadcast_sudo = (
            self.sudo().gb_broadcast_id
        )  # the agent sees the call, thus what it came from
        if not broadcast_sudo:
            return False
        return {
            **broadcast_sudo.ad_id.with_env(self.env)._get_card(),
            "media": broadcast_sudo.media_id.name,
        }
