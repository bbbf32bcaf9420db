from odoo import api, fields, models
from odoo.tools import ormcache


class GbTicketClockThreshold(models.Model):
    """What is done when a clock has used up a part of its time. Each clock passes a percentage once."""

    _name = "gb.ticket.clock.threshold"
    _description = "Clock threshold"
    _inherit = ["gb.ticket.clock.rule"]
    _order = "percent, kind_id, id"

    name = fields.Char(compute="_compute_name")
    kind_id = fields.Many2one(
        "gb.ticket.clock.kind",
        string="Clock",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: all clocks.",
    )
    percent = fields.Integer(
        string="At (%)", required=True, default=75, help="Of the target; 100 is the due time."
    )
    is_handler_reminded = fields.Boolean(
        string="Remind the handler",
        help="While nobody has claimed the work, its department's leads are reminded.",
    )
    is_lead_told = fields.Boolean(string="Tell the department's leads")
    is_dispatcher_told = fields.Boolean(string="Tell the dispatchers")
    is_escalating = fields.Boolean(
        string="One escalation level up", help="Up to level 3, as often as a threshold says so."
    )
    is_supervising = fields.Boolean(string="Put under supervision")
    action_id = fields.Many2one(
        "ir.actions.server",
        string="Then run",
        domain=[("model_name", "=", "gb.ticket")],
        ondelete="set null",
    )
    active = fields.Boolean(default=True)

    _percent_check = models.Constraint(
        "CHECK(percent BETWEEN 1 AND 1000)", "The threshold is between 1 and 1000 %."
    )

    @api.depends("kind_id", "percent")
    def _compute_name(self):
        for threshold in self:
            threshold.name = self.env._(
                "%(clock)s: %(percent)s %%",
                clock=threshold.kind_id.name or self.env._("All clocks"),
                percent=threshold.percent,
            )

    @api.model
    @ormcache()
    def _get_table(self):
        """:return: list of (percent, kind id or False, threshold id)"""
        return [
            (threshold.percent, threshold.kind_id.id, threshold.id)
            for threshold in self.sudo().search([], order="percent, id")
        ]

    @api.model
    def _get_percents(self, kind_id):
        """:return: percentages at which something is done for a kind of clock"""
        return [percent for percent, kind, _id in self._get_table() if kind in (False, kind_id)]

    @api.model
    def _find(self, kind_id, after, until):
        """:return: thresholds of a kind with ``after`` < percent ≤ ``until``"""
        return self.browse(
            number
            for percent, kind, number in self._get_table()
            if kind in (False, kind_id) and after < percent <= until
        )
