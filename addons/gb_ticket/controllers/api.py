import hashlib
import json
import logging

import psycopg2

from odoo import fields, http
from odoo.exceptions import AccessError, LockError, UserError
from odoo.http import request

from odoo.addons.gb_callcenter.tools.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureError,
    verify,
)

from ..models.gb_ticket_api import ApiValueError

_logger = logging.getLogger(__name__)
CLIENT_HEADER = "X-GB-Client"
KEY_HEADER = "Idempotency-Key"
MAX_BODY = 1024 * 1024
MAX_BATCH = 100
MAX_KEY = 200
PAGE, MAX_PAGE = 50, 100


class Refused(Exception):
    """The answer is an error that the client can do something about."""

    def __init__(self, status, error, message, **details):
        super().__init__(message)
        self.status, self.error, self.details = status, error, details


def signed_route(path, **kwargs):
    """Decorator of a route that only the holder of a client's secret gets past."""
    return http.route(
        f"/gb/v1/{path}",
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY + 1,
        **kwargs,
    )


class SignedController(http.Controller):
    """What the routes for other systems have in common: who asks, how large, once, and errors as JSON."""

    def _handle(self, scope, function, key, is_path_signed=True):
        """Answer one request.

        :param scope: what the client must be allowed to do: name of a field of gb.api.client
        :param function: called with the client and the body (object), returns (values, status)
        :param is_path_signed: whether the signature covers method and path beside the body
        """
        try:
            client_sudo, body = self._authenticate(key, is_path_signed)
            if not client_sudo[scope]:
                raise Refused(
                    403, "scope", f"this client may not do that ({scope.removeprefix('can_')})"
                )
            request.update_env(user=client_sudo.user_id.id)
            request.update_context(allowed_company_ids=client_sudo.company_id.ids)
            with request.env.cr.savepoint():
                return self._run_once(client_sudo, body, function)
        except Refused as refusal:
            return self._refuse(refusal)
        except AccessError as error:
            return self._refuse(Refused(403, "forbidden", str(error)))
        except ApiValueError as error:
            return self._refuse(Refused(422, "bad_value", str(error)))
        except UserError as error:
            if isinstance(error.__cause__, LockError):
                return self._refuse(Refused(409, "conflict", str(error)))
            return self._refuse(Refused(422, "refused", str(error)))
        except psycopg2.Error:
            raise  # Odoo runs it again, when that can help
        except Exception:
            _logger.exception("request of another system failed")
            return self._refuse(Refused(500, "internal", "an error on our side; it was logged"))

    def _refuse(self, refusal):
        return request.make_json_response(
            {"error": refusal.error, "message": str(refusal), **refusal.details},
            status=refusal.status,
        )

    def _authenticate(self, key, is_path_signed):
        """:return: (the client that signed, the raw body) :raise Refused: 413 before anything is read, 401 unless the
        signature is good"""
        httprequest = request.httprequest
        length = httprequest.content_length or 0
        if length > MAX_BODY:
            raise Refused(413, "too_large", f"at most {MAX_BODY} bytes are taken")
        body = httprequest.get_data()
        if len(body) > MAX_BODY:
            raise Refused(413, "too_large", f"at most {MAX_BODY} bytes are taken")
        client_sudo = request.env["gb.api.client"]._find_for_request(key)
        signed = body
        if is_path_signed:
            signed = f"{httprequest.method} {self._get_target()}\n".encode() + body
        headers = httprequest.headers
        try:
            # an unknown client costs as much as a wrong signature, and says no more
            verify(
                client_sudo.secret or "",
                signed,
                headers.get(TIMESTAMP_HEADER),
                headers.get(SIGNATURE_HEADER),
            )
        except SignatureError as error:
            _logger.warning("client %s: refused: %s", (key or "")[:40], error)
            code = "stale" if "stale" in str(error) else "bad_signature"
            message = str(error) if code == "stale" else "the signature does not fit"
            raise Refused(401, code, message) from error
        return client_sudo, body

    @staticmethod
    def _get_target():
        """:return: path and query of the request, as the client wrote them"""
        environ = request.httprequest.environ
        target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
        if not target:
            query = environ.get("QUERY_STRING")
            target = request.httprequest.path + (f"?{query}" if query else "")
        return target

    def _run_once(self, client_sudo, body, function):
        """Run ``function``; under an idempotency key only the first time."""
        values = self._read_json(body)
        key = request.httprequest.headers.get(KEY_HEADER, "") or self._get_own_key(values)
        if not key or request.httprequest.method == "GET":
            answer, status = function(client_sudo, values)
            return request.make_json_response(answer, status=status)
        if len(key) > MAX_KEY:
            raise Refused(422, "bad_value", f"an idempotency key has at most {MAX_KEY} characters")
        digest = hashlib.sha256(
            f"{request.httprequest.method} {self._get_target()}\n".encode() + body
        ).hexdigest()
        row_sudo, is_new = request.env["gb.api.request"].sudo()._begin(client_sudo, key, digest)
        if not is_new:
            if row_sudo.digest != digest:
                raise Refused(
                    409, "key_reused", "this idempotency key was used for another request"
                )
            return request.make_json_response(
                json.loads(row_sudo.answer),
                headers=[("Idempotent-Replay", "true")],
                status=row_sudo.status,
            )
        answer, status = function(client_sudo, values)
        row_sudo.write({"status": status, "answer": json.dumps(answer)})
        return request.make_json_response(answer, status=status)

    def _get_own_key(self, _values):
        """:return: the idempotency key that a body has in itself; override where there is one"""
        return ""

    def _read_json(self, body):
        if not body:
            return {}
        try:
            values = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Refused(422, "malformed", "the body is no JSON") from error
        if not isinstance(values, dict):
            raise Refused(422, "malformed", "the body has to be an object")
        return values


class WorkOrderApi(SignedController):
    """docs/api.md"""

    def _answer(self, scope, function):
        key = request.httprequest.headers.get(CLIENT_HEADER)
        return self._handle(scope, function, key)

    def _find(self, number):
        ticket = request.env["gb.ticket"]._api_find_ticket(number)
        if not ticket:
            raise Refused(404, "unknown", f"there is no work order {number}")
        return ticket

    @signed_route("work-orders", methods=["POST"])
    def create_work_orders(self, **_args):
        """Make one work order, or up to 100."""
        return self._answer("can_create", self._create)

    def _create(self, _client, values):
        tickets = request.env["gb.ticket"]
        if "work_orders" not in values:
            return tickets._api_create(values)._prepare_api_values(), 201
        batch = values["work_orders"]
        if not isinstance(batch, list) or not 1 <= len(batch) <= MAX_BATCH:
            raise Refused(422, "malformed", f"work_orders: a list of 1 to {MAX_BATCH} is expected")
        for index, row in enumerate(batch):
            try:
                tickets |= tickets._api_create(row)
            except UserError as error:
                code = "bad_value" if isinstance(error, ApiValueError) else "refused"
                raise Refused(422, code, str(error), index=index) from error
        return {"work_orders": [ticket._prepare_api_values() for ticket in tickets]}, 201

    @signed_route("work-orders", methods=["GET"], readonly=True)
    def list_work_orders(self, **args):
        """Work orders by customer, state or time of change, in pages."""
        return self._answer("can_read", lambda _client, _values: self._list(args))

    def _list(self, args):
        tickets = request.env["gb.ticket"]
        now = fields.Datetime.now()
        try:
            limit = min(max(int(args.get("limit", PAGE)), 1), MAX_PAGE)
            after = int(args.get("after", 0))
        except ValueError as error:
            raise Refused(422, "bad_value", "limit and after have to be whole numbers") from error
        domain = tickets._api_get_domain(args) & fields.Domain("id", ">", after)
        page = tickets.search(domain, order="id", limit=limit + 1)
        return {
            "work_orders": [ticket._prepare_api_values() for ticket in page[:limit]],
            "next": page[limit - 1].id if len(page) > limit else None,
            "now": f"{now.isoformat()}Z",
        }, 200

    @signed_route("work-orders/<string:number>", methods=["GET"], readonly=True)
    def read_work_order(self, number, **_args):
        """One work order with its text, history and messages."""
        return self._answer("can_read", lambda _client, _values: self._read(number))

    def _read(self, number):
        ticket = self._find(number)
        return {**ticket._prepare_api_values(), **ticket._prepare_api_details()}, 200

    @signed_route("work-orders/<string:number>/transitions/<string:code>", methods=["POST"])
    def move_work_order(self, number, code, **_args):
        """Move a work order as the client's user."""
        return self._answer("can_move", lambda _client, values: self._move(number, code, values))

    def _move(self, number, code, values):
        ticket = self._find(number)
        revision = values.get("revision")
        if revision is not None and revision != ticket.revision:
            raise Refused(
                409,
                "conflict",
                f"{number} was moved meanwhile; it is in “{ticket.state_code}” now",
                revision=ticket.revision,
            )
        entered = values.get("values") or {}
        if not isinstance(entered, dict) or entered.keys() - ticket._fields.keys():
            raise Refused(422, "bad_value", "values: an object of fields is expected")
        result = ticket.action_transition(code, entered, values.get("note"), revision)
        ticket.invalidate_recordset()
        return {"pending": result["pending"], **ticket._prepare_api_values()}, 200

    @signed_route("work-orders/<string:number>/messages", methods=["POST"])
    def add_message(self, number, **_args):
        """Add what the customer said, or a note for staff."""
        return self._answer(
            "can_message", lambda _client, values: (self._find(number)._api_message(values), 201)
        )
