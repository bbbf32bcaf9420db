from odoo import api, fields, models


class GbIvrSession(models.Model):
    """Marks by key press: of the call, and of a work order about which the customer was asked."""

    _inherit = "gb.ivr.session"

    rating = fields.Char(
        string="Mark",
        readonly=True,
        help="The key with which the caller rated, 5 is very satisfied.",
    )

    @api.model
    def _follow_rating(self, call, note):
        """The call keeps its mark by itself (``gb.call.score``); an open question about a work order is answered too, once.

        :param call: ``gb.call``
        :param dict note: of ``tools.call_facts``, kind ``rating``: ``session``, ``score``
        """
        score = str(note.get("score") or "")
        session = self.search(
            [
                ("provider_id", "=", call.provider_id.id),
                ("reference", "=", note.get("session") or ""),
            ]
        )
        if not session or session.rating or not score:
            return
        session.rating = score[:10]
        ratings = self.env["gb.ticket.rating"]
        tickets = call.gb_ticket_ids
        if not (tickets and ratings._rate_by_key(tickets, score)) and call.number:
            ratings._rate_by_key(call.number, score)
