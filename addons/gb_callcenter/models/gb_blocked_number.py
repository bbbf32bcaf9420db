from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class GbBlockedNumber(models.Model):
    """A number whose calls are turned away. Customers have a black list of their own (``gb_is_blacklisted``)."""

    _name = "gb.blocked.number"
    _description = "Blocked number"
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "number_key", "reason"]
    _gb_masked_fields = ("number", "number_key")

    number = fields.Char(required=True)
    number_key = fields.Char(
        string="Identity", compute="_compute_number_key", store=True, index=True, precompute=True
    )
    reason = fields.Char(required=True)
    until = fields.Datetime(string="Blocked until", help="Empty: until somebody lifts it.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    strike_count = fields.Integer(string="Calls turned away", readonly=True, copy=False)
    last_strike_at = fields.Datetime(string="Last one", readonly=True, copy=False)
    is_in_force = fields.Boolean(compute="_compute_is_in_force", search="_search_is_in_force")

    _key_uniq = models.UniqueIndex(
        "(number_key, COALESCE(company_id, 0)) WHERE active", "This number is blocked already."
    )

    @api.depends("number")
    def _compute_number_key(self):
        for row in self:
            row.number_key = self.env["gb.phone"]._parse(row.number).key

    @api.depends("active", "until")
    def _compute_is_in_force(self):
        now = fields.Datetime.now()
        for row in self:
            row.is_in_force = row.active and not (row.until and row.until <= now)

    def _search_is_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("active", "=", True) & (
            Domain("until", "=", False) | Domain("until", ">", fields.Datetime.now())
        )

    @api.constrains("number")
    def _check_number(self):
        for row in self:
            if not row.number_key:
                raise ValidationError(self.env._("“%s” is not a telephone number.", row.number))

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        self.env["gb.caller.change"]._note_keys(rows.mapped("number_key"))
        return rows

    def write(self, vals):
        keys = set(self.mapped("number_key"))
        result = super().write(vals)
        if {"number", "until", "active", "company_id"} & vals.keys():
            self.env["gb.caller.change"]._note_keys(keys | set(self.mapped("number_key")))
        return result

    def unlink(self):
        keys = self.mapped("number_key")
        result = super().unlink()
        self.env["gb.caller.change"]._note_keys(keys)
        return result

    @api.model
    def _cron_expire(self):
        """What was blocked until now is free: the telephone systems are told."""
        rows = self.search([("until", "<=", fields.Datetime.now())])
        rows.active = False

    @api.model
    def _note_strike(self, number_key, at):
        """A call of this number was turned away at ``at``."""
        rows_sudo = self.sudo().search([("number_key", "=", number_key)])
        for row_sudo in rows_sudo.filtered(
            lambda row: not row.last_strike_at or row.last_strike_at < at
        ):
            row_sudo.write({"strike_count": row_sudo.strike_count + 1, "last_strike_at": at})
