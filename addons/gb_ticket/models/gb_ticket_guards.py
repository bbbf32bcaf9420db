from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

WRITTEN = ("email", "sms", "web", "fax", "chat")
ATTEMPTS, ATTEMPT_DAYS, SURVEY_DAYS = 3, 2, 3


class GbTicket(models.Model):
    """Conditions of moves that a filter cannot say. ``_guard_<name>(move, values)`` raises UserError when the move has to
    wait, and says what is to be done. ``values`` are those entered, already written, with ``_note`` and ``_actor``."""

    _inherit = "gb.ticket"

    def _guard_accept(self, _move, _values):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ["partner_id", "type_id", *self.type_id.required_field_ids.mapped("name")]
            if not self[name]
        ]
        if self.type_id.is_order_bound and not self.order_line_id:
            missing.append(self._fields["order_line_id"]._description_string(self.env))
        if missing:
            raise UserError(
                self.env._(
                    "Before it is accepted, fill in: %(names)s.",
                    names=", ".join(dict.fromkeys(missing)),
                )
            )
        self._check_duplicates_answered()

    def _guard_answer(self, _move, _values):
        if not self._is_answered():
            raise UserError(
                self.env._(
                    "Answer missing. Write down what the customer was answered, or choose the article."
                )
            )

    def _guard_dispatch(self, _move, values):
        if not self.department_id:
            raise UserError(self.env._("Choose the department that takes the lead."))
        if (
            values["_actor"] == "user"
            and self.return_count >= self.process_id.max_returns
            and not self.env.user.has_groups(
                "gb_ticket.group_gb_dispatcher,gb_callcenter.group_gb_lead"
            )
        ):
            raise UserError(
                self.env._(
                    "It was sent back %(count)s times: a supervisor assigns it now.",
                    count=self.return_count,
                )
            )

    def _guard_send_back(self, _move, _values):
        if self.is_pinned:
            raise UserError(
                self.env._("A supervisor has assigned it for good; it cannot be sent back.")
            )
        if self.return_count >= self.process_id.max_returns:
            raise UserError(
                self.env._("It was sent back %(count)s times already.", count=self.return_count)
            )
        if self._is_clock_overdue("sign"):
            raise UserError(
                self.env._("The time to sign is over; it cannot be sent back any more.")
            )
        if self.suggested_department_id == self.department_id:
            raise UserError(self.env._("Suggest another department than your own."))

    def _guard_wait(self, _move, _values):
        if not self.follow_up_at or self.follow_up_at <= fields.Datetime.now():
            raise UserError(self.env._("Say when to follow up: a time in the future."))

    def _guard_result(self, _move, _values):
        tasks = self.task_ids.filtered(
            lambda task: task.is_blocking and task.state in ("open", "doing")
        )
        if tasks:
            raise UserError(
                self.env._(
                    "These tasks have to be done first: %(tasks)s",
                    tasks=", ".join(tasks.mapped("name")),
                )
            )
        self._check_result()

    def _check_result(self):
        """Conditions of the kind of work order before its result is submitted: ``_check_result_<kind>``.

        :raises UserError: saying what is missing
        """
        check = getattr(self, f"_check_result_{self.kind}", None)
        if check:
            check()

    def _guard_rework(self, _move, _values):
        if self.rework_count >= self.process_id.max_rework:
            raise UserError(
                self.env._(
                    "It was reworked %(count)s times. Approve the result, or hand it to a manager.",
                    count=self.rework_count,
                )
            )

    def _guard_satisfied(self, _move, _values):
        if self.solved != "yes" or self.satisfaction not in ("3", "4", "5"):
            raise UserError(
                self.env._(
                    "It is closed as satisfied only when the matter is solved and the customer is not dissatisfied. "
                    "Otherwise it goes back into processing."
                )
            )

    def _guard_next_cycle(self, _move, _values):
        if self.solved == "yes" and self.satisfaction in ("3", "4", "5"):
            raise UserError(self.env._("The customer is satisfied: close the work order."))
        if self.cycle >= self.process_id.max_cycles:
            raise UserError(
                self.env._(
                    "This was the last of %(count)s cycles. A supervisor closes it with a final position.",
                    count=self.process_id.max_cycles,
                )
            )

    def _guard_final_position(self, _move, _values):
        if self.cycle < self.process_id.max_cycles:
            raise UserError(
                self.env._(
                    "There are cycles left (%(cycle)s of %(count)s): send it back into processing.",
                    cycle=self.cycle,
                    count=self.process_id.max_cycles,
                )
            )
        since = max(
            self.step_ids.filtered(lambda step: step.transition_code == "submit").mapped(
                "started_at"
            ),
            default=self.create_date,
        )
        replies = self.gb_message_ids.filtered(
            lambda message: (
                message.direction == "out"
                and message.kind == "message"
                and message.channel in WRITTEN
                and message.state in ("queued", "sent")
                and message.at >= since
            )
        )
        if not replies:
            raise UserError(
                self.env._(
                    "Send the customer the final position in writing first, with where to turn to."
                )
            )

    def _guard_unverified(self, _move, _values):
        entered = self._get_entered_at()
        attempts = self.gb_message_ids.filtered(
            lambda message: (
                message.kind == "attempt"
                and message.state == "not_reached"
                and message.at >= entered
            )
        )
        days = {fields.Datetime.context_timestamp(self, attempt.at).date() for attempt in attempts}
        if len(attempts) < ATTEMPTS or len(days) < ATTEMPT_DAYS:
            raise UserError(
                self.env._(
                    "Try to reach the customer %(attempts)s times on %(days)s days first (so far %(count)s).",
                    attempts=ATTEMPTS,
                    days=ATTEMPT_DAYS,
                    count=len(attempts),
                )
            )
        asked = self.rating_request_ids.filtered(
            lambda rating: (
                rating.cycle == self.cycle
                and rating.state != "answered"
                and rating.channel == "sms"
                and rating.asked_at <= fields.Datetime.now() - timedelta(days=SURVEY_DAYS)
            )
        )
        if not asked:
            raise UserError(
                self.env._(
                    "Ask the customer by SMS and give him %(days)s days to answer first.",
                    days=SURVEY_DAYS,
                )
            )

    def _get_entered_at(self):
        """:return: when the work order came into its present state (datetime)"""
        return self._get_last_step().started_at or self.create_date

    def _guard_reopen(self, _move, _values):
        limit = fields.Datetime.now() - timedelta(days=self.process_id.reopen_days)
        if self.closed_at and self.closed_at < limit:
            raise UserError(
                self.env._(
                    "It was closed more than %(days)s days ago. Make a new work order that follows it.",
                    days=self.process_id.reopen_days,
                )
            )
        if (
            self.reopen_count >= self.process_id.max_reopens
            or self.cycle >= self.process_id.max_cycles
        ):
            raise UserError(
                self.env._("It cannot be reopened again. Make a new work order that follows it.")
            )

    def _guard_merge(self, _move, _values):
        target = self.merged_into_id
        if target == self:
            raise UserError(self.env._("A work order cannot be merged into itself."))
        if not target.is_open or target.phase == "draft":
            raise UserError(
                self.env._("%(number)s is not open; choose another one.", number=target.name)
            )
        if target.company_id != self.company_id or (
            target.partner_id.commercial_partner_id != self.partner_id.commercial_partner_id
        ):
            raise UserError(self.env._("%(number)s is of another customer.", number=target.name))

    # ------------------------------------------------------------
    # Hooks of the other files
    # ------------------------------------------------------------
    def _check_duplicates_answered(self):
        """:raises UserError: when a likely duplicate was shown and not answered"""

    def _is_clock_overdue(self, _code):
        """:return: whether the running clock of this kind has passed its time"""
        return False
