from datetime import timedelta

import pytz

from odoo import fields, models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _get_gb_schedule(self, company):
        """The working hours as telephone systems keep them (docs/architecture.md, "schedule"). Breaks are closed, days off
        of the past are left out.

        :param company: res.company whose days off count
        :return: dict(tz, weekly, closed, open)
        """
        self.ensure_one()
        # a team's hours are no secret, though only some may open them
        calendar_sudo = self.sudo()
        tz = pytz.timezone(calendar_sudo.tz or "UTC")
        weekly = sorted(
            [int(line.dayofweek), _clock(line.hour_from), _clock(line.hour_to)]
            for line in calendar_sudo.attendance_ids
            if not line.display_type and line.day_period != "lunch"
        )
        leaves_sudo = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id", "=", False),
                    ("calendar_id", "in", [calendar_sudo.id, False]),
                    ("company_id", "in", [company.id, False]),
                    ("date_to", ">", fields.Datetime.now() - timedelta(days=1)),
                ],
                order="date_from, id",
            )
        )
        closed = [
            [_local(leave.date_from, tz), _local(leave.date_to + timedelta(seconds=1), tz)]
            for leave in leaves_sudo
            if leave.time_type == "leave"
        ]
        return {"tz": calendar_sudo.tz or "UTC", "weekly": weekly, "closed": closed, "open": []}


def _clock(hours):
    """9.5 → 09:30; the end of the day is 24:00."""
    minutes = min(round(hours * 60), 24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _local(moment, tz):
    """A UTC moment as local time of ``tz`` to the minute."""
    local = pytz.utc.localize(moment).astimezone(tz)
    return local.strftime("%Y-%m-%dT%H:%M")
