from odoo import api, fields, models
from odoo.exceptions import AccessError

LIFE_CYCLES = [
    ("potential", "Potential"),
    ("active", "Active buyer"),
    ("slipping", "Slipping"),
    ("at_risk", "At risk"),
    ("lost", "Lost"),
]
RFM_SEGMENTS = [
    ("champion", "Champions"),
    ("loyal", "Loyal"),
    ("new", "New"),
    ("promising", "Promising"),
    ("endangered", "Good ones about to leave"),
    ("sleeping", "Sleeping"),
]
# written by the scoring job alone
SCORE_FIELDS = {
    "gb_life_cycle",
    "gb_rfm_r",
    "gb_rfm_f",
    "gb_rfm_m",
    "gb_rfm_segment",
    "gb_net_value",
    "gb_order_count",
    "gb_return_rate",
    "gb_last_order_at",
    "gb_purchase_gap",
    "gb_score_due_at",
    "gb_level_due_at",
}
LEAD_FIELDS = {"gb_level_id", "gb_level_manual", "gb_is_blacklisted"}


class ResPartner(models.Model):
    """How the customer is classed: scores and level. The job in gb.customer.score keeps them."""

    _inherit = "res.partner"

    # --- level ---------------------------------------------------------------------------------
    gb_level_id = fields.Many2one(
        "gb.customer.level", string="Level", index="btree_not_null", copy=False
    )
    gb_level_color = fields.Integer(related="gb_level_id.color", string="Colour of the level")
    gb_level_manual = fields.Boolean(
        string="Level by hand",
        copy=False,
        help="The rules of the levels leave this customer alone.",
    )
    gb_level_due_at = fields.Datetime(
        string="Level kept until",
        readonly=True,
        copy=False,
        help="The customer no longer meets the rules of his level and goes down then.",
    )
    gb_level_change_ids = fields.One2many(
        "gb.customer.level.change", "partner_id", string="Levels", readonly=True
    )

    # --- scores --------------------------------------------------------------------------------
    gb_life_cycle = fields.Selection(
        LIFE_CYCLES,
        string="Life cycle",
        readonly=True,
        copy=False,
        help="By the time since the last order, measured by the customer's own usual gap between orders.",
    )
    gb_rfm_r = fields.Integer(string="Recency score", readonly=True, copy=False, aggregator="avg")
    gb_rfm_f = fields.Integer(string="Frequency score", readonly=True, copy=False, aggregator="avg")
    gb_rfm_m = fields.Integer(string="Money score", readonly=True, copy=False, aggregator="avg")
    gb_rfm_segment = fields.Selection(
        RFM_SEGMENTS,
        string="RFM segment",
        readonly=True,
        copy=False,
        help="By recency, frequency and money of the last 12 months.",
    )
    gb_net_value = fields.Float(
        string="Net value of 12 months",
        readonly=True,
        copy=False,
        help="Confirmed sales of the last 12 months less credit notes, without taxes, in the currency of the first company.",
    )
    gb_order_count = fields.Integer(string="Orders in 12 months", readonly=True, copy=False)
    gb_return_rate = fields.Float(
        string="Return rate",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Credit notes in proportion to sales, both of the last 12 months.",
    )
    gb_last_order_at = fields.Datetime(string="Last order", readonly=True, copy=False)
    gb_purchase_gap = fields.Float(
        string="Usual gap in days",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Median of the days between this customer's orders; 0: fewer than three orders.",
    )
    gb_score_due_at = fields.Datetime(
        string="Class changes at",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the calendar alone changes this customer's scores next.",
    )
    gb_last_contact_at = fields.Datetime(string="Last contact", readonly=True, copy=False)
    gb_is_blacklisted = fields.Boolean(string="Black list", copy=False)

    # new customers, whom the scoring job has not seen yet
    _gb_unscored_idx = models.Index(
        "(id) WHERE gb_life_cycle IS NULL AND commercial_partner_id = id"
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_gb_class_rights({name for vals in vals_list for name in vals if vals[name]})
        return super().create(
            [
                {**vals, "gb_level_manual": True} if vals.get("gb_level_id") else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        self._check_gb_class_rights(vals)
        if "gb_level_id" not in vals:
            return super().write(vals)
        # whoever sets a level means it
        vals = {"gb_level_manual": bool(vals["gb_level_id"]), **vals}
        before = {partner.id: partner.gb_level_id.id for partner in self}
        result = super().write(vals)
        self.env["gb.customer.level.change"].sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "from_level_id": before[partner.id],
                    "to_level_id": partner.gb_level_id.id,
                    "user_id": self.env.uid,
                }
                for partner in self
                if partner.gb_level_id.id != before[partner.id]
            ]
        )
        return result

    @api.model
    def _check_gb_class_rights(self, names):
        """Scores are the job's; a level by hand and the black list are a lead's decision."""
        if self.env.su:
            return
        if SCORE_FIELDS & set(names):
            raise AccessError(self.env._("Scores of customers are computed; nobody sets them."))
        if not LEAD_FIELDS & set(names) or self.env.user.has_group("gb_callcenter.group_gb_lead"):
            return
        if "gb_is_blacklisted" in names:
            raise AccessError(self.env._("Only leads and managers keep the black list."))
        raise AccessError(
            self.env._("Only leads and managers set the level of a customer by hand.")
        )
