import io
import re
from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TicketCase

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@tagged("post_install", "-at_install")
class PageCase(HttpCase, TicketCase):
    """Forms are posted as a browser without JavaScript does: with what the page has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "chen@example.com"

    def _page(self, ticket, path="", **kwargs):
        return self.url_open(f"/gb/progress/{ticket.access_token}{path}", **kwargs)

    def _post(self, url, page=None, files=None, **values):
        """Post a form with the CSRF token of ``page`` (text of a page that was opened before)."""
        data = dict(values)
        if page is not None:
            data["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        response = self.url_open(url, data=data, files=files, allow_redirects=True)
        self.env.invalidate_all()
        return response

    def _act(self, ticket, action, files=None, **values):
        page = self._page(ticket).text
        key = re.search(r'name="form_key" value="([^"]+)"', page)
        values.setdefault("form_key", key[1] if key else "")
        return self._post(
            f"/gb/progress/{ticket.access_token}/{action}", page, files=files, **values
        )

    def _assert_no_change(self, ticket, call):
        before = (ticket.revision, ticket.state_id, len(ticket.gb_message_ids), ticket.chase_count)
        result = call()
        self.env.invalidate_all()
        after = (ticket.revision, ticket.state_id, len(ticket.gb_message_ids), ticket.chase_count)
        self.assertEqual(after, before)
        return result


@tagged("post_install", "-at_install")
class TestProgressPage(PageCase):
    # ------------------------------------------------------------
    # What it shows
    # ------------------------------------------------------------
    def test_shows_stage_department_promise_and_messages(self):
        ticket = self._walk(self._ticket(), "processing")
        ticket.due_at = self._later(days=3)
        ticket.with_user(self.handler)._send_reply("web", "We look into it")
        response = self._page(ticket)
        self.assertEqual(response.status_code, 200)
        for text in (
            ticket.name,
            "Being worked on",
            "Quality",
            "We look into it",
            "Result promised by",
        ):
            self.assertIn(text, response.text)

    def test_internal_things_are_not_on_it(self):
        ticket = self._walk(self._ticket(), "dispatched")
        ticket.message_post(body="SECRET-NOTE", subtype_xmlid="mail.mt_note")
        self._move(
            ticket,
            self.handler,
            "send_back",
            {"suggested_department_id": self.logistics.id},
            "SECRET-REASON",
        )
        ticket.solution = "SECRET-DRAFT-RESULT"
        text = self._page(ticket).text
        self.assertNotIn("SECRET", text)

    def test_is_kept_from_search_engines_and_caches(self):
        headers = self._page(self._ticket()).headers
        self.assertIn("noindex", headers["X-Robots-Tag"])
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(headers["Cache-Control"], "no-store")

    def test_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        ticket = self._walk(self._ticket(), "accepted")
        ticket.state_id.with_context(lang="zh_CN").customer_name = "已受理"
        self.assertIn("已受理", self._page(ticket).text)
        self.opener.cookies.clear()
        self.opener.cookies["frontend_lang"] = "en_US"
        self.assertIn("Accepted", self._page(ticket).text)

    # ------------------------------------------------------------
    # Who may look
    # ------------------------------------------------------------
    def test_wrong_tokens_are_all_the_same_404(self):
        ticket = self._ticket()
        bodies = set()
        for token in (
            "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
            str(ticket.id),
            ticket.access_token[:-1],
            ticket.access_token + "0",
            "%' or 1=1 --",
        ):
            with mute_logger("odoo.http"):
                response = self.url_open(f"/gb/progress/{token}")
            self.assertEqual(response.status_code, 404)
            # what the visitor reads; addresses and tokens of the page around it differ
            (main,) = html.fromstring(response.text).xpath("//main")
            bodies.add(" ".join(main.text_content().split()))
        self.assertEqual(len(bodies), 1, bodies)

    def test_token_of_a_question_is_no_token_of_the_page(self):
        ticket = self._walk(self._ticket(), "call_back")
        rating = ticket._request_rating("email")
        self.assertEqual(self.url_open(f"/gb/progress/{rating.token}").status_code, 404)
        self.assertEqual(self.url_open(f"/gb/rate/{ticket.access_token}").status_code, 404)

    def test_file_of_another_work_order_is_not_given(self):
        mine, other = self._ticket(), self._ticket()
        file = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"private"})
        message = other._receive("web", "see file", attachment_ids=file.ids)
        self.assertEqual(self._page(other, f"/file/{file.id}").content, b"private")
        self.assertEqual(self._page(mine, f"/file/{file.id}").status_code, 404)
        internal = self.env["ir.attachment"].create(
            {"name": "b.txt", "raw": b"internal", "res_model": "gb.ticket", "res_id": other.id}
        )
        self.assertEqual(self._page(other, f"/file/{internal.id}").status_code, 404)
        self.assertEqual(message.attachment_ids.res_id, other.id)

    def test_staff_look_but_do_not_act(self):
        ticket = self._walk(self._ticket(), "call_back")
        self.authenticate("gb_handler", "gb_handler")
        page = self._page(ticket).text
        self.assertIn("signed in as staff", page)
        with mute_logger("odoo.http"):
            response = self._post(
                f"/gb/progress/{ticket.access_token}/answer",
                self.url_open("/gb/service/complaint").text,
                solved="yes",
                score="5",
            )
        self.assertEqual(response.status_code, 403)
        self.assertEqual(ticket.state_code, "call_back")

    # ------------------------------------------------------------
    # A GET changes nothing
    # ------------------------------------------------------------
    def test_get_and_head_change_nothing(self):
        ticket = self._walk(self._ticket(), "call_back")
        rating = ticket._request_rating("email")

        def scan():
            with mute_logger("odoo.http"):
                for action in ("message", "chase", "cancel", "answer", "reopen"):
                    response = self._page(ticket, f"/{action}?solved=yes&score=5&text=x")
                    self.assertIn(response.status_code, (404, 405))
            self.opener.head(f"{self.base_url()}/gb/progress/{ticket.access_token}", timeout=30)
            self.opener.head(f"{self.base_url()}/gb/rate/{rating.token}?score=5", timeout=30)
            return self.url_open(f"/gb/rate/{rating.token}?score=5&solved=yes")

        response = self._assert_no_change(ticket, scan)
        self.assertEqual(rating.state, "asked")
        self.assertRegex(response.text, r'value="5"[^>]*checked')

    def test_post_without_csrf_token_is_refused(self):
        ticket = self._walk(self._ticket(), "processing")
        url = f"/gb/progress/{ticket.access_token}/message"

        def post():
            with mute_logger("odoo.http"):
                return self._post(url, text="Hello")

        self.assertEqual(self._assert_no_change(ticket, post).status_code, 400)

    # ------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------
    def test_message_with_a_file(self):
        ticket = self._walk(self._ticket(), "processing")
        response = self._act(
            ticket,
            "message",
            text="<script>alert(1)</script> Here is a photo",
            files={"files": ("../../leak photo.png", io.BytesIO(PNG), "image/png")},
        )
        self.assertIn("has reached us", response.text)
        self.assertNotIn("<script>alert(1)", response.text)
        message = ticket.gb_message_ids.filtered(lambda message: message.direction == "in")
        self.assertEqual((message.channel, message.attachment_ids.name), ("web", "leak photo.png"))
        download = self._page(ticket, f"/file/{message.attachment_ids.id}")
        self.assertEqual(download.content, PNG)
        self.assertIn("default-src 'none'", download.headers["Content-Security-Policy"])

    def test_sent_twice_is_stored_once(self):
        ticket = self._walk(self._ticket(), "processing")
        for _click in range(2):
            self._act(ticket, "message", text="Hello", form_key="same-key")
        self.assertEqual(len(ticket.gb_message_ids.filtered(lambda row: row.direction == "in")), 1)

    def test_bad_files_are_refused_with_the_reason(self):
        ticket = self._walk(self._ticket(), "processing")
        big = b"\xff\xd8\xff\xe0" + b"x" * (10 * 1024 * 1024)
        for name, content, reason in (
            ("page.html", b"<html><script>x</script></html>", "cannot be sent"),
            ("picture.svg", b"<svg onload='x()'/>", "cannot be sent"),
            ("picture.png", b"<html><script>x</script></html>", "cannot be sent"),
            ("paper.pdf", b"MZ\x90\x00 no pdf", "cannot be sent"),
            ("run.exe", b"MZ\x90\x00", "cannot be sent"),
            ("big.jpg", big, "larger than 10 MB"),
            ("none.png", b"", "is empty"),
        ):
            response = self._act(
                ticket, "message", text="See file", files={"files": (name, io.BytesIO(content))}
            )
            self.assertEqual(response.status_code, 422, name)
            self.assertIn(reason, response.text)
            self.assertIn("See file", response.text, "what was written is not lost")
        self.assertFalse(ticket.gb_message_ids.filtered(lambda row: row.direction == "in"))

    def test_too_many_files(self):
        ticket = self._walk(self._ticket(), "processing")
        files = [("files", (f"{number}.png", io.BytesIO(PNG), "image/png")) for number in range(6)]
        self.assertIn("at most 5 files", self._act(ticket, "message", files=files).text)

    def test_flood_is_stopped(self):
        ticket = self._walk(self._ticket(), "processing")
        for number in range(20):
            ticket._receive("web", f"Message {number}")
        self.assertIn("many messages", self._act(ticket, "message", text="One more").text)

    def test_long_and_empty_texts_are_refused(self):
        ticket = self._walk(self._ticket(), "processing")
        self.assertIn("too long", self._act(ticket, "message", text="x" * 5001).text)
        self.assertIn("write something", self._act(ticket, "message", text="  ").text)

    # ------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------
    def test_chase_once_in_some_hours(self):
        ticket = self._walk(self._ticket(), "processing")
        self._act(ticket, "chase")
        self.assertEqual(ticket.chase_count, 1)
        self.assertNotIn("/chase", self._page(ticket).text)
        page = self._page(ticket).text
        self._post(f"/gb/progress/{ticket.access_token}/chase", page)
        self.assertEqual(ticket.chase_count, 1)
        ticket.chased_at = fields.Datetime.now() - timedelta(hours=5)
        self._act(ticket, "chase")
        self.assertEqual(ticket.chase_count, 2)

    def test_cancel_asks_for_a_reason(self):
        ticket = self._walk(self._ticket(), "processing")
        self.assertIn("tell us why", self._act(ticket, "cancel", text=" ").text)
        self._act(ticket, "cancel", text="Found the mistake myself")
        self.assertEqual(ticket.state_code, "cancelled")
        self.assertEqual(ticket.step_ids.sorted("id")[-1].actor, "customer")
        self.assertNotIn("/cancel", self._page(ticket).text)

    def test_accept_the_result(self):
        ticket = self._walk(self._ticket(), "call_back")
        self.assertIn("A new bottle was sent.", self._page(ticket).text)
        response = self._act(ticket, "answer", solved="yes", score="5")
        self.assertIn("Thank you for your answer", response.text)
        self.assertEqual((ticket.state_code, ticket.closing), ("closed", "satisfied"))
        self.assertEqual(ticket.rating_request_ids.channel, "web")

    def test_reject_the_result(self):
        ticket = self._walk(self._ticket(), "call_back")
        self.assertIn(
            "what is still open", self._act(ticket, "answer", solved="no", score="1").text
        )
        self._act(ticket, "answer", solved="no", score="1", text="It leaks again")
        self.assertEqual((ticket.state_code, ticket.cycle), ("processing", 2))

    def test_bad_values_do_not_get_through(self):
        ticket = self._walk(self._ticket(), "call_back")
        for solved, score in (("yes", "9"), ("maybe", "5"), ("", "")):
            response = self._act(ticket, "answer", solved=solved, score=score)
            self.assertEqual(response.status_code, 422)
        self.assertEqual(ticket.state_code, "call_back")

    def test_reopen_within_the_days(self):
        ticket = self._walk(self._ticket(), "closed")
        self._act(ticket, "reopen", text="It leaks again")
        self.assertEqual((ticket.state_code, ticket.reopen_count), ("processing", 1))

    def test_no_reopening_after_the_days(self):
        ticket = self._walk(self._ticket(), "closed")
        ticket.closed_at = self._later(days=-ticket.process_id.reopen_days - 1)
        self.assertNotIn("/reopen", self._page(ticket).text)
        response = self._post(
            f"/gb/progress/{ticket.access_token}/reopen", self._page(ticket).text, text="x"
        )
        self.assertEqual(response.status_code, 422)
        self.assertEqual(ticket.state_code, "closed")

    def test_after_the_days_a_new_one_follows(self):
        ticket = self._walk(self._ticket(), "closed")
        ticket.closed_at = self._later(days=-ticket.process_id.reopen_days - 1)
        for _click in range(2):
            response = self._act(ticket, "follow", text="It leaks once more")
        follower = self.env["gb.ticket"].search([("parent_id", "=", ticket.id)])
        self.assertEqual(len(follower), 1)
        self.assertEqual(follower.description, "It leaks once more")
        self.assertIn(follower.access_token, response.url)
        self.assertEqual(ticket.state_code, "closed")

    # ------------------------------------------------------------
    # The question
    # ------------------------------------------------------------
    def test_rate_by_the_link_of_the_email(self):
        ticket = self._walk(self._ticket(), "call_back")
        rating = ticket._request_rating("email")
        url = f"/gb/rate/{rating.token}"
        page = self.url_open(f"{url}?score=4").text
        response = self._post(url, page, solved="yes", score="4", text="Quick")
        self.assertIn("Thank you for your answer", response.text)
        self.assertEqual((rating.state, rating.score, rating.comment), ("answered", "4", "Quick"))
        self.assertEqual(ticket.state_code, "closed")
        self.assertNotIn("<textarea", self.url_open(url).text)
        self._post(url, page, solved="no", score="1")
        self.assertEqual(rating.score, "4", "the first answer counts")

    def test_question_without_csrf_token_is_not_answered(self):
        ticket = self._walk(self._ticket(), "call_back")
        rating = ticket._request_rating("email")
        with mute_logger("odoo.http"):
            response = self._post(f"/gb/rate/{rating.token}", solved="yes", score="5")
        self.assertEqual((response.status_code, rating.state), (400, "asked"))


@tagged("post_install", "-at_install")
class TestProgressTour(PageCase):
    def test_customer_follows_writes_and_accepts(self):
        ticket = self._walk(self._ticket(), "call_back")
        self.start_tour(f"/gb/progress/{ticket.access_token}", "gb_progress_page", login=None)
        self.env.invalidate_all()
        self.assertEqual((ticket.state_code, ticket.satisfaction), ("closed", "5"))
        self.assertTrue(ticket.gb_message_ids.filtered(lambda row: row.direction == "in"))


@tagged("post_install", "-at_install")
class TestOtherCompany(PageCase):
    def test_portal_user_of_another_company_gets_no_more_than_the_token_gives(self):
        ticket = self._walk(self._ticket(), "processing")
        stranger = new_test_user(self.env, "gb_other_portal", groups="base.group_portal")
        self.authenticate(stranger.login, stranger.login)
        self.assertEqual(self.url_open(f"/my/work-orders/{ticket.id}").status_code, 404)
        self.assertEqual(self._page(ticket).status_code, 200)
