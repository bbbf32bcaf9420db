from datetime import timedelta

from psycopg2 import errors

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_media import EIGHT, MediaCase

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@tagged("post_install", "-at_install")
class TestMediaAttribution(MediaCase):
    """The rule: number and time, last touch."""

    def test_window_begins_with_the_broadcast_and_ends_before_its_last_moment(self):
        broadcast = self._broadcast()
        self.assertEqual(broadcast.counts_until, EIGHT + 2.5 * HOUR)
        before, first, last, after = (
            self._call_at(at, is_answered=False)
            for at in (
                EIGHT - SECOND,
                EIGHT,
                broadcast.counts_until - SECOND,
                broadcast.counts_until,
            )
        )
        self.assertFalse(before.gb_broadcast_id)
        self.assertEqual(first.gb_broadcast_id, broadcast)
        self.assertEqual(last.gb_broadcast_id, broadcast)
        self.assertFalse(after.gb_broadcast_id)

    def test_of_two_open_windows_the_later_broadcast_counts(self):
        first, second = self._broadcast(), self._broadcast(EIGHT + HOUR)
        self.assertEqual(self._call_at(EIGHT + HOUR - SECOND).gb_broadcast_id, first)
        self.assertEqual(self._call_at(EIGHT + HOUR).gb_broadcast_id, second)
        self.assertEqual(self._call_at(EIGHT + 2 * HOUR).gb_broadcast_id, second)

    def test_another_number_is_another_broadcast(self):
        other = self.hotline.copy({"name": "Radio hotline", "number": "8001"})
        spot = self._broadcast()
        self._broadcast(EIGHT + SECOND, media_id=self.radio.id, hotline_id=other.id)
        self.assertEqual(self._call_at(EIGHT + HOUR).gb_broadcast_id, spot)

    def test_same_number_at_the_same_time_is_refused_and_says_why(self):
        self._broadcast()
        with (
            self.assertRaisesRegex(ValidationError, "City TV.*at the same time.*told apart"),
            self.env.cr.savepoint(),
        ):
            self._broadcast(EIGHT + HOUR / 4, media_id=self.radio.id, hotline_id=self.hotline.id)
        # one after another can be told apart, so can one that did not run
        self._broadcast(EIGHT + HOUR / 2)
        self._broadcast(EIGHT, is_cancelled=True)

    def test_moving_one_onto_another_is_refused(self):
        self._broadcast()
        later = self._broadcast(EIGHT + HOUR)
        with self.assertRaisesRegex(ValidationError, "told apart"), self.env.cr.savepoint():
            later.start_at = EIGHT
        self._broadcast(EIGHT + 5 * HOUR, end_at=False)
        with self.assertRaisesRegex(ValidationError, "further notice"), self.env.cr.savepoint():
            self._broadcast(EIGHT + 9 * HOUR)

    def test_two_who_enter_at_once_are_kept_apart_by_the_database(self):
        one, other = self._broadcast(), self._broadcast(EIGHT + HOUR)
        with self.assertRaises(errors.ExclusionViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE gb_media_broadcast SET start_at = %s WHERE id = %s",
                (one.start_at, other.id),
            )
            self.env.cr.execute("SET CONSTRAINTS gb_media_broadcast_overlap_excl IMMEDIATE")

    def test_broadcast_that_is_entered_late_gets_its_calls_and_orders(self):
        call = self._call_at(EIGHT + HOUR)
        order = self._order(EIGHT + HOUR, call=call)
        self.assertFalse(call.gb_broadcast_id or order.gb_broadcast_id)
        broadcast = self._broadcast()
        self.assertEqual(call.gb_broadcast_id, broadcast)
        self.assertEqual(order.gb_broadcast_id, broadcast)
        self.assertEqual(order.gb_broadcast_reason, "call")

    def test_calls_and_orders_follow_a_broadcast_that_is_moved(self):
        early, late = self._broadcast(EIGHT - 3 * HOUR), self._broadcast()
        call = self._call_at(EIGHT + HOUR)
        order = self._order(EIGHT + HOUR, call=call)
        self.assertEqual(call.gb_broadcast_id, late)
        late.write({"start_at": EIGHT + 2 * HOUR, "end_at": EIGHT + 3 * HOUR})
        self.assertFalse(call.gb_broadcast_id or order.gb_broadcast_id)
        early.window_minutes = 300
        self.assertEqual((call | order.gb_call_id).gb_broadcast_id, early)
        self.assertEqual(order.gb_broadcast_id, early)
        early.is_cancelled = True
        self.assertFalse(call.gb_broadcast_id or order.gb_broadcast_id)

    def test_calls_of_a_deleted_broadcast_fall_back_to_the_one_before(self):
        early, late = self._broadcast(), self._broadcast(EIGHT + HOUR)
        call = self._call_at(EIGHT + 1.5 * HOUR)
        order = self._order(EIGHT + 2 * HOUR, call=call)
        late.unlink()
        self.assertEqual(call.gb_broadcast_id, early)
        self.assertEqual(order.gb_broadcast_id, early)

    def test_calls_of_another_company_count_for_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        broadcast = self._broadcast()
        moment = (self.hotline.id, EIGHT + HOUR)
        find = self.env["gb.media.broadcast"]._find
        self.assertEqual(find(self.company, {moment}), {moment: broadcast.id})
        self.assertEqual(find(company, {moment}), {})
        self.assertEqual(find(company, set()), {})

    def test_building_a_call_again_keeps_its_broadcast(self):
        broadcast = self._broadcast()
        call = self._call_at(EIGHT + HOUR)
        call.action_rebuild()
        self.assertEqual(call.gb_broadcast_id, broadcast)

    def test_a_batch_of_calls_asks_once(self):
        self._broadcast()
        moments = {
            (self.hotline.id, EIGHT + timedelta(minutes=minute)) for minute in range(-10, 200)
        }
        self.env.flush_all()
        with self.assertQueryCount(1):
            found = self.env["gb.media.broadcast"]._find(self.company, moments)
        self.assertEqual(len(found), 150)

    def test_moving_a_broadcast_costs_the_same_for_any_number_of_calls(self):
        broadcast = self._broadcast()
        for minute in range(5):
            self._call_at(EIGHT + timedelta(minutes=minute), is_answered=False)
        self.env.flush_all()
        with self.assertQueryCount(2):
            calls = self.env["gb.call"]._gb_follow_broadcasts(
                [(self.company.id, self.hotline.id, EIGHT - HOUR, None)]
            )
            self.assertFalse(calls, "Nothing has changed.")
            self.env["sale.order"]._get_gb_concerned(broadcast, calls)


@tagged("post_install", "-at_install")
class TestOrderAttribution(MediaCase):
    def test_customer_who_called_counts_while_the_window_is_open(self):
        broadcast = self._broadcast()
        self._call_at(EIGHT + HOUR)
        within = self._order(broadcast.counts_until - SECOND)
        self.assertEqual(within.gb_broadcast_id, broadcast)
        self.assertEqual(within.gb_broadcast_reason, "customer")
        self.assertFalse(self._order(EIGHT + HOUR - SECOND).gb_broadcast_id, "before the call")
        self.assertFalse(self._order(broadcast.counts_until).gb_broadcast_id, "window is over")

    def test_customer_who_did_not_call_counts_for_nothing(self):
        self._broadcast()
        self._call_at(EIGHT + HOUR)
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.assertFalse(self._order(EIGHT + 2 * HOUR, partner=stranger).gb_broadcast_id)

    def test_customer_who_called_twice_counts_for_the_last_broadcast(self):
        first, second = self._broadcast(), self._broadcast(EIGHT + HOUR)
        calls = self._call_at(EIGHT + HOUR / 2) | self._call_at(EIGHT + 1.5 * HOUR)
        self.assertEqual(calls.gb_broadcast_id, first | second)
        self.assertEqual(self._order(EIGHT + 2 * HOUR).gb_broadcast_id, second)
        # an order of the first call is the first broadcast's, whenever it was written
        self.assertEqual(
            self._order(EIGHT + 2 * HOUR, call=min(calls, key=lambda c: c.offered_at)),
            self.env["sale.order"].search([("gb_broadcast_id", "=", first.id)]),
        )

    def test_confirming_later_changes_nothing(self):
        broadcast = self._broadcast()
        self._call_at(EIGHT + HOUR)
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "date_order": EIGHT + HOUR + SECOND}
        )
        order.action_confirm()
        self.assertEqual(order.gb_broadcast_id, broadcast)

    def test_web_order_counts_by_its_tags_for_the_last_broadcast_before_it(self):
        source = self.env["utm.source"].create({"name": "City TV screen"})
        campaign = self.env["utm.campaign"].create({"name": "Six for five"})
        first, second = self._broadcast(), self._broadcast(EIGHT + 24 * HOUR)
        order = self._order(EIGHT + 20 * HOUR, source_id=source.id, campaign_id=campaign.id)
        self.assertFalse(order.gb_broadcast_id)
        self.ad.utm_source_id = source
        self.assertEqual(order.gb_broadcast_id, first)
        self.assertEqual(order.gb_broadcast_reason, "tags")
        self.assertEqual(
            self._order(EIGHT + 40 * HOUR, source_id=source.id).gb_broadcast_id, second
        )
        self.ad.utm_campaign_id = self.env["utm.campaign"].create({"name": "Another"})
        self.assertFalse(order.gb_broadcast_id, "all tags of the advertisement have to fit")
        self.assertIn("utm_source=City+TV+screen", self.ad.link)

    def test_medium_alone_is_no_tag(self):
        with self.assertRaisesRegex(ValidationError, "Add a source or a campaign"):
            self.ad.utm_medium_id = self.env["utm.medium"].create({"name": "Screen"})

    def test_stragglers_are_attributed_by_the_hourly_job(self):
        now = self.env.cr.now().replace(microsecond=0)
        broadcast = self._broadcast(now - HOUR)
        call = self._call_at(now - HOUR / 2)
        order = self._order(now - HOUR / 4)
        self.env.flush_all()
        # as if they had come in while the broadcast was entered in another transaction
        self.env.cr.execute("UPDATE gb_call SET gb_broadcast_id = NULL")
        self.env.cr.execute("UPDATE sale_order SET gb_broadcast_id = NULL")
        self.env.invalidate_all()
        self.env["gb.media.broadcast"]._cron_follow()
        self.assertEqual(call.gb_broadcast_id, broadcast)
        self.assertEqual(order.gb_broadcast_id, broadcast)

    def test_order_of_a_merged_customer_stays_with_the_family(self):
        broadcast = self._broadcast()
        self._call_at(EIGHT + HOUR)
        address = self.env["res.partner"].create(
            {"name": "Delivery", "parent_id": self.customer.id, "type": "delivery"}
        )
        self.assertEqual(self._order(EIGHT + 2 * HOUR, partner=address).gb_broadcast_id, broadcast)
