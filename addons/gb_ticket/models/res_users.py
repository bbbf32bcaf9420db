from datetime import timedelta

import pytz

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    gb_department_ids = fields.Many2many(
        "hr.department",
        "gb_department_member_rel",
        "user_id",
        "department_id",
        string="Works for departments",
    )
    gb_led_department_ids = fields.Many2many(
        "hr.department",
        "gb_department_lead_rel",
        "user_id",
        "department_id",
        string="Leads departments",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"gb_department_ids", "gb_led_department_ids"} & vals.keys():
            # whom a work order concerns follows from the members
            self.env["gb.ticket"].invalidate_model(["concerns_me"], flush=False)
        return result

    def _gb_departments(self):
        """:return: hr.department that the user works for or leads"""
        self.ensure_one()
        return self.sudo().gb_department_ids | self.sudo().gb_led_department_ids

    def _gb_get_absences(self):
        """Who of these users is on leave now.

        :return: {user: end of the leave (datetime)}; without those who are not on leave
        """
        now = fields.Datetime.now()
        # sudo: colleagues may know that somebody is away, not why
        leaves_sudo = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id.user_id", "in", self.ids),
                    ("date_from", "<=", now),
                    ("date_to", ">", now),
                    ("time_type", "=", "leave"),
                ],
                order="date_to",
            )
        )
        return {leave.resource_id.user_id.sudo(False): leave.date_to for leave in leaves_sudo}

    def _gb_filter_at_work(self):
        """:return: those of these users who are neither on leave nor outside their working time; who has no working
        time of his own counts as there"""
        present = self - self.browse().union(*self._gb_get_absences())
        now = pytz.utc.localize(fields.Datetime.now())
        resources_sudo = present.sudo().resource_ids
        if not resources_sudo:
            return present
        intervals, _calendars = resources_sudo._get_valid_work_intervals(
            now, now + timedelta(minutes=1)
        )
        return present.filtered(
            lambda user: (
                not user.sudo().resource_ids
                or any(list(intervals[resource.id]) for resource in user.sudo().resource_ids)
            )
        )
