from odoo import fields, models

from ..const import REPLY_CHANNELS


class GbTicketMessage(models.Model):
    """What the customer told us or was told, on any channel. All of it may be shown to the customer;
    internal notes are in the chatter and never here."""

    _name = "gb.ticket.message"
    _description = "Message with the customer"
    _order = "at desc, id desc"

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    direction = fields.Selection([("in", "From the customer"), ("out", "To the customer")], required=True)
    channel = fields.Selection(REPLY_CHANNELS, required=True)
    kind = fields.Selection(
        [
            ("message", "Message"),
            ("chase", "Chase"),
            ("attempt", "Call-back attempt"),
            ("notice", "Notice"),
        ],
        default="message",
        required=True,
    )
    at = fields.Datetime(default=fields.Datetime.now, required=True)
    subject = fields.Char()
    body = fields.Html(sanitize=True)
    author_id = fields.Many2one("res.partner", string="By")
    state = fields.Selection(
        [
            ("received", "Received"),
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("reached", "Reached"),
            ("not_reached", "Not reached"),
        ],
        default="sent",
        required=True,
    )
    failure = fields.Char(string="Why it failed", readonly=True)
    template_id = fields.Many2one("gb.ticket.template", string="Template", ondelete="set null")
    call_id = fields.Many2one("gb.call", index="btree_not_null", ondelete="set null")
    mail_message_id = fields.Many2one("mail.message", index="btree_not_null", ondelete="set null")
    attachment_ids = fields.Many2many(
        "ir.attachment", "gb_ticket_message_attachment_rel", "message_id", "attachment_id"
    )
    external_id = fields.Char(help="Id at the sender; the same id is stored once.")
