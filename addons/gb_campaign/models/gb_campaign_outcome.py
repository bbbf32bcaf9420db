from odoo import api, fields, models

from ..const import CATEGORIES, REACHED


class GbCampaignOutcome(models.Model):
    """What came of calling a customer, and whether and when he is called again."""

    _name = "gb.campaign.outcome"
    _description = "Outcome of a campaign call"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    key = fields.Selection(
        [(str(digit), str(digit)) for digit in range(10)],
        help="The digit that chooses it on the calling screen.",
    )
    category = fields.Selection(CATEGORIES, required=True, default="success")
    is_reached = fields.Boolean(
        string="Customer reached", compute="_compute_is_reached", store=True, precompute=True
    )
    is_final = fields.Boolean(
        string="Settles the customer", help="He is not called again in this campaign."
    )
    is_default = fields.Boolean(string="In new campaigns", default=True)
    company_id = fields.Many2one("res.company")

    # called again
    retry_minutes = fields.Integer(string="Again after (min)", default=60)
    back_off = fields.Float(
        string="Then each time × ",
        default=1.0,
        help="1: always after the same time; 2: twice as long each time.",
    )
    max_per_day = fields.Integer(
        string="At most a day",
        help="Attempts with this outcome on one day. 0: no limit of its own.",
    )
    max_total = fields.Integer(
        string="At most in all",
        help="After so many attempts with this outcome he is not called again. 0: no limit of its own.",
    )
    takes_next_number = fields.Boolean(
        string="Other number next", help="The next attempt goes to his next number."
    )
    spends_number = fields.Boolean(
        string="Number is no good", help="This number is not dialled again in this campaign."
    )

    # what follows
    is_do_not_call = fields.Boolean(
        string="Do not call", help="The number is marked: nobody calls it any more."
    )
    asks_next_at = fields.Boolean(string="Asks for the next contact")
    makes_lead = fields.Boolean(string="Makes a lead")
    disposition_id = fields.Many2one(
        "gb.disposition",
        string="Files the call as",
        help="The call in the seat panel is filed with it; empty: the agent files it there himself.",
    )

    _rule_check = models.Constraint(
        "CHECK (retry_minutes >= 0 AND back_off >= 1 AND max_per_day >= 0 AND max_total >= 0)",
        "Times and limits are not below zero, and waiting does not get shorter.",
    )

    @api.depends("category")
    def _compute_is_reached(self):
        for outcome in self:
            outcome.is_reached = outcome.category in REACHED

    def _get_wait_minutes(self, count):
        """Minutes until the next attempt.

        :param int count: attempts with this outcome so far, the present one included
        :rtype: float
        """
        self.ensure_one()
        # a year at most: factors are typed by hand
        return min(self.retry_minutes * self.back_off ** (max(count, 1) - 1), 525600)
