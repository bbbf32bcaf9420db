from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models import gb_caller_change
from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestCallers(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["gb.customer.level"].create(
            {"name": "Gold test", "rank": 900, "call_priority": 20}
        )
        cls.other = cls.env["res.partner"].create(
            {"name": "Ma Li", "phone": "138 0000 7772", "country_id": cls.china.id}
        )
        cls.feed = cls.env["gb.caller.change"]

    def _all(self, cursor="", page=None):
        """Every page from ``cursor`` on: rows by number, the last cursor, how many pages."""
        rows, pages = {}, 0
        if page:
            self.patch(gb_caller_change, "PAGE", page)
        while True:
            answer = self.feed._get_page(self.provider, cursor)
            self.assertLessEqual(len(answer["rows"]), page or 5000)
            rows |= {row["key"]: row for row in answer["rows"]}
            cursor, pages = answer["cursor"], pages + 1
            if not answer["more"]:
                return rows, cursor, pages

    def _changes(self, cursor):
        """What has changed since ``cursor``. A test never commits: later it counts as somebody else's transaction."""
        self.env.cr.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 10")
        later = self.env.cr.fetchone()[0]
        self.patch(type(self.feed), "_get_snapshot", lambda feed: f"{later}:{later}:")
        return self._all(cursor)[0]

    def test_customers_of_no_interest_are_not_sent(self):
        rows, _cursor, _pages = self._all()
        self.assertNotIn("+8613800007771", rows)

    def test_priority_black_list_and_language(self):
        self.customer.gb_level_id = self.level
        self.other.gb_is_blacklisted = True
        rows, _cursor, _pages = self._all()
        vip, blocked = rows["+8613800007771"], rows["+8613800007772"]
        self.assertEqual((vip["priority"], vip["blocked"]), (20, False))
        self.assertEqual((blocked["priority"], blocked["blocked"]), (0, True))

    def test_a_shared_number_is_blocked_only_when_all_are(self):
        self.env["res.partner"].create(
            {"name": "Husband", "phone": "13800007772", "country_id": self.china.id}
        )
        self.other.gb_is_blacklisted = True
        self.assertNotIn("+8613800007772", {k for k, r in self._all()[0].items() if r["blocked"]})

    def test_the_last_agent_while_a_queue_wants_him(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        self.assertNotIn("+8613800007771", self._all()[0])
        self.queue_orders.write({"sticky_seconds": 15, "sticky_days": 3})
        row = self._all()[0]["+8613800007771"]
        self.assertEqual(row["agent"], self.agent.id)
        self.assertEqual(
            row["agent_at"],
            int((call.answered_at - fields.Datetime.to_datetime("1970-01-01")).total_seconds()),
        )

    def test_changes_follow_the_cursor(self):
        self.customer.gb_level_id = self.level
        _rows, cursor, _pages = self._all()
        self.env["gb.caller.change"].flush_model()
        self.customer.gb_level_id = False
        self.other.gb_is_blacklisted = True
        changes = self._changes(cursor)
        self.assertEqual(changes["+8613800007771"]["priority"], 0)
        self.assertTrue(changes["+8613800007772"]["blocked"])

    def test_a_level_that_gets_another_priority_tells_all_its_customers(self):
        self.customer.gb_level_id = self.level
        _rows, cursor, _pages = self._all()
        self.level.call_priority = 5
        self.assertEqual(self._changes(cursor)["+8613800007771"]["priority"], 5)

    def test_a_number_given_up_is_told(self):
        self.customer.gb_level_id = self.level
        _rows, cursor, _pages = self._all()
        self.customer.phone = "13800009999"
        changes = self._changes(cursor)
        self.assertEqual(changes["+8613800007771"]["priority"], 0)
        self.assertEqual(changes["+8613800009999"]["priority"], 20)

    def test_what_is_not_committed_yet_is_not_passed_over(self):
        _rows, cursor, _pages = self._all()
        self.other.gb_is_blacklisted = True
        answer = self.feed._get_page(self.provider, cursor)
        self.assertFalse(answer["rows"], "this transaction may still be undone")
        self.assertIn("+8613800007772", self._changes(answer["cursor"]))

    def test_pages_are_bounded_and_complete(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"VIP {n}", "phone": f"1390000{n:04}", "country_id": self.china.id}
                for n in range(230)
            ]
        )
        partners.gb_level_id = self.level
        rows, _cursor, pages = self._all(page=100)
        self.assertGreaterEqual(len([key for key in rows if key.startswith("+861390000")]), 230)
        self.assertGreaterEqual(pages, 3)

    def test_a_cursor_that_makes_no_sense_begins_anew(self):
        self.customer.gb_level_id = self.level
        for cursor in ("x", "new|1|2", "new|0-en_US|x||0|", "all|||||", "new|0-en_US|1:1:||1|"):
            self.assertIn("+8613800007771", self._all(cursor)[0], cursor)

    def test_blocked_numbers_strike_and_expire(self):
        row = (
            self.env["gb.blocked.number"]
            .with_user(self.lead)
            .create({"number": "0138 0000 7773", "reason": "pranks"})
        )
        self.assertTrue(self._all()[0]["+8613800007773"]["blocked"])
        at = fields.Datetime.now()
        for _again in range(2):
            self.env["gb.blocked.number"]._note_strike("+8613800007773", at)
        self.assertEqual((row.strike_count, row.last_strike_at), (1, at))
        row.until = fields.Datetime.subtract(at, minutes=1)
        self.assertFalse(row.is_in_force)
        self.assertNotIn("+8613800007773", {k for k, r in self._all()[0].items() if r["blocked"]})
        self.env["gb.blocked.number"]._cron_expire()
        self.assertFalse(row.active)

    def test_what_is_no_number_is_not_blocked(self):
        with self.assertRaisesRegex(ValidationError, "not a telephone number"):
            self.env["gb.blocked.number"].create({"number": "anonymous", "reason": "x"})

    def test_agents_do_not_block(self):
        with self.assertRaises(AccessError):
            self.env["gb.blocked.number"].with_user(self.agent).create(
                {"number": "13800007773", "reason": "x"}
            )
