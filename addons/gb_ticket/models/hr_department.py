from datetime import timedelta

from odoo import fields, models

# Round robin looks at who was given work how recently; who got none for so long comes first.
TURN_DAYS = 7


class HrDepartment(models.Model):
    _inherit = "hr.department"

    gb_member_ids = fields.Many2many(
        "res.users",
        "gb_department_member_rel",
        "department_id",
        "user_id",
        string="Handlers",
        domain="[('share', '=', False)]",
        help="Users who work on the department's work orders.",
    )
    gb_lead_ids = fields.Many2many(
        "res.users",
        "gb_department_lead_rel",
        "department_id",
        "user_id",
        string="Leads of work orders",
        domain="[('share', '=', False)]",
        help="Users who decide for the department: approve, transfer, take over.",
    )
    gb_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        help="Working time in which the department's clocks run; empty means the company's.",
    )
    gb_assignment = fields.Selection(
        [
            ("none", "They claim them"),
            ("fewest", "Given to who has the fewest open ones"),
            ("turns", "Given in turns"),
        ],
        string="Work orders",
        default="none",
        required=True,
        help="How a handler is found when a work order comes to the department. Those on leave or outside their "
        "working time are left out; when nobody is there, it waits to be claimed.",
    )
    gb_open_count = fields.Integer(string="Open work orders", compute="_compute_gb_counts")
    gb_unclaimed_count = fields.Integer(
        string="Unclaimed work orders", compute="_compute_gb_counts"
    )
    gb_overdue_count = fields.Integer(string="Overdue work orders", compute="_compute_gb_counts")

    def _compute_gb_counts(self):
        counts = {department: [0, 0, 0] for department in self}
        rows = self.env["gb.ticket"]._read_group(
            [
                ("department_id", "in", self.ids),
                ("is_open", "=", True),
                ("phase", "!=", "draft"),
            ],
            ["department_id", "is_overdue", "user_id", "phase"],
            ["__count"],
        )
        for department, is_overdue, user, phase, count in rows:
            row = counts[department]
            row[0] += count
            row[1] += count if not user and phase in ("open", "waiting") else 0
            row[2] += count if is_overdue else 0
        for department in self:
            (
                department.gb_open_count,
                department.gb_unclaimed_count,
                department.gb_overdue_count,
            ) = counts.get(department, (0, 0, 0))

    def write(self, vals):
        result = super().write(vals)
        if {"gb_member_ids", "gb_lead_ids"} & vals.keys():
            # whom a work order concerns follows from the members
            self.env["gb.ticket"].invalidate_model(["concerns_me"], flush=False)
        return result

    def action_gb_tickets(self):
        """:return: action that lists the department's open work orders; the context's ``gb_filter`` narrows it"""
        self.ensure_one()
        domain = [("department_id", "=", self.id), ("is_open", "=", True)]
        narrowed = {
            "unclaimed": [("is_unclaimed", "=", True)],
            "overdue": [("is_overdue", "=", True)],
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "gb.ticket",
            "view_mode": "list,kanban,form",
            "domain": domain + narrowed.get(self.env.context.get("gb_filter"), []),
        }

    # ------------------------------------------------------------
    # Who gets it
    # ------------------------------------------------------------
    def _gb_choose_handler(self):
        """Who gets a work order that comes to the department; extend for further ways in ``gb_assignment``.

        :return: res.users, empty when it shall be claimed or nobody is at work
        """
        self.ensure_one()
        members = self.sudo().gb_member_ids.filtered("active")
        if self.gb_assignment == "none" or not members:
            return members.browse()
        present = members._gb_filter_at_work()
        loads = (
            self._gb_get_open_loads(present)
            if self.gb_assignment == "fewest"
            else self._gb_get_turns(present)
        )
        return min(present, key=lambda user: (*loads[user], user.id), default=members.browse())

    def _gb_get_open_loads(self, users):
        counts = dict(
            self.env["gb.ticket"]
            .sudo()
            ._read_group(
                [("user_id", "in", users.ids), ("is_open", "=", True)], ["user_id"], ["__count"]
            )
        )
        return {user: (counts.get(user, 0),) for user in users}

    def _gb_get_turns(self, users):
        since = fields.Datetime.now() - timedelta(days=TURN_DAYS)
        rows = (
            self.env["gb.ticket"]
            .sudo()
            ._read_group(
                [("user_id", "in", users.ids), ("dispatched_at", ">=", since)],
                ["user_id"],
                ["dispatched_at:max", "__count"],
            )
        )
        turns = {user: (last, count) for user, last, count in rows}
        return {user: turns.get(user, (since, 0)) for user in users}
