from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import ormcache

from ..const import SEVERITIES, URGENCIES

MINUTES = {"minute": 1, "hour": 60, "day": 1440}


class ClockTarget(NamedTuple):
    """A row of targets as plain data, for the cache."""

    id: int
    company_id: int | bool
    type_ids: frozenset
    department_ids: frozenset
    urgency: str | bool
    severity: str | bool
    amount: float
    unit: str
    is_round_the_clock: bool

    def fits(self, company_id, type_id, department_id, urgency, severity):
        """:return: whether this row is for such a work order"""
        return (
            self.company_id in (False, company_id)
            and (not self.type_ids or type_id in self.type_ids)
            and (not self.department_ids or department_id in self.department_ids)
            and self.urgency in (False, urgency)
            and self.severity in (False, severity)
        )

    def get_minutes(self, hours):
        """
        :param hours: working time in which the clock runs
        :return: target in minutes; a working day is what the calendar works on an average day
        """
        if self.unit == "day":
            return self.amount * hours.minutes_per_day
        return self.amount * MINUTES[self.unit]


class GbTicketClockPolicy(models.Model):
    """How long a clock may run: of the rows that fit, the one with the most conditions; among equals the upper one.

    No row that fits means no clock.
    """

    _name = "gb.ticket.clock.policy"
    _description = "Clock target"
    _inherit = ["gb.ticket.clock.rule"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
    kind_id = fields.Many2one(
        "gb.ticket.clock.kind", string="Clock", required=True, index=True, ondelete="cascade"
    )
    type_ids = fields.Many2many(
        "gb.ticket.type",
        "gb_ticket_clock_policy_type_rel",
        "policy_id",
        "type_id",
        string="Types",
        help="Empty: all types.",
    )
    department_ids = fields.Many2many(
        "hr.department",
        "gb_ticket_clock_policy_department_rel",
        "policy_id",
        "department_id",
        string="Departments",
        check_company=True,
        help="Empty: all departments. A task's clock looks at the task's department.",
    )
    urgency = fields.Selection(URGENCIES, help="Empty: any urgency.")
    severity = fields.Selection(SEVERITIES, help="Empty: any severity.")
    amount = fields.Float(string="Target", required=True, default=1.0, aggregator=None)
    unit = fields.Selection(
        [("minute", "Minutes"), ("hour", "Hours"), ("day", "Days")],
        required=True,
        default="hour",
        help="A day of working time is as long as the calendar works on an average working day, round the clock "
        "it has 24 hours.",
    )
    is_round_the_clock = fields.Boolean(
        string="Round the clock", help="Counts every minute, not only working time."
    )

    _amount_check = models.Constraint("CHECK(amount > 0)", "The target is more than zero.")

    @api.depends("kind_id", "type_ids", "urgency", "severity")
    def _compute_name(self):
        urgencies, severities = (
            dict(self._fields[name]._description_selection(self.env))
            for name in ("urgency", "severity")
        )
        for policy in self:
            parts = [policy.kind_id.name, *policy.type_ids.mapped("name")]
            parts += [urgencies.get(policy.urgency), severities.get(policy.severity)]
            policy.name = ", ".join(filter(None, parts))

    @api.model
    @ormcache("kind_id")
    def _get_table(self, kind_id):
        """:return: list of ClockTarget of a kind, the most specific first"""
        rows = [
            ClockTarget(
                policy.id,
                policy.company_id.id,
                frozenset(policy.type_ids.ids),
                frozenset(policy.department_ids.ids),
                policy.urgency,
                policy.severity,
                policy.amount,
                policy.unit,
                policy.is_round_the_clock,
            )
            for policy in self.sudo().search([("kind_id", "=", kind_id)])
        ]
        return sorted(rows, key=lambda row: -sum(map(bool, row[1:6])))  # stable: sequence decides

    @api.model
    def _find(self, kind_id, ticket, department):
        """:return: ClockTarget for a work order, None when nothing is promised"""
        facts = (
            ticket.company_id.id,
            ticket.type_id.id,
            department.id,
            ticket.urgency,
            ticket.severity,
        )
        return next((row for row in self._get_table(kind_id) if row.fits(*facts)), None)

    def action_replay_open(self):
        """Button: measure the clocks of all open work orders anew, in the background."""
        self.check_access("write")
        self.env["gb.ticket.clock"]._rules_changed()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Open work orders are being measured anew. This takes a few minutes."
                ),
            },
        }
