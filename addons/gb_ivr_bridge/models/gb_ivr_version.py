import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ENGINE

# what only the engine writes
ENGINE_FIELDS = {
    "state",
    "number",
    "document",
    "digest",
    "sound_ids",
    "published_at",
    "published_by_id",
}
LOCKED = ("published", "retired")


class GbIvrVersion(models.Model):
    """One version of a flow: drafts are edited, published ones never change again.

    draft ◄──► scheduled ──► published ──next one published──► retired
      └────────publish────────────┘
    """

    _name = "gb.ivr.version"
    _description = "Version of an IVR flow"
    _order = "flow_id, number desc, id desc"
    _rec_name = "number"

    flow_id = fields.Many2one("gb.ivr.flow", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True)
    number = fields.Integer(
        string="Version number", required=True, readonly=True, copy=False, default=1
    )
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
    note = fields.Char(string="What changed", copy=False)
    node_ids = fields.One2many("gb.ivr.node", "version_id", string="Nodes", copy=True)
    variable_ids = fields.One2many("gb.ivr.variable", "version_id", string="Variables", copy=True)
    publish_at = fields.Datetime(string="Publish at", copy=False)
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    document = fields.Json(readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, index="btree_not_null")
    sound_ids = fields.Many2many(
        "gb.ivr.sound",
        "gb_ivr_version_sound_rel",
        "version_id",
        "sound_id",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )

    _number_uniq = models.Constraint("UNIQUE(flow_id, number)", "This version exists already.")
    _one_published = models.UniqueIndex(
        "(flow_id) WHERE state = 'published'", "Another version of this flow is published."
    )
    _scheduled_index = models.Index("(publish_at) WHERE state = 'scheduled'")

    @api.depends("number", "flow_id.name")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.flow_id.name or ''} v{version.number}"

    # ------------------------------------------------------------------
    # What never changes again
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_engine():
            vals_list = [
                {key: value for key, value in vals.items() if key not in ENGINE_FIELDS - {"number"}}
                for vals in vals_list
            ]
        numbers = {}
        numbered = []
        for vals in vals_list:
            flow_id = vals.get("flow_id")
            if flow_id not in numbers:
                last = self.sudo().search([("flow_id", "=", flow_id)], order="number desc", limit=1)
                numbers[flow_id] = last.number
            numbers[flow_id] += 1
            numbered.append({**vals, "number": numbers[flow_id]})
        return super().create(numbered)

    def write(self, vals):
        if not self._is_engine():
            if ENGINE_FIELDS & vals.keys():
                raise UserError(
                    self.env._("State and contents of a version change by its buttons only.")
                )
            self._check_unlocked()
            if "flow_id" in vals:
                raise UserError(self.env._("A version stays with its flow."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self._check_unlocked()

    def _is_engine(self):
        return self.env.context.get("gb_ivr_engine") is ENGINE

    def _engine(self):
        return self.with_context(gb_ivr_engine=ENGINE)

    def _check_unlocked(self):
        for version in self:
            if version.state in LOCKED:
                raise UserError(
                    self.env._(
                        "%(version)s is or was published and never changes: make a new draft of it.",
                        version=version.display_name,
                    )
                )

    def _check_editable(self):
        """Refuse changes of the nodes unless this is a draft."""
        self._check_unlocked()
        for version in self:
            if version.state != "draft":
                raise UserError(
                    self.env._(
                        "%(version)s is scheduled: take it back to change it.",
                        version=version.display_name,
                    )
                )

    def _get_languages(self):
        """Languages that this version has to speak, the flow's own first."""
        self.ensure_one()
        flow = self.flow_id
        return [language for language in (flow.language, flow.second_language) if language]

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Compiling
    # ------------------------------------------------------------------

    def _compile(self):
        """The document of this version (docs/architecture.md, "Document")."""
        self.ensure_one()
        nodes = {}
        for node in self.node_ids:
            nodes.update(node._compile())
        start = self.node_ids.filtered("is_start")[:1] or self.node_ids[:1]
        return {
            "format": 1,
            "flow": self.flow_id.code,
            "version": self.number,
            "language": self.flow_id.language,
            "languages": self._get_languages(),
            "start": start.code or "",
            "variables": {variable.name: variable.value or "" for variable in self.variable_ids},
            "nodes": nodes,
        }

    @api.model
    def _get_digest(self, document):
        """SHA-256 of a document in its one form (docs/architecture.md)."""
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _get_document_sounds(self, document):
        """Hashes of the sounds that a document plays: set"""
        found = set()

        def look(value):
            if isinstance(value, dict):
                audio = value.get("audio")
                if isinstance(audio, dict):
                    found.update(audio.values())
                for item in value.values():
                    look(item)
            elif isinstance(value, list):
                for item in value:
                    look(item)

        look(document.get("nodes") or {})
        return found

    # ------------------------------------------------------------------
    # Life
    # ------------------------------------------------------------------

    def action_new_draft(self):
        """Make a draft of this version. :return: action that opens it"""
        self.ensure_one()
        self.check_access("write")
        return self.copy()._get_form_action()
