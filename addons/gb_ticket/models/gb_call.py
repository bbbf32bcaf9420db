from odoo import fields, models

TICKET_LIMIT = 5
SUBJECT_LENGTH = 80


class GbCall(models.Model):
    """From a call to a work order with everything that the call knows."""

    _inherit = "gb.call"

    gb_ticket_ids = fields.Many2many(
        "gb.ticket", "gb_ticket_call_rel", "call_id", "ticket_id", string="Work orders"
    )
    gb_ticket_count = fields.Integer(
        string="Work orders of the call", compute="_compute_gb_ticket_count"
    )

    def _compute_gb_ticket_count(self):
        for call in self:
            call.gb_ticket_count = len(call.gb_ticket_ids)

    def action_gb_create_ticket(self):
        """Open a new work order, filled in from this call. Nothing is stored before the agent saves it.

        :return: action
        """
        self.ensure_one()
        self.check_access("read")
        self.env["gb.ticket"].check_access("create")
        values = self._prepare_gb_ticket_values()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New work order"),
            "res_model": "gb.ticket",
            "views": [[False, "form"]],
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _prepare_gb_ticket_values(self):
        """What a work order made from this call begins with; override to fill in more.

        :return: values as in ``create``, without empty ones
        """
        self.ensure_one()
        call_sudo = self.sudo()  # queue and order; the call itself was checked
        partner = call_sudo.partner_id
        orders_sudo = self.env["sale.order"].sudo()
        if partner:
            orders_sudo = orders_sudo.search(
                [
                    ("partner_id", "child_of", partner.commercial_partner_id.id),
                    ("state", "in", ("sent", "sale")),
                    ("company_id", "=", self.env.company.id),
                ],
                limit=2,
            )
        note = (call_sudo.note or "").strip()
        values = {
            "channel": "phone",
            "call_ids": [(4, self.id)],
            "partner_id": partner.id,
            "contact_name": partner.name,
            "contact_phone": self.env["gb.phone"]._mask(self._get_e164() or call_sudo.number),
            "subject": note.partition("\n")[0][:SUBJECT_LENGTH],
            "description": note,
            "type_id": call_sudo.queue_id.gb_ticket_type_id.id,
            "order_id": orders_sudo.id if len(orders_sudo) == 1 else False,
        }
        return {name: value for name, value in values.items() if value}

    def action_view_gb_tickets(self):
        """Open the work orders of this call."""
        self.ensure_one()
        tickets = self.gb_ticket_ids
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_ticket.gb_ticket_action")
        if len(tickets) == 1:
            return {**action, "views": [[False, "form"]], "res_id": tickets.id}
        return {**action, "domain": [("id", "in", tickets.ids)], "context": {}}

    def _get_card(self):
        card = super()._get_card()
        return {**card, "tickets": self._get_card_tickets()}

    def _get_card_tickets(self):
        """The customer's open work orders that the current user may see, and those of this call, newest first."""
        Ticket = self.env["gb.ticket"]
        if not Ticket.has_access("read"):
            return []
        tickets = self.sudo().gb_ticket_ids.with_env(self.env)._filtered_access("read")
        family_sudo = self.sudo().partner_id.commercial_partner_id
        if family_sudo:
            # by ids, so that the index on customers is taken whatever the planner thinks of the limit
            family_sudo = family_sudo.search([("id", "child_of", family_sudo.id)])
            tickets |= Ticket.search(
                [("partner_id", "in", family_sudo.ids), ("is_open", "=", True)],
                limit=TICKET_LIMIT,
                order="id desc",
            )
        return [
            {
                "id": ticket.id,
                "name": ticket.name if ticket.name != "/" else "",
                "subject": ticket.subject,
                "state": ticket.state_id.name,
                "phase": ticket.phase,
                "due_at": fields.Datetime.to_string(ticket.due_at),
                "is_overdue": ticket.is_overdue,
            }
            for ticket in tickets.sorted("id", reverse=True)[:TICKET_LIMIT]
        ]
