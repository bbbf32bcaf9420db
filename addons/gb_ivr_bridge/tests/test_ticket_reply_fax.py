from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTicketReplyFax(TransactionCase):
    """The composer of work orders sends faxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "fax_agent", "gb_callcenter.group_gb_agent")
        cls.customer = cls.env["res.partner"].create({"name": "Wholesaler"})
        cls.ticket = cls.env["gb.ticket"].create(
            {
                "subject": "Order list",
                "description": "x",
                "type_id": cls.env["gb.ticket.type"].search([("kind", "=", "message")], limit=1).id,
                "partner_id": cls.customer.id,
                "reply_channel": "fax",
            }
        )

    def _open(self, **values):
        replies = self.env["gb.ticket.reply"].with_user(self.agent)
        return replies.create({"ticket_id": self.ticket.id, **values})

    def _give_machine(self):
        self.env["gb.phone"].create(
            {"partner_id": self.customer.id, "number": "+86 21 6234 5679", "kind": "fax"}
        )

    def test_who_wants_a_fax_is_answered_by_fax(self):
        self._give_machine()
        sent = []
        self.patch(
            type(self.env["gb.ticket.message"]),
            "_deliver_fax",
            lambda message: sent.append(message),
        )
        reply = self._open(body="<p>We shall send it tomorrow</p>")
        self.assertEqual((reply.channel, bool(reply.address), reply.refusal), ("fax", True, False))
        reply.action_send()
        self.assertEqual(sent[0].address, "+86 21 6234 5679")

    def test_without_a_machine_another_channel_is_proposed_and_a_fax_refused(self):
        self.assertNotEqual(self._open().channel, "fax")
        self.assertIn("fax machine", self._open(channel="fax").refusal)
