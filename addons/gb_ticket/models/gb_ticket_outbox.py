from odoo import fields, models

SHOWN_MESSAGES = 50


def iso(value):
    """A datetime (UTC) or date as other systems read it, None when there is none."""
    if not value:
        return None
    text = fields.Datetime.to_datetime(value).isoformat(timespec="seconds")
    return f"{text}Z"


class GbTicket(models.Model):
    """What other systems are told about work orders (docs/api.md)."""

    _inherit = "gb.ticket"

    def _emit(self, event, step=None):
        """Write ``event`` into the outbox of the webhooks that want it, in this transaction.

        :param str event: ``ticket.<code of the move>``, ``ticket.message``, …
        :param step: gb.ticket.step that it began, when it was a move
        """
        super()._emit(event, step)
        Webhook = self.env["gb.webhook"]
        if not Webhook._get_filters():
            return
        for ticket in self.sudo():
            for webhook in Webhook._find_for(ticket, event):
                self.env["gb.webhook.delivery"]._queue(
                    webhook, event, ticket._prepare_event_values(webhook, step), ticket
                )

    def _prepare_event_values(self, webhook, step=None):
        """:return: what a webhook is told; override to tell more"""
        values = {"work_order": self._prepare_api_values()}
        if not webhook.has_customer_data:
            for key in ("customer", "contact"):
                values["work_order"].pop(key)
        if step:
            values["step"] = {
                "transition": step.transition_code or None,
                "from": step.from_state_id.code or None,
                "to": step.state_id.code,
                "by": step.actor,
                "cycle": step.cycle,
            }
        return values

    def _prepare_api_values(self):
        """What another system sees of a work order: plain values, codes instead of ids where there are any.

        Internal notes are never among them. Override to tell more.
        """
        self.ensure_one()
        sudo = (
            self.sudo()
        )  # names of the customer, department, product; the work order itself was checked
        partner = sudo.partner_id
        return {
            "id": self.id,
            "number": None if self.name == "/" else self.name,
            "subject": self.subject,
            "type": sudo.type_id.code,
            "kind": self.kind,
            "category": sudo.category_id.name or None,
            "state": sudo.state_id.code,
            "phase": self.phase,
            "is_open": self.is_open,
            "closing": self.closing or None,
            "channel": self.channel,
            "urgency": int(self.urgency or 0),
            "severity": self.severity or None,
            "cycle": self.cycle,
            "level": self.level,
            "revision": self.revision,
            "customer": {
                "id": partner.id,
                "name": partner.name,
                "ref": partner.ref or None,
                "email": partner.email or None,
                "phone": partner.phone or None,
            }
            if partner
            else None,
            "contact": {
                "name": self.contact_name or None,
                "phone": self.contact_phone or None,
                "email": self.contact_email or None,
            },
            "department": sudo.department_id.name or None,
            "handler": sudo.user_id.name or None,
            "order": sudo.order_id.name or None,
            "product": sudo.product_id.default_code or sudo.product_id.name or None,
            "quantity": self.quantity,
            "solved": self.solved or None,
            "satisfaction": int(self.satisfaction) if self.satisfaction else None,
            "created_at": iso(self.create_date),
            "accepted_at": iso(self.accepted_at),
            "due_at": iso(self.due_at),
            "resolved_at": iso(self.resolved_at),
            "closed_at": iso(self.closed_at),
            "changed_at": iso(self.write_date),
        }

    def _prepare_api_details(self):
        """What is told of one work order beside ``_prepare_api_values``: its text, its messages, what can be done."""
        sudo = self.sudo()
        messages = sudo.gb_message_ids[:SHOWN_MESSAGES]
        return {
            "description": self.description or "",
            "remedy": self.remedy or None,
            "answer": self.answer or None,
            "solution": self.solution or None,
            "transitions": [
                {
                    "code": move["code"],
                    "name": move["name"],
                    "fields": move["fields"],
                    "note": move["note"],
                }
                for move in self.moves
            ],
            "history": [
                {
                    "transition": step.transition_code or None,
                    "state": step.state_id.code,
                    "department": step.department_id.name or None,
                    "started_at": iso(step.started_at),
                    "ended_at": iso(step.ended_at),
                }
                for step in sudo.step_ids.sorted("id")
            ],
            "messages": [
                {
                    "id": message.id,
                    "direction": message.direction,
                    "channel": message.channel,
                    "kind": message.kind,
                    "at": iso(message.at),
                    "subject": message.subject or None,
                    "body": message.body or "",
                    "state": message.state,
                }
                for message in messages.sorted("id")
            ],
        }
