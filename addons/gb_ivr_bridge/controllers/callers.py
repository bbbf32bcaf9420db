from odoo.http import request

from .telephony import TelephonyController, _signed_route

MAX_CALLERS_BODY = 4096


class CallersController(TelephonyController):
    """What the connector keeps of callers (docs/architecture.md, "callers")."""

    @_signed_route("callers", MAX_CALLERS_BODY)
    def callers(self, reference):
        """A page of numbers of which something is known, or has changed."""
        return self._handle(self._give_callers, reference)

    def _give_callers(self, reference):
        provider_sudo, body = self._authenticate(reference, MAX_CALLERS_BODY)
        cursor = self._read_json(body).get("cursor")
        return (
            request.env["gb.caller.change"]
            .sudo()
            ._get_page(provider_sudo, cursor if isinstance(cursor, str) else "")
        )
