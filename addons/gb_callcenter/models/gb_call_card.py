from odoo import fields, models

CONTACT_LIMIT = 5
ORDER_LIMIT = 5
CANDIDATE_LIMIT = 10
OPEN_ORDER_STATES = ("draft", "sent", "sale")


class GbCall(models.Model):
    _inherit = "gb.call"

    def _get_card(self):
        """What the screen pop shows of this call (docs/architecture.md, "card").

        The caller of this method has made sure that the current user may see the call. Addons add
        keys of their own; the browser shows them through the registry ``gb_callcenter.call_card_sections``.
        """
        self.ensure_one()
        call_sudo = self.sudo()  # names of queue, hotline and agents; the call itself was checked
        seat_leg = call_sudo.leg_ids.filtered(
            lambda leg: leg.user_id == self.env.user and not leg.ended_at
        )[-1:]
        phones = self.env["gb.phone"]
        partner = call_sudo.partner_id.with_env(self.env)._filtered_access("read")
        return {
            "id": self.id,
            "name": self.display_name,
            "state": self._get_card_state(seat_leg),
            "direction": call_sudo.direction,
            "number": phones._mask(call_sudo.number or ""),
            "e164": phones._mask(self._get_e164()),
            "number_state": call_sudo.number_state,
            "hotline": self._get_reference(call_sudo.hotline_id),
            "queue": self._get_reference(call_sudo.queue_id),
            "offered_at": fields.Datetime.to_string(call_sudo.offered_at),
            "queued_at": fields.Datetime.to_string(call_sudo.queued_at),
            "ring_at": fields.Datetime.to_string(seat_leg.ring_at or call_sudo.ring_at),
            "answered_at": fields.Datetime.to_string(seat_leg.answered_at or call_sudo.answered_at),
            "ended_at": fields.Datetime.to_string(call_sudo.ended_at),
            "waiting_seconds": call_sudo.wait_seconds,
            "is_muted": bool(seat_leg.seat_id.is_muted),
            "is_record_paused": bool(seat_leg.seat_id.is_record_paused),
            "third": call_sudo._get_third(seat_leg),
            "result": call_sudo.result,
            "partner": partner._get_gb_customer_card()[0] if partner else False,
            "candidates": self._get_candidates(),
            "track": self._to_gb_shown(call_sudo.track or []),
            "contacts": self._get_last_contacts(partner),
            "orders": self._get_open_orders(partner),
            "disposition_id": call_sudo.disposition_id.id,
            "note": call_sudo.note or "",
        }

    def _get_third(self, seat_leg):
        """Who else is there beside the customer and the agent of ``seat_leg``.

        :return: False | {"name", "state": "ringing|talking" (asked by me), "conference" (all three talk),
            "asking" (he asks me, the customer waits), "is_mine": bool (I may complete, confer, …)}
        """
        if not seat_leg.answered_at:
            return False
        for leg in self.leg_ids.sorted("ring_at", reverse=True):
            if leg == seat_leg or leg.ended_at:
                continue
            name = leg.user_id.name or leg.seat_id.name or self.env["gb.phone"]._mask(leg.number)
            if seat_leg.is_consult and leg.role == "seat":
                return {"name": name, "state": "asking", "is_mine": False}
            if leg.is_consult:
                state = "talking" if leg.answered_at else "ringing"
                return {"name": name, "state": state, "is_mine": True}
            # of an outbound call the customer is a leg, too
            if leg.answered_at and (leg.role == "seat" or leg.consult_seconds):
                return {"name": name, "state": "conference", "is_mine": False}
        return False

    def _get_e164(self):
        """The customer's number in international form, False when it has none."""
        key = self.sudo().number_key or ""
        return key if key.startswith("+") else False

    def _get_card_state(self, seat_leg):
        if not seat_leg:
            return "ended"
        if not seat_leg.answered_at:
            return "ringing"
        if seat_leg.is_held:
            return "held"
        return "ringing" if self.sudo().state == "ringing" else "talking"

    @staticmethod
    def _get_reference(record):
        return {"id": record.id, "name": record.name} if record else False

    def _get_candidates(self):
        """Customers who share the caller's number, when there are several that the user may see."""
        call_sudo = self.sudo()
        if call_sudo.partner_id or not call_sudo.number_key:
            return []
        phones = self.env["gb.phone"].search([("number_key", "=", call_sudo.number_key)])
        partners = phones.partner_id._filtered_access("read")[:CANDIDATE_LIMIT]
        return partners._get_gb_customer_card()

    def _get_last_contacts(self, partner):
        """The customer's last calls, whoever took them: the agent has to know what was said."""
        if not partner:
            return []
        calls_sudo = self.sudo().search(
            [("partner_id", "=", partner.id), ("id", "!=", self.id)], limit=CONTACT_LIMIT
        )
        results = dict(self._fields["result"]._description_selection(self.env))
        return [
            {
                "id": call.id,
                "at": fields.Datetime.to_string(call.offered_at),
                "direction": call.direction,
                "result": results.get(call.result, ""),
                "disposition": call.disposition_id.name or "",
                "agent": call.user_id.name or "",
            }
            for call in calls_sudo
        ]

    def _get_open_orders(self, partner):
        """Open quotations and orders. Agents need no right in the sales app to see that there are any."""
        if not partner:
            return []
        orders_sudo = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    ("partner_id", "child_of", partner.commercial_partner_id.id),
                    ("state", "in", OPEN_ORDER_STATES),
                    ("company_id", "in", self.env.companies.ids),
                ],
                order="date_order desc, id desc",
                limit=ORDER_LIMIT,
            )
        )
        states = dict(orders_sudo._fields["state"]._description_selection(self.env))
        return [
            {
                "id": order.id,
                "name": order.name,
                "at": fields.Datetime.to_string(order.date_order),
                "amount": order.currency_id.format(order.amount_total),
                "state": states[order.state],
            }
            for order in orders_sudo
        ]
