import json
import logging

from odoo import http
from odoo.http import request

from odoo.addons.gb_callcenter.tools.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureError,
    verify,
)

_logger = logging.getLogger(__name__)

MAX_EVENTS_BODY = 2 * 1024 * 1024
MAX_RECORDING_BODY = 64 * 1024 * 1024
MAX_EVENTS = 2000


class Refused(Exception):
    def __init__(self, status, error, message):
        super().__init__(message)
        self.status, self.error = status, error


def _answer(values, status=200):
    return request.make_json_response(values, status=status)


def _signed_route(path, limit):
    """Decorator of a route that only the holder of a provider's secret gets past."""
    return http.route(
        f"/gb/v1/telephony/<string:reference>/{path}",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=limit + 1,
    )


class TelephonyController(http.Controller):
    """Where the connector of a PBX delivers. Every route is signed, bounded and may be repeated."""

    def _read_body(self, limit):
        length = request.httprequest.content_length
        if length is None or length > limit:
            raise Refused(413, "too_large", f"at most {limit} bytes are taken")
        body = request.httprequest.get_data()  # kept: Odoo may run the request again
        if len(body) > limit:
            raise Refused(413, "too_large", f"at most {limit} bytes are taken")
        return body

    def _authenticate(self, reference, limit):
        """The provider that signed the request, and the body.

        :raise Refused: 413 before anything is read, 401 unless the signature is good
        """
        body = self._read_body(limit)
        provider_sudo = request.env["gb.telephony.provider"]._find_for_request(reference)
        headers = request.httprequest.headers
        try:
            # an unknown provider costs as much as a wrong signature, and says no more
            verify(
                provider_sudo.connector_secret or "",
                body,
                headers.get(TIMESTAMP_HEADER),
                headers.get(SIGNATURE_HEADER),
            )
        except SignatureError as error:
            _logger.warning("telephony %s: refused: %s", reference[:40], error)
            code = "stale" if "stale" in str(error) else "bad_signature"
            raise Refused(401, code, str(error)) from error
        return provider_sudo, body

    def _read_json(self, body):
        try:
            values = json.loads(body)
        except ValueError as error:
            raise Refused(422, "malformed", "the body is no JSON") from error
        if not isinstance(values, dict):
            raise Refused(422, "malformed", "the body has to be an object")
        return values

    def _handle(self, function, *args):
        try:
            return _answer(function(*args))
        except Refused as refusal:
            return _answer(
                {"ok": False, "error": refusal.error, "message": str(refusal)}, refusal.status
            )

    @_signed_route("events", MAX_EVENTS_BODY)
    def events(self, reference):
        """Take in a batch of events (docs/architecture.md, "Events")."""
        return self._handle(self._take_events, reference)

    def _take_events(self, reference):
        provider_sudo, body = self._authenticate(reference, MAX_EVENTS_BODY)
        events = self._read_json(body).get("events")
        if not isinstance(events, list) or len(events) > MAX_EVENTS:
            raise Refused(422, "malformed", f"events: a list of at most {MAX_EVENTS} is expected")
        company = provider_sudo.company_id
        calls_sudo = request.env["gb.call"].sudo()
        if company:
            calls_sudo = calls_sudo.with_company(company)
            provider_sudo = provider_sudo.with_company(company)
        return calls_sudo._ingest(provider_sudo, events)

    @_signed_route("recordings/<string:sha256>", MAX_RECORDING_BODY)
    def recording(self, reference, sha256):
        """Take in the bytes of a recording that an event has named."""
        return self._handle(self._take_recording, reference, sha256)

    def _take_recording(self, reference, sha256):
        provider_sudo, body = self._authenticate(reference, MAX_RECORDING_BODY)
        try:
            stored = request.env["gb.recording"]._store(provider_sudo, sha256, body)
            if stored is None:
                stored = request.env["gb.fax"]._store(provider_sudo, sha256, body)
        except ValueError as error:
            raise Refused(422, "malformed", str(error)) from error
        if stored is None:
            raise Refused(404, "unknown", "no event has named this recording yet")
        return {"stored": stored}

    @_signed_route("config", MAX_EVENTS_BODY)
    def config(self, reference):
        """Hotlines and queues, for the connector's own routing."""
        return self._handle(self._give_config, reference)

    def _give_config(self, reference):
        provider_sudo, body = self._authenticate(reference, MAX_EVENTS_BODY)
        provider_sudo._note_connector_state(self._read_json(body).get("have"))
        return provider_sudo._get_connector_config()
