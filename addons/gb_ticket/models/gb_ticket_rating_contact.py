from odoo import models


class GbTicketRating(models.Model):
    _inherit = "gb.ticket.rating"

    def _store_answer(self, solved, score, comment, channel):
        """The contact log keeps what the customer thought, with the last contact about the work order."""
        super()._store_answer(solved, score, comment, channel)
        if not score:
            return
        for ticket in self.ticket_id.sudo():
            last = max(
                [
                    *((message.at, message) for message in ticket.gb_message_ids),
                    *((call.offered_at, call) for call in ticket.call_ids if call.offered_at),
                ],
                key=lambda pair: pair[0],
                default=None,
            )
            if last:
                self.env["gb.contact"]._rate(last[1], int(score))
