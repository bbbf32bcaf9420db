from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import MENU_KEY, NODE_CODE, VARIABLE

OPERATORS = [
    ("=", "is"),
    ("!=", "is not"),
    ("<", "is less than"),
    ("<=", "is at most"),
    (">", "is more than"),
    (">=", "is at least"),
    ("in", "is one of"),
    ("starts", "begins with"),
    ("set", "is filled"),
    ("unset", "is empty"),
]


class GbIvrExit(models.Model):
    """Where a flow goes on when a node is left by ``key``. The keys of a menu and the rules of a branch are exits that users
    add; all others come with the node's type."""

    _name = "gb.ivr.exit"
    _description = "Exit of an IVR node"
    _order = "node_id, sequence, id"
    _rec_name = "key"

    node_id = fields.Many2one("gb.ivr.node", required=True, ondelete="cascade", index=True)
    version_id = fields.Many2one(related="node_id.version_id")
    key = fields.Char(required=True, help="The key that callers press, or how the node was left.")
    label = fields.Char(help="What the key stands for.")
    name = fields.Char(string="Exit", compute="_compute_name", inverse="_inverse_name")
    is_own = fields.Boolean(string="Added by users", compute="_compute_name")
    sequence = fields.Integer(default=10)
    target = fields.Char(
        help="Code of the node that follows, or flow: and another flow's short name; empty: the hotline's queue."
    )
    target_node_id = fields.Many2one(
        "gb.ivr.node",
        string="Goes to",
        compute="_compute_target_node_id",
        inverse="_inverse_target_node_id",
        domain="[('version_id', '=', version_id)]",
        help="Empty: the hotline's queue.",
    )

    variable = fields.Char(help="The variable that the rule looks at.")
    operator = fields.Selection(OPERATORS, string="Condition", default="=")
    value = fields.Char(help="What it is compared with; of “is one of” several, by comma.")

    _key_uniq = models.Constraint("UNIQUE(node_id, key)", "A node has each exit once.")

    @api.depends("key", "label", "node_id.type")
    def _compute_name(self):
        for node, exits in self.grouped("node_id").items():
            names = dict(node._get_exits()) if node else {}
            fixed = dict(node._get_fixed_exits()) if node else {}
            for exit_ in exits:
                exit_.name = exit_.label or names.get(exit_.key) or exit_.key
                exit_.is_own = bool(node) and node._has_own_exits() and exit_.key not in fixed

    def _inverse_name(self):
        for exit_ in self:
            exit_.label = exit_.name

    @api.depends("target", "node_id.version_id.node_ids.code")
    def _compute_target_node_id(self):
        for version, exits in self.grouped("version_id").items():
            nodes = {node.code: node for node in version.node_ids}
            for exit_ in exits:
                exit_.target_node_id = nodes.get(exit_.target)

    def _inverse_target_node_id(self):
        for exit_ in self:
            exit_.target = exit_.target_node_id.code

    @api.constrains("key", "node_id")
    def _check_key(self):
        for exit_ in self:
            node = exit_.node_id
            if node.type == "menu" and exit_.is_own and not MENU_KEY.fullmatch(exit_.key):
                raise ValidationError(
                    self.env._("“%(key)s” is no key of a telephone: 0 to 9, * or #.", key=exit_.key)
                )
            if exit_.is_own and not MENU_KEY.fullmatch(exit_.key):
                if not NODE_CODE.fullmatch(exit_.key):
                    raise ValidationError(
                        self.env._(
                            "“%(key)s” cannot name an exit: use letters, digits and _.",
                            key=exit_.key,
                        )
                    )

    @api.constrains("variable")
    def _check_variable(self):
        for exit_ in self.filtered("variable"):
            if not VARIABLE.fullmatch(exit_.variable):
                raise ValidationError(
                    self.env._("“%(name)s” cannot name a variable.", name=exit_.variable)
                )

    @api.model_create_multi
    def create(self, vals_list):
        exits = super().create([self._with_key(vals) for vals in vals_list])
        exits.node_id._check_editable()
        return exits

    def _with_key(self, vals):
        """A rule needs no name: it gets one."""
        if vals.get("key"):
            return vals
        node = self.env["gb.ivr.node"].browse(vals.get("node_id"))
        taken = set(node.exit_ids.mapped("key"))
        number = 1
        while f"rule{number}" in taken:
            number += 1
        return {**vals, "key": f"rule{number}"}

    def write(self, vals):
        self.node_id._check_editable()
        return super().write(vals)

    def unlink(self):
        self.node_id._check_editable()
        return super().unlink()
