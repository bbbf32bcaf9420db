import logging

from odoo import api, models
from odoo.tools import ormcache

from ..tools.working_time import ROUND_THE_CLOCK, WorkingTime

_logger = logging.getLogger(__name__)

TIMES = {"tz", "attendance_ids", "two_weeks_calendar", "schedule_type", "flexible_hours"}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    @ormcache("self.id", "company_id")
    def _gb_get_hours(self, company_id):
        """The working time of this calendar, laid out for clocks.

        :param company_id: whose holidays without a calendar count
        :return: tools.working_time.WorkingTime, or ROUND_THE_CLOCK where the calendar has no working time
        """
        self.ensure_one()
        calendar_sudo = self.sudo()
        try:
            return WorkingTime(
                calendar_sudo.tz or "UTC",
                calendar_sudo._gb_get_periods(),
                calendar_sudo._gb_get_holidays(company_id),
            )
        except Exception:  # no clock may keep a work order from being created
            _logger.warning(
                "%s has no working time: clocks run round the clock", self, exc_info=True
            )
            return ROUND_THE_CLOCK

    def _gb_get_periods(self):
        """:return: (from, to) in seconds after midnight for each of 7 or 14 days"""
        periods = [[] for _day in range(14 if self.two_weeks_calendar else 7)]
        for attendance in self.attendance_ids:
            if attendance.display_type or attendance.day_period == "lunch":
                continue
            week = int(attendance.week_type or 0) if self.two_weeks_calendar else 0
            periods[week * 7 + int(attendance.dayofweek)].append(
                (round(attendance.hour_from * 3600), round(attendance.hour_to * 3600))
            )
        return periods

    def _gb_get_holidays(self, company_id):
        """:return: (start, end) of leaves that are nobody's own"""
        leaves = self.env["resource.calendar.leaves"].search(
            [
                ("calendar_id", "in", (False, self.id)),
                ("resource_id", "=", False),
                ("time_type", "=", "leave"),
            ]
        )
        return [
            (leave.date_from, leave.date_to)
            for leave in leaves
            if leave.calendar_id or not company_id or leave.company_id.id in (False, company_id)
        ]

    def write(self, vals):
        result = super().write(vals)
        if TIMES & vals.keys():
            self.env["gb.ticket.clock"]._rules_changed()
        return result


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        self.env["gb.ticket.clock"]._rules_changed()
        return attendances

    def write(self, vals):
        result = super().write(vals)
        self.env["gb.ticket.clock"]._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["gb.ticket.clock"]._rules_changed()
        return result


class ResourceCalendarLeaves(models.Model):
    """A holiday of everybody stops the clocks; the leave of one person does not."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._gb_holidays_changed()
        return leaves

    def write(self, vals):
        self._gb_holidays_changed()
        result = super().write(vals)
        self._gb_holidays_changed()
        return result

    def unlink(self):
        self._gb_holidays_changed()
        return super().unlink()

    def _gb_holidays_changed(self):
        if any(not leave.resource_id for leave in self):
            self.env["gb.ticket.clock"]._rules_changed()
