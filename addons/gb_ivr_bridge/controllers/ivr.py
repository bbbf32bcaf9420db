from odoo.http import request

from odoo.addons.gb_callcenter.models.gb_call_ingest import RETRIED

from .telephony import Refused, TelephonyController, _signed_route

MAX_ASK_BODY = 64 * 1024
TRIES = 3


class IvrController(TelephonyController):
    """What a running flow has to look up."""

    @_signed_route("ask", MAX_ASK_BODY)
    def ask(self, reference):
        """Answer a flow's question (docs/architecture.md, "Asks"). The same id is answered the same, and does nothing again."""
        return self._handle(self._take_ask, reference)

    def _take_ask(self, reference):
        provider_sudo, body = self._authenticate(reference, MAX_ASK_BODY)
        values = self._read_json(body)
        for left in reversed(range(TRIES)):
            try:
                return request.env["gb.ivr.session"]._take_ask(provider_sudo, values)
            except ValueError as error:
                raise Refused(422, "malformed", str(error)) from error
            except RETRIED:
                # somebody is listening: Odoo would wait a second before it runs the request again
                if not left:
                    raise
                request.env.cr.rollback()
                request.env.transaction.reset()
