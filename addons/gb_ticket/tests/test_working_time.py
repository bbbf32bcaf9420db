from datetime import datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import BaseCase, TransactionCase, tagged

from ..tools.working_time import ROUND_THE_CLOCK, WorkingTime

HOUR = 3600
OFFICE = [(9 * HOUR, 12 * HOUR), (13 * HOUR, 18 * HOUR)]
WEEK = [OFFICE] * 5 + [[], []]
# between them: no change of the clocks, changes on both halves of the globe, at midnight, by half an hour
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"]


@st.composite
def calendars(draw):
    """Any calendar: several periods a day, one or two weeks, holidays, in any zone."""
    edge = st.integers(0, 96).map(lambda quarter: quarter * 900)
    day = st.lists(st.tuples(edge, edge).map(lambda pair: tuple(sorted(pair))), max_size=3)
    periods = draw(st.lists(day, min_size=7, max_size=7) | st.lists(day, min_size=14, max_size=14))
    assume(any(start < end for day in periods for start, end in day))
    moment = st.datetimes(datetime(2017, 1, 1), datetime(2018, 12, 31))
    holidays = draw(st.lists(st.tuples(moment, st.timedeltas(timedelta(0), timedelta(20)))))
    return WorkingTime(
        draw(st.sampled_from(ZONES)),
        periods,
        [(start.replace(microsecond=0), start + length) for start, length in holidays],
    )


moments = st.datetimes(datetime(2017, 1, 1), datetime(2018, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
spans = st.integers(0, 40_000).map(lambda seconds: seconds * 7 / 60)
often = settings(max_examples=120, deadline=None)


@tagged("post_install", "-at_install")
class TestWorkingTime(BaseCase):
    def setUp(self):
        super().setUp()
        self.hours = WorkingTime("Asia/Shanghai", WEEK)

    def test_lunch_night_and_weekend_do_not_count(self):
        friday_11 = datetime(2026, 11, 20, 3)  # 11:00 in Shanghai
        self.assertEqual(self.hours.add(friday_11, 90), datetime(2026, 11, 20, 5, 30))
        self.assertEqual(self.hours.add(friday_11, 8 * 60), datetime(2026, 11, 23, 3))
        self.assertEqual(self.hours.between(friday_11, datetime(2026, 11, 23, 3)), 480)

    def test_no_time_is_at_once_and_the_first_minute_after_opening(self):
        sunday = datetime(2026, 11, 22, 12)
        self.assertEqual(self.hours.add(sunday, 0), sunday)
        self.assertEqual(self.hours.add(sunday, 1), datetime(2026, 11, 23, 1, 1))

    def test_end_of_the_last_period_is_the_same_evening(self):
        self.assertEqual(self.hours.add(datetime(2026, 11, 23, 1), 480), datetime(2026, 11, 23, 10))

    def test_holidays_do_not_count(self):
        hours = WorkingTime(
            "Asia/Shanghai",
            WEEK,
            [(datetime(2026, 11, 22, 16), datetime(2026, 11, 23, 15, 59, 59))],
        )
        self.assertEqual(hours.add(datetime(2026, 11, 20, 9), 120), datetime(2026, 11, 24, 2))

    def test_holidays_for_ever_do_not_hang(self):
        hours = WorkingTime("UTC", WEEK, [(datetime(1990, 1, 1), datetime(2150, 1, 1))])
        start = datetime(2026, 11, 20)
        self.assertEqual(hours.add(start, 60), start + timedelta(hours=1))

    def test_a_calendar_without_periods_is_refused(self):
        for periods in ([], [[]] * 7, [[]] * 14, [OFFICE] * 5):
            with self.assertRaises(ValueError):
                WorkingTime("UTC", periods)

    def test_a_working_day_is_what_the_calendar_works_on_average(self):
        self.assertEqual(self.hours.minutes_per_day, 480)
        short_saturday = WorkingTime("UTC", [OFFICE] * 5 + [[(9 * HOUR, 11 * HOUR)], []])
        self.assertEqual(short_saturday.minutes_per_day, 420)
        self.assertEqual(ROUND_THE_CLOCK.minutes_per_day, 1440)

    def test_change_of_the_clocks_moves_nothing(self):
        berlin = WorkingTime("Europe/Berlin", [[(0, 24 * HOUR)]] * 7)
        start, end = datetime(2026, 3, 27, 23), datetime(2026, 3, 30, 22)
        self.assertEqual(berlin.between(start, end), 71 * 60)
        day = WorkingTime("Europe/Berlin", [[(9 * HOUR, 17 * HOUR)]] * 7)
        self.assertEqual(day.add(datetime(2026, 3, 28, 8), 480), datetime(2026, 3, 28, 16))
        self.assertEqual(day.add(datetime(2026, 3, 29, 7), 480), datetime(2026, 3, 29, 15))

    @often
    @given(calendars(), moments, spans)
    def test_what_is_added_is_between(self, hours, start, minutes):
        end = hours.add(start, minutes)
        self.assertAlmostEqual(hours.between(start, end) * 60, round(minutes * 60), places=3)
        if minutes:  # and not a second earlier
            self.assertLess(hours.between(start, end - timedelta(seconds=1)), minutes)

    @often
    @given(calendars(), moments, moments)
    def test_adding_what_is_between_leads_back(self, hours, start, end):
        start, end = sorted((start, end))
        minutes = hours.between(start, end)
        back = hours.add(start, minutes)
        self.assertLessEqual(back, end)
        self.assertEqual(hours.between(back, end), 0)

    @often
    @given(calendars(), moments, moments, moments)
    def test_parts_sum_up(self, hours, one, two, three):
        one, two, three = sorted((one, two, three))
        self.assertAlmostEqual(
            hours.between(one, two) + hours.between(two, three), hours.between(one, three)
        )
        self.assertLessEqual(hours.between(one, two), ROUND_THE_CLOCK.between(one, two))
        self.assertEqual(hours.between(three, one), 0)

    @often
    @given(calendars(), moments, spans, spans)
    def test_more_time_ends_later(self, hours, start, one, two):
        one, two = sorted((one, two))
        self.assertLessEqual(hours.add(start, one), hours.add(start, two))
        self.assertEqual(
            hours.add(start, one + two),
            hours.add(hours.add(start, one), two),
        )


@tagged("post_install", "-at_install")
class TestWorkingTimeOfCalendars(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls._calendar("Asia/Shanghai", WEEK)
        cls.berlin = cls._calendar("Europe/Berlin", [OFFICE] * 6 + [[]])
        cls.nights = cls._calendar(
            "Australia/Sydney", [[(0, 6 * HOUR), (20 * HOUR, 24 * HOUR)]] * 7
        )

    @classmethod
    def _calendar(cls, timezone, periods, two_weeks=False):
        return cls.env["resource.calendar"].create(
            {
                "name": timezone,
                "tz": timezone,
                "two_weeks_calendar": two_weeks,
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": "Work",
                            "dayofweek": str(day % 7),
                            "week_type": str(day // 7) if two_weeks else False,
                            "hour_from": start / HOUR,
                            "hour_to": end / HOUR,
                        },
                    )
                    for day, spans in enumerate(periods)
                    for start, end in spans
                ],
            }
        )

    def _compare(self, calendar):
        hours = calendar._gb_get_hours(self.env.company.id)
        for start in (
            datetime(2026, 3, 20, 4, 30),
            datetime(2026, 10, 2, 22),
            datetime(2026, 12, 24),
        ):
            for minutes in (20, 240, 480, 3000, 9000):
                with self.subTest(calendar=calendar.name, start=start, minutes=minutes):
                    planned = calendar.plan_hours(minutes / 60, start, compute_leaves=True)
                    end = hours.add(start, minutes)
                    # Odoo ends a day that lasts until 24:00 a microsecond early
                    self.assertAlmostEqual(hours.between(start, planned), minutes, places=1)
                    self.assertAlmostEqual(
                        hours.between(min(end, planned), max(end, planned)), 0, places=1
                    )
                    self.assertAlmostEqual(
                        hours.between(start, planned) / 60,
                        calendar.get_work_hours_count(start, planned),
                        places=2,
                    )

    def test_as_odoo_plans(self):
        for calendar in self.office, self.berlin, self.nights:
            self._compare(calendar)

    def test_as_odoo_plans_two_week_calendars(self):
        self._compare(self._calendar("Europe/Paris", [OFFICE] * 7 + [[]] * 2 + [OFFICE] * 5, True))

    def test_as_odoo_plans_around_holidays(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.office.id,
                "date_from": datetime(2026, 10, 2, 16),
                "date_to": datetime(2026, 10, 7, 16),
            }
        )
        self._compare(self.office)

    def test_a_change_of_the_calendar_counts_at_once(self):
        start = datetime(2026, 11, 23, 1)
        self.assertEqual(
            self.office._gb_get_hours(False).add(start, 480), datetime(2026, 11, 23, 10)
        )
        self.office.attendance_ids.filtered(lambda period: period.hour_from == 13).hour_to = 15
        self.assertEqual(
            self.office._gb_get_hours(False).add(start, 480), datetime(2026, 11, 24, 4)
        )
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.office.id,
                "date_from": datetime(2026, 11, 23, 16),
                "date_to": datetime(2026, 11, 24, 16),
            }
        )
        self.assertEqual(
            self.office._gb_get_hours(False).add(start, 480), datetime(2026, 11, 25, 4)
        )
        leave.unlink()
        self.office.tz = "UTC"
        self.assertEqual(
            self.office._gb_get_hours(False).add(start, 60), datetime(2026, 11, 23, 10)
        )

    def test_one_mans_leave_is_nobody_elses(self):
        self.env["resource.calendar.leaves"].create(
            {
                "calendar_id": self.office.id,
                "resource_id": self.env["resource.resource"].create({"name": "Somebody"}).id,
                "date_from": datetime(2026, 11, 22),
                "date_to": datetime(2026, 11, 28),
            }
        )
        self.assertEqual(
            self.office._gb_get_hours(False).between(
                datetime(2026, 11, 23), datetime(2026, 11, 24)
            ),
            480,
        )

    def test_calendar_without_periods_runs_round_the_clock(self):
        empty = self._calendar("Asia/Shanghai", [])
        now = fields.Datetime.now()
        with self.assertLogs("odoo.addons.gb_ticket", "WARNING"):
            self.assertEqual(empty._gb_get_hours(False).add(now, 60), now + timedelta(hours=1))
