import base64
import hashlib
import hmac
import re
import time

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .gb_telephony_provider import MASK, MIN_SECRET

SERVER = re.compile(r"wss?://[\w.\[\]:-]+(/[\w./~-]*)?")
ICE_SERVER = re.compile(r"(stuns?|turns?):[\w.\[\]-]+(:\d{1,5})?(\?transport=(udp|tcp))?")


class GbTelephonyProvider(models.Model):
    """Telephones in the browser: how they reach the PBX."""

    _inherit = "gb.telephony.provider"

    softphone_server = fields.Char(
        string="Browser phones' address",
        help="Where browsers reach the PBX: wss://… "
        "Empty: /gb/softphone of the address of this screen, which the web server hands on to the PBX.",
    )
    softphone_ice_servers = fields.Text(
        string="STUN and TURN servers",
        help="For agents outside the office whose network lets no sound through: one address a line, "
        "such as stun:stun.example.com:3478 or turn:turn.example.com:3478?transport=tcp. Empty: none is used.",
    )
    softphone_turn_secret = fields.Char(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    softphone_turn_secret_input = fields.Char(
        string="TURN secret",
        compute="_compute_softphone_turn_secret_input",
        inverse="_inverse_softphone_turn_secret_input",
        groups="gb_callcenter.group_gb_manager",
        help="The secret that the TURN server shares with this system (coturn: static-auth-secret). "
        "Browsers only get a password that is made from it for their session. "
        "It can be set but never be read again.",
    )

    @api.constrains("softphone_server")
    def _check_softphone_server(self):
        for provider in self:
            if provider.softphone_server and not SERVER.fullmatch(provider.softphone_server):
                raise ValidationError(
                    self.env._(
                        "“%s” is no address for browser phones: it has to begin with wss://.",
                        provider.softphone_server,
                    )
                )

    @api.constrains("softphone_ice_servers")
    def _check_softphone_ice_servers(self):
        for provider in self:
            for url in provider._get_ice_urls():
                if not ICE_SERVER.fullmatch(url):
                    raise ValidationError(
                        self.env._(
                            "“%s” is no STUN or TURN server: write stun:name:port or turn:name:port.",
                            url,
                        )
                    )

    def _compute_softphone_turn_secret_input(self):
        for provider in self:
            provider.softphone_turn_secret_input = (
                MASK if provider.sudo().softphone_turn_secret else False
            )

    def _inverse_softphone_turn_secret_input(self):
        for provider in self:
            secret = (provider.softphone_turn_secret_input or "").strip()
            if secret == MASK:
                continue
            if secret and len(secret) < MIN_SECRET:
                raise ValidationError(
                    self.env._("The secret needs at least %s characters.", MIN_SECRET)
                )
            provider.sudo().softphone_turn_secret = secret or False

    def _get_ice_urls(self):
        return (self.softphone_ice_servers or "").split()

    def _get_softphone_credentials(self, seat):
        if self.code != "asterisk":
            return super()._get_softphone_credentials(seat)
        given = self._command("seat.credentials", {"extension": seat.extension})
        return {
            "uri": given["uri"],
            "user": given["user"],
            "password": given["password"],
            "expires_at": given["expires_at"],
            "server": self.softphone_server or "",
            "ice_servers": self._get_ice_servers(seat, given["expires_at"]),
        }

    def _get_ice_servers(self, seat, expires_at):
        """As RTCPeerConnection takes them; TURN with a password that ends when the session does."""
        secret = self.sudo().softphone_turn_secret
        servers = []
        for url in self._get_ice_urls():
            server = {"urls": url}
            if url.startswith("turn") and secret:
                name = f"{int(expires_at or time.time() + 86400)}:{seat.extension}"
                # what coturn and others expect ("TURN REST API")
                digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
                server |= {"username": name, "credential": base64.b64encode(digest).decode()}
            servers.append(server)
        return servers
