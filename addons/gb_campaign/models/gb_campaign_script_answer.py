from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbCampaignScriptAnswer(models.Model):
    """What the customer may answer, and where that leads."""

    _name = "gb.campaign.script.answer"
    _description = "Answer in a script"
    _order = "step_id, sequence, id"

    step_id = fields.Many2one(
        "gb.campaign.script.step", required=True, ondelete="cascade", index=True
    )
    script_id = fields.Many2one(related="step_id.script_id")
    company_id = fields.Many2one(related="step_id.company_id")
    name = fields.Char(string="Answer", required=True, translate=True)
    sequence = fields.Integer(default=10)
    next_step_id = fields.Many2one(
        "gb.campaign.script.step",
        string="Leads to",
        ondelete="set null",
        domain="[('script_id', '=', script_id)]",
        help="Empty: the next step.",
    )
    outcome_id = fields.Many2one(
        "gb.campaign.outcome",
        string="Suggests the outcome",
        ondelete="set null",
    )

    @api.constrains("next_step_id", "step_id")
    def _check_next_step(self):
        for answer in self:
            if answer.next_step_id and answer.next_step_id.script_id != answer.step_id.script_id:
                raise ValidationError(
                    self.env._("“%s” leads to a step of another script.", answer.name)
                )
