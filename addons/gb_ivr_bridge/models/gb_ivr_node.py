from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import LANGUAGES, NODE_CODE

# bookkeeping and place on the canvas: no part of what callers meet
NOT_COMPARED = {"version_id", "company_id", "code", "exit_ids", "x", "y", "sequence"}


class Target(str):
    """Where a node's exit leads, which remembers the exit: the track tells exits of nodes, not of their operations."""

    def __new__(cls, target, key):
        made = super().__new__(cls, target)
        made.key = key
        return made


class GbIvrNode(models.Model):
    """A step of a flow. Its type is a macro: ``_compile_<type>()`` makes operations of it.

    A partner adds a type by ``selection_add`` on ``type``, fields of his own, ``_get_exits_<type>()`` and
    ``_compile_<type>()``, and a view that inherits the form.
    """

    _name = "gb.ivr.node"
    _description = "Node of an IVR flow"
    _order = "version_id, sequence, id"
    _check_company_auto = True

    version_id = fields.Many2one("gb.ivr.version", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="version_id.company_id", store=True)
    name = fields.Char(required=True)
    code = fields.Char(
        required=True,
        help="Name within the flow; stays the same over versions. Empty: made of the type.",
    )
    type = fields.Selection(
        [
            ("play", "Play"),
            ("menu", "Menu"),
            ("collect", "Collect digits"),
            ("hours", "Opening hours"),
            ("set", "Set variables"),
            ("branch", "Branch"),
            ("language", "Language"),
            ("identify", "Identify caller"),
            ("promotions", "New products and promotions"),
            ("shopping_guide", "Shopping guide"),
            ("delivery", "Delivery methods"),
            ("payment", "Payment methods"),
            ("order_status", "Order status"),
            ("order_history", "Order history"),
            ("product", "Product by code"),
            ("place_order", "Place an order"),
            ("ticket_progress", "Work order progress"),
            ("voicemail", "Voicemail"),
            ("fax_send", "Fax a document"),
            ("fax_receive", "Receive a fax"),
            ("transfer", "Transfer"),
            ("callback", "Call-back request"),
            ("rating", "Satisfaction"),
            ("http", "HTTP look-up"),
            ("jump", "Go to another flow"),
            ("hangup", "Hang up"),
        ],
        required=True,
        default="play",
    )
    sequence = fields.Integer(default=10)
    is_start = fields.Boolean(string="Begins here")
    x = fields.Integer(default=0)
    y = fields.Integer(default=0)
    exit_ids = fields.One2many("gb.ivr.exit", "node_id", string="Exits", copy=True)
    is_editable = fields.Boolean(compute="_compute_is_editable")

    # what is said
    prompt_id = fields.Many2one(
        "gb.ivr.prompt",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Said first; the text follows.",
    )
    text_zh_CN = fields.Text(
        string="Text (Chinese)",
        help="Is spoken. {variable} and {variable|format} are filled in; formats: digits, number, amount, date, time.",
    )
    text_en_US = fields.Text(string="Text (English)")
    invalid_prompt_id = fields.Many2one(
        "gb.ivr.prompt",
        string="After a wrong key",
        ondelete="restrict",
        check_company=True,
        help="Empty: the standard sentence.",
    )
    no_input_prompt_id = fields.Many2one(
        "gb.ivr.prompt",
        string="After silence",
        ondelete="restrict",
        check_company=True,
        help="Empty: the standard sentence.",
    )
    is_barge = fields.Boolean(
        string="Keys interrupt", default=True, help="A key ends the text and answers what follows."
    )

    _code_uniq = models.Constraint(
        "UNIQUE(version_id, code)", "Another node of this version has this code already."
    )

    @api.depends("version_id.state")
    def _compute_is_editable(self):
        for node in self:
            node.is_editable = node.version_id.state in (False, "draft")

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("code")
    def _check_code(self):
        for node in self:
            if not NODE_CODE.fullmatch(node.code or ""):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” cannot be a node's code: begin with a letter, use letters, digits and _.",
                        code=node.code,
                    )
                )

    def _check_editable(self):
        self.version_id._check_editable()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        taken = {}
        nodes = super().create([self._with_code(vals, taken) for vals in vals_list])
        nodes._check_editable()
        nodes._keep_one_start()
        nodes._sync_exits()
        return nodes

    def _with_code(self, vals, taken):
        """Give a node without code one made of its type."""
        version_id = vals.get("version_id")
        if version_id not in taken:
            version = self.env["gb.ivr.version"].browse(version_id)
            taken[version_id] = set(version.node_ids.mapped("code"))
        if not vals.get("code"):
            node_type, number = vals.get("type") or "play", 1
            while f"{node_type}{number}" in taken[version_id]:
                number += 1
            vals = {**vals, "code": f"{node_type}{number}"}
        taken[version_id].add(vals["code"])
        if not vals.get("name"):
            name = self._get_type_names().get(vals.get("type") or "play")
            vals = {**vals, "name": name or vals["code"]}
        return vals

    def write(self, vals):
        self._check_editable()
        renamed = {}
        if "code" in vals:
            renamed = {(node.version_id, node.code): vals["code"] for node in self}
        result = super().write(vals)
        if "version_id" in vals:
            self._check_editable()
        for (version, code), new_code in renamed.items():
            version.node_ids.exit_ids.filtered(
                lambda exit_, code=code: exit_.target == code
            ).target = new_code
        if vals.get("is_start"):
            self._keep_one_start()
        if self._get_exit_fields() & vals.keys():
            self._sync_exits()
        return result

    def unlink(self):
        self._check_editable()
        for version, nodes in self.grouped("version_id").items():
            codes = set(nodes.mapped("code"))
            (version.node_ids - nodes).exit_ids.filtered(
                lambda exit_, codes=codes: exit_.target in codes
            ).target = False
        return super().unlink()

    def _keep_one_start(self):
        for version, nodes in self.filtered("is_start").grouped("version_id").items():
            others = version.node_ids.filtered("is_start") - nodes[-1:]
            if others:
                others.is_start = False

    # ------------------------------------------------------------------
    # Types
    # ------------------------------------------------------------------

    @api.model
    def _get_type_names(self):
        """Names of the node types, by type."""
        return dict(self._fields["type"]._description_selection(self.env))

    def _get_exit_fields(self):
        """Override to add the fields on which the exits of your type depend. :return: set of names"""
        return {"type", "exit_ids"}

    def _has_own_exits(self):
        """Override when users may add exits to your type. They are in front of what ``_get_exits_<type>`` returns."""
        self.ensure_one()
        return self.type in ("menu", "branch")

    def _get_fixed_exits(self):
        """The exits that come with the type: [(key, label), …]"""
        self.ensure_one()
        return getattr(self, f"_get_exits_{self.type}")()

    def _get_exits(self):
        """All exits of this node in order: [(key, label), …]"""
        self.ensure_one()
        fixed = self._get_fixed_exits()
        if not self._has_own_exits():
            return fixed
        keys = {key for key, _label in fixed}
        own = self.exit_ids.filtered(lambda exit_: exit_.key not in keys)
        if self.type == "menu":
            # keys that another type has left behind
            own = own.filtered(lambda exit_: len(exit_.key or "") == 1)
        return [(exit_.key, exit_.label or exit_.key) for exit_ in own] + fixed

    def _sync_exits(self):
        """Give the nodes the exits of their type and settings. What an exit that goes has led to is led to by one that
        comes."""
        for node in self:
            keys = [key for key, _label in node._get_exits()]
            lost = node.exit_ids.filtered(lambda exit_, keys=keys: exit_.key not in keys)
            present = set((node.exit_ids - lost).mapped("key"))
            missing = [key for key in keys if key not in present]
            for exit_ in lost.sorted(lambda exit_: not exit_.target)[: len(missing)]:
                exit_.write({"key": missing.pop(0), "label": False, "variable": False})
                lost -= exit_
            lost.unlink()
            self.env["gb.ivr.exit"].create([{"node_id": node.id, "key": key} for key in missing])
            fixed = {key: 1000 + at for at, (key, _label) in enumerate(node._get_fixed_exits())}
            for exit_ in node.exit_ids.filtered(lambda exit_, fixed=fixed: exit_.key in fixed):
                if exit_.sequence != fixed[exit_.key]:
                    exit_.sequence = fixed[exit_.key]
            node.invalidate_recordset(["exit_ids"])

    # ------------------------------------------------------------------
    # Compiling
    # ------------------------------------------------------------------

    def _compile(self):
        """The operations that this node stands for: {name: operation}. The first one bears the node's code, others
        ``<code>.<word>``."""
        self.ensure_one()
        return getattr(self, f"_compile_{self.type}")()

    def _operation(self, op, exits=None, **parameters):
        """An operation of this node (docs/architecture.md, "Document")."""
        exits = exits or {}
        leaves = {
            key: target.key
            for key, target in exits.items()
            if isinstance(target, Target) and target.key != key
        }
        return {
            "op": op,
            "label": self.name,
            "type": self.type,
            **parameters,
            **({"leaves": leaves} if leaves else {}),
            "exits": {key: str(target) for key, target in exits.items()},
        }

    def _at(self, word):
        """Name of a further operation of this node."""
        return f"{self.code}.{word}"

    def _go(self, key):
        """Target of the exit ``key``."""
        return Target(self.exit_ids.filtered(lambda exit_: exit_.key == key)[:1].target or "", key)

    def _go_all(self, *keys):
        """Targets of these exits, or of all: {key: target}"""
        keys = keys or [key for key, _label in self._get_exits()]
        targets = {exit_.key: exit_.target or "" for exit_ in self.exit_ids}
        return {key: Target(targets.get(key, ""), key) for key in keys}

    def _speech(self):
        """What this node says: its prompt, then its text."""
        parts = self.prompt_id._get_parts(self.version_id)
        text = {
            language: self[f"text_{language}"].strip()
            for language in dict(LANGUAGES)
            if (self[f"text_{language}"] or "").strip()
        }
        return [*parts, {"text": text}] if text else parts

    def _say(self, code):
        """The standard sentence ``code`` (gb.ivr.prompt with that code)."""
        return self.env["gb.ivr.prompt"]._get_standard(code, self.version_id)

    def _get_node_problems(self):
        """What keeps this node from being published: list of sentences."""
        self.ensure_one()
        method = getattr(self, f"_get_problems_{self.type}", None)
        return method() if method else []

    @api.model
    def _get_compared_fields(self):
        """Names of the fields that make up a node, in the order of the form."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and field.type != "one2many"
            and name not in models.MAGIC_COLUMNS
            and name not in NOT_COMPARED
        ]
