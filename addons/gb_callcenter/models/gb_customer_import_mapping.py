from odoo import fields, models


class GbCustomerImportMapping(models.Model):
    """How the columns of a kind of file were assigned, kept for the next one."""

    _name = "gb.customer.import.mapping"
    _description = "Saved mapping of a customer import"
    _order = "name, id"

    name = fields.Char(required=True)
    columns = fields.Json(help="What each heading goes to.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "There is a saved mapping of this name already."
    )
