from odoo import api, models

SUMMARY = 80
MENU_KEYS = "1234567890*#"


class GbIvrNode(models.Model):
    """What the canvas needs to know of a node."""

    _inherit = "gb.ivr.node"

    @api.model_create_multi
    def create(self, vals_list):
        nodes = super().create(vals_list)
        nodes.version_id._touch_canvas()
        return nodes

    def write(self, vals):
        result = super().write(vals)
        self.version_id._touch_canvas()
        return result

    def unlink(self):
        versions = self.version_id
        result = super().unlink()
        versions._touch_canvas()
        return result

    @api.model
    def _get_type_looks(self):
        """Override to add yours.

        :return: ``{type: (icon of Font Awesome, group of the palette)}``; groups: see ``_get_type_groups``
        """
        return {
            "play": ("fa-volume-up", "speech"),
            "menu": ("fa-th", "speech"),
            "collect": ("fa-keyboard-o", "speech"),
            "language": ("fa-language", "speech"),
            "hours": ("fa-clock-o", "logic"),
            "set": ("fa-pencil", "logic"),
            "branch": ("fa-code-fork", "logic"),
            "http": ("fa-plug", "logic"),
            "jump": ("fa-share", "logic"),
            "identify": ("fa-id-card-o", "service"),
            "promotions": ("fa-bullhorn", "service"),
            "shopping_guide": ("fa-book", "service"),
            "delivery": ("fa-truck", "service"),
            "payment": ("fa-credit-card", "service"),
            "order_status": ("fa-cube", "service"),
            "order_history": ("fa-history", "service"),
            "product": ("fa-barcode", "service"),
            "place_order": ("fa-shopping-cart", "service"),
            "ticket_progress": ("fa-wrench", "service"),
            "transfer": ("fa-user", "people"),
            "callback": ("fa-reply", "people"),
            "voicemail": ("fa-microphone", "people"),
            "rating": ("fa-star-o", "people"),
            "fax_send": ("fa-fax", "fax"),
            "fax_receive": ("fa-inbox", "fax"),
            "hangup": ("fa-phone", "end"),
        }

    @api.model
    def _get_type_groups(self):
        """Groups of the palette in order, with their names."""
        return {
            "speech": self.env._("Speak and ask"),
            "logic": self.env._("Decide"),
            "service": self.env._("Self-service"),
            "people": self.env._("People"),
            "fax": self.env._("Fax"),
            "end": self.env._("End"),
            "other": self.env._("Others"),
        }

    @api.model
    def _get_canvas_types(self):
        looks = self._get_type_looks()
        groups = self._get_type_groups()
        order = list(groups)
        types = []
        for code, name in self._get_type_names().items():
            icon, group = looks.get(code, ("fa-puzzle-piece", "other"))
            types.append(
                {
                    "type": code,
                    "name": name,
                    "icon": icon,
                    "group": group,
                    "group_name": groups.get(group, groups["other"]),
                }
            )
        return sorted(types, key=lambda row: order.index(row["group"]))

    def _get_summary(self):
        """What the canvas writes below the node's name. Override ``_get_summary_<type>`` for your type."""
        self.ensure_one()
        method = getattr(self, f"_get_summary_{self.type}", None)
        text = method() if method else self._get_spoken_summary()
        text = " ".join((text or "").split())
        return text if len(text) <= SUMMARY else f"{text[: SUMMARY - 1]}…"

    def _get_spoken_summary(self):
        prompt = self.prompt_id
        own = self[f"text_{self.version_id.flow_id.language}"] or self.text_zh_CN or self.text_en_US
        return " ".join(part for part in (prompt.name, own) if part)

    def _prepare_canvas_node(self):
        names = dict(self._get_exits())
        own = self._has_own_exits()
        return {
            "id": self.id,
            "code": self.code,
            "name": self.name,
            "type": self.type,
            "x": self.x,
            "y": self.y,
            "is_start": self.is_start,
            "summary": self._get_summary(),
            "has_own_exits": own,
            "exits": [
                {
                    "key": leaf.key,
                    "name": leaf.name or names.get(leaf.key) or leaf.key,
                    "target": leaf.target or "",
                    "is_own": own and leaf.is_own,
                }
                for leaf in self.exit_ids.sorted(lambda leaf: (leaf.sequence, leaf.id))
            ],
        }

    def _get_snapshot(self):
        """The node's values, its exits included, so that ``create`` makes it again."""
        self.ensure_one()
        values = dict(self.copy_data()[0], code=self.code, name=self.name, is_start=self.is_start)
        values.pop("version_id", None)
        return values

    def _get_next_exit_key(self):
        """Key of an exit that the user adds: the next key of a menu, otherwise what gb.ivr.exit calls it."""
        taken = set(self.exit_ids.mapped("key"))
        if self.type == "menu":
            return next((key for key in MENU_KEYS if key not in taken), "")
        number = 1
        while f"rule{number}" in taken:
            number += 1
        return f"rule{number}"

    def _get_exit_sequence(self, key):
        """Place of a new exit: keys in the telephone's order, rules one after the other."""
        if self.type == "menu" and key in MENU_KEYS:
            return 10 + MENU_KEYS.index(key)
        own = self.exit_ids.filtered("is_own")
        return max(own.mapped("sequence"), default=9) + 1
