import phonenumbers

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.phone_number import mask_number, parse_number

MIN_SUFFIX = 4


class GbPhone(models.Model):
    """A telephone number of a customer. ``number_key`` is what every spelling of it has in common."""

    _name = "gb.phone"
    _description = "Customer's telephone number"
    _order = "partner_id, is_main desc, sequence, id"
    _rec_name = "number"
    _rec_names_search = ["number", "number_key"]
    _gb_masked_fields = ("number", "number_key")

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    number = fields.Char(required=True)
    number_key = fields.Char(
        string="Identity",
        compute="_compute_number_key",
        store=True,
        index=True,
        precompute=True,
        help="International form, or the bare digits of a number that cannot be understood.",
    )
    extension = fields.Char(compute="_compute_number_key", store=True, precompute=True)
    is_valid = fields.Boolean(
        string="Understood", compute="_compute_number_key", store=True, precompute=True
    )
    kind = fields.Selection(
        [
            ("mobile", "Mobile"),
            ("home", "Home"),
            ("work", "Work"),
            ("fax", "Fax"),
            ("other", "Other"),
        ],
        default="mobile",
        required=True,
    )
    is_main = fields.Boolean(
        string="Main", readonly=True, help="The number in the customer's own phone field."
    )
    is_verified = fields.Boolean(string="Verified")
    do_not_call = fields.Boolean(string="Do not call")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="partner_id.company_id")

    _partner_key_uniq = models.UniqueIndex(
        "(partner_id, number_key)", "This customer has this number already."
    )

    def init(self):
        result = super().init()
        # a number's last digits: what an agent types who has heard only those
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS gb_phone__number_key_reverse_idx "
            "ON gb_phone (reverse(number_key) text_pattern_ops)"
        )
        return result

    @api.depends("number")
    @api.depends_context("uid")
    def _compute_display_name(self):
        for phone in self:
            phone.display_name = self._mask(phone.number)

    @api.depends("number", "partner_id.country_id")
    def _compute_number_key(self):
        for phone in self:
            region = phone._get_region(phone.partner_id)
            parsed = parse_number(phone.number, region)
            phone.number_key = parsed.key or (phone.number or "").strip()
            phone.extension = parsed.extension
            phone.is_valid = parsed.state == "ok"

    @api.model
    def _get_region(self, partner):
        country = partner.country_id or (partner.company_id or self.env.company).country_id
        return country.code or None

    @api.model_create_multi
    def create(self, vals_list):
        phones = super().create(vals_list)
        self.env["gb.caller.change"]._note_keys(phones.mapped("number_key"))
        if not self.env.context.get("gb_phone_sync"):
            # the first number of a customer without one becomes his main number
            for phone in phones.filtered(lambda phone: not phone.partner_id.phone):
                phone.is_main = True
                phone.partner_id.with_context(gb_phone_sync=True).phone = phone.number
        return phones

    def write(self, vals):
        keys = set(self.mapped("number_key")) if {"number", "partner_id"} & vals.keys() else set()
        result = super().write(vals)
        if keys:
            self.env["gb.caller.change"]._note_keys(keys | set(self.mapped("number_key")))
        if "number" in vals and not self.env.context.get("gb_phone_sync"):
            for phone in self.filtered("is_main"):
                phone.partner_id.with_context(gb_phone_sync=True).phone = phone.number
        return result

    def unlink(self):
        keys = self.mapped("number_key")
        result = super().unlink()
        self.env["gb.caller.change"]._note_keys(keys)
        return result

    @api.model
    def _mask(self, number):
        """``number`` as the current user may see it: whole, or 138****1234 for those without the right. For
        answers that are not read through the ORM; superuser mode makes no difference."""
        return number if self.env.user._gb_sees_numbers() else mask_number(number)

    @api.model
    def _parse(self, number, region=None):
        """``tools.phone_number.PhoneNumber`` of a number, dialled as in ``region`` (ISO code), the
        company's country by default."""
        return parse_number(number, region or self.env.company.country_id.code or None)

    @api.model
    def _get_national(self, e164):
        """Digits of an E.164 number as dialled inside its own country, trunk prefix included."""
        number = phonenumbers.parse(e164)
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        return "".join(filter(str.isdigit, national))

    @api.model
    def _find(self, number, region=None):
        """Rows of a number, however it is written.

        :param str number: raw number
        :param str region: ISO country code whose dialling habits apply, the company's by default
        :return: ``gb.phone`` records the user may see; empty for a withheld number
        """
        key = self._parse(number, region).key
        return self.search([("number_key", "=", key)]) if key else self.browse()

    @api.model
    def _find_suffix(self, digits, limit=80):
        """Rows whose number ends with ``digits`` (at least four), by the reversed index.

        Who sees masked numbers searches by the four digits that he sees: with more he could find out the
        hidden ones, digit by digit.
        """
        digits = "".join(filter(str.isdigit, digits or ""))
        is_masked = not self.env.user._gb_sees_numbers()
        if len(digits) < MIN_SUFFIX or (is_masked and len(digits) > MIN_SUFFIX):
            return self.browse()
        query = self._search(Domain.TRUE, limit=limit)
        query.add_where(
            SQL(
                "reverse(%s) LIKE %s", SQL.identifier(self._table, "number_key"), digits[::-1] + "%"
            )
        )
        return self.browse(query)

    @api.model
    def _get_gb_number_domain(self, name, text, digits):
        if len(digits) == MIN_SUFFIX:
            return Domain("id", "in", self._find_suffix(digits).ids)
        return Domain("number_key", "=", self._parse(text).key or digits)
