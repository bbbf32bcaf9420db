from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, CampaignCase


@tagged("post_install", "-at_install")
class TestCampaignDesk(CampaignCase):
    def setUp(self):
        super().setUp()
        # the whole day: these tests run at any hour, with the telephone's own clock
        self.campaign.write({"hour_from": 0, "hour_to": 24, "hotline_id": self.hotline.id})
        self.desk = self.env["gb.campaign.desk"].with_user(self.agent)
        self.rows = self._start()

    def _dial(self, desk=None, token="one"):
        row = (desk or self.desk.get_next())["row"]
        number = next(number for number in row["numbers"] if number["is_next"])
        return self.desk.dial(row["id"], number["id"], token)

    def _sign(self):
        self._sign_in(self.agent, self.seat_1)

    def test_agent_gets_the_next_customer_with_all_that_he_needs(self):
        child = self.env["gb.child"].create(
            {
                "partner_id": self.partners[0].id,
                "name": "Lele",
                "birth_date": fields.Date.subtract(fields.Date.today(), months=7),
            }
        )
        desk = self.desk.get_next()
        row = desk["row"]
        self.assertEqual(row["id"], self.rows[0].id)
        self.assertEqual(row["customer"]["name"], "Customer 1")
        self.assertEqual(row["customer"]["children"][0]["id"], child.id)
        self.assertEqual([number["is_next"] for number in row["numbers"]], [True])
        categories = {outcome["category"] for outcome in row["outcomes"]}
        self.assertIn("success", categories)
        self.assertNotIn("abandoned", categories)
        self.assertEqual(desk["campaigns"][0]["waiting"], 2)
        self.campaign.shows_children = False
        self.assertIs(self.desk.get_desk()["row"]["customer"]["children"], False)

    def test_open_customer_is_resumed(self):
        first = self.desk.get_next()["row"]["id"]
        self.assertEqual(self.desk.get_next()["row"]["id"], first)
        self.assertEqual(self.desk.get_desk()["row"]["id"], first)
        other = self.env["gb.campaign.desk"].with_user(self.agent_2)
        self.assertNotEqual(other.get_next()["row"]["id"], first)

    def test_numbers_are_masked_for_who_may_not_see_them(self):
        self.env.ref("gb_callcenter.group_gb_agent").implied_ids -= self.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        desk = self.desk.get_next()
        self.assertEqual(desk["row"]["numbers"][0]["number"], "139****0001")
        self._sign()
        self._dial(desk)
        self.assertEqual(self.rows[0].attempt_ids.call_id.number_key, "+8613900000001")

    def test_dialling_rings_once_and_knows_its_call(self):
        self._sign()
        desk = self._dial()
        attempt = self.rows[0].attempt_ids
        self.assertEqual((attempt.user_id, attempt.state), (self.agent, "connected"))
        self.assertEqual(desk["row"]["attempt"]["call_id"], attempt.call_id.id)
        self.assertEqual(attempt.call_id.direction, "outbound")
        self._dial(desk)
        self.assertEqual(len(self.rows[0].attempt_ids), 1)
        with self.assertRaisesRegex(UserError, "Finish the call first"):
            self._dial(desk, "two")

    def test_outcome_is_filed_everywhere_and_the_next_customer_comes(self):
        self._sign()
        desk = self._dial()
        self._seat_of(self.agent).panel_call_command("hangup")
        outcome = self._standard("success")
        desk = self.desk.finish(
            desk["row"]["id"],
            outcome.id,
            {"note": "Two packs", "answers": [["Interested?", "Yes"]]},
        )
        self.assertEqual(desk["row"]["id"], self.rows[1].id)
        self.assertEqual(desk["today"], {"attempts": 1, "reached": 1, "successes": 1})
        attempt = self.rows[0].attempt_ids
        self.assertEqual(attempt.answers, [["Interested?", "Yes"]])
        self.assertEqual(attempt.call_id.disposition_id, outcome.disposition_id)
        self.assertEqual(attempt.call_id.note, "Two packs")
        self.assertEqual(self.seat_1.state, "ready")
        contact = self.env["gb.contact"].search(
            [("res_model", "=", "gb.call"), ("res_id", "=", attempt.call_id.id)]
        )
        self.assertIn("Trial pack", contact.subject)
        view = self.partners[0]._open_gb_360()
        self.assertIn(
            "campaign_done", [flag["key"] for flag in self.partners[0]._get_gb_flags(view)]
        )

    def test_outcome_that_asks_for_the_next_contact_gets_it(self):
        row_id = self.desk.get_next()["row"]["id"]
        later = self._standard("later")
        with self.assertRaisesRegex(UserError, "When is he"):
            self.desk.finish(row_id, later.id)
        with self.assertRaisesRegex(UserError, "future"):
            self.desk.finish(row_id, later.id, {"next_at": "2020-01-01 08:00:00"})
        next_at = fields.Datetime.now().replace(microsecond=0) + timedelta(days=1)
        self.desk.finish(row_id, later.id, {"next_at": fields.Datetime.to_string(next_at)}, False)
        self.assertRecordValues(
            self.rows[0],
            [{"state": "waiting", "next_at": next_at, "is_promised": True, "user_id": self.agent.id}],
        )  # fmt: skip

    def test_foreign_outcomes_are_refused(self):
        row_id = self.desk.get_next()["row"]["id"]
        other = self.env["gb.campaign.outcome"].create({"name": "Other", "category": "success"})
        with self.assertRaisesRegex(UserError, "does not have that outcome"):
            self.desk.finish(row_id, other.id)

    def test_who_must_not_be_rung_leaves_the_screen_with_the_reason(self):
        self._sign()
        desk = self.desk.get_next()
        self.rows[0].partner_id.gb_is_blacklisted = True
        desk = self._dial(desk)
        self.assertFalse(desk["row"])
        self.assertIn("Black list", desk["message"])
        self.assertRecordValues(self.rows[0], [{"state": "excluded", "exclusion": "black_list"}])
        self.assertFalse(self.rows[0].attempt_ids)

    def test_outside_calling_hours_he_comes_again_later(self):
        self.campaign.write({"hour_from": 9, "hour_to": 20})
        with freeze_time(NOW):
            self.rows.next_at = NOW
            self._sign()
            desk = self.desk.get_next()
        with freeze_time(NOW + timedelta(hours=10, minutes=10)):
            desk = self._dial(desk)
        self.assertFalse(desk["row"])
        self.assertIn("calling hours", desk["message"])
        self.assertRecordValues(
            self.rows[0], [{"state": "waiting", "next_at": NOW + timedelta(hours=23)}]
        )

    def test_skipped_customer_comes_later_with_the_reason(self):
        row_id = self.desk.get_next()["row"]["id"]
        with self.assertRaisesRegex(UserError, "Say why"):
            self.desk.skip(row_id, "mood")
        desk = self.desk.skip(row_id, "bad_moment")
        self.assertEqual(desk["row"]["id"], self.rows[1].id)
        self.assertRecordValues(
            self.rows[0], [{"state": "waiting", "skip_count": 1, "skip_reason": "bad_moment"}]
        )
        self.assertGreater(self.rows[0].next_at, fields.Datetime.now())

    def test_given_back_customer_is_free(self):
        row_id = self.desk.get_next()["row"]["id"]
        desk = self.desk.give_back(row_id)
        self.assertFalse(desk["row"])
        self.assertEqual(self.rows[0].state, "waiting")
        with self.assertRaisesRegex(UserError, "any more"):
            self.desk.give_back(row_id)

    def test_order_and_lead_belong_to_the_campaign(self):
        self._sign()
        desk = self._dial()
        order_desk = self.env["gb.order.desk"].with_user(self.agent)
        cart = order_desk.open_draft(self.partners[0].id, desk["row"]["attempt"]["call_id"])
        order = self.env["sale.order"].browse(cart["id"])
        self.assertEqual(order.campaign_id, self.campaign.utm_campaign_id)
        desk = self.desk.make_lead(desk["row"]["id"], "Wants a trial")
        lead = self.env["crm.lead"].browse(desk["row"]["lead_id"])
        self.assertEqual(lead.campaign_id, self.campaign.utm_campaign_id)
        self.assertEqual(self.desk.make_lead(desk["row"]["id"])["row"]["lead_id"], lead.id)

    def test_order_without_a_campaign_call_is_nobodys(self):
        self.desk.get_next()
        cart = (
            self.env["gb.order.desk"].with_user(self.agent).open_draft(self.partners[0].id, False)
        )
        self.assertFalse(self.env["sale.order"].browse(cart["id"]).campaign_id)

    def test_work_order_begins_with_the_call(self):
        self._sign()
        desk = self._dial()
        action = self.desk.get_ticket_action(desk["row"]["id"])
        self.assertEqual(action["res_model"], "gb.ticket")
        self.assertEqual(action["context"]["default_partner_id"], self.partners[0].id)
        self.assertEqual(
            action["context"]["default_call_ids"], [(4, desk["row"]["attempt"]["call_id"])]
        )

    def test_customers_of_other_teams_stay_with_them(self):
        self.partners[0].gb_team_id = self.team_service
        self.assertEqual(self.desk.get_next()["row"]["id"], self.rows[1].id)

    def test_only_agents_of_the_campaign_are_served(self):
        stranger = self.env["gb.campaign.desk"].with_user(self.agent_3)
        desk = stranger.get_next(self.campaign.id)
        self.assertEqual((desk["row"], desk["campaigns"]), (False, []))
        with self.assertRaises(AccessError):
            self.env["gb.campaign.desk"].with_user(self.analyst).get_next()
        row_id = self.desk.get_next()["row"]["id"]
        with self.assertRaisesRegex(UserError, "any more"):
            stranger.finish(row_id, self._standard("success").id)

    def test_empty_screen_says_when_the_next_one_is_due(self):
        moment = fields.Datetime.now().replace(microsecond=0) + timedelta(hours=1)
        self.rows.next_at = moment
        desk = self.desk.get_next()
        self.assertFalse(desk["row"])
        self.assertEqual(desk["next_at"], fields.Datetime.to_string(moment))
