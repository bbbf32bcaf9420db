from odoo import api, fields, models


class GbCall(models.Model):
    """Whether the caller is who he says he is."""

    _inherit = "gb.call"

    gb_identity_check_ids = fields.One2many(
        "gb.identity.check",
        "call_id",
        string="Identity checks",
        readonly=True,
        groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_inspector",
    )
    is_identity_checked = fields.Boolean(
        string="Identity verified", compute="_compute_is_identity_checked"
    )

    @api.depends("partner_id")
    def _compute_is_identity_checked(self):
        checks_sudo = self.env["gb.identity.check"].sudo()
        passed = set(
            checks_sudo._read_group(
                [("call_id", "in", self.ids), ("is_passed", "=", True)], ["call_id", "partner_id"]
            )
        )
        for call in self:
            call_sudo = call.sudo()  # the customer may be served by another team
            call.is_identity_checked = (call_sudo, call_sudo.partner_id) in passed

    def _get_card(self):
        card = super()._get_card()
        partner_id = card["partner"] and card["partner"]["id"]
        partner = self.env["res.partner"].browse(partner_id or [])
        card["is_verified"] = bool(partner) and partner._is_gb_verified(self)
        if partner and not card["is_verified"]:
            card["partner"]["city"] = ""
        return card

    def _can_request_gb_pin(self):
        """Whether the customer can be asked, during this call, to type his PIN on the telephone.

        Telephone systems with a voice menu override it together with ``_request_gb_pin()``.

        :rtype: bool
        """
        self.ensure_one()
        return False

    def _request_gb_pin(self):
        """Let the telephone system ask the customer for his PIN; the agent hears nothing of it.

        What it gets, it hands to ``call.partner_id._gb_verify_ivr_pin(pin, call)``, in a request of its own:
        that records the check and tells the agent's screen. Nothing happens here by default.
        """
        self.ensure_one()
