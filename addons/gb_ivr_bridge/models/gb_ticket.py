from odoo import api, fields, models


class GbTicket(models.Model):
    """Work orders from messages that callers have left."""

    _inherit = "gb.ticket"

    gb_voicemail_id = fields.Many2one(
        "gb.recording", string="Voicemail", readonly=True, copy=False, ondelete="set null"
    )
    gb_voicemail_seconds = fields.Float(
        related="gb_voicemail_id.duration", string="Length of the message (s)", related_sudo=True
    )

    _gb_voicemail_uniq = models.UniqueIndex(
        "(gb_voicemail_id) WHERE gb_voicemail_id IS NOT NULL",
        "There is a work order of this message already.",
    )

    @api.model
    def _create_from_voicemail(self, recording):
        """The work order of a message, accepted at once when nothing is missing.

        :param recording: ``gb.recording``, superuser
        :return: gb.ticket
        """
        call = recording.call_id
        company = call.company_id
        tickets = self.with_company(company).with_context(lang=company.partner_id.lang)
        ticket = tickets.create(tickets._prepare_voicemail_values(recording))
        ticket._accept_automatically()
        return ticket.with_env(self.env)

    @api.model
    def _prepare_voicemail_values(self, recording):
        """Values of the work order of a message. Override to fill in more."""
        call, told = recording.call_id, recording.message_values or {}
        values = call.with_env(self.env)._prepare_gb_ticket_values()
        kind = self._find_voicemail_type(told.get("ticket_type"))
        category = self.env["gb.ticket.category"]
        if str(told.get("ticket_category") or "").isdigit():
            category = category.browse(int(told["ticket_category"])).exists()
        number = call._get_e164() or call.number
        who = call.partner_id.name or number or self.env._("a caller who withheld his number")
        seconds = round(recording.duration)
        return {
            **values,
            "channel": "voicemail",
            "reply_channel": "phone",
            "company_id": call.company_id.id,
            # the server calls back with it; whoever may not see it sees it masked
            "contact_phone": number or False,
            "type_id": kind.id or values.get("type_id"),
            "category_id": category.id,
            "subject": self.env._("Voicemail from %(who)s", who=who),
            "description": self.env._(
                "Message of %(seconds)s seconds, left on %(hotline)s. Listen to it above.",
                seconds=seconds,
                hotline=call.hotline_id.name or call.dialled or self.env._("the telephone"),
            ),
            "gb_voicemail_id": recording.id,
        }

    @api.model
    def _find_voicemail_type(self, code):
        types = self.env["gb.ticket.type"]
        found = types.search([("code", "=", code)], limit=1) if code else types
        return (
            found or types.search([("kind", "=", "message")], limit=1) or types.search([], limit=1)
        )
