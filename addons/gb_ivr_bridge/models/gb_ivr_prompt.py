from odoo import api, fields, models, tools
from odoo.exceptions import UserError


class GbIvrPrompt(models.Model):
    """Something that callers hear: a text that is spoken, or sound. Those with a code are the standard sentences of node types;
    a company may have its own one of a code."""

    _name = "gb.ivr.prompt"
    _description = "Voice prompt"
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True)
    code = fields.Char(
        string="Standard sentence",
        copy=False,
        index="btree_not_null",
        help="Node types say the sentence of this code. Your company's own one goes before the one for all.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    line_ids = fields.One2many("gb.ivr.prompt.line", "prompt_id", string="Languages", copy=True)
    text = fields.Text(compute="_compute_text", search="_search_text")
    node_count = fields.Integer(string="Used in drafts", compute="_compute_node_count")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL AND active IS TRUE",
        "This company has a sentence of this code already.",
    )

    @api.depends("line_ids.text")
    def _compute_text(self):
        for prompt in self:
            prompt.text = "\n".join(line.text for line in prompt.line_ids if line.text)

    def _search_text(self, operator, value):
        return [("line_ids.text", operator, value)]

    def _compute_node_count(self):
        counts = dict(
            self.env["gb.ivr.node"]._read_group(
                [("prompt_id", "in", self.ids), ("version_id.state", "=", "draft")],
                ["prompt_id"],
                ["__count"],
            )
        )
        for prompt in self:
            prompt.node_count = counts.get(prompt, 0)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"code", "company_id", "active"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_standard(self):
        if self.filtered(lambda prompt: prompt.code and not prompt.company_id):
            raise UserError(
                self.env._(
                    "Node types need this sentence: change its words instead of deleting it."
                )
            )

    @api.model
    def _get_standard(self, code, version):
        """The standard sentence ``code`` as parts of a speech, the company's own before the one for all."""
        return self.browse(self._get_standard_id(code, version.company_id.id))._get_parts(version)

    @api.model
    @tools.ormcache("code", "company_id")
    def _get_standard_id(self, code, company_id):
        """Which prompt that is: a version asks for some of them again and again."""
        prompts = self.sudo().search(
            [("code", "=", code), ("company_id", "in", [company_id, False])]
        )
        return prompts.sorted(lambda prompt: not prompt.company_id)[:1].id

    def _get_parts(self, version):
        """This prompt as parts of a speech (docs/architecture.md, "Document"), in the languages of ``version``. A language with
        sound is played, one without is spoken."""
        if not self:
            return []
        languages = version._get_languages()
        lines = self.line_ids.filtered(lambda line: line.language in languages)
        audio = {line.language: line.sha256 for line in lines if line.sha256}
        text = {
            line.language: line.text.strip()
            for line in lines
            if not line.sha256 and (line.text or "").strip()
        }
        part = {key: value for key, value in (("audio", audio), ("text", text)) if value}
        return [part] if part else []
