from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

MERGE_LIMIT = 20


class GbCustomerDuplicate(models.Model):
    """Customers who have a telephone number, a member number or an e-mail address in common."""

    _name = "gb.customer.duplicate"
    _description = "Possibly the same customer"
    _auto = False
    _order = "customer_count desc, id"
    _rec_name = "identity"

    kind = fields.Selection(
        [("phone", "Telephone number"), ("email", "E-mail address")],
        string="In common",
        readonly=True,
    )
    identity = fields.Char(string="Number or address", readonly=True)
    customer_count = fields.Integer(string="Number of customers", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", compute="_compute_partner_ids"
    )

    @property
    def _table_query(self):
        # ids: those of the first number or customer, negative for addresses, so that the kinds do not meet
        return SQL(
            """SELECT min(phone.id) AS id, 'phone' AS kind, phone.number_key AS identity,
                      partner.company_id, count(DISTINCT phone.partner_id)::int AS customer_count
                 FROM gb_phone phone JOIN res_partner partner ON partner.id = phone.partner_id AND partner.active
                WHERE phone.number_key <> ''
             GROUP BY phone.number_key, partner.company_id HAVING count(DISTINCT phone.partner_id) > 1
            UNION ALL
               SELECT -min(id), 'email', email_normalized, company_id, count(*)::int
                 FROM res_partner WHERE active AND email_normalized IS NOT NULL AND parent_id IS NULL
             GROUP BY email_normalized, company_id HAVING count(*) > 1"""
        )

    def _compute_partner_ids(self):
        for duplicate in self:
            duplicate.partner_ids = duplicate._get_partners()

    def _get_partners(self):
        """The customers, whom the current user may see; the oldest first."""
        Partner = self.env["res.partner"]
        company = [("company_id", "=", self.company_id.id)]
        if self.kind == "email":
            domain = [("email_normalized", "=", self.identity), ("parent_id", "=", False)]
        else:
            domain = [("gb_phone_ids.number_key", "=", self.identity)]
        return Partner.search(domain + company, order="id", limit=MERGE_LIMIT)

    def action_merge(self):
        """Open Odoo's merging with these customers; the oldest is the one that stays, unless another is chosen."""
        self.ensure_one()
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads and managers may merge customers."))
        partners = self._get_partners()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge customers"),
            "res_model": "base.partner.merge.automatic.wizard",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"active_model": "res.partner", "active_ids": partners.ids},
        }
