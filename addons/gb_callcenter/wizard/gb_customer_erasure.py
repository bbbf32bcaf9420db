from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError


class GbCustomerErasure(models.TransientModel):
    """Asks once more before a customer's personal data is erased: what goes, what stays, what is in the way."""

    _name = "gb.customer.erasure"
    _description = "Erase a customer's personal data"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    erased = fields.Html(string="Will be erased", compute="_compute_account")
    kept = fields.Html(string="Stays, without the name", compute="_compute_account")
    blockers = fields.Html(string="Still going on", compute="_compute_account")
    reason = fields.Text(help="Who asked for it, when and how. Kept in the access log.")
    is_forced = fields.Boolean(string="Erase although something is still going on")

    @api.depends("partner_id")
    def _compute_account(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only call centre managers may erase personal data."))
        for wizard in self:
            wizard.partner_id.check_access("read")
            family_sudo = wizard.partner_id.sudo()._get_gb_family()
            wizard.erased = self._to_list(family_sudo._get_gb_erased())
            wizard.kept = self._to_list(family_sudo._get_gb_kept())
            blockers = family_sudo._get_gb_erasure_blockers()
            items = Markup().join(Markup("<li>%s</li>") % blocker for blocker in blockers)
            wizard.blockers = Markup("<ul>%s</ul>") % items if blockers else False

    @staticmethod
    def _to_list(rows):
        items = Markup().join(
            Markup("<li>%s: %s</li>") % (label, count) for label, count in rows if count
        )
        return Markup('<ul class="mb-0">%s</ul>') % items if items else False

    def action_erase(self):
        """Erase; there is no way back."""
        self.ensure_one()
        self.partner_id.action_gb_erase(self.reason, force=self.is_forced)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The customer's personal data has been erased."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
