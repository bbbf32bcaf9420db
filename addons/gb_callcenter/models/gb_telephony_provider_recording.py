from odoo import fields, models


class GbTelephonyProvider(models.Model):
    """How calls of this telephone system are recorded."""

    _inherit = "gb.telephony.provider"

    is_dual_recorded = fields.Boolean(
        string="Record both parties on channels of their own",
        help="The customer is on the left channel, the agent on the right one: who said what is heard, and told by "
        "programs. The files are twice as large.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "is_dual_recorded" in vals:
            self._config_changed()
        return result
