import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PLACEHOLDER = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")


class GbCampaignScript(models.Model):
    """What an agent says, step by step; the customer's answer leads to the next step."""

    _name = "gb.campaign.script"
    _description = "Script of a campaign"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    step_ids = fields.One2many("gb.campaign.script.step", "script_id", string="Steps", copy=True)
    campaign_ids = fields.One2many("gb.campaign", "script_id", string="Campaigns")
    placeholder_help = fields.Char(compute="_compute_placeholder_help")

    def _compute_placeholder_help(self):
        for script in self:
            script.placeholder_help = " ".join(
                "{{%s}}" % name for name in self._get_placeholder_names()
            )

    @api.model
    def _get_placeholder_names(self):
        """What a text may name. Override together with ``_get_placeholders`` to add more."""
        return [
            "customer.name",
            "customer.city",
            "customer.level",
            "customer.last_order",
            "child.name",
            "child.age",
            "child.stage",
            "agent.name",
            "campaign.name",
            "company.name",
        ]

    @api.model
    def _get_placeholders(self, row):
        """What the placeholders of a text stand for, for a customer on a list: {name: text}.

        :param row: gb.campaign.row
        """
        partner_sudo = (
            row.sudo().partner_id
        )  # names and words that the agent says to the customer himself
        child_sudo = partner_sudo.gb_child_ids.browse()
        if (
            row.sudo().campaign_id.shows_children
            or partner_sudo.with_env(self.env)._is_gb_verified()
        ):
            child_sudo = partner_sudo.gb_child_ids.sorted("birth_date", reverse=True)[:1]
        last_order_at = partner_sudo.gb_last_order_at
        return {
            "customer.name": partner_sudo.name,
            "customer.city": partner_sudo.city or partner_sudo.state_id.name,
            "customer.level": partner_sudo.gb_level_id.name,
            "customer.last_order": last_order_at
            and fields.Date.to_string(fields.Datetime.context_timestamp(self, last_order_at)),
            "child.name": child_sudo.name,
            "child.age": child_sudo.age,
            "child.stage": child_sudo.stage_id.name,
            "agent.name": self.env.user.name,
            "campaign.name": row.sudo().campaign_id.name,
            "company.name": row.sudo().company_id.name,
        }

    @api.model
    def _render(self, text, placeholders):
        """The text with its placeholders filled in: plain text. One replacement, nothing is evaluated; what is not known
        becomes a blank to be filled by the agent."""
        return PLACEHOLDER.sub(lambda match: str(placeholders.get(match[1]) or "____"), text or "")

    @api.model
    def _check_text(self, text):
        unknown = sorted(set(PLACEHOLDER.findall(text or "")) - set(self._get_placeholder_names()))
        if unknown:
            raise ValidationError(
                self.env._("There is no placeholder %s.", ", ".join("{{%s}}" % n for n in unknown))
            )

    def _get_script(self, row):
        """The script as the calling screen shows it to the current user.

        :return: {"name", "first": id | False, "steps": {id: {"id", "title", "text", "answers":
            [{"id", "label", "next": id | False, "outcome_id": id | False}], "next": id | False}}}
        """
        placeholders = self._get_placeholders(row)
        steps = list(self.step_ids)
        answer = {}
        for index, step in enumerate(steps):
            following = steps[index + 1].id if index + 1 < len(steps) else False
            answer[step.id] = {
                "id": step.id,
                "title": step.name,
                "text": self._render(step.text, placeholders),
                "answers": [
                    {
                        "id": choice.id,
                        "label": choice.name,
                        "next": choice.next_step_id.id or (not choice.outcome_id and following),
                        "outcome_id": choice.outcome_id.id,
                    }
                    for choice in step.answer_ids
                ],
                "next": False if step.is_last else following,
            }
        return {"name": self.name, "first": steps[0].id if steps else False, "steps": answer}
