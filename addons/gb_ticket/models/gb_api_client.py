import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbApiClient(models.Model):
    """Another system that may use the interface of work orders (docs/api.md). It signs with its secret, acts as one
    user and gets no further than its scopes."""

    _name = "gb.api.client"
    _description = "API client"
    _inherit = ["gb.secret.mixin", "mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, tracking=True)
    key = fields.Char(
        string="Key id",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: f"gb{secrets.token_hex(8)}",
        help="Who signs; no secret.",
    )
    secret_input = fields.Char(
        groups="base.group_system",
        help="The client signs with it: at least 16 characters. It can be set but never be read again.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Acts as",
        required=True,
        tracking=True,
        help="The client may do at most what this user may. Use one of its own, with the role agent.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    can_read = fields.Boolean(string="Read", default=True)
    can_create = fields.Boolean(string="Create", default=True)
    can_move = fields.Boolean(string="Move")
    can_message = fields.Boolean(string="Add messages")
    can_sms = fields.Boolean(
        string="Deliver SMS", help="An SMS gateway that hands on what customers write."
    )

    _key_uniq = models.UniqueIndex("(key)")

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for client in self:
            user_sudo = client.user_id.sudo()
            if user_sudo._is_superuser() or user_sudo.share:
                raise ValidationError(
                    self.env._("The client has to act as an internal user of its own.")
                )
            if client.company_id not in user_sudo.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not belong to %(company)s.",
                        user=user_sudo.name,
                        company=client.company_id.name,
                    )
                )

    @api.model
    def _find_for_request(self, key):
        """The client in use that signs as ``key``, with sudo; empty when unknown."""
        client_sudo = self.sudo().search([("key", "=", key or "")], limit=1)
        return client_sudo if client_sudo.user_id.active else self.sudo().browse()
