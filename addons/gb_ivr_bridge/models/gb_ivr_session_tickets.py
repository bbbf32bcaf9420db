from odoo import fields, models
from odoo.fields import Domain

from ..tools.ivr_speech import join, say
from .gb_ivr_session_orders import SPOKEN_DIGITS


class GbIvrSession(models.Model):
    """How far the caller's own work orders are: what his progress page shows of it, in a sentence."""

    _inherit = "gb.ivr.session"

    def _answer_ticket_progress(self, args):
        if refusal := self._get_refusal():
            return refusal
        typed = "".join(filter(str.isdigit, args.get("ticket") or ""))
        ticket = self._find_ticket(typed)
        if not ticket:
            return self._reply("none", speech=[say("ticket.none")])
        progress = ticket._get_progress()
        values = {
            "ticket_name": ticket.name,
            "ticket_digits": self._get_digits(ticket.name)[-SPOKEN_DIGITS:],
            "ticket_state": progress["stage"],
        }
        speech = [say("ticket.found")]
        if progress["due"]:
            due = fields.Datetime.context_timestamp(self, ticket.due_at).date()
            values["ticket_due"] = fields.Date.to_string(due)
            speech.append(say("ticket.due"))
        if progress["result"] and self.is_verified:
            values["ticket_result"] = self._shorten(self._get_plain(progress["result"]))
            speech.append(say("ticket.result"))
        return self._reply("found", values, [join(*speech)])

    def _find_ticket(self, typed):
        """:param str typed: digits of a work order's number, or its last ones (at least four); empty: the newest open one,
        else the newest"""
        tickets = self.env["gb.ticket"]
        domain = (
            Domain("partner_id", "in", self._get_family_ids())
            & Domain("company_id", "=", self.company_id.id)
            & Domain("name", "!=", "/")
        )
        if not typed:
            is_open = Domain("is_open", "=", True)
            return tickets.search(domain & is_open, order="id desc", limit=1) or tickets.search(
                domain, order="id desc", limit=1
            )
        domain &= Domain("name", "like", typed[-SPOKEN_DIGITS:])
        return self._match_digits(tickets.search(domain, order="id desc"), typed)
