from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.phone_number import parse_number
from .gb_phone import MIN_SUFFIX


class ResPartner(models.Model):
    _inherit = "res.partner"

    gb_phone_ids = fields.One2many("gb.phone", "partner_id", string="Telephone numbers")
    gb_team_id = fields.Many2one(
        "gb.team",
        string="Served by",
        index="btree_not_null",
        help="Only agents of this team see and serve this customer. Empty: every agent.",
    )
    gb_call_ids = fields.One2many("gb.call", "partner_id", string="Calls")
    gb_call_count = fields.Integer(
        string="Calls (count)",
        compute="_compute_gb_call_count",
        groups="gb_callcenter.group_gb_agent",
    )
    gb_number_search = fields.Char(
        string="Any number",
        store=False,
        search="_search_gb_number",
        help="Search by any number of the customer in any spelling, or by its last digits.",
    )

    def _compute_gb_call_count(self):
        counts = dict(
            self.env["gb.call"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.gb_call_count = counts.get(partner, 0)

    @api.model
    def _search_display_name(self, operator, value):
        """Customers are also found by any of their numbers, or by its last digits."""
        domain = super()._search_display_name(operator, value)
        if (
            operator in ("ilike", "like", "=")
            and isinstance(value, str)
            and sum(map(str.isdigit, value)) >= MIN_SUFFIX
            and not any(map(str.isalpha, value))
        ):
            domain = Domain(domain) | Domain("gb_number_search", "ilike", value)
        return domain

    def _search_gb_number(self, operator, value):
        if operator not in ("=", "ilike", "like", "in"):
            return NotImplemented
        values = value if operator == "in" else [value]
        phones = self.env["gb.phone"]
        found = phones.browse()
        for number in values:
            found |= phones._find(number) or phones._find_suffix(number)
        return Domain("id", "in", found.partner_id.ids)

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners.filtered("phone")._sync_gb_phone()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if "phone" in vals or "country_id" in vals:
            self._sync_gb_phone()
        return result

    def _sync_gb_phone(self):
        """Let the number index follow the customers' own ``phone`` field: its row is the main one."""
        if self.env.context.get("gb_phone_sync"):
            return
        # a consignee's number belongs to the parcel: it does not make the customer's own number ambiguous
        self = self.filtered(lambda partner: not partner.parent_id or partner.type == "contact")
        phones_sudo = self.env["gb.phone"].sudo().with_context(gb_phone_sync=True)
        rows = phones_sudo.search([("partner_id", "in", self.ids)])
        by_partner = rows.grouped("partner_id")
        missing = []
        for partner in self:
            own = by_partner.get(partner, rows.browse())
            main = own.filtered("is_main")
            if not partner.phone:
                main.unlink()
                continue
            key = parse_number(partner.phone, phones_sudo._get_region(partner)).key
            same = own.filtered(lambda phone: phone.number_key == key)[:1]  # noqa: B023
            if same:
                (main - same).unlink()
                same.write({"is_main": True, "number": partner.phone})
            elif main:
                main[:1].write({"number": partner.phone, "is_verified": False})
            else:
                missing.append({"partner_id": partner.id, "number": partner.phone, "is_main": True})
        if missing:
            phones_sudo.create(missing)

    def action_gb_view_calls(self):
        """Open this customer's calls."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_callcenter.gb_call_action")
        return dict(
            action, domain=[("partner_id", "=", self.id)], context={"default_partner_id": self.id}
        )

    def _get_gb_customer_card(self):
        """What the call card shows of these customers (docs/architecture.md, "customer")."""
        phones = self.env["gb.phone"]
        return [
            {
                "id": partner.id,
                "name": partner.display_name,
                "city": partner.city or "",
                "phone": phones._mask(partner.phone or ""),
                "email": partner.email or "",
                "is_company": partner.is_company,
            }
            for partner in self
        ]
