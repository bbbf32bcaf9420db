import base64
import binascii
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize

from ..const import CHANNELS, REPLY_CHANNELS, SEVERITIES, URGENCIES

TEXTS = ("subject", "description", "remedy", "address", "invoice_title", "tax_number")
NUMBERS = ("quantity", "refund_amount")
TIMES = ("occurred_at", "new_delivery_at")
CHOICES = {
    "channel": CHANNELS,
    "reply_channel": REPLY_CHANNELS,
    "severity": SEVERITIES,
    "urgency": URGENCIES,
}
OTHERS = ("type", "category", "customer", "contact", "order", "product", "attachments", "accept")
KNOWN = {*TEXTS, *NUMBERS, *TIMES, *CHOICES, *OTHERS}
MAX_TEXT = 20_000


class ApiValueError(UserError):
    """A value that another system has sent cannot be understood."""


class GbTicket(models.Model):
    """Work orders from other systems: plain values in, records out. The current user is the client's."""

    _inherit = "gb.ticket"

    _gb_masked_fields = ("contact_phone",)

    contact_phone = fields.Char(index="btree_not_null")

    _changed_idx = models.Index("(company_id, write_date)")

    @api.model
    def _api_create(self, values):
        """Make one work order, and accept it unless ``values`` says otherwise.

        :param dict values: docs/api.md, "Create"
        :raises UserError: saying what is wrong; nothing is stored then
        """
        if not isinstance(values, dict):
            raise ApiValueError(self.env._("A work order has to be an object."))
        ticket = self.create(self._api_read_values(values))
        self._api_attach(ticket, values.get("attachments"))
        if values.get("accept", True):
            ticket._transition("accept")
        return ticket

    @api.model
    def _api_read_values(self, values):
        """:return: values for ``create``"""
        unknown = sorted(values.keys() - KNOWN)
        if unknown:
            raise ApiValueError(self.env._("Unknown fields: %(names)s", names=", ".join(unknown)))
        vals = {"channel": "api"}
        for name in TEXTS:
            if values.get(name) is not None:
                vals[name] = self._api_text(values[name], name)
        for name in NUMBERS:
            if values.get(name) is not None:
                if isinstance(values[name], bool) or not isinstance(values[name], int | float):
                    raise ApiValueError(self.env._("%(name)s has to be a number.", name=name))
                vals[name] = values[name]
        for name in TIMES:
            if values.get(name) is not None:
                vals[name] = self._api_time(values[name], name)
        for name, choices in CHOICES.items():
            if values.get(name) is not None:
                value = str(values[name])
                if value not in dict(choices):
                    raise ApiValueError(
                        self.env._(
                            "%(name)s has to be one of: %(choices)s",
                            name=name,
                            choices=", ".join(dict(choices)),
                        )
                    )
                vals[name] = value
        if not vals.get("subject"):
            raise ApiValueError(self.env._("subject is missing."))
        vals["type_id"] = self._api_find("gb.ticket.type", "code", values.get("type"), "type").id
        if values.get("category"):
            vals["category_id"] = self._api_find(
                "gb.ticket.category", "name", values["category"], "category"
            ).id
        contact = self._api_dict(values.get("contact"), "contact")
        for name in ("name", "phone", "email"):
            if contact.get(name):
                vals[f"contact_{name}"] = self._api_text(contact[name], name)
        if vals.get("contact_phone"):
            vals["contact_phone"] = self._api_number(vals["contact_phone"])
        customer = self._api_find_customer(self._api_dict(values.get("customer"), "customer"))
        vals["partner_id"] = customer.id
        vals.update(self._api_read_order(values, customer))
        return vals

    @api.model
    def _api_text(self, value, name):
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise ApiValueError(
                self.env._(
                    "%(name)s has to be text of at most %(count)s characters.",
                    name=name,
                    count=MAX_TEXT,
                )
            )
        return value.strip()

    @api.model
    def _api_dict(self, value, name):
        if value is not None and not isinstance(value, dict):
            raise ApiValueError(self.env._("%(name)s has to be an object.", name=name))
        return value or {}

    @api.model
    def _api_time(self, value, name):
        """:return: naive UTC datetime of an ISO 8601 text"""
        try:
            at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError as error:
            raise ApiValueError(
                self.env._("%(name)s has to be a time such as 2026-03-01T09:30:00Z.", name=name)
            ) from error
        if at.tzinfo:
            at = at.astimezone(timezone.utc).replace(tzinfo=None)
        return at.replace(microsecond=0)

    @api.model
    def _api_number(self, number):
        """:return: a telephone number in international form, or as given when it cannot be understood"""
        return self.env["gb.phone"]._parse(number).key or number

    @api.model
    def _api_find(self, model, field, value, name):
        record = self.env[model].search([(field, "=", value)], limit=1) if value else False
        if not record:
            raise ApiValueError(
                self.env._("%(name)s is unknown: %(value)s", name=name, value=value or "–")
            )
        return record

    @api.model
    def _api_find_customer(self, customer, create=True):
        """:param dict customer: id, ref, email, phone, name – the first that is given finds
        :return: res.partner; made when nobody is found and a name is given"""
        partners = self.env["res.partner"]
        if customer.get("id"):
            found = partners.search([("id", "=", customer["id"])])
            if not found:
                raise ApiValueError(self.env._("There is no customer %(id)s.", id=customer["id"]))
            return found
        ref, email, phone = (customer.get(name) for name in ("ref", "email", "phone"))
        found = ref and partners.search([("ref", "=", ref)], limit=2)
        if not found and email:
            found = partners.search(
                [("email_normalized", "=", email_normalize(email) or email)], limit=1
            )
        if not found and phone:
            found = self.env["gb.phone"]._find(phone).partner_id
        if found and len(found) > 1:
            raise ApiValueError(
                self.env._("Several customers fit; give the id or the reference of one.")
            )
        if found or not create:
            return found or partners
        if not customer.get("name"):
            if customer:
                raise ApiValueError(
                    self.env._("No such customer; give a name too, then one is made.")
                )
            return partners
        return partners.create(
            {
                "name": self._api_text(customer["name"], "name"),
                "ref": ref or False,
                "email": email or False,
                "phone": phone and self._api_number(phone),
            }
        )

    @api.model
    def _api_read_order(self, values, customer):
        """Order, its line and the product, by the order's number and the product's reference."""
        vals = {}
        product = values.get("product")
        if values.get("order"):
            # agents need no right in the sales app to name an order of the customer
            order_sudo = (
                self.env["sale.order"]
                .sudo()
                .search(
                    [
                        ("name", "=", values["order"]),
                        ("company_id", "=", self.env.company.id),
                        ("partner_id", "child_of", customer.commercial_partner_id.ids),
                    ],
                    limit=1,
                )
            )
            if not order_sudo:
                raise ApiValueError(
                    self.env._("The customer has no order %(number)s.", number=values["order"])
                )
            lines = order_sudo.order_line.filtered(lambda line: not line.display_type)
            if product:
                lines = lines.filtered(
                    lambda line: product in (line.product_id.default_code, line.product_id.name)
                )
            vals["order_id"] = order_sudo.id
            if len(lines) == 1:
                vals.update(order_line_id=lines.id, product_id=lines.product_id.id)
        if product and "product_id" not in vals:
            vals["product_id"] = self._api_find(
                "product.product", "default_code", product, "product"
            ).id
        return vals

    @api.model
    def _api_attach(self, ticket, attachments):
        """:return: ids of ir.attachment made of ``[{"name": …, "content": base64}]``"""
        if not attachments:
            return []
        vals_list = []
        for attachment in attachments if isinstance(attachments, list) else [None]:
            attachment = self._api_dict(attachment, "attachments")
            try:
                raw = base64.b64decode(attachment.get("content") or "", validate=True)
            except (binascii.Error, TypeError, ValueError) as error:
                raise ApiValueError(
                    self.env._("The content of an attachment has to be base64.")
                ) from error
            vals_list.append(
                {
                    "name": self._api_text(attachment.get("name") or "attachment", "name"),
                    "raw": raw,
                    "res_model": ticket._name,
                    "res_id": ticket.id,
                }
            )
        return self.env["ir.attachment"].create(vals_list).ids

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------
    @api.model
    def _api_find_ticket(self, reference):
        """:param str reference: number, or id
        :return: the work order, empty when there is none that the current user may see"""
        domain = Domain("name", "=", reference.upper())
        if reference.isdigit() and int(reference) < 2**31:
            domain |= Domain("id", "=", int(reference))
        return self.search(domain & Domain("company_id", "=", self.env.company.id), limit=1)

    @api.model
    def _api_get_domain(self, args):
        """:param dict args: filters of the list, as text
        :return: Domain"""
        domain = Domain("company_id", "=", self.env.company.id)
        if args.get("state"):
            domain &= Domain("state_id.code", "in", args["state"].split(","))
        if args.get("type"):
            domain &= Domain("type_id.code", "in", args["type"].split(","))
        if args.get("open"):
            domain &= Domain("is_open", "=", args["open"] in ("1", "true"))
        if args.get("changed_since"):
            domain &= Domain(
                "write_date", ">=", self._api_time(args["changed_since"], "changed_since")
            )
        customer = {
            name: args[f"customer_{name}"]
            for name in ("ref", "email", "phone")
            if args.get(f"customer_{name}")
        }
        if args.get("customer", "").isdigit():
            domain &= Domain("partner_id", "=", int(args["customer"]))
        elif customer:
            domain &= Domain(
                "partner_id", "in", self._api_find_customer(customer, create=False).ids
            )
        return domain

    def _api_message(self, values):
        """Add what the customer said, or a note for staff.

        :param dict values: docs/api.md, "Add a message"
        :return: dict
        """
        self.ensure_one()
        body = self._api_text(values.get("body"), "body")
        if not body:
            raise ApiValueError(self.env._("body is missing."))
        attachment_ids = self._api_attach(self, values.get("attachments"))
        if values.get("internal"):
            message = self.message_post(body=body, attachment_ids=attachment_ids)
            return {"id": message.id, "internal": True}
        channel = values.get("channel") or "web"
        if channel not in dict(REPLY_CHANNELS):
            raise ApiValueError(
                self.env._(
                    "%(name)s has to be one of: %(choices)s",
                    name="channel",
                    choices=", ".join(dict(REPLY_CHANNELS)),
                )
            )
        message = self._receive(
            channel,
            body,
            author=self.partner_id,
            attachment_ids=attachment_ids,
            external_id=values.get("id") and f"api:{self.env.uid}:{values['id']}",
        )
        return {"id": message.id, "internal": False}

    # ------------------------------------------------------------
    # SMS
    # ------------------------------------------------------------
    @api.model
    def _take_in_sms(self, number, text, external_id):
        """What a customer wrote by SMS: to the work order that waits for him, to his newest open one, or a new one.

        Called as superuser.

        :return: gb.ticket
        """
        key = self._api_number(number)
        partners = self.env["gb.phone"].search([("number_key", "=", key)]).partner_id
        domain = Domain("is_open", "=", True) & Domain("company_id", "=", self.env.company.id)
        tickets = self.search(
            domain & (Domain("partner_id", "in", partners.ids) | Domain("contact_phone", "=", key)),
            order="id desc",
        )
        ticket = (
            tickets.filtered(lambda ticket: ticket.state_code == "waiting_customer")[:1]
            or (tickets[:1])
        )
        is_new = not ticket
        if is_new:
            ticket = self.create(
                {
                    "subject": text.strip().partition("\n")[0][:60]
                    or self.env._("SMS without text"),
                    "description": text,
                    "channel": "sms",
                    "reply_channel": "sms",
                    "type_id": self._get_default_mail_type().id,
                    "company_id": self.env.company.id,
                    "partner_id": partners.id if len(partners) == 1 else False,
                    "contact_phone": key,
                }
            )
        ticket._receive(
            "sms",
            text,
            author=partners if len(partners) == 1 else None,
            external_id=external_id,
        )
        if is_new:
            ticket._accept_automatically()
        return ticket
