import json
import logging

from odoo import http
from odoo.http import request

from ..tools.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, SignatureError, verify

_logger = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024
MAX_EVENTS = 1000


class CarrierController(http.Controller):
    """Where carriers tell what happens to parcels: signed, bounded, may be repeated."""

    @http.route(
        "/gb/v1/carriers/<string:code>/events",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY + 1,
    )
    def events(self, code):
        """Take in a batch of events (docs/architecture.md, "Carriers")."""
        length = request.httprequest.content_length
        if length is None or length > MAX_BODY:
            return self._refuse(413, "too_large", f"at most {MAX_BODY} bytes are taken")
        body = request.httprequest.get_data(cache=False)
        carrier_sudo = request.env["gb.carrier"]._find_for_request(code)
        headers = request.httprequest.headers
        try:
            # an unknown carrier costs as much as a wrong signature, and says no more
            verify(
                carrier_sudo.secret or "",
                body,
                headers.get(TIMESTAMP_HEADER),
                headers.get(SIGNATURE_HEADER),
            )
        except SignatureError as error:
            _logger.warning("carrier %s: refused: %s", code[:40], error)
            return self._refuse(
                401, "stale" if "stale" in str(error) else "bad_signature", "not signed as agreed"
            )
        try:
            values = json.loads(body)
        except ValueError:
            return self._refuse(422, "malformed", "the body is no JSON")
        events = values.get("events") if isinstance(values, dict) else None
        if not isinstance(events, list) or len(events) > MAX_EVENTS:
            return self._refuse(
                422, "malformed", f"events: a list of at most {MAX_EVENTS} is expected"
            )
        company = carrier_sudo.company_id
        result = (
            request.env["gb.carrier.event"]
            .sudo()
            .with_company(company)
            .with_context(allowed_company_ids=company.ids)
            ._take_in(carrier_sudo, events, "hook")
        )
        return request.make_json_response({"ok": True, **result})

    def _refuse(self, status, error, message):
        return request.make_json_response(
            {"ok": False, "error": error, "message": message}, status=status
        )
