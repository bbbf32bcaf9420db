from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

TICKET_LIMIT = 10
PRODUCTS_PER_ORDER = 5
DUE_SOON = timedelta(hours=24)


class ResPartner(models.Model):
    """The customer's work orders in his overview: what is open and when it is due, complaints, days for returns."""

    _inherit = "res.partner"

    def _get_gb_360(self, view):
        return {
            **super()._get_gb_360(view),
            "can_create_ticket": self.env["gb.ticket"].has_access("create"),
        }

    def _get_gb_open_tickets(self, view):
        """:return: gb.ticket, open ones of the family, as superuser: that there is a matter is told to whoever may see
        the customer"""
        return (
            self.env["gb.ticket"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", view["family"]),
                    ("company_id", "in", view["companies"]),
                    ("is_open", "=", True),
                ],
                ["name", "subject", "kind", "state_id", "type_id", "due_at", "is_overdue"],
                order="id desc",
                limit=TICKET_LIMIT,
            )
        )

    def _get_gb_matters(self, view):
        tickets_sudo = self._get_gb_open_tickets(view)
        visible = tickets_sudo.with_env(self.env)
        visible = visible._filtered_access("read") if visible.has_access("read") else visible[:0]
        return [
            *super()._get_gb_matters(view),
            *(
                {
                    "key": f"ticket-{ticket.id}",
                    "kind": ticket.type_id.name,
                    "is_complaint": ticket.kind == "complaint",
                    "title": ticket.subject
                    if ticket in visible
                    else self.env._("Work order of another department"),
                    "state": ticket.state_id.name,
                    "due_at": fields.Datetime.to_string(ticket.due_at) or False,
                    "is_overdue": ticket.is_overdue,
                    "model": "gb.ticket" if ticket in visible else False,
                    "id": ticket.id,
                }
                for ticket in tickets_sudo
            ),
        ]

    def _get_gb_flags(self, view):
        flags = super()._get_gb_flags(view)
        tickets_sudo = self._get_gb_open_tickets(view)
        complaints = tickets_sudo.filtered(lambda ticket: ticket.kind == "complaint")
        if complaints:
            flags.append(
                {
                    "key": "complaint",
                    "level": "danger",
                    "label": self.env._("Open complaint")
                    if len(complaints) == 1
                    else self.env._("Open complaints: %(number)s", number=len(complaints)),
                }
            )
        soon = view["now"] + DUE_SOON
        if any(ticket.is_overdue for ticket in tickets_sudo):
            flags.append(
                {"key": "promise", "level": "danger", "label": self.env._("Promise overdue")}
            )
        elif any(ticket.due_at and ticket.due_at <= soon for ticket in tickets_sudo):
            flags.append(
                {
                    "key": "promise",
                    "level": "warning",
                    "label": self.env._("Promise due within 24 hours"),
                }
            )
        return flags

    def _get_gb_guesses(self, view, orders, matters, last_contact):
        guesses = super()._get_gb_guesses(view, orders, matters, last_contact)
        complaint = next((matter for matter in matters if matter.get("is_complaint")), None)
        if complaint:
            key = f"matter-{complaint['key']}"
            guesses = [guess for guess in guesses if guess["key"] != key]
            guesses.append(
                {
                    "key": key,
                    "weight": 100,
                    "label": self.env._("About “%(title)s”", title=complaint["title"]),
                    "reason": self.env._("Open complaint: %(state)s", state=complaint["state"]),
                    "model": complaint["model"],
                    "id": complaint["id"],
                }
            )
        return guesses

    # ------------------------------------------------------------
    # Timeline
    # ------------------------------------------------------------
    def _get_gb_timeline_kinds(self):
        return [
            *super()._get_gb_timeline_kinds(),
            {"name": "tickets", "label": self.env._("Work orders"), "kinds": ["ticket"]},
        ]

    def _get_gb_timeline_rows(self, view, filters, limit, before):
        rows = super()._get_gb_timeline_rows(view, filters, limit, before)
        tickets = self.env["gb.ticket"]
        if not self._is_gb_kind_wanted("ticket", filters) or not tickets.has_access("read"):
            return rows
        query = tickets._search(
            [("partner_id", "in", view["family"]), ("company_id", "in", view["companies"])],
            order="create_date desc, id desc",
            limit=limit,
        )
        query.add_where(
            self._is_gb_before(
                "ticket",
                SQL.identifier("gb_ticket", "create_date"),
                SQL.identifier("gb_ticket", "id"),
                before,
            )
        )
        return [
            *rows,
            *(
                {
                    "kind": "ticket",
                    "id": ticket.id,
                    "model": "gb.ticket",
                    "at": ticket.create_date,
                    "icon": "fa-ticket",
                    "title": ticket.subject,
                    "text": " · ".join(filter(None, (ticket.name.strip("/"), ticket.type_id.name))),
                    "state": ticket.state_id.name,
                    "agent": ticket.sudo().user_id.name or "",
                    "amount": False,
                }
                for ticket in tickets.browse(query)
            ),
        ]

    # ------------------------------------------------------------
    # Days for returns
    # ------------------------------------------------------------
    def _get_gb_return_deadlines(self, deliveries):
        deadlines = super()._get_gb_return_deadlines(deliveries)
        rules_sudo = self.env["gb.eligibility.rule"].sudo()
        for order, delivered_at in deliveries.items():
            if not delivered_at:
                continue
            received_on = fields.Datetime.context_timestamp(self, delivered_at).date()
            ordered_on = fields.Datetime.context_timestamp(self, order.date_order).date()
            products = order.order_line.filtered(lambda line: not line.is_delivery).product_id
            days = [
                rules_sudo._get_for(product, order.company_id, ordered_on)._get_gb_return_days()
                for product in products[:PRODUCTS_PER_ORDER]
                if product.type == "consu"
            ]
            if longest := max(days, default=0):
                deadlines[order.id] = received_on + timedelta(days=longest)
        return deadlines
