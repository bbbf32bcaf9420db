import re
import uuid

from werkzeug.exceptions import Forbidden, NotFound

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, request, route
from odoo.tools import consteq

from .customer_files import (
    ACCEPT,
    MAX_FILE_SIZE,
    MAX_FILES,
    MAX_REQUEST_SIZE,
    read_files,
    store_files,
)

TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_TEXT = 5000
PAGE = {"type": "http", "auth": "public", "website": True, "multilang": False, "sitemap": False}


class CustomerPage(Controller):
    """What the pages for customers have in common: found by a secret, kept from search engines and caches, in the
    customer's language. A GET changes nothing (it may be a mail scanner or a preview); every POST has a CSRF token."""

    def _find_by_token(self, model, field, token):
        """:return: the record whose ``field`` is ``token``, as superuser, in the customer's language
        :raises NotFound: always the same, whatever is wrong
        """
        if not TOKEN.fullmatch(token or ""):
            raise NotFound
        record = request.env[model].with_user(SUPERUSER_ID).search([(field, "=", token)], limit=1)
        if not record or not consteq(record[field], token):
            raise NotFound
        return record

    def _speak(self, ticket):
        """Use the customer's language, unless he has chosen another one in this browser. :return: its code"""
        lang = request.env.lang
        if "frontend_lang" not in request.cookies:
            lang = ticket._get_customer_lang()
            request.lang = request.env["res.lang"]._get_data(code=lang)
            request.update_context(lang=lang)
            request.future_response.set_cookie("frontend_lang", lang)
        return lang

    def _render_page(self, template, values, status=200):
        response = request.render(template, values, status=status)
        response.headers.update(
            {
                "X-Robots-Tag": "noindex, nofollow",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            }
        )
        return response

    def _is_staff(self):
        return request.env.user._is_internal()

    def _get_author(self):
        """:return: the customer who has signed in, or None"""
        return None if request.env.user._is_public() else request.env.user.partner_id


class ProgressController(CustomerPage):
    # ------------------------------------------------------------
    # The page
    # ------------------------------------------------------------
    @route("/gb/progress/<string:token>", methods=["GET"], readonly=True, **PAGE)
    def progress(self, token, done=None, **_kwargs):
        """A customer's page of his work order, without signing in."""
        ticket = self._find_ticket(token)
        return self._render_progress(ticket, done=done)

    def _find_ticket(self, token):
        ticket = self._find_by_token("gb.ticket", "access_token", token)
        return ticket.with_context(lang=self._speak(ticket))

    def _render_progress(self, ticket, done=None, error=None, entered=None, status=200):
        return self._render_page(
            "gb_ticket.progress_page",
            self._prepare_progress_values(ticket, done, error, entered),
            status=status,
        )

    def _prepare_progress_values(self, ticket, done=None, error=None, entered=None):
        return {
            "progress": ticket._get_progress(),
            "url": f"/gb/progress/{ticket._portal_ensure_token()}",
            "company": ticket.company_id,
            "res_company": ticket.company_id,
            "done": done if done in ("created", *ACTIONS) else False,
            "error": error,
            "entered": entered or {},
            "is_staff": self._is_staff(),
            "is_mine": self._is_of_signed_in(ticket),
            "form_key": str(uuid.uuid4()),
            "accept": ACCEPT,
            "max_files": MAX_FILES,
            "max_size": MAX_FILE_SIZE // 1024**2,
            "max_text": MAX_TEXT,
            "answers": get_answers(ticket.env),
            "page_name": "gb_ticket",
        }

    def _is_of_signed_in(self, ticket):
        user = request.env.user
        return not user._is_public() and (
            ticket.partner_id.commercial_partner_id == user.partner_id.commercial_partner_id
        )

    @route("/gb/progress/<string:token>/file/<int:file_id>", methods=["GET"], readonly=True, **PAGE)
    def download(self, token, file_id):
        """A file that the customer sent or was sent."""
        ticket = self._find_by_token("gb.ticket", "access_token", token)
        attachment = ticket.gb_message_ids.attachment_ids.filtered(lambda file: file.id == file_id)
        if not attachment:
            raise NotFound
        stream = request.env["ir.binary"].sudo()._get_stream_from(attachment)
        stream.public = False
        mimetype = attachment.mimetype or ""
        is_picture = mimetype.startswith("image/") and "svg" not in mimetype
        return stream.get_response(as_attachment=not is_picture)

    # ------------------------------------------------------------
    # What the customer does
    # ------------------------------------------------------------
    @route(
        "/gb/progress/<string:token>/<string:action>",
        methods=["POST"],
        max_content_length=MAX_REQUEST_SIZE,
        **PAGE,
    )
    def act(self, token, action, **entered):
        """One of ``ACTIONS`` by the customer: ``_do_<action>``, which may return another work order to go to."""
        ticket = self._find_ticket(token)
        if action not in ACTIONS:
            raise NotFound
        if self._is_staff():
            raise Forbidden(
                request.env._("You are signed in as staff. Only the customer can do this here.")
            )
        try:
            with ticket.env.cr.savepoint():
                target = getattr(self, f"_do_{action}")(ticket, self._bound(entered)) or ticket
        except (UserError, AccessError) as error:
            ticket.invalidate_recordset()
            return self._render_progress(ticket, error=str(error), entered=entered, status=422)
        return request.redirect(f"/gb/progress/{target.access_token}?done={action}", code=303)

    def _bound(self, entered):
        texts = {name: value for name, value in entered.items() if isinstance(value, str)}
        if any(len(text) > MAX_TEXT for text in texts.values()):
            raise UserError(request.env._("What you wrote is too long. Please shorten it."))
        return texts

    def _do_message(self, ticket, entered):
        files = read_files()
        ticket._check_offer("message")
        ticket._check_not_flooding()
        ticket._customer_writes(
            entered.get("text"),
            attachment_ids=store_files(ticket, files),
            author=self._get_author(),
            key=entered.get("form_key"),
        )

    def _do_chase(self, ticket, entered):
        ticket._customer_chases(
            entered.get("text"), author=self._get_author(), key=entered.get("form_key")
        )

    def _do_cancel(self, ticket, entered):
        ticket._customer_cancels(entered.get("text"))

    def _do_reopen(self, ticket, entered):
        ticket._customer_reopens(entered.get("text"))

    def _do_follow(self, ticket, entered):
        return ticket._customer_follows(entered.get("text"))

    def _do_answer(self, ticket, entered):
        ticket._customer_answers(entered.get("solved"), entered.get("score"), entered.get("text"))

    # ------------------------------------------------------------
    # The question about satisfaction
    # ------------------------------------------------------------
    @route("/gb/rate/<string:token>", methods=["GET"], readonly=True, **PAGE)
    def rate(self, token, score=None, **_kwargs):
        """The question with the score of the link chosen; only the button answers it."""
        rating = self._find_rating(token)
        return self._render_rating(rating, {"score": score})

    @route("/gb/rate/<string:token>", methods=["POST"], **PAGE)
    def answer(self, token, **entered):
        """Take the answer; a second one gets the same thanks and changes nothing."""
        rating = self._find_rating(token)
        if self._is_staff():
            raise Forbidden(
                request.env._("You are signed in as staff. Only the customer can do this here.")
            )
        try:
            with rating.env.cr.savepoint():
                entered = self._bound(entered)
                rating._check_entered(entered.get("solved"), entered.get("score"))
                rating._answer(entered["solved"], entered["score"], entered.get("text"))
        except UserError as error:
            rating.invalidate_recordset()
            return self._render_rating(rating, entered, error=str(error), status=422)
        return request.redirect(f"/gb/rate/{token}", code=303)

    def _find_rating(self, token):
        rating = self._find_by_token("gb.ticket.rating", "token", token)
        return rating.with_context(lang=self._speak(rating.ticket_id))

    def _render_rating(self, rating, entered, error=None, status=200):
        ticket = rating.ticket_id
        return self._render_page(
            "gb_ticket.rating_page",
            {
                "number": ticket.name,
                "subject": ticket.subject,
                "company": ticket.company_id,
                "res_company": ticket.company_id,
                "is_answered": rating.state == "answered",
                "is_open": ticket.is_open,
                "is_bad": rating.state == "answered" and rating._is_bad(),
                "url": f"/gb/rate/{rating.token}",
                "entered": entered,
                "error": error,
                "is_staff": self._is_staff(),
                "max_text": MAX_TEXT,
                "answers": get_answers(rating.env),
            },
            status=status,
        )


ACTIONS = ("message", "chase", "cancel", "reopen", "follow", "answer")


def get_answers(env):
    """:return: {"solved": [(value, label)], "score": [(value, label)]}"""
    fields = env["gb.ticket.rating"]._fields
    return {name: fields[name]._description_selection(env) for name in ("solved", "score")}
