from odoo import fields, models


class GbIvrExit(models.Model):
    """Where a flow goes on when a node is left by ``key``."""

    _name = "gb.ivr.exit"
    _description = "Exit of an IVR node"
    _order = "node_id, sequence, id"
    _rec_name = "key"

    node_id = fields.Many2one("gb.ivr.node", required=True, ondelete="cascade", index=True)
    key = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    target = fields.Char(help="Code of the node that follows; empty: the hotline's queue.")

    _key_uniq = models.Constraint("UNIQUE(node_id, key)", "A node has each exit once.")
