import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..const import REPLY_CHANNELS

_lt = LazyTranslate(__name__)
EVENTS = [
    ("accepted", _lt("Accepted")),
    ("dispatched", _lt("Handed to a department")),
    ("processing", _lt("Being worked on")),
    ("waiting", _lt("We need something from the customer")),
    ("reminder", _lt("Reminder of what we need")),
    ("extended", _lt("It takes longer")),
    ("resolved", _lt("Done, please confirm")),
    ("next_cycle", _lt("Not solved: once more")),
    ("closed", _lt("Closed")),
    ("final_position", _lt("Closed with our final position")),
    ("declined", _lt("Declined")),
    ("cancelled", _lt("Cancelled")),
    ("merged", _lt("Goes on under another number")),
    ("reopened", _lt("Reopened")),
    ("rating", _lt("Question about satisfaction")),
]
PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>\w+)\s*(?:\|(?P<otherwise>[^{}]*))?\}\}")
EMPTY_LINES = re.compile(r"\n{3,}")
BRACES = re.compile(r"\{\{|\}\}|\{%|<t[\s>]")


class GbTicketTemplate(models.Model):
    """Wording of a reply or of a notice, for one channel or all.

    The text is plain. ``{{ name }}`` stands for a value of the work order, ``{{ name | text }}`` for the text when
    there is no such value. There is a fixed list of names (``gb.ticket._get_placeholders``) and no expressions, so a
    template can neither read what the customer must not see nor run anything.
    """

    _name = "gb.ticket.template"
    _description = "Reply template"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    event = fields.Selection(
        selection="_selection_event",
        string="Sent by itself when",
        index="btree_not_null",
        help="The customer gets it without anybody's doing. Empty: agents choose it for a reply.",
    )
    channel = fields.Selection(REPLY_CHANNELS, help="Empty: any channel.")
    type_ids = fields.Many2many(
        "gb.ticket.type",
        "gb_ticket_template_type_rel",
        "template_id",
        "type_id",
        string="Types",
        help="Only for work orders of these types; none means all.",
    )
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
    subject = fields.Char(translate=True, help="Of an e-mail. Placeholders work here, too.")
    body = fields.Text(
        string="Text",
        translate=True,
        required=True,
        help="Plain text with placeholders in double braces, e.g. {{ number }}.",
    )
    placeholder_help = fields.Html(compute="_compute_placeholder_help", string="Placeholders")

    @api.model
    def _selection_event(self):
        """Known events, and those that a process of the company's own names."""
        events = [(code, self.env._(label)) for code, label in EVENTS]
        known = dict(events)
        used = (
            self.env["gb.ticket.transition"]
            .sudo()
            ._read_group([("notify", "!=", False)], ["notify"])
        )
        return events + [(code, code) for (code,) in used if code not in known]

    def _compute_placeholder_help(self):
        self.placeholder_help = self._render_placeholder_help()

    @api.model
    def _render_placeholder_help(self):
        return self.env["ir.qweb"]._render(
            "gb_ticket.template_placeholder_help",
            {"placeholders": self.env["gb.ticket"]._get_placeholder_names().items()},
            minimal_qcontext=True,
        )

    @api.constrains("subject", "body")
    def _check_placeholders(self):
        known = self.env["gb.ticket"]._get_placeholder_names()
        for template in self:
            for text in filter(None, (template.subject, template.body)):
                unknown = [
                    match["name"]
                    for match in PLACEHOLDER.finditer(text)
                    if match["name"] not in known
                ]
                if unknown:
                    raise ValidationError(
                        self.env._(
                            "There is no placeholder %(unknown)s. These can be used: %(known)s.",
                            unknown=", ".join(f"“{name}”" for name in unknown),
                            known=", ".join(known),
                        )
                    )
                if BRACES.search(PLACEHOLDER.sub("", text)):
                    raise ValidationError(
                        self.env._(
                            "A placeholder is a name in double braces, like {{ number }}, or with a text for when it "
                            "is empty, like {{ due | soon }}."
                        )
                    )

    # ------------------------------------------------------------
    # Use
    # ------------------------------------------------------------
    @api.model
    def _get_choice_domain(self, ticket, channel):
        """:return: domain of the templates that fit a work order on a channel"""
        return [
            ("channel", "in", (False, channel)),
            ("company_id", "in", (False, ticket.company_id.id)),
            "|",
            ("type_ids", "=", False),
            ("type_ids", "in", ticket.type_id.ids),
        ]

    @api.model
    def _pick(self, ticket, event, channel):
        """:return: the template for a notice about ``event``: one for the type before one for all, then one for the
        channel before one for any; empty when there is none"""
        found = self.search([("event", "=", event), *self._get_choice_domain(ticket, channel)])
        return found.sorted(
            lambda template: (not template.type_ids, not template.company_id, not template.channel)
        )[:1]

    def _render(self, ticket, values=None):
        """Fill in the placeholders, in the customer's language.

        :param ticket: gb.ticket as superuser
        :param values: {name: text} beside the work order's own
        :return: (subject, text), both plain text
        """
        self.ensure_one()
        lang = ticket._get_customer_lang()
        template = self.with_context(lang=lang)
        values = {**ticket._get_placeholders(lang), **(values or {})}

        def fill(match):
            return values.get(match["name"]) or (match["otherwise"] or "").strip()

        return (
            PLACEHOLDER.sub(fill, template.subject or "").strip(),
            EMPTY_LINES.sub("\n\n", PLACEHOLDER.sub(fill, template.body or "")).strip(),
        )
