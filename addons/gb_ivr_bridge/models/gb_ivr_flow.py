from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ENGINE, FLOW_CODE, LANGUAGES


class GbIvrFlow(models.Model):
    """A menu by telephone. What callers hear is its published version."""

    _name = "gb.ivr.flow"
    _inherit = ["mail.thread"]
    _description = "IVR flow"
    _order = "sequence, name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short name that other flows and the PBX know it by: letters, digits, - and _.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    language = fields.Selection(LANGUAGES, required=True, default="zh_CN")
    second_language = fields.Selection(
        LANGUAGES,
        help="Everything that is said then needs this language, too; a node of type Language switches.",
    )
    agent_use = fields.Selection(
        [
            ("back", "The caller comes back to the agent"),
            ("stay", "The caller stays in the menu"),
        ],
        string="Agents send callers here",
        help="For example to type the PIN and come back, or to give marks after the talk. Empty: not offered to agents.",
    )
    version_ids = fields.One2many("gb.ivr.version", "flow_id", string="Versions")
    published_id = fields.Many2one(
        "gb.ivr.version", string="Published version", compute="_compute_published_id", store=True
    )
    draft_id = fields.Many2one("gb.ivr.version", compute="_compute_draft_id")
    hotline_ids = fields.One2many("gb.hotline", "flow_id", string="Hotlines")
    delivery_ids = fields.One2many("gb.ivr.delivery", "flow_id", string="On connectors")

    _code_uniq = models.Constraint("UNIQUE(code)", "Another flow has this short name already.")

    @api.depends("version_ids.state")
    def _compute_published_id(self):
        for flow in self:
            flow.published_id = flow.version_ids.filtered(
                lambda version: version.state == "published"
            )[:1]

    @api.depends("version_ids.state", "version_ids.number")
    def _compute_draft_id(self):
        for flow in self:
            drafts = flow.version_ids.filtered(lambda version: version.state == "draft")
            flow.draft_id = drafts.sorted("number")[-1:]

    @api.constrains("code")
    def _check_code(self):
        for flow in self:
            if not FLOW_CODE.fullmatch(flow.code or ""):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” cannot be a flow's short name: use letters, digits, - and _.",
                        code=flow.code,
                    )
                )

    @api.constrains("language", "second_language")
    def _check_languages(self):
        for flow in self:
            if flow.language == flow.second_language:
                raise ValidationError(self.env._("The second language has to be another one."))

    def write(self, vals):
        if "published_id" in vals and self.env.context.get("gb_ivr_engine") is not ENGINE:
            raise UserError(self.env._("Publish a version instead."))
        if "code" in vals and any(flow.published_id and flow.code != vals["code"] for flow in self):
            raise UserError(
                self.env._("The PBX knows a published flow by its short name: it stays as it is.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        # the database would delete the versions without asking them
        if self.version_ids.filtered(lambda version: version.state in ("published", "retired")):
            raise UserError(
                self.env._("Callers have met this flow: archive it instead of deleting it.")
            )

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for flow, vals in zip(self, vals_list, strict=True):
            if "code" not in default:
                vals["code"] = flow._get_free_code()
        return vals_list

    def copy(self, default=None):
        """A copy has a draft of the version that callers hear, or of the latest one."""
        flows = super().copy(default)
        for flow, copied in zip(self, flows, strict=True):
            version = flow.published_id or flow.version_ids[:1]
            if version:
                version.copy({"flow_id": copied.id, "number": 1})
        return flows

    def _get_free_code(self):
        number = 2
        while (
            self.sudo()
            .with_context(active_test=False)
            .search_count([("code", "=", f"{self.code[:36]}-{number}")], limit=1)
        ):
            number += 1
        return f"{self.code[:36]}-{number}"

    def action_new_draft(self):
        """Open the draft, or make one of the version that callers hear. :return: action"""
        self.ensure_one()
        if self.draft_id:
            return self.draft_id._get_form_action()
        base = self.published_id or self.version_ids[:1]
        if base:
            return base.action_new_draft()
        self.check_access("write")
        return self.env["gb.ivr.version"].create({"flow_id": self.id})._get_form_action()
