from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tools.discuss import Store

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestChat(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visitor = new_test_user(
            cls.env, "gb_visitor", groups="base.group_portal", email="visitor@example.com"
        )
        cls.visitor.partner_id.phone = "+86 139 1111 2222"

    def _channel(self, visitor=None, guest=None):
        channel = self.env["discuss.channel"].create(
            {
                "name": "Visitor",
                "channel_type": "livechat",
                "livechat_operator_id": self.agent.partner_id.id,
            }
        )
        channel._add_members(users=self.agent | (visitor or self.env["res.users"]))
        if guest:
            channel._add_members(guests=guest)
        return channel

    def _say(self, channel, author, body):
        channel.message_post(
            author_id=author.id, body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def _command(self, channel, body, user=None):
        """:return: (new work orders, what the user was answered)"""
        last = self.env["gb.ticket"].search([], limit=1, order="id desc").id or 0
        bus_last = self.env["bus.bus"].search([], limit=1, order="id desc").id or 0
        channel.with_user(user or self.agent).execute_command_ticket(body=body)
        self.env.cr.precommit.run()
        answers = self.env["bus.bus"].search([("id", ">", bus_last)]).mapped("message")
        answers = [text for text in answers if "transient_message" in text]
        self.assertEqual(len(answers), 1)
        return self.env["gb.ticket"].search([("id", ">", last)]), answers[0]

    def test_command_makes_a_draft_with_visitor_and_transcript(self):
        channel = self._channel(self.visitor)
        self._say(channel, self.visitor.partner_id, "My bottle leaks")
        self._say(channel, self.agent.partner_id, "Since when?")
        ticket, answer = self._command(channel, "/ticket Bottle leaks")
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.subject, "Bottle leaks")
        self.assertEqual(ticket.phase, "draft")
        self.assertEqual((ticket.channel, ticket.reply_channel), ("chat", "email"))
        self.assertEqual(ticket.partner_id, self.visitor.partner_id)
        self.assertEqual(ticket.contact_email, "visitor@example.com")
        self.assertIn("My bottle leaks", ticket.description)
        self.assertIn("Since when?", ticket.description)
        self.assertEqual(ticket.discuss_channel_id, channel)
        self.assertEqual(channel.gb_ticket_ids, ticket)
        self.assertIn("Bottle leaks", answer)
        self.assertIn(str(ticket.id), answer)
        self.assertIn("chat", [row["kind"] for row in ticket.contacts])

    def test_guest_becomes_the_contact(self):
        guest = self.env["mail.guest"].create({"name": "Visitor #7"})
        channel = self._channel(guest=guest)
        ticket, _answer = self._command(channel, "/ticket Bottle leaks")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.reply_channel, "chat")

    def test_command_without_subject_explains_itself(self):
        tickets, answer = self._command(self._channel(self.visitor), "/ticket ")
        self.assertFalse(tickets)
        self.assertIn("/ticket", answer)

    def test_markup_in_the_subject_is_text(self):
        ticket, answer = self._command(
            self._channel(self.visitor), "/ticket &lt;img src=x onerror=alert(1)&gt;"
        )
        self.assertNotIn("<img", answer)
        self.assertIn("onerror", ticket.subject)

    def test_who_makes_no_work_orders_is_told(self):
        channel = self._channel(self.visitor)
        channel._add_members(users=self.handler)
        tickets, answer = self._command(channel, "/ticket Bottle", self.handler)
        self.assertFalse(tickets)
        self.assertIn("agents", answer)

    def test_command_is_offered_to_agents_only(self):
        for user, offered in ((self.agent, True), (self.handler, False), (self.visitor, False)):
            store = Store()
            self.env["res.users"].with_user(user)._init_store_data(store)
            self.assertEqual(store.get_result()["Store"]["gb_can_create_ticket"], offered)
