from odoo import fields, models


class GbIvrVersion(models.Model):
    """One version of a flow: drafts are edited, published ones never change again."""

    _name = "gb.ivr.version"
    _description = "Version of an IVR flow"
    _order = "flow_id, number desc, id desc"
    _rec_name = "number"

    flow_id = fields.Many2one("gb.ivr.flow", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True)
    number = fields.Integer(required=True, readonly=True, copy=False, default=1)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("scheduled", "Scheduled"),
            ("published", "Published"),
            ("retired", "Retired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    note = fields.Char(string="What changed")
    node_ids = fields.One2many("gb.ivr.node", "version_id", string="Nodes", copy=True)
    publish_at = fields.Datetime(string="Publish at", copy=False)
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    document = fields.Json(readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, index="btree_not_null")

    _number_uniq = models.Constraint("UNIQUE(flow_id, number)", "This version exists already.")
