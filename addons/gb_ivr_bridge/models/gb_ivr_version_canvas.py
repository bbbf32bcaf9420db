import re

from odoo import api, fields, models
from odoo.exceptions import UserError


class GbIvrVersion(models.Model):
    """The canvas: one answer with everything that is drawn, and changes that come with what takes them back.

    A change is a list of operations that are done together or not at all:

    ``{"do": "move", "positions": {code: [x, y]}}``,
    ``{"do": "connect", "links": [{"node", "key", "target"}]}`` (target: code of a node, or ``""`` to cut),
    ``{"do": "add_exit", "node": code, "key"}`` (no key: the next one that is free),
    ``{"do": "remove_exit", "node": code, "key"}``,
    ``{"do": "start", "node": code}``,
    ``{"do": "add", "nodes": [snapshot], "is_copy": bool, "from": {"node", "key"}}`` (a copy gets new codes, and its links to
    others are cut; ``from``: the exit that shall lead to the first one),
    ``{"do": "remove", "nodes": [code]}``,
    ``{"do": "replace", "nodes": [code], "with": [snapshot]}``.

    A snapshot holds the values of a node without those of its version, as ``get_snapshots`` gives them.
    """

    _inherit = "gb.ivr.version"

    revision = fields.Integer(
        readonly=True,
        copy=False,
        help="Counts the changes of nodes, so that two people who edit notice each other.",
    )

    # --- buttons ---------------------------------------------------------------------------------

    def action_open_canvas(self):
        """Show the nodes of this version as a picture."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "gb_ivr_canvas",
            "name": self.display_name,
            "params": {"version_id": self.id},
        }

    def action_canvas_draft(self):
        """Open the canvas of the flow's draft, made of this version if there is none.

        :return: action
        """
        self.ensure_one()
        self.check_access("write")
        draft = self.flow_id.version_ids.filtered(lambda version: version.state == "draft")[:1]
        return (draft or self.copy()).action_open_canvas()

    # --- the canvas's RPC ------------------------------------------------------------------------

    def get_canvas(self):
        """What the canvas shows. Readers may call it.

        :return: dict, see ``_prepare_canvas``
        """
        self.ensure_one()
        self.check_access("read")
        return self._prepare_canvas()

    def change_canvas(self, operations, revision):
        """Change the nodes of a draft.

        :param list operations: see the class
        :param int revision: what the sender has seen; a change of somebody else since then is an error
        :return: ``{"canvas": as get_canvas(), "undo": operations, "codes": [codes of added nodes]}``
        """
        self.ensure_one()
        self.check_access("write")
        self._check_editable()
        if revision != self.revision:
            raise UserError(
                self.env._(
                    "Somebody else has changed this version in the meantime. "
                    "The canvas now shows it; please do your change again."
                )
            )
        undo, codes = [], []
        for operation in operations:
            method = getattr(self, f"_canvas_{operation.get('do')}", None)
            if not method or operation["do"] not in self._get_canvas_operations():
                raise UserError(
                    self.env._("Unknown change “%(name)s”.", name=str(operation.get("do")))
                )
            inverse, added = method(operation)
            undo = inverse + undo
            codes += added
        self._touch_canvas()
        return {"canvas": self._prepare_canvas(), "undo": undo, "codes": codes}

    def get_snapshots(self, codes):
        """Values of nodes, to be pasted elsewhere or put back.

        :param list codes: codes of nodes
        :return: list of dicts
        """
        self.ensure_one()
        self.check_access("read")
        return [node._get_snapshot() for node in self._find_nodes(codes)]

    def get_canvas_diff(self, other_id):
        """What is different here, compared with another version of the flow.

        :return: ``{"nodes": {code: "added"|"changed"}, "removed": [node of the other canvas], "links": {"code key": target in
            the other}, "changes": [{"kind", "node", "name", "texts"}]}``
        """
        self.ensure_one()
        self.check_access("read")
        other = self.flow_id.version_ids.filtered(lambda version: version.id == other_id)
        if not other:
            raise UserError(self.env._("This is no other version of the flow."))
        changes = self._get_changes(other)
        here = set(self.node_ids.mapped("code"))
        kinds = {change["code"]: change["kind"] for change in changes if change["code"]}
        return {
            "nodes": {code: kind for code, kind in kinds.items() if code in here},
            "removed": [
                node._prepare_canvas_node() for node in other.node_ids if node.code not in here
            ],
            "links": {
                f"{leaf.node_id.code} {leaf.key}": leaf.target
                for leaf in other.node_ids.exit_ids
                if leaf.target
            },
            "changes": [
                {
                    "kind": change["kind"],
                    "node": change["code"],
                    "name": change["name"],
                    "texts": [
                        self._get_change_text(*detail)
                        for detail in (change["details"] if change["kind"] == "changed" else [])
                    ],
                }
                for change in changes
            ],
        }

    def _get_change_text(self, what, before, after):
        if before and after:
            return self.env._(
                "%(what)s: %(before)s → %(after)s", what=what, before=before, after=after
            )
        if after:
            return self.env._("%(what)s: now %(after)s", what=what, after=after)
        return self.env._("%(what)s: no longer %(before)s", what=what, before=before)

    # --- what is drawn ---------------------------------------------------------------------------

    def _prepare_canvas(self):
        issues = self._get_canvas_issues()
        flow = self.flow_id
        return {
            "id": self.id,
            "name": self.display_name,
            "number": self.number,
            "state": self.state,
            "state_name": dict(self._fields["state"]._description_selection(self.env))[self.state],
            "revision": self.revision,
            "is_editable": self._is_editable() and self.has_access("write"),
            "can_edit": self.has_access("write"),
            "flow": {"id": flow.id, "name": flow.name, "code": flow.code},
            "draft_id": flow.version_ids.filtered(lambda version: version.state == "draft")[:1].id,
            "versions": [
                {"id": version.id, "name": version.display_name, "number": version.number}
                for version in flow.version_ids
                if version != self
            ],
            "types": self.env["gb.ivr.node"]._get_canvas_types(),
            "nodes": [node._prepare_canvas_node() for node in self.node_ids],
            "issues": issues,
        }

    def _get_canvas_issues(self):
        """What the check finds: ``[{"node": code or "", "level": "error"|"warning", "text"}]``."""
        return [
            {"node": problem["code"], "level": problem["level"], "text": problem["text"]}
            for problem in self.get_problems()
        ]

    # --- operations: (operations that take it back, codes of added nodes) ----------------------------

    @api.model
    def _get_canvas_operations(self):
        """Names of the operations; each is a method ``_canvas_<name>``."""
        return (
            "move",
            "connect",
            "add_exit",
            "remove_exit",
            "start",
            "add",
            "remove",
            "replace",
        )

    def _canvas_move(self, operation):
        positions = operation["positions"]
        before = {}
        for node in self._find_nodes(list(positions)):
            before[node.code] = [node.x, node.y]
            x, y = positions[node.code]
            node.write({"x": round(x), "y": round(y)})
        return [{"do": "move", "positions": before}], []

    def _canvas_connect(self, operation):
        before = []
        nodes = {node.code: node for node in self.node_ids}
        for link in operation["links"]:
            target = link.get("target") or ""
            node = nodes.get(link["node"])
            leaf = node and node.exit_ids.filtered(lambda leaf, key=link["key"]: leaf.key == key)
            if not leaf or (target and target not in nodes and not target.startswith("flow:")):
                raise UserError(
                    self.env._(
                        "The exit “%(exit)s” of “%(node)s” cannot lead there: one of both is gone.",
                        exit=link["key"],
                        node=node.name if node else link["node"],
                    )
                )
            before.append({"node": node.code, "key": leaf.key, "target": leaf.target or ""})
            leaf.target = target
        return [{"do": "connect", "links": before[::-1]}], []

    def _canvas_add_exit(self, operation):
        node = self._find_nodes([operation["node"]])
        values = self._clean_values("gb.ivr.exit", operation.get("values") or {})
        key = operation.get("key") or values.get("key") or node._get_next_exit_key()
        if not node._has_own_exits() or key in node.exit_ids.mapped("key"):
            raise UserError(
                self.env._("“%(node)s” takes no further exit “%(key)s”.", node=node.name, key=key)
            )
        values.setdefault("sequence", node._get_exit_sequence(key))
        self.env["gb.ivr.exit"].create([dict(values, node_id=node.id, key=key)])
        return [{"do": "remove_exit", "node": node.code, "key": key}], []

    def _canvas_remove_exit(self, operation):
        node = self._find_nodes([operation["node"]])
        leaf = node.exit_ids.filtered(lambda leaf: leaf.key == operation["key"] and leaf.is_own)
        values = [
            {name: value for name, value in values.items() if name != "node_id"}
            for values in leaf.copy_data()
        ]
        leaf.unlink()
        return [
            {"do": "add_exit", "node": node.code, "key": value["key"], "values": value}
            for value in values
        ], []

    def _canvas_start(self, operation):
        before = self.node_ids.filtered("is_start")
        before.is_start = False
        if operation["node"]:
            self._find_nodes([operation["node"]]).is_start = True
        return [{"do": "start", "node": before[:1].code or ""}], []

    def _canvas_add(self, operation):
        snapshots = [self._clean_snapshot(snapshot) for snapshot in operation["nodes"]]
        if operation.get("is_copy", True):
            snapshots = self._rename_snapshots(snapshots)
        nodes = self.env["gb.ivr.node"].create(
            [dict(snapshot, version_id=self.id) for snapshot in snapshots]
        )
        codes = nodes.mapped("code")
        undo = [{"do": "remove", "nodes": codes}]
        if operation.get("is_copy", True) and not self.node_ids.filtered("is_start"):
            nodes[:1].is_start = True
        if operation.get("from"):
            link = dict(operation["from"], target=codes[0])
            undo = self._canvas_connect({"links": [link]})[0] + undo
        return undo, codes

    def _canvas_remove(self, operation):
        nodes = self._find_nodes(operation["nodes"])
        links = self._get_links_to(nodes)
        snapshots = [node._get_snapshot() for node in nodes]
        nodes.unlink()
        undo = [{"do": "add", "nodes": snapshots, "is_copy": False}]
        if links:
            undo.append({"do": "connect", "links": links})
        return undo, []

    def _canvas_replace(self, operation):
        """Nodes as they were: what leads to them stays."""
        nodes = self._find_nodes(operation["nodes"])
        before = [node._get_snapshot() for node in nodes]
        incoming = self._get_links_to(nodes)
        nodes.unlink()
        after = self.env["gb.ivr.node"].create(
            [
                dict(self._clean_snapshot(snapshot), version_id=self.id)
                for snapshot in operation["with"]
            ]
        )
        codes = after.mapped("code")
        if len(codes) == 1:  # it may have been given another code since then
            incoming = [dict(link, target=codes[0]) for link in incoming]
        self._canvas_connect({"links": [link for link in incoming if link["target"] in codes]})
        return [{"do": "replace", "nodes": codes, "with": before}], []

    # --- helpers ---------------------------------------------------------------------------------

    def _is_editable(self):
        return self.state == "draft"

    def _touch_canvas(self):
        for version in self:
            version.revision += 1

    def _find_nodes(self, codes):
        nodes = self.node_ids.filtered(lambda node: node.code in codes)
        missing = set(codes) - set(nodes.mapped("code"))
        if missing:
            raise UserError(
                self.env._("There is no node “%(code)s” any more.", code=sorted(missing)[0])
            )
        return nodes

    def _get_links_to(self, nodes):
        """What leads from other nodes to these, as ``_canvas_connect`` takes it."""
        codes = set(nodes.mapped("code"))
        return [
            {"node": leaf.node_id.code, "key": leaf.key, "target": leaf.target}
            for leaf in (self.node_ids - nodes).exit_ids
            if leaf.target in codes
        ]

    @api.model
    def _clean_snapshot(self, snapshot):
        return self._clean_values("gb.ivr.node", snapshot)

    @api.model
    def _clean_values(self, model, values):
        """Only what a record of ``model`` has, and nothing that says whose it is."""
        known = self.env[model]._fields
        return {
            name: value
            for name, value in values.items()
            if name in known
            and known[name].store
            and name not in ("id", "version_id", "node_id", *models.MAGIC_COLUMNS)
        }

    def _rename_snapshots(self, snapshots):
        """Give copies codes that are free here, and let them lead to each other only."""
        taken = set(self.node_ids.mapped("code"))
        codes = {}
        for snapshot in snapshots:
            if snapshot.get("code"):
                code = self._get_free_code(snapshot["code"], taken)
                taken.add(code)
                codes[snapshot["code"]] = code
        renamed = []
        for snapshot in snapshots:
            commands = []
            for command in snapshot.get("exit_ids") or []:
                target = command[2].get("target") or ""
                if not target.startswith("flow:"):
                    target = codes.get(target, "")
                commands.append((0, 0, dict(command[2], target=target)))
            code = codes.get(snapshot.get("code"), "")
            renamed.append(dict(snapshot, code=code, is_start=False, exit_ids=commands))
        return renamed

    @api.model
    def _get_free_code(self, wish, taken):
        stem = re.sub(r"\d+$", "", re.sub(r"\W", "_", wish, flags=re.ASCII))[:36] or "node"
        code, number = wish, 1
        while code in taken:
            number += 1
            code = f"{stem}{number}"
        return code
