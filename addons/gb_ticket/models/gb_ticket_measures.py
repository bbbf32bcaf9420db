from datetime import timedelta

from odoo import api, fields, models

from ..measure import Measure

CONTENT = ("4", "5")
PAUSED = ("draft", "waiting_customer")
# name of the measure by code of the clock
OVERDUE = {
    "dispatch": "overdue_dispatch",
    "sign": "overdue_sign",
    "first_contact": "overdue_first_contact",
    "resolve": "overdue_resolve",
    "review": "overdue_review",
    "call_back": "overdue_call_back",
}
# the keys sort as the ages do
AGES = [
    ("1_day", "Within a day"),
    ("2_three_days", "2 to 3 days"),
    ("3_week", "Within a week"),
    ("4_two_weeks", "In the 2nd week"),
    ("5_three_weeks", "In the 3rd week"),
    ("6_four_weeks", "In the 4th week"),
    ("7_later", "Later"),
    ("8_open", "Still open"),
]
AGE_DAYS = [1, 3, 7, 14, 21, 28]


class GbTicket(models.Model):
    """What is measured of a work order, stored when it moves, so that a report reads one table.

    Times that are not known yet, or do not apply, are empty and not part of averages. Shares are 1 or 0 for each
    work order: their average is the rate.
    """

    _inherit = "gb.ticket"

    cancel_reason_id = fields.Many2one(
        "gb.ticket.cancel.reason",
        string="Reason for cancelling",
        copy=False,
        index="btree_not_null",
    )
    product_categ_id = fields.Many2one(related="product_id.categ_id", string="Product category")
    closing_age = fields.Selection(
        AGES,
        string="Age when closed",
        compute="_compute_closing_age",
        store=True,
        precompute=True,
        help="Calendar time from acceptance to the end. With weeks of acceptance as rows it shows how quickly "
        "the work orders of each week were closed.",
    )
    first_response_minutes = Measure(
        string="First response (min)",
        compute="_compute_first_response_minutes",
        store=True,
        precompute=True,
        help="Working time from acceptance to the first contact with the customer.",
    )
    sign_minutes = Measure(
        string="Signing (min)",
        compute="_compute_sign_minutes",
        store=True,
        precompute=True,
        help="Working time from the last dispatch to the department's signature.",
    )
    resolve_minutes = Measure(
        string="Resolution (min)",
        compute="_compute_resolve_minutes",
        store=True,
        precompute=True,
        help="Working time from acceptance to closing, over all cycles, without waiting for the customer. Work "
        "orders that ended without a result are left out.",
    )
    total_hours = Measure(
        string="Total time (h)",
        compute="_compute_total_hours",
        store=True,
        precompute=True,
        help="Calendar time from acceptance to closing, nights and waiting included.",
    )
    satisfaction_score = Measure(
        string="Satisfaction (1–5)",
        compute="_compute_satisfaction_score",
        store=True,
        precompute=True,
        help="The customer's last answer, 5 is best. Not verified work orders are left out.",
    )
    satisfied_share = Measure(
        string="Satisfied customers",
        compute="_compute_satisfaction_score",
        store=True,
        precompute=True,
        help="Share of the answers “satisfied” and “very satisfied” among all answers. Not verified work orders "
        "and those without an answer are left out.",
    )
    repeat_share = Measure(
        string="Repeated",
        compute="_compute_repeat_share",
        store=True,
        precompute=True,
        help="Share of work orders for a matter that the customer had brought before.",
    )
    reopened_share = Measure(
        string="Reopened (share)",
        compute="_compute_reopened_share",
        store=True,
        precompute=True,
        help="Share of the work orders that were closed and then opened again.",
    )
    overdue_dispatch = Measure(
        string="Dispatched late",
        readonly=True,
        copy=False,
        help="Share of work orders whose clock for dispatching passed its time, among those on which it ended.",
    )
    overdue_sign = Measure(
        string="Signed late",
        readonly=True,
        copy=False,
        help="Share of work orders whose clock for signing passed its time, among those on which it ended.",
    )
    overdue_first_contact = Measure(
        string="Contacted late",
        readonly=True,
        copy=False,
        help="Share of work orders whose clock for the first contact passed its time, among those on which it "
        "ended.",
    )
    overdue_resolve = Measure(
        string="Resolved late",
        readonly=True,
        copy=False,
        help="Share of work orders whose clock for the resolution passed its time in any cycle, among those on "
        "which it ended.",
    )
    overdue_review = Measure(
        string="Reviewed late",
        readonly=True,
        copy=False,
        help="Share of work orders whose clock for the review passed its time, among those on which it ended.",
    )
    overdue_call_back = Measure(
        string="Called back late",
        readonly=True,
        copy=False,
        help="Share of work orders whose clock for the call-back passed its time, among those on which it ended.",
    )
    overdue_count = fields.Integer(
        string="Broken promises",
        readonly=True,
        copy=False,
        help="Clocks that passed their time, tasks included.",
    )

    _accepted_at_idx = models.Index("USING brin (accepted_at)")
    _closed_at_idx = models.Index("USING brin (closed_at)")

    # ------------------------------------------------------------
    # Times
    # ------------------------------------------------------------
    @api.depends("accepted_at", "closed_at", "is_open")
    def _compute_closing_age(self):
        for ticket in self:
            if ticket.is_open or not ticket.closed_at:
                ticket.closing_age = "8_open" if ticket.accepted_at else False
                continue
            age = ticket.closed_at - (ticket.accepted_at or ticket.closed_at)
            fits = [
                key
                for days, (key, _label) in zip(AGE_DAYS, AGES, strict=False)
                if age <= timedelta(days=days)
            ]
            ticket.closing_age = fits[0] if fits else "7_later"

    @api.depends("accepted_at", "first_contact_at")
    def _compute_first_response_minutes(self):
        for ticket in self:
            ticket.first_response_minutes = ticket._measure(
                ticket.accepted_at, ticket.first_contact_at
            )

    @api.depends("dispatched_at", "signed_at")
    def _compute_sign_minutes(self):
        for ticket in self:
            ticket.sign_minutes = ticket._measure(ticket.dispatched_at, ticket.signed_at)

    def _measure(self, start, end):
        """:return: working minutes, or None when one of the times is not known or ``end`` is of an earlier round"""
        self.ensure_one()
        if not start or not end or end < start:
            return None
        return self._get_working_minutes(start, end)

    @api.depends("closed_at", "phase")
    def _compute_resolve_minutes(self):
        for ticket in self:
            if ticket.phase != "closed" or not ticket.closed_at or not ticket.accepted_at:
                ticket.resolve_minutes = None
                continue
            ticket.resolve_minutes = sum(
                step.minutes for step in ticket.step_ids if step.state_id.code not in PAUSED
            )

    @api.depends("accepted_at", "closed_at", "phase")
    def _compute_total_hours(self):
        for ticket in self:
            ticket.total_hours = (
                (ticket.closed_at - ticket.accepted_at).total_seconds() / 3600
                if ticket.phase == "closed" and ticket.closed_at and ticket.accepted_at
                else None
            )

    # ------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------
    @api.depends("satisfaction", "closing")
    def _compute_satisfaction_score(self):
        for ticket in self:
            answer = ticket.closing != "unverified" and ticket.satisfaction
            ticket.satisfaction_score = float(answer) if answer else None
            ticket.satisfied_share = float(answer in CONTENT) if answer else None

    @api.depends("is_repeat")
    def _compute_repeat_share(self):
        for ticket in self:
            ticket.repeat_share = float(ticket.is_repeat)

    @api.depends("reopen_count", "closed_at")
    def _compute_reopened_share(self):
        for ticket in self:
            was_closed = ticket.reopen_count or ticket.phase == "closed"
            ticket.reopened_share = float(bool(ticket.reopen_count)) if was_closed else None

    # ------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------
    def _update_overdue(self):
        """Take over from the clocks which promises were broken. Called by the clocks when one ends or passes its time."""
        for ticket in self:
            shares = dict.fromkeys(OVERDUE.values(), False)
            for clock in ticket.clock_ids:
                name = OVERDUE.get(clock.kind_id.code)
                if name and (clock.is_breached or clock.state == "fulfilled"):
                    shares[name] = max(float(shares[name]), float(clock.is_breached))
            values = {
                **shares,
                "overdue_count": len(ticket.clock_ids.filtered("is_breached")),
            }
            changed = {
                name: value
                for name, value in values.items()
                # unknown is not the same as 0
                if ticket[name] != value or (ticket[name] is False) != (value is False)
            }
            if changed:
                ticket.write(changed)

    # ------------------------------------------------------------
    # Cancelling
    # ------------------------------------------------------------
    def _after_move(self, move, step):
        result = super()._after_move(move, step)
        if self.state_id.code == "cancelled" and not self.cancel_reason_id:
            # customers are not asked for a reason, and most often it is this one
            self.cancel_reason_id = self.env.ref(
                "gb_ticket.gb_ticket_cancel_reason_withdrawn", raise_if_not_found=False
            )
        return result


class GbTicketClock(models.Model):
    _inherit = "gb.ticket.clock"

    overdue_share = Measure(
        string="Overdue (share)",
        compute="_compute_overdue_share",
        store=True,
        precompute=True,
        help="Share of clocks that passed their time, among those that ended or passed it. Cancelled ones and those "
        "still in time are left out.",
    )
    type_id = fields.Many2one(related="ticket_id.type_id")
    category_id = fields.Many2one(related="ticket_id.category_id")
    user_id = fields.Many2one(related="ticket_id.user_id")

    _started_at_idx = models.Index("USING brin (started_at)")

    @api.depends("is_breached", "state")
    def _compute_overdue_share(self):
        for clock in self:
            ended = clock.state == "fulfilled" or (clock.is_breached and clock.state != "cancelled")
            clock.overdue_share = float(clock.is_breached) if ended else None

    def write(self, vals):
        result = super().write(vals)
        if "is_breached" in vals or vals.get("state") == "fulfilled":
            self.ticket_id._update_overdue()
        return result


class GbTicketStep(models.Model):
    _inherit = "gb.ticket.step"

    average_minutes = fields.Float(
        related="minutes",
        string="Average (min)",
        aggregator="avg",
        help="Working time that a work order stays in a state, on average. States that it is still in are left out.",
    )
    type_id = fields.Many2one(related="ticket_id.type_id")
    category_id = fields.Many2one(related="ticket_id.category_id")

    _started_at_idx = models.Index("USING brin (started_at)")


class GbTicketRating(models.Model):
    _inherit = "gb.ticket.rating"

    score_value = Measure(
        string="Satisfaction (1–5)",
        compute="_compute_score_value",
        store=True,
        precompute=True,
        help="The customer's answer, 5 is best.",
    )
    satisfied_share = Measure(
        string="Satisfied customers",
        compute="_compute_score_value",
        store=True,
        precompute=True,
        help="Share of the answers “satisfied” and “very satisfied” among all answers.",
    )
    answered_share = Measure(
        string="Answered",
        compute="_compute_score_value",
        store=True,
        precompute=True,
        help="Share of the requests that customers answered.",
    )
    type_id = fields.Many2one(related="ticket_id.type_id")
    category_id = fields.Many2one(related="ticket_id.category_id")
    department_id = fields.Many2one(related="ticket_id.department_id")
    user_id = fields.Many2one(related="ticket_id.user_id")

    @api.depends("score", "state")
    def _compute_score_value(self):
        for rating in self:
            rating.score_value = float(rating.score) if rating.score else None
            rating.satisfied_share = float(rating.score in CONTENT) if rating.score else None
            rating.answered_share = float(rating.state == "answered")
