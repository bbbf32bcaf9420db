import secrets

from odoo import fields, models
from odoo.exceptions import ValidationError

MIN_SECRET = 16
MASK = "••••••••"


class GbSecretMixin(models.AbstractModel):
    """A secret that signs requests: it can be set, and nobody can read it again."""

    _name = "gb.secret.mixin"
    _description = "Write-only secret"

    secret = fields.Char(
        string="Stored secret", groups=fields.NO_ACCESS, copy=False, prefetch=False
    )
    secret_input = fields.Char(
        string="Secret", compute="_compute_secret_input", inverse="_inverse_secret_input"
    )

    def _compute_secret_input(self):
        for record in self:
            record.secret_input = MASK if record.sudo().secret else False

    def _inverse_secret_input(self):
        for record in self:
            secret = (record.secret_input or "").strip()
            if secret == MASK:
                continue
            if secret and len(secret) < MIN_SECRET:
                raise ValidationError(
                    self.env._("The secret needs at least %s characters.", MIN_SECRET)
                )
            record.sudo().secret = secret or False

    def action_new_secret(self):
        """Make up a secret and show it this once, to be copied to the other system."""
        self.ensure_one()
        self.check_access("write")
        secret = secrets.token_urlsafe(32)
        self.sudo().secret = secret
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("New secret, shown only now"),
                "message": secret,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
