from odoo import api, fields, models
from odoo.tools import html2plaintext

from odoo.addons.gb_callcenter.const import SEAT_BUS_TYPE

EXCERPT = 160


class GbTicket(models.Model):
    """How the customer and we have been in contact about a work order: calls, chat, e-mails, SMS in one list."""

    _inherit = "gb.ticket"

    discuss_channel_id = fields.Many2one(
        "discuss.channel", string="Chat", copy=False, readonly=True, index="btree_not_null"
    )
    contacts = fields.Json(
        string="Contacts with the customer",
        compute="_compute_contacts",
        help="List of {at, kind, direction, who, text, state, model, id}, newest first. model and id only for what the "
        "current user may open.",
    )
    call_count = fields.Integer(string="Number of calls", compute="_compute_contacts")

    @api.depends("call_ids", "gb_message_ids", "discuss_channel_id")
    @api.depends_context("uid")
    def _compute_contacts(self):
        for ticket in self:
            # who handles the matter has to know that there was a call, also where he may not open it
            sudo = ticket.sudo()
            readable = sudo.call_ids.with_env(self.env)
            readable = (
                readable._filtered_access("read") if readable.has_access("read") else readable[:0]
            )
            rows = [ticket._prepare_call_contact(call, call in readable) for call in sudo.call_ids]
            rows += [ticket._prepare_message_contact(message) for message in sudo.gb_message_ids]
            if sudo.discuss_channel_id:
                rows.append(ticket._prepare_chat_contact(sudo.discuss_channel_id))
            ticket.contacts = sorted(rows, key=lambda row: row["at"] or "", reverse=True)
            ticket.call_count = len(sudo.call_ids)

    def _prepare_call_contact(self, call, can_open):
        results = dict(call._fields["result"]._description_selection(self.env))
        return {
            "at": fields.Datetime.to_string(call.offered_at),
            "kind": "call",
            "direction": "out" if call.direction == "outbound" else "in",
            "who": call.user_id.name or "",
            "text": " · ".join(filter(None, (call.disposition_id.name, call.note))),
            "state": results.get(call.result, ""),
            "model": "gb.call" if can_open else False,
            "id": call.id if can_open else False,
        }

    def _prepare_message_contact(self, message):
        states = dict(message._fields["state"]._description_selection(self.env))
        text = " ".join(html2plaintext(message.body or "").split()) or message.subject or ""
        return {
            "at": fields.Datetime.to_string(message.at),
            "kind": message.channel,
            "direction": message.direction,
            "who": message.author_id.name or "",
            "text": text[:EXCERPT],
            "state": states[message.state],
            "model": "gb.ticket.message",
            "id": message.id,
        }

    def _prepare_chat_contact(self, channel):
        can_open = bool(channel.with_env(self.env)._filtered_access("read"))
        return {
            "at": fields.Datetime.to_string(channel.create_date),
            "kind": "chat",
            "direction": "in",
            "who": ", ".join(channel.livechat_agent_partner_ids.mapped("name")),
            "text": channel.name or "",
            "state": "",
            "model": "discuss.channel" if can_open else False,
            "id": channel.id if can_open else False,
        }

    @api.model
    def default_get(self, fields_list):
        """A work order that an agent makes during a call belongs to that call."""
        values = super().default_get(fields_list)
        if "call_ids" not in fields_list or values.get("call_ids") or self.env.su:
            return values
        call_sudo = self._get_current_call()
        if call_sudo:
            for name, value in call_sudo.with_env(self.env)._prepare_gb_ticket_values().items():
                if name in ("call_ids", "partner_id", "contact_name", "contact_phone") and (
                    name in fields_list
                ):
                    values.setdefault(name, value)
        return values

    @api.model
    def _get_gb_hidden_numbers(self, masks, vals):
        """The number of the call or the customer that a new work order is about, hidden from who makes it."""
        if "contact_phone" not in masks:
            return super()._get_gb_hidden_numbers(masks, vals)
        call_ids = [command[1] for command in vals.get("call_ids") or () if command[0] == 4]
        sources = [
            *self.env["gb.call"].browse(call_ids)._filtered_access("read"),
            *self._get_current_call(),
            *self.env["res.partner"].browse(vals.get("partner_id") or ())._filtered_access("read"),
        ]
        for source in sources:
            if number := source.sudo()._get_gb_number_behind(masks["contact_phone"]):
                return {"contact_phone": number}
        return {}

    @api.model
    def _get_current_call(self):
        """:return: the call that the current user has on the line or is filing, as superuser; empty when none"""
        calls_sudo = self.env["gb.call"].sudo()
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            return calls_sudo
        seat_sudo = self.env["gb.seat"].sudo().search([("user_id", "=", self.env.uid)], limit=1)
        return seat_sudo.call_id if seat_sudo.state in ("on_call", "wrap_up") else calls_sudo

    def _after_move(self, move, step):
        result = super()._after_move(move, step)
        if step.actor == "user":
            self._refresh_call_card()
        return result

    def _refresh_call_card(self):
        """The agent's call card shows the work order as it is now, when it is of the customer on the line."""
        call_sudo = self._get_current_call()
        customer = call_sudo.partner_id.commercial_partner_id
        if call_sudo and (
            call_sudo in self.call_ids or customer & self.partner_id.commercial_partner_id
        ):
            self.env.user._bus_send(
                SEAT_BUS_TYPE,
                {"event": "call", "seat_id": call_sudo.seat_id.id, "call_id": call_sudo.id},
            )
