from odoo import fields, models


class GbIvrStep(models.Model):
    """A node that a caller went through."""

    _name = "gb.ivr.step"
    _description = "Step of a caller through an IVR flow"
    _order = "at, id"
    _rec_name = "label"

    session_id = fields.Many2one("gb.ivr.session", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    call_id = fields.Many2one("gb.call", ondelete="cascade", index="btree_not_null")
    flow_id = fields.Many2one("gb.ivr.flow", ondelete="set null", index="btree_not_null")
    version = fields.Integer()
    node = fields.Char()
    node_type = fields.Char()
    label = fields.Char()
    input = fields.Char(help="Keys pressed; secret ones are not kept.")
    exit = fields.Char()
    at = fields.Datetime(required=True)
    left_at = fields.Datetime()
    seconds = fields.Float(string="Time in it (s)", aggregator="avg")
