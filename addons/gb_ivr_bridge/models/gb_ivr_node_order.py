from odoo import models

from .gb_ivr_node_dynamic import CHANGE_SECONDS


class GbIvrNode(models.Model):
    """Ordering by telephone: product code → quantity → more? → address → carrier → payment → read back → confirm or cancel.

    Every step is an ask of its own, so that a caller who hangs up leaves a draft that an agent can take up.
    """

    _inherit = "gb.ivr.node"

    def _get_exits_place_order(self):
        return [
            ("ordered", self.env._("Ordered")),
            ("cancelled", self.env._("Cancelled")),
            ("agent", self.env._("Needs an agent")),
            ("unverified", self.env._("Identity not checked")),
            ("failed", self.env._("Not available")),
        ]

    def _compile_place_order(self):
        leave = self._go_all()
        agent = leave["agent"]
        stranger = {"unidentified": leave["unverified"], "unverified": leave["unverified"]}
        product, quantity = self._at("code"), self._at("count")
        operations = {
            self.code: self._play(
                self._speech() or self._say("place_order.intro"), self._at("product")
            ),
            self._at("product"): self._collect(
                self._say("place_order.product"),
                product,
                (1, 20),
                {"ok": self._at("look"), "invalid": agent, "timeout": agent},
            ),
            self._at("look"): self._ask(
                "product",
                {"code": f"{{{product}}}"},
                {"found": self._at("quantity"), "none": self._at("product")},
            ),
            self._at("quantity"): self._collect(
                self._say("place_order.quantity"),
                quantity,
                (1, 3),
                {"ok": self._at("add"), "invalid": agent, "timeout": agent},
            ),
            self._at("add"): self._ask(
                "cart_add",
                {"code": f"{{{product}}}", "quantity": f"{{{quantity}}}"},
                {
                    "ok": self._at("more"),
                    "none": self._at("product"),
                    "refused": self._at("more"),
                    **stranger,
                },
            ),
            self._at("more"): self._menu(
                self._say("place_order.more"),
                ["1", "2", "0", "*"],
                {
                    "1": self._at("product"),
                    "2": self._at("address"),
                    "0": agent,
                    "*": self._at("cancel"),
                    "invalid": agent,
                    "timeout": agent,
                },
            ),
        }
        steps = ("address", "carrier", "payment", "read")
        for step, following in zip(steps, steps[1:], strict=False):
            operations.update(self._order_choice(step, self._at(following), stranger))
        operations.update(
            {
                self._at("read"): self._ask(
                    "cart_read",
                    {},
                    {
                        "ok": self._at("confirm"),
                        "incomplete": agent,
                        "empty": self._at("empty"),
                        **stranger,
                    },
                ),
                self._at("empty"): self._play(self._say("place_order.empty"), self._at("product")),
                self._at("confirm"): self._menu(
                    self._say("place_order.confirm"),
                    ["1", "2", "9", "0", "*"],
                    {
                        "1": self._at("order"),
                        "2": self._at("product"),
                        "9": self._at("read"),
                        "0": agent,
                        "*": self._at("cancel"),
                        "invalid": agent,
                        "timeout": agent,
                    },
                ),
                self._at("order"): self._ask(
                    "cart_confirm",
                    {},
                    {
                        "confirmed": leave["ordered"],
                        "refused": agent,
                        "empty": self._at("empty"),
                        **stranger,
                    },
                    speech=self._say("place_order.placing"),
                    timeout=CHANGE_SECONDS,
                ),
                self._at("cancel"): self._ask(
                    "cart_cancel", {}, {"ok": self._at("cancelled"), **stranger}
                ),
                self._at("cancelled"): self._play(
                    self._say("place_order.cancelled"), leave["cancelled"]
                ),
                **self._sorry(),
            }
        )
        return operations

    def _order_choice(self, step, following, stranger):
        """Read the possibilities out, take one key, and ask again with it; where there is just one it is taken at once."""
        agent = self._go("agent")
        ask, key, chosen, wrong = (
            self._at(word) for word in (step, f"{step}_key", f"{step}_set", f"{step}_wrong")
        )
        targets = {
            "ok": following,
            "choose": key,
            "invalid": wrong,
            "none": agent,
            "empty": self._at("empty"),
            **stranger,
        }
        variable = self._at(f"{step}_choice")
        return {
            ask: self._ask(f"cart_{step}", {"choice": ""}, {**targets, "invalid": agent}),
            key: self._collect(
                self._say("place_order.choose"),
                variable,
                (1, 1),
                {"ok": chosen, "invalid": agent, "timeout": agent},
                terminator="none",
            ),
            chosen: self._ask(f"cart_{step}", {"choice": f"{{{variable}}}"}, targets),
            wrong: self._play(self._get_invalid(), ask),
        }
