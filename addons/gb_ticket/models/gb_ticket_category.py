from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbTicketCategory(models.Model):
    """What a work order is about: a tree of problems, e.g. delivery / parcel damaged."""

    _name = "gb.ticket.category"
    _description = "Problem"
    _parent_store = True
    _order = "complete_name, id"
    _rec_names_search = ["name", "complete_name", "code"]

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", store=True, recursive=True, translate=False
    )
    display_name = fields.Char(recursive=True)
    code = fields.Char(help="Short name for import, export and other systems.")
    parent_id = fields.Many2one(
        "gb.ticket.category", string="Under", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    type_ids = fields.Many2many(
        "gb.ticket.type",
        "gb_ticket_category_type_rel",
        "category_id",
        "type_id",
        string="Only for",
        help="Types that this problem is offered for; none means all.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company")

    _code_uniq = models.Constraint("UNIQUE(code)", "A problem with this code exists already.")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            parent = category.parent_id.complete_name
            category.complete_name = f"{parent} / {category.name}" if parent else category.name

    @api.depends("name", "parent_id.display_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for category in self:
            parent = category.parent_id.display_name
            category.display_name = f"{parent} / {category.name}" if parent else category.name

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A problem cannot be under itself."))
