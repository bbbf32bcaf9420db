from odoo import models


class GbTelephonyProvider(models.Model):
    """What the telephone system says of numbers that campaigns dial."""

    _inherit = "gb.telephony.provider"

    def _on_dial(self, reference, state, at, linkedid=None):
        """Follow a dialled number. References of others are passed on.

        :param str reference: of the command ``call.campaign``
        :param str state: see ``DIAL`` in docs/architecture.md
        :param datetime at: naive UTC
        :param str linkedid: the call's id in the PBX, as soon as there is one
        """
        result = super()._on_dial(reference, state, at, linkedid)
        kind, _dash, number = str(reference or "").partition("-")
        if kind == "campaign" and number.isdecimal():
            # the telephone system acts for no user
            attempt_sudo = self.env["gb.campaign.attempt"].sudo().browse(int(number)).exists()
            if attempt_sudo.campaign_id.queue_id.provider_id == self:
                attempt_sudo._follow_dial(state, at, linkedid)
        return result
