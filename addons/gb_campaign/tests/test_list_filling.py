from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, CampaignCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestListFilling(CampaignCase):
    def test_customers_are_put_on_the_list_with_their_numbers_in_order(self):
        phone = self.env["gb.phone"].create(
            {"partner_id": self.partners[0].id, "number": "13900009999", "kind": "work"}
        )
        result = self.call_list._fill_partners(self.partners)
        self.assertEqual(result, {"added": 3, "refused": {}})
        row = self.call_list.row_ids.filtered(lambda row: row.partner_id == self.partners[0])
        self.assertEqual(row.state, "waiting")
        self.assertEqual(
            row.number_ids.phone_id.mapped("number_key"), ["+8613900000001", "+8613900009999"]
        )
        self.assertEqual(row.number_ids[1].phone_id, phone)
        self.assertEqual(self.call_list.zones, ["Asia/Shanghai"])

    def test_who_may_not_be_called_is_left_out_with_the_reason(self):
        names = (
            "fine", "no_number", "do_not_call", "black_list", "blocked", "opted_out", "complaint", "pressure",
            "inactive", "fax",
        )  # fmt: skip
        partners = dict(zip(names, self._new_customers(len(names), "1370000"), strict=True))
        partners["no_number"].phone = False
        partners["no_number"].gb_phone_ids.unlink()
        partners["do_not_call"].gb_phone_ids.do_not_call = True
        partners["black_list"].gb_is_blacklisted = True
        self.env["gb.blocked.number"].create(
            {"number": partners["blocked"].phone, "reason": "Nuisance"}
        )
        self.env["phone.blacklist"].add(partners["opted_out"].gb_phone_ids.number_key)
        complaint = self.env["gb.ticket.type"].search([("kind", "=", "complaint")], limit=1)
        self.env["gb.ticket"].create(
            {
                "partner_id": partners["complaint"].id,
                "type_id": complaint.id,
                "subject": "Broken",
                "description": "Broken",
            }
        )
        self.env["gb.contact"]._log(
            {
                "res_model": "res.partner",
                "res_id": partners["pressure"].id,
                "partner_id": partners["pressure"].id,
                "channel": "sms",
                "direction": "outbound",
                "at": NOW,
                "company_id": self.company.id,
            }
        )
        partners["inactive"].active = False
        partners["fax"].gb_phone_ids.kind = "fax"
        everybody = self.env["res.partner"].union(*partners.values())
        result = self.call_list._fill_partners(everybody)
        self.assertEqual(result["added"], 1)
        self.assertEqual(
            result["refused"],
            {
                "no_number": 2, "do_not_call": 1, "black_list": 3, "complaint": 1, "pressure": 1, "inactive": 1,
            },
        )  # fmt: skip
        excluded = self.call_list.row_ids.filtered(lambda row: row.state == "excluded")
        self.assertEqual(
            excluded.filtered(lambda row: row.partner_id == partners["complaint"]).exclusion,
            "complaint",
        )
        self.assertFalse(excluded.number_ids)
        self.assertIn("Black list: 3", self.call_list.refusal_text)

    def test_a_number_that_is_not_to_be_called_is_left_away_when_there_is_another_one(self):
        partner = self.partners[0]
        partner.gb_phone_ids.do_not_call = True
        other = self.env["gb.phone"].create({"partner_id": partner.id, "number": "13900009999"})
        self.call_list._fill_partners(partner)
        self.assertEqual(self.call_list.row_ids.number_ids.phone_id, other)

    def test_customer_is_in_a_campaign_once(self):
        self.call_list._fill_partners(self.partners)
        second = self.call_list.copy({"name": "Again"})
        result = second._fill_partners(self.partners | self._new_customers(1, "1360000"))
        self.assertEqual(result, {"added": 1, "refused": {"doubled": 3}})
        other_campaign = self._new_campaign(name="Another")
        other = self.env["gb.campaign.list"].create(
            {"name": "Other", "campaign_id": other_campaign.id}
        )
        self.assertEqual(other._fill_partners(self.partners)["added"], 3)

    def test_customers_of_another_company_are_left_out(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.partners[0].company_id = other
        result = self.call_list._fill_partners(self.partners)
        self.assertEqual(result, {"added": 2, "refused": {"other_company": 1}})

    def test_foreign_customers_live_in_their_own_time_zone(self):
        self.partners[0].write({"tz": False, "country_id": self.env.ref("base.jp").id})
        self.partners[1].tz = False
        self.call_list._fill_partners(self.partners)
        zones = {row.partner_id: row.zone for row in self.call_list.row_ids}
        self.assertEqual(zones[self.partners[0]], "Asia/Tokyo")
        for partner in self.partners:
            self.assertEqual(zones[partner], self.campaign._get_zone(partner))

    def test_many_customers_take_no_more_queries_than_few(self):
        self._new_customers(60, "1350000")
        self.env.flush_all()
        many = self.env["res.partner"].search([("phone", "=like", "1350000%")])
        self.call_list.refusals  # noqa: B018
        with self.assertQueryCount(40):
            self.call_list._fill_partners(many)
        self.assertEqual(self.call_list.row_count, 60)

    def test_lists_of_ended_campaigns_are_not_filled(self):
        self.campaign.state = "done"
        with self.assertRaisesRegex(UserError, "has ended"):
            self.call_list._fill_partners(self.partners)

    def test_list_is_filled_from_a_snapshot_of_a_target_group(self):
        group = self.env["gb.target.group"].create({"name": "Three"})
        snapshot = self.env["gb.target.snapshot"].create(
            {
                "name": "Three",
                "group_id": group.id,
                "company_id": self.company.id,
                "user_id": self.env.uid,
            }
        )
        self.env["gb.target.member"].create(
            [{"snapshot_id": snapshot.id, "partner_id": partner.id} for partner in self.partners]
        )
        self.call_list.snapshot_id = snapshot
        with self.assertRaisesRegex(UserError, "not been drawn"):
            self.call_list.action_fill()
        snapshot.state = "done"
        action = self.call_list.with_user(self.lead).action_fill()
        self.assertEqual(self.call_list.row_count, 3)
        self.assertIn("3 customers", action["params"]["message"])

    def test_agents_do_not_fill_lists(self):
        with self.assertRaises(AccessError):
            self.call_list.with_user(self.agent)._fill_partners(self.partners)
        self.call_list.with_user(self.lead)._fill_partners(self.partners)
