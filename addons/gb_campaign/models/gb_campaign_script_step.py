from odoo import api, fields, models


class GbCampaignScriptStep(models.Model):
    """One thing that the agent says or asks."""

    _name = "gb.campaign.script.step"
    _description = "Step of a script"
    _order = "script_id, sequence, id"

    script_id = fields.Many2one("gb.campaign.script", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="script_id.company_id")
    name = fields.Char(string="Title", required=True, translate=True)
    sequence = fields.Integer(default=10)
    text = fields.Text(required=True, translate=True, help="Placeholders: see the script.")
    answer_ids = fields.One2many(
        "gb.campaign.script.answer", "step_id", string="Answers", copy=True
    )
    answer_count = fields.Integer(string="Branches", compute="_compute_answer_count")
    is_last = fields.Boolean(
        string="Ends here", help="No step follows unless an answer leads to one."
    )

    @api.depends("answer_ids")
    def _compute_answer_count(self):
        for step in self:
            step.answer_count = len(step.answer_ids)

    @api.constrains("text")
    def _check_text(self):
        for step in self:
            self.env["gb.campaign.script"]._check_text(step.text)
