from odoo import models

BEST = 5
# penalties: a level counts more than any rank
LEVEL_STEP = 100


class GbSeat(models.Model):
    """Which queues a seat serves: those that it is set up for, as far as its agent has their skills."""

    _inherit = "gb.seat"

    _rank_check = models.Constraint(
        "CHECK (rank BETWEEN 0 AND 99)", "A rank is a number from 0 to 99."
    )

    def _get_member_queues(self, user):
        """The queues that ``user`` serves at this seat.

        An agent who lacks a skill, or is below the level that a queue asks for, does not serve it. The lower the penalty
        the earlier he is rung: of several skills the weakest counts.

        :return: list of dicts: name, penalty
        """
        self.ensure_one()
        user_sudo = user.sudo()  # seats and skills are no secret, users are
        levels = {row.skill_id: int(row.level) for row in user_sudo.gb_skill_level_ids}
        queues = []
        for queue in self.queue_ids.sudo():
            asked = queue.requirement_ids
            if any(levels.get(row.skill_id, 0) < int(row.min_level) for row in asked):
                continue
            level = min((levels[row.skill_id] for row in asked), default=BEST)
            penalty = (BEST - level) * LEVEL_STEP
            if queue.strategy == "rank":
                penalty += self.rank
            queues.append({"name": queue.code, "penalty": penalty})
        return queues

    def _refresh_members(self):
        """Tell the telephone system which queues those of these seats serve now at which somebody is signed in."""
        for provider, seats in self.sudo().filtered("user_id").grouped("provider_id").items():
            provider._send_after_commit(
                [
                    (
                        "seat.queues",
                        {
                            "extension": seat.extension,
                            "queues": seat._get_member_queues(seat.user_id),
                        },
                    )
                    for seat in seats
                ]
            )

    def write(self, vals):
        result = super().write(vals)
        if {"queue_ids", "rank"} & vals.keys():
            self._refresh_members()
        return result
