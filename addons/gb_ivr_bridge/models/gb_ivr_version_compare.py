from odoo import models

from .gb_ivr_exit import OPERATORS


class GbIvrVersion(models.Model):
    """What has changed between two versions, in words."""

    _inherit = "gb.ivr.version"

    def action_compare(self):
        """Show what has changed since the version before. :return: action"""
        self.ensure_one()
        self.check_access("read")
        others = self.flow_id.version_ids - self
        older = others.filtered(lambda version: version.number < self.number)
        other = self.flow_id.published_id if self.state in ("draft", "scheduled") else older[:1]
        compare = self.env["gb.ivr.compare"].create(
            {
                "flow_id": self.flow_id.id,
                "version_id": self.id,
                "other_id": (other or older[:1] or others[:1]).id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare versions"),
            "res_model": compare._name,
            "res_id": compare.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_changes(self, other):
        """What is different in this version compared with ``other``, an older one.

        :return: list of {"kind": "added", "removed" or "changed", "code", "name", "type": name of the type,
            "details": [(what, old text, new text), …]}, in the order of the nodes
        """
        self.ensure_one()
        old = {node.code: node for node in other.node_ids}
        new = {node.code: node for node in self.node_ids}
        changes = []
        for code, node in new.items():
            if code not in old:
                changes.append(node._describe_change("added", node._describe(new), True))
            else:
                before, after = old[code]._describe(old), node._describe(new)
                details = [
                    (what, before.get(what, ""), after.get(what, ""))
                    for what in dict.fromkeys([*before, *after])
                    if before.get(what, "") != after.get(what, "")
                ]
                if details:
                    changes.append(
                        {**node._describe_change("changed", {}, True), "details": details}
                    )
        changes += [
            node._describe_change("removed", node._describe(old), False)
            for code, node in old.items()
            if code not in new
        ]
        before = {variable.name: variable.value or "" for variable in other.variable_ids}
        after = {variable.name: variable.value or "" for variable in self.variable_ids}
        details = [
            (name, before.get(name, ""), after.get(name, ""))
            for name in dict.fromkeys([*before, *after])
            if before.get(name) != after.get(name)
        ]
        if details:
            changes.append(
                {
                    "kind": "changed",
                    "code": "",
                    "name": self.env._("Variables"),
                    "type": "",
                    "details": details,
                }
            )
        return changes


class GbIvrNode(models.Model):
    _inherit = "gb.ivr.node"

    def _describe_change(self, kind, texts, is_new):
        return {
            "kind": kind,
            "code": self.code,
            "name": self.name,
            "type": self._get_type_names()[self.type],
            "details": [
                (what, "" if is_new else text, text if is_new else "")
                for what, text in texts.items()
            ],
        }

    def _describe(self, nodes):
        """This node as texts: {what: text}. ``nodes``: those of its version by code"""
        values = {}
        for name in self._get_compared_fields():
            field = self._fields[name]
            value, default = self[name], self._get_plain_default(name)
            if value == default and name not in ("name", "type"):
                continue
            values[field._description_string(self.env)] = self._get_text(field, value)
        labels = dict(self._get_exits())
        for exit_ in self.exit_ids:
            what = self.env._("Exit “%(exit)s”", exit=labels.get(exit_.key, exit_.key))
            values[what] = exit_._describe(nodes)
        for line in self.value_ids | self.argument_ids | self.result_ids:
            role = dict(line._fields["role"]._description_selection(self.env))[line.role]
            values[f"{role} {line.name}"] = line.value or ""
        return values

    def _get_plain_default(self, name):
        field = self._fields[name]
        default = field.default(self) if field.default else False
        return self.env[field.comodel_name] if field.type == "many2one" else default

    def _get_text(self, field, value):
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value or "")
        if field.type == "many2one":
            return value.sudo().display_name or ""
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        return str(value) if value or value == 0 and field.type in ("integer", "float") else ""


class GbIvrExit(models.Model):
    _inherit = "gb.ivr.exit"

    def _describe(self, nodes):
        """Where this exit leads, and when."""
        target = nodes[self.target].name if self.target in nodes else self.target
        target = target or self.env._("the hotline's queue")
        if not self.variable:
            return target
        return self.env._(
            "%(target)s, when %(variable)s %(operator)s %(value)s",
            target=target,
            variable=self.variable,
            operator=dict(self._fields["operator"]._description_selection(self.env)).get(
                self.operator or OPERATORS[0][0]
            ),
            value=self.value or "",
        )
