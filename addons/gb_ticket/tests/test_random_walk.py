from collections import Counter
from datetime import datetime, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TicketCase

BEGIN = datetime(2026, 3, 2, 1, 0)  # a Monday, 9 o'clock in China
ROLES = (
    "agent",
    "lead",
    "dispatcher",
    "clerk",
    "handler",
    "handler_2",
    "department_lead",
    "stranger",
)
RIGHT_ROLE = {
    "sign": "handler",
    "send_back": "handler",
    "wait_customer": "department_lead",
    "wait_third": "department_lead",
    "submit": "department_lead",
    "approve": "clerk",
    "rework": "clerk",
    "close": "clerk",
    "reject": "clerk",
    "close_final": "dispatcher",
    "close_unverified": "dispatcher",
    "decline": "lead",
    "dispatch": "dispatcher",
    "transfer": "department_lead",
    "cancel": "lead",
}
ENDS = ("cancel", "merge", "decline", "answer")
CODES = (*RIGHT_ROLE, "accept", "answer", "resume", "reopen", "merge", "unmerge")
LEGAL = st.tuples(
    st.just(True), st.integers(0, 99), st.just("agent"), st.integers(1, 3), st.just(True)
)
ILLEGAL = st.tuples(
    st.just(False), st.integers(0, 99), st.sampled_from(ROLES), st.integers(1, 72), st.booleans()
)
# blind choices alone would hardly leave the first states
STEPS = st.lists(st.one_of(LEGAL, LEGAL, ILLEGAL), min_size=12, max_size=30)


@tagged("post_install", "-at_install")
class TestRandomWalk(TicketCase):
    """Random legal and illegal moves: whatever is tried, the work order stays consistent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moved = Counter()
        with freeze_time(BEGIN):
            cls.target = cls.env["gb.ticket"].create(
                {
                    "subject": "Another matter",
                    "type_id": cls.consultation.id,
                    "partner_id": cls.customer.id,
                }
            )
            cls.target.with_user(cls.agent)._transition("accept")

    def _values(self, ticket, code, good):
        return {
            "accept": {"remedy": "A new one"},
            "answer": {"answer": "Boil it"},
            "dispatch": {"department_id": self.quality.id},
            "send_back": {"suggested_department_id": self.logistics.id},
            "wait_customer": {"follow_up_at": self._later(days=1 if good else -1)},
            "wait_third": {"follow_up_at": self._later(days=1 if good else -1)},
            "submit": self._result(ticket),
            "approve": {"is_checked": good},
            "close": {"solved": "yes" if good else "no", "satisfaction": "5" if good else "1"},
            "reject": {"solved": "no" if good else "yes", "satisfaction": "1" if good else "5"},
            "transfer": {"department_id": self.quality.id, "user_id": self.handler_2.id},
            "merge": {"merged_into_id": self.target.id},
        }.get(code, {})

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def test_whatever_is_tried_it_stays_consistent(self, steps):
        now = BEGIN
        with self.env.cr.savepoint() as savepoint:
            with freeze_time(now):
                ticket = self._ticket(company_id=self.company.id)
            for legal, number, role, hours, good in steps:
                now += timedelta(hours=hours)
                code, actor = CODES[number % len(CODES)], ("user", "customer", "system")[number % 3]
                if legal:
                    code, role, actor = self._choose_legal(ticket, number)
                before = self._snapshot(ticket)
                with freeze_time(now):
                    moved = self._try(ticket, getattr(self, role), actor, code, good)
                if not moved:
                    self.assertEqual(self._snapshot(ticket), before, f"{code} was refused")
                else:
                    self.moved[code] += 1
                self._check(ticket, now)
            savepoint.rollback()
            self.env.invalidate_all()

    def _choose_legal(self, ticket, number):
        """:return: (code, role, actor) of a move that the state offers; one that ends it only now and then"""
        offered = ticket.process_id.transition_ids.filtered(
            lambda move: ticket.state_id in move.from_state_ids
        ).mapped("code")
        going_on = [code for code in offered if code not in ENDS]
        codes = offered if number % 10 == 0 or not going_on else going_on
        code = codes[number % len(codes)] if codes else "accept"
        return code, RIGHT_ROLE.get(code, "agent"), "user"

    def _try(self, ticket, user, actor, code, good):
        try:
            with self.env.cr.savepoint():
                values = self._values(ticket, code, good)
                return self._move(ticket, user, code, values, "A reason", actor=actor)
        except UserError:  # AccessError is one
            return False
        finally:
            ticket.invalidate_recordset()

    @staticmethod
    def _snapshot(ticket):
        return ticket.read(
            ["state_id", "revision", "cycle", "level", "return_count", "closing", "step_ids"]
        )

    def _check(self, ticket, now):
        process = ticket.process_id
        steps = ticket.step_ids.sorted("id")
        self.assertEqual(len(steps.filtered(lambda step: not step.ended_at)), int(ticket.is_open))
        self.assertEqual(steps[-1].state_id, ticket.state_id)
        self.assertEqual(ticket.is_open, ticket.state_id.is_open)
        self.assertEqual(ticket.phase, ticket.state_id.phase)
        self.assertEqual(bool(ticket.closed_at), not ticket.is_open)
        self.assertEqual(bool(ticket.closing), ticket.phase == "closed")
        for before, after in zip(steps, steps[1:], strict=False):
            self.assertEqual(after.from_state_id, before.state_id, "the history is a chain")
            self.assertLessEqual(before.ended_at, after.started_at)
        self.assertLessEqual(ticket.return_count, process.max_returns)
        self.assertLessEqual(ticket.cycle, process.max_cycles)
        self.assertLessEqual(ticket.rework_count, process.max_rework)
        self.assertLessEqual(ticket.reopen_count, process.max_reopens)
        self.assertLessEqual(ticket.level, 3)
        self.assertEqual(
            ticket.cycle, 1 + sum(step.transition_code in ("reject", "reopen") for step in steps)
        )
        self.assertEqual(
            ticket.return_count, sum(step.transition_code == "send_back" for step in steps)
        )
        self._check_clocks(ticket, now)

    def _check_clocks(self, ticket, now):
        live = ticket.clock_ids.filtered(lambda clock: clock.state in ("running", "paused"))
        if not ticket.is_open:
            self.assertFalse(live, "an ended work order has no running clock")
        kinds = [clock.kind_id for clock in live if not clock.task_id]
        self.assertEqual(len(kinds), len(set(kinds)), "one clock of a kind at a time")
        resolve = live.filtered(lambda clock: clock.kind_id.code == "resolve")
        if ticket.is_open and ticket.phase != "draft" and resolve:
            self.assertEqual(resolve.state == "paused", ticket.state_code == "waiting_customer")
        for clock in ticket.clock_ids:
            self.assertGreaterEqual(clock.elapsed_minutes, 0)
            self.assertLessEqual(
                clock.elapsed_minutes, (now - clock.started_at).total_seconds() / 60 + 0.1
            )

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        # a walk that never gets anywhere would prove nothing
        rare = {"close_final", "close_unverified", "answer", "decline", "merge", "unmerge"}
        missing = set(CODES) - rare - set(cls.moved)
        if missing:
            raise AssertionError(f"the walks never did {sorted(missing)}: {cls.moved}")
