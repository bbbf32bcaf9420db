import uuid

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.gb_ticket_form import BOUNDS
from .customer_files import (
    ACCEPT,
    MAX_FILE_SIZE,
    MAX_FILES,
    MAX_REQUEST_SIZE,
    read_files,
    store_files,
)
from .progress import CustomerPage

PAGE = {"type": "http", "auth": "public", "website": True, "sitemap": True}
# a field that people do not see; who fills it in is a machine
HONEYPOT = "company_fax"
MAX_KEYS = 10


class ServiceForm(CustomerPage):
    """The web form on which anybody can bring his matter. It never tells whether we know a number or an address."""

    @route("/gb/service", methods=["GET"], **PAGE)
    def choose(self, done=None, **_kwargs):
        """The types of matters to choose from."""
        return self._render_page(
            "gb_ticket.service_types",
            {"types": self._get_tickets()._get_form_types(), "done": bool(done)},
        )

    @route("/gb/service/<string:code>", methods=["GET"], **PAGE)
    def form(self, code, **_kwargs):
        """The form for one type of matter."""
        return self._render_form(self._find_type(code), {})

    @route(
        "/gb/service/<string:code>", methods=["POST"], max_content_length=MAX_REQUEST_SIZE, **PAGE
    )
    def send(self, code, form_key=None, **entered):
        """Take the matter in, and go to its progress page."""
        kind = self._find_type(code)
        entered = {name: text for name, text in entered.items() if isinstance(text, str)}
        if entered.get(HONEYPOT):
            return request.redirect("/gb/service?done=1", code=303)
        keys = request.session.get("gb_service_keys", {})
        if form_key and form_key in keys:  # sent twice
            return request.redirect(f"/gb/progress/{keys[form_key]}?done=created", code=303)
        try:
            with request.env.cr.savepoint():
                ticket = self._take_in(kind, entered)
        except UserError as error:
            return self._render_form(kind, entered, error=str(error), status=422)
        token = ticket._portal_ensure_token()
        if form_key:
            kept = dict(list(keys.items())[1 - MAX_KEYS :])
            request.session["gb_service_keys"] = {**kept, form_key: token}
        return request.redirect(f"/gb/progress/{token}?done=created", code=303)

    def _take_in(self, kind, entered):
        files = read_files()
        partner = self._get_customer()
        ticket = self._get_tickets()._create_from_form(kind, entered, partner)
        ticket._receive(
            "web",
            ticket.description,
            subject=ticket.subject,
            author=partner,
            attachment_ids=store_files(ticket, files),
        )
        ticket._accept_automatically()
        return ticket

    def _get_tickets(self):
        """:return: gb.ticket as the system, in the visitor's language and the site's company"""
        return (
            request.env["gb.ticket"]
            .with_user(SUPERUSER_ID)
            .with_company(request.env.company)
            .with_context(lang=request.env.lang)
        )

    def _find_type(self, code):
        kind = self._get_tickets()._get_form_types().filtered(lambda kind: kind.code == code)
        if not kind:
            raise request.not_found()
        return kind

    def _get_customer(self):
        """:return: res.partner of the signed-in customer; None for strangers and for staff"""
        user = request.env.user
        if user._is_public() or user._is_internal():
            return None
        return user.partner_id.with_user(SUPERUSER_ID)

    def _render_form(self, kind, entered, error=None, status=200):
        tickets, partner = self._get_tickets(), self._get_customer()
        needs_order = tickets._needs_order(kind)
        return self._render_page(
            "gb_ticket.service_form",
            {
                "kind": kind,
                "asked": tickets._get_form_fields(kind),
                "needs_order": needs_order,
                "order_lines": tickets._get_own_order_lines(partner) if partner else [],
                "partner": partner,
                "entered": entered,
                "error": error,
                "bounds": BOUNDS,
                "honeypot": HONEYPOT,
                "form_key": str(uuid.uuid4()),
                "accept": ACCEPT,
                "max_files": MAX_FILES,
                "max_size": MAX_FILE_SIZE // 1024**2,
            },
            status=status,
        )
