import logging
from datetime import timedelta

from odoo import api, fields, models

from ..tools.mail_text import find_numbers, is_automatic

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """The mail gateway: which work order an e-mail belongs to, and which e-mails never make one."""

    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Beside what Odoo does: no new work order for a machine's e-mail, the number in the subject finds the work
        order when the reference is lost, and a merged work order hands on to the one it was merged into."""
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        return [
            route
            if route[0] != "gb.ticket"
            else (route[0], self._get_gb_ticket_id(message_dict, route), *route[2:])
            for route in routes
            if route[0] != "gb.ticket" or self._is_gb_ticket_route(message, message_dict, route)
        ]

    @api.model
    def message_process(self, *args, **kwargs):
        """As Odoo's; what it leaves out is answered with False, which XML-RPC can carry: an error there would take back
        what was noted about a loop.

        :return: id of the document, or False
        """
        return super().message_process(*args, **kwargs) or False

    @api.model
    def _is_gb_ticket_route(self, message, message_dict, route):
        if not route[1] and is_automatic(message):
            reason = "a machine sent it"
        # Odoo looks for it with the rights of the gateway's user, who need not see work orders
        elif (
            self.env["mail.message"]
            .sudo()
            .search_count(
                [("message_id", "=", message_dict["message_id"]), ("model", "=", "gb.ticket")],
                limit=1,
            )
        ):
            reason = "it is known"
        else:
            return True
        _logger.info(
            "Mail %s to %s left out of work orders: %s",
            message_dict["message_id"],
            message_dict["to"],
            reason,
        )
        return False

    @api.model
    def _get_gb_ticket_id(self, message_dict, route):
        """:return: id of the work order that the e-mail belongs to, or what the route says (0: a new one)"""
        tickets_sudo = self.env["gb.ticket"].sudo()
        if route[1]:
            return tickets_sudo.browse(route[1])._follow_merges().id
        numbers = find_numbers(message_dict.get("subject"))
        if numbers:
            for ticket in tickets_sudo.search([("name", "in", numbers)], order="id desc"):
                if ticket._is_customers_email(message_dict["email_from"]):
                    return ticket._follow_merges().id
        return route[1]

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Odoo's limits (``mail.gateway.loop.minutes``, ``mail.gateway.loop.threshold``) hold for work orders too. The
        sender is told once: an answer to each of his e-mails would be the next loop."""
        if not any(route[0] == "gb.ticket" for route in routes or ()):
            return super()._detect_loop_sender(message, message_dict, routes)
        tickets_sudo = self.env["gb.ticket"].sudo()
        minutes = int(
            self.env["ir.config_parameter"].sudo().get_param("mail.gateway.loop.minutes", 120)
        )
        last = tickets_sudo._find_last_of_sender(message_dict["email_from"])
        was_told = bool(
            last.mail_loop_told_at
            and last.mail_loop_told_at >= fields.Datetime.now() - timedelta(minutes=minutes)
        )
        is_loop = super(MailThread, self.with_context(gb_no_bounce=was_told))._detect_loop_sender(
            message, message_dict, routes
        )
        if is_loop and last and not was_told:
            last._note_mail_loop(message_dict)
        return is_loop

    @api.model
    def _routing_create_bounce_email(self, email_from, body_html, message, **mail_values):
        if self.env.context.get("gb_no_bounce") or is_automatic(message):
            return
        super()._routing_create_bounce_email(email_from, body_html, message, **mail_values)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if is_automatic(message):
            self = self.with_context(gb_automatic_mail=True)
        return super()._message_route_process(message, message_dict, routes)
