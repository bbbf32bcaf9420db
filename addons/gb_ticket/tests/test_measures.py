from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TicketCase

MONDAY = "2026-03-02 02:00:00"  # 10:00 in Shanghai


@tagged("post_install", "-at_install")
class TestMeasures(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # minutes count round the clock here, so that the sums below can be read
        calendar = cls.env["resource.calendar"].create(
            {
                "name": "Always",
                "tz": "UTC",
                "company_id": cls.company.id,
                "attendance_ids": [(5,)]
                + [
                    (0, 0, {"name": "Day", "dayofweek": str(day), "hour_from": 0, "hour_to": 24})
                    for day in range(7)
                ],
            }
        )
        cls.company.resource_calendar_id = calendar

    def _closed(self, satisfaction="5", **values):
        """Accepted at 0, dispatched at 10, signed at 30, waiting from 60 to 360, submitted at 420, approved at 440,
        closed at 500 minutes."""
        with freeze_time(MONDAY) as clock:
            ticket = self._ticket(**values)
            self._walk(ticket, "accepted")
            clock.tick(timedelta(minutes=10))
            self._walk(ticket, "dispatched")
            clock.tick(timedelta(minutes=20))
            self._walk(ticket, "processing")
            ticket.flush_recordset()
            clock.tick(timedelta(minutes=30))
            self._move(
                ticket,
                self.handler,
                "wait_customer",
                {"follow_up_at": fields.Datetime.now() + timedelta(days=1)},
                note="Which colour?",
            )
            clock.tick(timedelta(minutes=300))
            self._move(ticket, self.handler, "resume")
            clock.tick(timedelta(minutes=60))
            self._walk(ticket, "review")
            clock.tick(timedelta(minutes=20))
            self._walk(ticket, "call_back")
            clock.tick(timedelta(minutes=60))
            self._move(ticket, self.clerk, "close", {"solved": "yes", "satisfaction": satisfaction})
            self.env.flush_all()
        return ticket

    def _averages(self, tickets, *names):
        (row,) = self.env["gb.ticket"]._read_group(
            [("id", "in", tickets.ids)], [], [f"{name}:avg" for name in names]
        )
        return row

    def test_resolution_leaves_out_waiting_for_the_customer(self):
        ticket = self._closed()
        self.assertAlmostEqual(ticket.resolve_minutes, 200)
        self.assertAlmostEqual(ticket.total_hours, 500 / 60)
        self.assertAlmostEqual(ticket.sign_minutes, 20)
        self.assertEqual(ticket.closing_age, "1_day")

    def test_first_response_counts_from_acceptance(self):
        ticket = self._walk(self._ticket(), "accepted")
        ticket.first_contact_at = False
        self.assertIs(ticket.first_response_minutes, False)
        ticket.first_contact_at = ticket.accepted_at + timedelta(minutes=45)
        self.assertAlmostEqual(ticket.first_response_minutes, 45)

    def test_signature_of_an_earlier_dispatch_is_not_measured(self):
        ticket = self._walk(self._ticket(), "processing")
        ticket.dispatched_at = ticket.signed_at + timedelta(hours=1)
        self.assertIs(ticket.sign_minutes, False)

    def test_what_is_unknown_is_left_out_of_averages(self):
        closed, still_open = self._closed(), self._walk(self._ticket(), "dispatched")
        self.env.flush_all()
        self.assertIs(still_open.resolve_minutes, False)
        resolve, score = self._averages(
            closed | still_open, "resolve_minutes", "satisfaction_score"
        )
        self.assertAlmostEqual(resolve, 200)
        self.assertAlmostEqual(score, 5)
        self.env.invalidate_all()
        self.assertIs(still_open.resolve_minutes, False)
        self.assertFalse(still_open.read(["resolve_minutes"])[0]["resolve_minutes"])

    def test_satisfied_share_is_of_the_answers(self):
        tickets = self._closed("5") | self._closed("3", subject="Lid missing")
        tickets |= self._walk(self._ticket(subject="Wrong size"), "call_back")
        self.env.flush_all()
        share, score = self._averages(tickets, "satisfied_share", "satisfaction_score")
        self.assertAlmostEqual(share, 0.5)
        self.assertAlmostEqual(score, 4)

    def test_unverified_is_left_out_of_satisfaction(self):
        ticket = self._closed("4")
        self.assertEqual(ticket.satisfied_share, 1)
        ticket.closing = "unverified"
        self.assertIs(ticket.satisfied_share, False)
        self.assertIs(ticket.satisfaction_score, False)

    def test_ended_without_result_has_no_resolution(self):
        ticket = self._walk(self._ticket(), "processing")
        self._move(ticket, self.dispatcher, "cancel", note="Customer called")
        self.assertIs(ticket.resolve_minutes, False)
        self.assertIs(ticket.total_hours, False)

    def test_age_when_closed(self):
        ticket = self._walk(self._ticket(), "accepted")
        self.assertEqual(ticket.closing_age, "8_open")
        for days, age in (
            (0.5, "1_day"),
            (3, "2_three_days"),
            (6, "3_week"),
            (10, "4_two_weeks"),
            (27, "6_four_weeks"),
            (60, "7_later"),
        ):
            ticket.write({"is_open": False, "closed_at": ticket.accepted_at + timedelta(days=days)})
            self.assertEqual(ticket.closing_age, age)

    def test_reopened_share(self):
        ticket = self._walk(self._ticket(), "closed")
        self.assertEqual(ticket.reopened_share, 0)
        self._move(ticket, self.agent, "reopen", note="Leaks again")
        self.assertEqual(ticket.reopened_share, 1)
        self.assertIs(ticket.resolve_minutes, False)
        self.assertEqual(ticket.closing_age, "8_open")

    def test_broken_promise_is_counted_by_clock(self):
        ticket = self._walk(self._ticket(), "dispatched")
        kind = self.env["gb.ticket.clock.kind"].search([("code", "=", "review")]) or self.env[
            "gb.ticket.clock.kind"
        ].create({"name": "Review", "code": "review"})
        before = ticket.overdue_count
        clock = self.env["gb.ticket.clock"].create(
            {
                "ticket_id": ticket.id,
                "kind_id": kind.id,
                "company_id": ticket.company_id.id,
                "started_at": fields.Datetime.now(),
                "target_minutes": 60,
            }
        )
        self.assertIs(ticket.overdue_review, False)
        self.assertIs(clock.overdue_share, False)
        clock.write({"state": "fulfilled"})
        self.assertEqual((ticket.overdue_review, ticket.overdue_review is False), (0, False))
        self.assertEqual((clock.overdue_share, clock.overdue_share is False), (0, False))
        clock.write({"is_breached": True})
        self.assertEqual(ticket.overdue_review, 1)
        self.assertEqual(ticket.overdue_count, before + 1)
        self.assertEqual(clock.overdue_share, 1)

    def test_users_do_not_write_measures(self):
        ticket = self._walk(self._ticket(), "accepted")
        for values in ({"overdue_count": 5}, {"satisfied_share": 1}, {"closing_age": "1_day"}):
            with self.assertRaises(AccessError):
                ticket.with_user(self.agent).write(values)

    def test_cancelling_by_the_customer_has_a_reason(self):
        ticket = self._walk(self._ticket(), "accepted")
        ticket.sudo()._transition("cancel", note="It came after all", actor="customer")
        self.assertEqual(
            ticket.cancel_reason_id, self.env.ref("gb_ticket.gb_ticket_cancel_reason_withdrawn")
        )

    def test_cancelling_asks_for_the_reason(self):
        ticket = self._walk(self._ticket(), "accepted")
        (move,) = [
            row for row in ticket.with_user(self.dispatcher).moves if row["code"] == "cancel"
        ]
        self.assertIn("cancel_reason_id", [field["name"] for field in move["fields"]])
        reason = self.env.ref("gb_ticket.gb_ticket_cancel_reason_mistake")
        self._move(
            ticket,
            self.dispatcher,
            "cancel",
            {"cancel_reason_id": reason.id},
            note="Wrong customer",
        )
        self.assertEqual(ticket.cancel_reason_id, reason)
        self.assertEqual(ticket.step_ids[0].details, {"cancel_reason_id": reason.name})

    def test_products_are_grouped_by_their_category(self):
        category = self.env["product.category"].create({"name": "Bottles"})
        self.product.categ_id = category
        ticket = self._ticket(product_id=self.product.id)
        groups = self.env["gb.ticket"]._read_group(
            [("id", "=", ticket.id)], ["product_categ_id"], ["__count"]
        )
        self.assertEqual(groups, [(category, 1)])

    def test_steps_are_averaged_without_those_under_way(self):
        ticket = self._closed()
        groups = dict(
            self.env["gb.ticket.step"]._read_group(
                [("ticket_id", "=", ticket.id)], ["state_id"], ["average_minutes:avg"]
            )
        )
        by_code = {state.code: minutes for state, minutes in groups.items()}
        self.assertAlmostEqual(by_code["waiting_customer"], 300)
        self.assertAlmostEqual(by_code["processing"], 45)  # 30 before and 60 after the wait
