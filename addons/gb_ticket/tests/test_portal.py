from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_progress_page import PageCase


@tagged("post_install", "-at_install")
class TestPortal(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.family = cls.env["res.partner"].create({"name": "Chen Trading", "is_company": True})
        cls.portal_user = new_test_user(
            cls.env, "gb_portal_chen", groups="base.group_portal", email="chen@example.com"
        )
        cls.portal_partner = cls.portal_user.partner_id
        cls.portal_partner.parent_id = cls.family
        cls.other_user = new_test_user(cls.env, "gb_portal_wang", groups="base.group_portal")

    def _sign_in(self, user):  # pylint: disable=method-required-super
        self.authenticate(user.login, user.login)

    def test_list_shows_those_of_the_own_company_only(self):
        mine = self._walk(self._ticket(partner_id=self.portal_partner.id), "accepted")
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": self.family.id}
        )
        ours = self._walk(self._ticket(partner_id=colleague.id), "accepted")
        theirs = self._walk(self._ticket(partner_id=self.other_user.partner_id.id), "accepted")
        draft = self._ticket(partner_id=self.portal_partner.id, subject="Agent's draft")
        self._sign_in(self.portal_user)
        text = self.url_open("/my/work-orders").text
        self.assertIn(mine.name, text)
        self.assertIn(ours.name, text)
        self.assertNotIn(theirs.name, text)
        self.assertNotIn(draft.subject, text)
        for ticket, status in ((mine, 200), (ours, 200), (theirs, 404), (draft, 404)):
            self.assertEqual(self.url_open(f"/my/work-orders/{ticket.id}").status_code, status)

    def test_counter_of_the_home_page(self):
        self._walk(self._ticket(partner_id=self.portal_partner.id), "accepted")
        self._sign_in(self.portal_user)
        self.assertIn("/my/work-orders", self.url_open("/my").text)
        result = self.make_jsonrpc_request("/my/counters", {"counters": ["gb_ticket_count"]})
        self.assertEqual(result["gb_ticket_count"], 1)

    def test_search_filter_sort_and_pages(self):
        tickets = [
            self._walk(
                self._ticket(partner_id=self.portal_partner.id, subject=f"Matter {n:02}"),
                "accepted",
            )
            for n in range(3)
        ]
        self._sign_in(self.portal_user)
        text = self.url_open("/my/work-orders?search=Matter+01").text
        self.assertIn(tickets[1].name, text)
        self.assertNotIn(tickets[0].name, text)
        self.assertIn(
            tickets[0].name, self.url_open(f"/my/work-orders?search={tickets[0].name}").text
        )
        self.assertNotIn(tickets[0].name, self.url_open("/my/work-orders?filterby=ended").text)
        self.assertIn(
            tickets[0].name, self.url_open("/my/work-orders?filterby=open&sortby=due").text
        )
        self.assertEqual(
            self.url_open("/my/work-orders?filterby=nonsense&sortby=1;drop&page=x").status_code, 200
        )
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open("/my/work-orders/page/2").status_code, 200)

    def test_page_of_one_acts_like_the_page_by_link(self):
        ticket = self._walk(self._ticket(partner_id=self.portal_partner.id), "processing")
        self._sign_in(self.portal_user)
        page = self.url_open(f"/my/work-orders/{ticket.id}").text
        self._post(
            f"/gb/progress/{ticket.access_token}/message", page, text="Hello from the portal"
        )
        message = ticket.gb_message_ids.filtered(lambda row: row.direction == "in")
        self.assertEqual(message.author_id, self.portal_partner)

    def test_portal_users_have_no_access_to_the_models(self):
        self._walk(self._ticket(partner_id=self.portal_partner.id), "accepted")
        for model in ("gb.ticket", "gb.ticket.message", "gb.ticket.rating", "gb.ticket.template"):
            self.assertFalse(self.env[model].with_user(self.portal_user).has_access("read"), model)

    def test_strangers_have_to_sign_in(self):
        response = self.url_open("/my/work-orders")
        self.assertIn("/web/login", response.url)

    def test_order_line_to_choose_is_the_own(self):
        own = self._order(self.portal_partner)
        foreign = self._order(self.other_user.partner_id)
        returns = self.env.ref("gb_ticket.gb_ticket_type_return")
        self._sign_in(self.portal_user)
        page = self.url_open(f"/gb/service/{returns.code}").text
        self.assertIn(own.name, page)
        self.assertNotIn(foreign.name, page)
        self.assertNotIn('name="contact_name"', page)
        for order in (own, foreign):
            self._post(
                f"/gb/service/{returns.code}",
                self.url_open(f"/gb/service/{returns.code}").text,
                subject=f"Return {order.name}",
                description="Wrong size",
                order_line=str(order.order_line.id),
            )
        tickets = self.env["gb.ticket"].search(
            [("partner_id", "=", self.portal_partner.id)], order="id"
        )
        self.assertEqual(tickets.mapped("order_line_id"), own.order_line)
        self.assertEqual(set(tickets.mapped("channel")), {"portal"})
        self.assertEqual(tickets[1].phase, "draft", "an agent finds out which order he means")

    def _order(self, partner):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        order.action_confirm()
        return order
