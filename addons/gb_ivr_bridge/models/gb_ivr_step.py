from odoo import fields, models


class GbIvrStep(models.Model):
    """A node that a caller went through. Derived from the events of the connector, like the call itself."""

    _name = "gb.ivr.step"
    _description = "Step of a caller through an IVR flow"
    _order = "at desc, id desc"
    _rec_name = "label"
    _log_access = False
    _gb_masked_fields = ("input",)

    session_id = fields.Many2one("gb.ivr.session", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    call_id = fields.Many2one("gb.call", readonly=True, ondelete="set null", index="btree_not_null")
    flow_id = fields.Many2one(
        "gb.ivr.flow", string="Menu", readonly=True, ondelete="set null", index="btree_not_null"
    )
    number = fields.Integer(
        string="Place",
        required=True,
        readonly=True,
        aggregator=None,
        help="In the session, from 1.",
    )
    version = fields.Integer(readonly=True, aggregator=None)
    node = fields.Char(string="Node's code", readonly=True)
    node_type = fields.Char(string="Type", readonly=True)
    label = fields.Char(string="Node", readonly=True)
    input = fields.Char(
        string="Keys", readonly=True, help="Keys pressed; secret ones are not kept."
    )
    exit = fields.Char(readonly=True)
    outcome = fields.Selection(
        [
            ("next", "Went on"),
            ("left", "Hung up here"),
            ("agent", "To an agent"),
            ("end", "Menu ended"),
        ],
        readonly=True,
        default="next",
        help="What came after this step.",
    )
    left_percent = fields.Float(
        string="Left here (%)",
        readonly=True,
        aggregator="avg",
        help="Share of the visits in which the caller hung up here.",
    )
    at = fields.Datetime(string="From", required=True, readonly=True)
    left_at = fields.Datetime(string="Until", readonly=True)
    seconds = fields.Float(string="Time in it (s)", readonly=True, aggregator="avg", digits=(16, 1))

    _number_uniq = models.UniqueIndex("(session_id, number)")
    # statistics of a period read the index alone
    _period_idx = models.Index(
        "(company_id, at) INCLUDE (flow_id, label, node_type, outcome, left_percent, seconds)"
    )
