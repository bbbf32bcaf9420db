from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common_media import EIGHT, MediaCase


@tagged("post_install", "-at_install")
class TestMedia(MediaCase):
    def test_calls_are_counted_for_the_medium_whose_broadcast_brought_them(self):
        self._broadcast()
        self._call_at(EIGHT)
        self._call_at(EIGHT, is_answered=False)
        self._call_at(EIGHT - timedelta(days=1))
        self.assertEqual((self.tv.call_count, self.tv.answered_count), (2, 1))
        self.assertEqual(self.radio.call_count, 0)

    def test_calls_without_broadcast_are_found_for_advertised_numbers_only(self):
        quiet = self._call_at(EIGHT)
        action = self.env.ref("gb_campaign.gb_call_view_search_media")
        self.assertIn("without_broadcast", action.arch)
        domain = [
            ("direction", "=", "inbound"),
            ("gb_broadcast_id", "=", False),
            ("hotline_id.gb_broadcast_ids", "!=", False),
        ]
        self.assertNotIn(quiet, self.env["gb.call"].search(domain))
        self._broadcast(EIGHT + timedelta(days=1))
        self.assertIn(quiet, self.env["gb.call"].search(domain))

    def test_media_are_edited_by_managers_and_read_by_others(self):
        broadcast = self._broadcast()
        self.tv.with_user(self.manager).name = "Evening show"
        broadcast.with_user(self.manager).planned_cost = 5
        self.assertTrue(self.tv.with_user(self.analyst).name)
        self.assertEqual(broadcast.with_user(self.analyst).planned_cost, 5)
        for user in (self.lead, self.analyst, self.agent):
            with self.assertRaises(AccessError):
                self.tv.with_user(user).name = "Mine"
            with self.assertRaises(AccessError):
                broadcast.with_user(user).note = "Mine"
        with self.assertRaises(AccessError):
            self.env["gb.media.contract"].with_user(self.lead).search([])
        with self.assertRaises(AccessError):
            broadcast.with_user(self.lead).read(["planned_cost"])

    def test_agents_read_what_counts_today_and_no_costs(self):
        broadcast, tomorrow = self._broadcast(), self._broadcast(EIGHT + timedelta(days=1))
        broadcasts = self.env["gb.media.broadcast"].with_user(self.agent)
        ours = [("id", "in", (broadcast | tomorrow).ids)]
        for day, expected in ((0, broadcast), (1, tomorrow), (2, tomorrow.browse())):
            with freeze_time(EIGHT - timedelta(hours=4) + timedelta(days=day)):
                self.assertEqual(broadcasts.search(ours), expected)
        self.assertEqual(
            self.env["gb.media.broadcast"].with_user(self.lead).search(ours), broadcast | tomorrow
        )
        with freeze_time(EIGHT), self.assertRaises(AccessError):
            broadcast.with_user(self.agent).read(["actual_cost"])

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        self._broadcast()
        self.manager.write({"company_ids": [(4, company.id)]})
        self.manager.company_id = company
        self.manager.company_ids = company
        for model in ("gb.media", "gb.media.ad", "gb.media.broadcast", "gb.media.contract"):
            found = self.env[model].with_user(self.manager).search([])
            self.assertFalse(found.filtered(lambda one: one.company_id == self.company), model)

    def test_form_proposes_number_window_and_contract(self):
        contract = self.env["gb.media.contract"].create(
            {
                "name": "TV-1",
                "media_id": self.tv.id,
                "date_from": "2026-11-01",
                "date_to": "2026-11-30",
                "amount": 800,
            }
        )
        with Form(self.env["gb.media.broadcast"].with_user(self.manager)) as form:
            form.ad_id, form.media_id = self.ad, self.tv
            form.start_at = EIGHT
            form.minutes = 0.5
        broadcast = form.record
        self.assertEqual(broadcast.end_at, EIGHT + timedelta(seconds=30))
        self.assertEqual(broadcast.hotline_id, self.hotline)
        self.assertEqual(broadcast.window_minutes, 120)
        self.assertEqual(broadcast.contract_id, contract)
        self.assertEqual(broadcast.planned_cost, 800)
        self.assertIn("count for this broadcast", broadcast.rule)
        with self.assertRaisesRegex(ValidationError, "outside its period"):
            contract.date_to = "2026-11-01"

    def test_lump_sum_is_shared_among_the_broadcasts_that_run(self):
        self.env["gb.media.contract"].create(
            {
                "name": "TV-2",
                "media_id": self.tv.id,
                "date_from": "2026-11-01",
                "price_model": "lump_sum",
                "amount": 900,
            }
        )
        broadcasts = self._broadcast() | self._broadcast(EIGHT + timedelta(days=1))
        self.assertEqual(broadcasts.mapped("planned_cost"), [450, 450])
        broadcasts |= self._broadcast(EIGHT + timedelta(days=2))
        self.assertEqual(broadcasts.mapped("planned_cost"), [300, 300, 300])
        broadcasts[0].is_cancelled = True
        self.assertEqual(broadcasts.mapped("planned_cost"), [0, 450, 450])

    def test_price_in_another_currency_is_converted_at_the_day_of_the_broadcast(self):
        dollar = self.env["res.currency"].create(
            {
                "name": "GBT",
                "symbol": "t",
                "rate_ids": [(0, 0, {"name": "2026-11-01", "rate": 0.5})],
            }
        )
        self.env["gb.media.contract"].create(
            {
                "name": "TV-3",
                "media_id": self.tv.id,
                "date_from": "2026-11-01",
                "amount": 100,
                "currency_id": dollar.id,
            }
        )
        self.assertAlmostEqual(
            self._broadcast().planned_cost,
            dollar._convert(100, self.company.currency_id, self.company, EIGHT.date()),
        )
