from odoo import fields, models

INSPECTIONS = [
    ("unused", "Complete and unused"),
    ("opened", "Opened or used"),
    ("faulty", "Fault confirmed"),
    ("no_fault", "No fault found"),
    ("damaged", "Damaged by the customer"),
    ("incomplete", "Incomplete"),
    ("other", "Other goods than sent"),
]


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gb_ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", index="btree_not_null", copy=False, readonly=True
    )
    gb_delivered_at = fields.Datetime(
        string="Received by the customer",
        copy=False,
        help="As the carrier told. Days for returns count from here, else from the transfer.",
    )
    gb_inspection = fields.Selection(
        INSPECTIONS, string="Inspection", copy=False, help="In which condition the goods came back."
    )
    gb_inspection_note = fields.Char(string="Findings", copy=False)
    gb_inspected_by_id = fields.Many2one(
        "res.users", string="Inspected by", copy=False, readonly=True
    )
    gb_inspected_at = fields.Datetime(string="Inspected", copy=False, readonly=True)

    def write(self, vals):
        if vals.get("gb_inspection") and "gb_inspected_by_id" not in vals:
            vals = {
                **vals,
                "gb_inspected_by_id": self.env.uid,
                "gb_inspected_at": fields.Datetime.now(),
            }
        return super().write(vals)
