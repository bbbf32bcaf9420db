from odoo import fields, models


class GbTelephonyProvider(models.Model):
    """How faxes are sent with this telephone system."""

    _inherit = "gb.telephony.provider"

    fax_tries = fields.Integer(
        string="Tries of a fax", default=3, help="After so many tries in vain the fax has failed."
    )
    fax_retry_minutes = fields.Integer(string="Minutes between tries", default=5)

    _fax_check = models.Constraint(
        "CHECK (fax_tries BETWEEN 1 AND 10 AND fax_retry_minutes BETWEEN 1 AND 1440)",
        "A fax is tried 1 to 10 times, every 1 to 1440 minutes.",
    )
