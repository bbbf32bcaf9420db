from odoo import fields, models

from ..const import MAX_LEVEL


class GbTicket(models.Model):
    """What a move does beside changing the state: ``_effect_<name>(move, from_state, note)``, as superuser, within the move."""

    _inherit = "gb.ticket"

    def _effect_accept(self, _move, _from_state, _note):
        is_staff = self._get_actor() == "user"
        values = {
            "accepted_at": fields.Datetime.now(),
            "accepted_by_id": self.env.uid if is_staff else False,
        }
        if self.name == "/":
            sequence = self.env["ir.sequence"].with_company(self.company_id)
            values["name"] = sequence.next_by_code("gb.ticket")
        self.write(values)

    def _effect_dispatch(self, _move, _from_state, _note):
        pinned = self.return_count >= self.process_id.max_returns
        self.write(
            {
                "dispatched_at": fields.Datetime.now(),
                "is_pinned": pinned or self.is_pinned,
            }
        )

    def _effect_sign(self, _move, _from_state, _note):
        self.write({"signed_at": fields.Datetime.now(), "user_id": self.user_id.id or self.env.uid})

    def _effect_send_back(self, _move, _from_state, _note):
        self.write({"return_count": self.return_count + 1, "user_id": False})

    def _effect_wait(self, _move, _from_state, _note):
        self.reminder_count = 0

    def _effect_result(self, _move, _from_state, _note):
        self.write(
            {
                "resolved_at": fields.Datetime.now(),
                "result_author_id": self.env.uid,
                "is_checked": False,
            }
        )

    def _effect_rework(self, _move, _from_state, _note):
        self.rework_count += 1

    def _effect_close(self, move, _from_state, _note):
        self.closing = move.closing
        self._close_tasks()

    def _effect_next_cycle(self, _move, _from_state, _note):
        values = {"cycle": self.cycle + 1, "level": min(self.level + 1, MAX_LEVEL)}
        if values["cycle"] >= self.process_id.max_cycles:
            values.update(is_supervised=True, user_id=self.department_id.gb_lead_ids[:1].id)
        # the next answer is asked for anew; the old one stays in the history
        self.write({**values, "solved": False, "satisfaction": False, "callback_call_id": False})

    def _effect_reopen(self, _move, _from_state, _note):
        self.write(
            {
                "reopen_count": self.reopen_count + 1,
                "cycle": self.cycle + 1,
                "closing": False,
                "solved": False,
                "satisfaction": False,
            }
        )

    def _effect_end(self, _move, _from_state, _note):
        self._close_tasks()

    def _effect_transfer(self, _move, _from_state, _note):
        """Department and handler came with the move's values."""

    def _close_tasks(self):
        """Cancel the tasks that are not done."""
        self.task_ids._cancel()
