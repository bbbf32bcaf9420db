from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestContactLog(CallCentreCase):
    """One row for each contact, whatever reports it and however often."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contacts = cls.env["gb.contact"]
        cls.other = cls.env["res.partner"].create({"name": "Wu Lan", "country_id": cls.china.id})
        cls.now = fields.Datetime.now()

    def _of(self, partner):
        return self.contacts.search([("partner_id", "=", partner.id)])

    def _values(self, **values):
        return {
            "res_model": "test.source",
            "res_id": 1,
            "partner_id": self.customer.id,
            "channel": "email",
            "direction": "inbound",
            "at": self.now,
            "company_id": self.company.id,
            **values,
        }

    # the log itself

    def test_source_has_one_row_which_follows_it(self):
        contact = self.contacts._log(self._values(subject="First"))
        self.assertEqual(self.contacts._log(self._values(subject="Second")), contact)
        self.assertEqual(contact.subject, "Second")
        self.assertEqual(len(self._of(self.customer)), 1)

    def test_last_contact_is_the_newest_whatever_the_order(self):
        earlier = self.now - timedelta(days=2)
        self.contacts._log([self._values(), self._values(res_id=2, at=earlier)])
        self.assertEqual(self.customer.gb_last_contact_at, self.now.replace(microsecond=0))
        self.contacts._log(self._values(partner_id=self.other.id))
        self.assertEqual(self.customer.gb_last_contact_at, earlier.replace(microsecond=0))
        self.assertEqual(self.other.gb_last_contact_at, self.now.replace(microsecond=0))

    def test_source_without_customer_has_no_row(self):
        self.contacts._log(self._values())
        self.contacts._log(self._values(partner_id=False))
        self.assertFalse(self._of(self.customer))
        self.assertFalse(self.customer.gb_last_contact_at)

    def test_score_is_kept_when_the_source_changes(self):
        contact = self.contacts._log(self._values(score=4))
        self.contacts._log(self._values(subject="Changed"))
        self.assertEqual((contact.score, contact.subject), (4, "Changed"))

    def test_hundred_contacts_cost_as_many_queries_as_one(self):
        self.contacts._log(self._values())
        with self.assertQueryCount(6):
            self.contacts._log([self._values(res_id=100 + number) for number in range(100)])

    # calls

    def test_ended_call_is_a_contact(self):
        call = self._finished_call(self.seat_1)
        contact = self._of(self.customer)
        self.assertEqual((contact.res_model, contact.res_id), ("gb.call", call.id))
        self.assertEqual((contact.channel, contact.direction), ("phone", "inbound"))
        self.assertEqual(contact.at, call.offered_at)
        self.assertEqual(self.customer.gb_last_contact_at, call.offered_at)

    def test_call_under_way_is_no_contact_yet(self):
        self._call()
        self.assertFalse(self._of(self.customer))

    def test_call_built_again_gives_the_same_row(self):
        call = self._finished_call(self.seat_1)
        before = self._of(self.customer)
        stamp = before.write_date
        call._derive(self.provider.sudo(), [call.linked_id])
        self.assertEqual(self._of(self.customer), before)
        self.assertEqual(before.write_date, stamp, "A row that is the same is not written.")

    def test_disposition_and_note_reach_the_row(self):
        call = self._finished_call(self.seat_1)
        call.write({"disposition_id": self.disposition.id, "note": "Wants samples"})
        contact = self._of(self.customer)
        self.assertEqual((contact.subject, contact.summary), ("Test disposition", "Wants samples"))

    def test_customer_chosen_later_moves_the_contact(self):
        call = self._finished_call(self.seat_1)
        call.write({"partner_id": self.other.id})
        self.assertFalse(self._of(self.customer))
        self.assertEqual(self._of(self.other).res_id, call.id)
        self.assertFalse(self.customer.gb_last_contact_at)

    def test_stranger_becomes_a_contact_once_he_is_known(self):
        call = self._finished_call(self.seat_1, number="13999998888")
        self.assertFalse(
            self.contacts.search([("res_id", "=", call.id), ("res_model", "=", "gb.call")])
        )
        call.write({"partner_id": self.customer.id})
        self.assertEqual(self._of(self.customer).res_id, call.id)

    def test_calls_from_before_are_filled_in_once(self):
        self._finished_call(self.seat_1)
        self._of(self.customer).sudo().unlink()
        self.assertGreaterEqual(self.contacts._fill_from_calls(), 1)
        self.assertEqual(self.contacts._fill_from_calls(), 0)
        self.assertEqual(len(self._of(self.customer)), 1)

    # mail, SMS, chat

    def test_email_of_the_customer_is_a_contact(self):
        self.customer.message_post(
            body="When does it arrive?",
            subject="My parcel",
            message_type="email",
            author_id=self.customer.id,
        )
        contact = self._of(self.customer)
        self.assertEqual((contact.channel, contact.direction), ("email", "inbound"))
        self.assertEqual((contact.subject, contact.summary), ("My parcel", "When does it arrive?"))

    def test_email_to_the_customer_of_an_order_is_a_contact(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        order.with_user(self.manager).sudo().message_post(
            body="Your offer",
            message_type="comment",
            partner_ids=self.customer.ids,
            author_id=self.manager.partner_id.id,
        )
        contact = self._of(self.customer)
        self.assertEqual((contact.channel, contact.direction), ("email", "outbound"))
        self.assertEqual(contact.user_id, self.manager)

    def test_notes_among_us_are_no_contacts(self):
        self.customer.message_post(body="Note", message_type="comment")
        self.customer.message_post(body="Log", message_type="notification")
        self.assertFalse(self._of(self.customer))

    def test_sms_is_one_contact_with_its_message(self):
        self.customer._message_sms("Your parcel is on its way")
        contact = self._of(self.customer)
        self.assertEqual(len(contact), 1)
        self.assertEqual((contact.channel, contact.direction), ("sms", "outbound"))

    def test_sms_without_message_is_a_contact(self):
        self.env["sms.sms"].create(
            {"partner_id": self.customer.id, "number": "13800007771", "body": "Code"}
        )
        self.assertEqual(self._of(self.customer).channel, "sms")

    def _chat(self, user):
        visitor = new_test_user(self.env, "gb_visitor", groups="base.group_portal", name="Visitor")
        livechat = self.env["im_livechat.channel"].create(
            {"name": "Shop", "user_ids": [(4, user.id)]}
        )
        channel = self.env["discuss.channel"].create(
            {
                "name": "Visitor",
                "channel_type": "livechat",
                "livechat_channel_id": livechat.id,
                "livechat_operator_id": user.partner_id.id,
                "channel_member_ids": [
                    (
                        0,
                        0,
                        {"partner_id": user.partner_id.id, "livechat_member_type": "agent"},
                    ),
                    (
                        0,
                        0,
                        {"partner_id": visitor.partner_id.id, "livechat_member_type": "visitor"},
                    ),
                ],
            }
        )
        return channel, visitor

    def test_chat_is_one_contact_however_much_is_said(self):
        channel, visitor = self._chat(self.agent)
        for words in ("Is stage 2 in stock?", "Hello?"):
            channel.with_user(visitor).message_post(
                body=words, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        contact = self._of(visitor.partner_id)
        self.assertEqual(len(contact), 1)
        self.assertEqual((contact.channel, contact.subject), ("chat", "Is stage 2 in stock?"))
        self.assertEqual(contact.user_id, self.agent)

    # by hand

    def test_agent_notes_a_visit_and_corrects_it_the_same_day(self):
        contacts = self.contacts.with_user(self.agent)
        with freeze_time(datetime(2026, 5, 4, 2)):
            form = Form(contacts)
            form.partner_id = self.customer
            form.subject = "Came to the shop"
            contact = form.save()
            self.env.cr.execute(
                "UPDATE gb_contact SET create_date = %s WHERE id = %s",
                [fields.Datetime.now(), contact.id],
            )
            contact.invalidate_recordset()
            self.assertEqual((contact.channel, contact.user_id), ("walk_in", self.agent))
            contact.summary = "Looked at prams"
        with freeze_time(datetime(2026, 5, 6, 2)), self.assertRaises(AccessError):
            contact.summary = "Too late"

    def test_only_visits_and_faxes_are_entered_by_hand(self):
        with self.assertRaisesRegex(UserError, "visits and faxes"):
            self.contacts.with_user(self.agent).create(
                {"partner_id": self.customer.id, "channel": "phone"}
            )

    def test_nobody_enters_a_contact_in_the_name_of_another(self):
        contact = self.contacts.with_user(self.agent).create(
            {
                "partner_id": self.customer.id,
                "user_id": self.agent_2.id,
                "res_model": "gb.call",
                "res_id": 1,
                "score": 5,
            }
        )
        self.assertEqual(contact.user_id, self.agent)
        self.assertFalse(contact.res_id)
        self.assertFalse(contact.score)

    def test_log_cannot_be_changed_not_even_by_managers(self):
        self._finished_call(self.seat_1)
        contact = self._of(self.customer)
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                contact.with_user(user).write({"subject": "Something else"})
        with self.assertRaises(AccessError):
            contact.with_user(self.manager).unlink()

    # rights

    def test_agent_sees_contacts_of_the_customers_of_his_team(self):
        self.contacts._log(self._values())
        self.customer.gb_team_id = self.team_service
        self.assertFalse(
            self.contacts.with_user(self.agent).search([("res_model", "=", "test.source")])
        )
        for user in (self.agent_3, self.inspector, self.analyst, self.manager):
            self.assertTrue(
                self.contacts.with_user(user).search([("res_model", "=", "test.source")])
            )

    def test_other_company_does_not_see_the_contact(self):
        self.contacts._log(self._values())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "gb_elsewhere",
            groups="gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self.contacts.with_user(user).search([("res_model", "=", "test.source")]))
