from odoo import api, fields, models
from odoo.exceptions import UserError

PHONE_KINDS = [("desk", "Desk phone"), ("browser", "Browser")]


class GbSeat(models.Model):
    """The telephone at a seat: on the desk, or in the browser of the agent who is signed in."""

    _inherit = "gb.seat"

    phone_kind = fields.Selection(
        PHONE_KINDS,
        string="Telephone",
        default="desk",
        required=True,
        help="Desk phone: a telephone or program that signs in to the telephone system by itself. "
        "Browser: the agent talks with the headset of his computer, in the tab that shows this screen. "
        "The telephone system has to be prepared for it.",
    )

    def write(self, vals):
        if "phone_kind" in vals and any(
            seat.user_id and seat.phone_kind != vals["phone_kind"] for seat in self
        ):
            raise UserError(
                self.env._("Sign the agent out before you change the kind of his telephone.")
            )
        return super().write(vals)

    @api.model
    def get_softphone(self):
        """What the current user's browser needs to be the telephone of his seat. A browser that had it before is
        signed off.

        Nothing of it is kept here; it ends when the agent signs out.

        :return: docs/architecture.md, "Browser softphone"
        :rtype: dict
        :raise UserError: when he is not signed in, or has a desk phone
        """
        seat = self._require_own()
        if seat.phone_kind != "browser":
            raise UserError(self.env._("The telephone of your seat is not the browser."))
        return seat.provider_id.sudo()._get_softphone_credentials(seat)

    def _get_panel_seat(self):
        values = dict(super()._get_panel_seat(), phone_kind=self.phone_kind)
        if self.phone_kind == "browser" and "answer" not in values["capabilities"]:
            # the browser answers by itself, whatever the telephone system can do
            values["capabilities"] = [*values["capabilities"], "answer"]
        return values
