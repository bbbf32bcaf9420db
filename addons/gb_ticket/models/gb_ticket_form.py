from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize

# length of what strangers may enter
BOUNDS = {
    "subject": 150,
    "description": 5000,
    "contact_name": 80,
    "contact_phone": 40,
    "contact_email": 120,
    "order": 40,
}
MAX_PER_NUMBER, MAX_PER_HOUR = 5, 500
ASKED_TYPES = ("char", "text", "date", "datetime", "integer", "float", "monetary", "selection")
# asked for by the form itself, or known when somebody has signed in
KNOWN_FIELDS = ("order_id", "order_line_id", "partner_id", "description", "subject")


class GbTicket(models.Model):
    """Work orders that customers make themselves on the web form."""

    _inherit = "gb.ticket"

    _web_idx = models.Index("(create_date) WHERE channel IN ('web', 'portal')")

    @api.model
    def _get_form_types(self):
        """:return: gb.ticket.type that customers may choose"""
        return self.env["gb.ticket.type"].search([("is_on_portal", "=", True)])

    @api.model
    def _get_form_fields(self, kind):
        """The fields that a type asks for on acceptance and a customer can fill in.

        :param kind: gb.ticket.type
        :return: [{name, label, help, type, options: [(value, label)], required}]
        """
        asked = []
        for field_sudo in kind.sudo().required_field_ids:
            field = self._fields[field_sudo.name]
            if field.name in KNOWN_FIELDS:
                continue
            options = self._get_form_options(field)
            if field.type in ASKED_TYPES or options:
                asked.append(
                    {
                        "name": field.name,
                        "label": field._description_string(self.env),
                        "help": field._description_help(self.env),
                        "type": "selection" if options else field.type,
                        "options": options,
                    }
                )
        return asked

    @api.model
    def _get_form_options(self, field):
        """:return: [(value, label)] to choose from; only lists that are no secret"""
        if field.type == "selection":
            return field._description_selection(self.env)
        if field.name == "fault_type_id":
            faults = self.env[field.comodel_name].sudo().search([])
            return [(str(fault.id), fault.display_name) for fault in faults]
        return []

    @api.model
    def _needs_order(self, kind):
        names = kind.sudo().required_field_ids.mapped("name")
        return kind.is_order_bound or "order_id" in names or "order_line_id" in names

    @api.model
    def _get_own_order_lines(self, partner, limit=50):
        """:return: order lines of the customer, newest first, to choose from when he has signed in"""
        return (
            self.env["sale.order.line"]
            .sudo()
            .search(
                [
                    ("order_id.partner_id", "child_of", partner.commercial_partner_id.id),
                    ("order_id.state", "=", "sale"),
                    ("order_id.company_id", "=", self.env.company.id),
                    ("display_type", "=", False),
                    ("product_id", "!=", False),
                ],
                order="order_id desc, id",
                limit=limit,
            )
        )

    # ------------------------------------------------------------
    # Taking in
    # ------------------------------------------------------------
    @api.model
    def _create_from_form(self, kind, entered, partner=None):
        """Make a work order from what was entered; accepted at once when nothing is missing, else a draft for an agent.

        What comes back is the same whether or not we know the number, so that nobody can find out who our customers are.

        :param kind: gb.ticket.type
        :param entered: {name: text}
        :param partner: res.partner of the signed-in customer, or None for anybody
        :return: gb.ticket
        :raises UserError: saying what is missing
        """
        values = self._read_form(kind, entered, partner)
        self._check_form_not_flooded(values)
        customer = partner or self._find_form_customer(values)
        values.update(self._find_form_order(customer, entered))
        reference = values.pop("order_reference", False)
        if reference:
            values["description"] = self.env._(
                "%(text)s\n\nOrder as the customer wrote it: %(order)s",
                text=values["description"],
                order=reference,
            )
        return self.create(
            {
                **values,
                "type_id": kind.id,
                "partner_id": customer.id,
                "channel": "portal" if partner else "web",
                "reply_channel": "email" if values.get("contact_email") else "sms",
                "company_id": self.env.company.id,
            }
        )

    @api.model
    def _read_form(self, kind, entered, partner):
        """:return: values for the work order, checked and bounded"""
        entered = {name: (text or "").strip() for name, text in entered.items()}
        too_long = [name for name, length in BOUNDS.items() if len(entered.get(name, "")) > length]
        if too_long:
            raise UserError(self.env._("What you wrote is too long. Please shorten it."))
        if not entered.get("subject") or not entered.get("description"):
            raise UserError(self.env._("Please tell us what it is about."))
        values = {name: entered[name] for name in ("subject", "description")}
        values.update(self._read_contact(entered, partner))
        for asked in self._get_form_fields(kind):
            values[asked["name"]] = self._read_form_field(asked, entered.get(asked["name"]))
        if self._needs_order(kind) and not entered.get("order") and not entered.get("order_line"):
            raise UserError(self.env._("Please tell us which order it is about."))
        return values

    @api.model
    def _read_contact(self, entered, partner):
        number, email = entered.get("contact_phone"), entered.get("contact_email")
        if partner:
            number, email = number or partner.phone, email or partner.email
        elif not entered.get("contact_name"):
            raise UserError(self.env._("Please tell us your name."))
        if not number and not email:
            raise UserError(
                self.env._("Please give us a number or an e-mail address to reach you.")
            )
        parsed = self.env["gb.phone"]._parse(number) if number else None
        if number and not partner and parsed.state != "ok":
            raise UserError(
                self.env._("We do not understand this number. Please write it with its area code.")
            )
        if email and not email_normalize(email):
            raise UserError(self.env._("This is no e-mail address."))
        return {
            "contact_name": entered.get("contact_name") or partner.name,
            "contact_phone": (parsed and parsed.e164) or number or False,
            "contact_email": email_normalize(email) if email else False,
        }

    @api.model
    def _read_form_field(self, asked, text):
        if not text:
            raise UserError(self.env._("Please fill in “%(name)s”.", name=asked["label"]))
        field = self._fields[asked["name"]]
        try:
            if asked["type"] == "selection":
                if text not in dict(asked["options"]):
                    raise ValueError
                return int(text) if field.relational else text
            if field.type == "datetime":
                zone = pytz.timezone(self.env.company.resource_calendar_id.tz or "UTC")
                local = zone.localize(datetime.fromisoformat(text).replace(tzinfo=None))
                return local.astimezone(pytz.utc).replace(tzinfo=None)
            if field.type == "date":
                return fields.Date.to_date(text)
            if field.type in ("float", "monetary"):
                return float(text)
            if field.type == "integer":
                return int(text)
        except ValueError as error:
            raise UserError(
                self.env._("“%(name)s” cannot be read. Please enter it again.", name=asked["label"])
            ) from error
        return text[: BOUNDS["description"]]

    @api.model
    def _check_form_not_flooded(self, values):
        """Nobody fills the drafts through the form: a few an hour for one number, some hundred for all."""
        recent = Domain("channel", "in", ("web", "portal")) & Domain(
            "create_date", ">=", fields.Datetime.now() - timedelta(hours=1)
        )
        same = Domain.OR(
            Domain(name, "=", values[name])
            for name in ("contact_phone", "contact_email")
            if values.get(name)
        )
        tickets_sudo = self.sudo()
        limit = self._get_parameter("web_form_per_hour", MAX_PER_HOUR)
        if (
            tickets_sudo.search_count(recent, limit=limit) >= limit
            or tickets_sudo.search_count(recent & same, limit=MAX_PER_NUMBER) >= MAX_PER_NUMBER
        ):
            raise UserError(
                self.env._(
                    "We have received many requests. Please try again later, or telephone us."
                )
            )

    @api.model
    def _find_form_customer(self, values):
        """Who a stranger says he is: the one customer of the number, else of the e-mail address.

        Several with the same number are told apart by name. Where that fails a contact is made without the number: an
        agent decides, and later calls from the number are not attributed wrongly.

        :return: res.partner as superuser
        """
        partners_sudo = self.env["res.partner"].sudo()
        ours = [("company_id", "in", (False, self.env.company.id))]
        found = partners_sudo
        if values["contact_phone"]:
            phones_sudo = self.env["gb.phone"].sudo()
            found = phones_sudo._find(values["contact_phone"]).partner_id.filtered_domain(ours)
        if not found and values["contact_email"]:
            found = partners_sudo.search(
                [("email_normalized", "=", values["contact_email"]), *ours], limit=10
            )
        if len(found) > 1:
            name = values["contact_name"].casefold()
            same = found.filtered(lambda partner: (partner.name or "").casefold() == name)
            if len(same) == 1:
                return same
            return partners_sudo.create({"name": values["contact_name"], "lang": self.env.lang})
        return found or partners_sudo.create(
            {
                "name": values["contact_name"],
                "phone": values["contact_phone"],
                "email": values["contact_email"],
                "lang": self.env.lang,
            }
        )

    @api.model
    def _find_form_order(self, customer, entered):
        """:return: values of the order that was entered, if it is the customer's; else its text for the agent"""
        line_id, reference = entered.get("order_line"), (entered.get("order") or "").strip()
        if line_id and line_id.isdigit():
            line = self._get_own_order_lines(customer).filtered(
                lambda line: line.id == int(line_id)
            )
            if line:
                return self._prepare_order_values(line)
        if not reference:
            return {}
        order = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    ("name", "in", (reference, reference.upper())),
                    ("partner_id", "child_of", customer.commercial_partner_id.id),
                    ("company_id", "=", self.env.company.id),
                ],
                limit=1,
            )
        )
        if not order:
            return {"order_reference": reference}
        lines = order.order_line.filtered(lambda line: not line.display_type and line.product_id)
        if len(lines) == 1:
            return self._prepare_order_values(lines)
        return {"order_id": order.id}

    @api.model
    def _prepare_order_values(self, line):
        return {
            "order_id": line.order_id.id,
            "order_line_id": line.id,
            "product_id": line.product_id.id,
        }


class GbTicketType(models.Model):
    _inherit = "gb.ticket.type"

    web_description = fields.Char(
        string="Words for customers",
        translate=True,
        help="Below the name of the type on the web form, where customers choose it.",
    )
