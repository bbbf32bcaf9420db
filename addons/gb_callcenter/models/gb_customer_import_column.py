from odoo import fields, models


class GbCustomerImportColumn(models.Model):
    """A column of the file and what it is."""

    _name = "gb.customer.import.column"
    _description = "Column of a customer import"
    _order = "import_id, sequence, id"
    _rec_name = "heading"

    import_id = fields.Many2one("gb.customer.import", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=0)
    heading = fields.Char(string="Column of the file", required=True, readonly=True)
    sample = fields.Char(string="First value", readonly=True)
    field = fields.Selection(
        lambda self: self.env["gb.customer.import"]._fields_of_import(), string="Goes to"
    )
