import hashlib
import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.asterisk_api import AsteriskApi

MIN_SECRET = 16
MASK = "••••••••"


class GbTelephonyProvider(models.Model):
    _inherit = "gb.telephony.provider"

    code = fields.Selection(
        selection_add=[("asterisk", "Asterisk")], ondelete={"asterisk": "set default"}
    )
    connector_url = fields.Char(
        string="Connector's address", help="Where the connector beside the PBX takes commands."
    )
    connector_secret = fields.Char(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    connector_secret_input = fields.Char(
        string="Secret",
        compute="_compute_connector_secret_input",
        inverse="_inverse_connector_secret_input",
        groups="gb_callcenter.group_gb_manager",
        help="Shared with the connector: at least 16 characters. It can be set but never be read again.",
    )
    default_queue_id = fields.Many2one(
        "gb.queue",
        domain="[('provider_id', '=', id)]",
        ondelete="set null",
        help="Where callers go whose hotline is not known.",
    )

    def _compute_connector_secret_input(self):
        for provider in self:
            provider.connector_secret_input = MASK if provider.sudo().connector_secret else False

    def _inverse_connector_secret_input(self):
        for provider in self:
            secret = (provider.connector_secret_input or "").strip()
            if secret == MASK:
                continue
            if secret and len(secret) < MIN_SECRET:
                raise ValidationError(
                    self.env._("The secret needs at least %s characters.", MIN_SECRET)
                )
            provider.sudo().connector_secret = secret or False

    def _get_api_class(self):
        if self.code == "asterisk":
            return AsteriskApi
        return super()._get_api_class()

    def _get_api_settings(self):
        if self.code == "asterisk":
            provider_sudo = self.sudo()  # nobody may read the secret
            return {"url": provider_sudo.connector_url, "secret": provider_sudo.connector_secret}
        return super()._get_api_settings()

    def _get_alive_linked_ids(self):
        if self.code != "asterisk":
            return super()._get_alive_linked_ids()
        try:
            answer = self._command("calls.alive", {})
        except UserError:
            return None
        return set(answer.get("linkedids") or ())

    def action_new_secret(self):
        """Make up a secret and show it this once, to be copied to the connector's configuration."""
        self.ensure_one()
        self.check_access("write")
        secret = secrets.token_urlsafe(32)
        self.sudo().connector_secret = secret
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("New secret, shown only now"),
                "message": secret,
            },
        }

    @api.model
    def _find_for_request(self, reference):
        """The active Asterisk provider that signs on as ``reference``, with sudo; empty when unknown."""
        return self.sudo().search(
            [("reference", "=", reference), ("code", "=", "asterisk")], limit=1
        )

    # ------------------------------------------------------------------
    # What the PBX side needs to know: docs/architecture.md, "config"
    # ------------------------------------------------------------------

    def _get_connector_config(self):
        """The answer of the route ``config``, with its ``version``."""
        self.ensure_one()
        config = self._prepare_connector_config()
        digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
        return {"version": digest, **config}

    def _prepare_connector_config(self):
        """Override to add what the connector shall keep: plain values, no secrets."""
        queues = self.env["gb.queue"].search([("provider_id", "=", self.id)])
        hotlines = self.env["gb.hotline"].search([("provider_id", "=", self.id)])
        return {
            "default_queue": (self.default_queue_id or queues[:1]).code or "",
            "region": self._get_region() or "",
            "hotlines": [self._get_connector_hotline(hotline) for hotline in hotlines],
            "queues": [self._get_connector_queue(queue) for queue in queues],
        }

    def _get_connector_hotline(self, hotline):
        """One of the ``hotlines``."""
        return {
            "number": hotline.number,
            "queue": hotline.queue_id.code or "",
            "greeting": hotline.greeting or "",
        }

    def _get_connector_queue(self, queue):
        """One of the ``queues``."""
        return {"name": queue.code}
