from odoo import fields, models


class GbIvrNode(models.Model):
    """Asks for a serial number and tells how long the product is under warranty."""

    _inherit = "gb.ivr.node"

    type = fields.Selection(
        selection_add=[("warranty", "Warranty")], ondelete={"warranty": "cascade"}
    )
    warranty_months = fields.Integer(string="Months of warranty", default=12)

    def _get_exits_warranty(self):
        return [
            ("told", self.env._("Told")),
            ("agent", self.env._("Needs an agent")),
            ("failed", self.env._("Not available")),
        ]

    def _get_problems_warranty(self):
        if self.warranty_months < 1:
            return [self.env._("Say how many months the warranty lasts.")]
        return self._get_silence_problems()

    def _compile_warranty(self):
        serial, look, tell = (self._at(word) for word in ("serial", "look", "tell"))
        agent = self._go("agent")
        text = {
            "zh_CN": "保修到{warranty_until|date}。",
            "en_US": "It is under warranty until {warranty_until|date}.",
        }
        return {
            self.code: self._collect(
                self._speech(), serial, (4, 20), {"ok": look, "invalid": agent, "timeout": agent}
            ),
            look: self._ask(
                "warranty",
                {"serial": f"{{{serial}}}", "months": str(self.warranty_months)},
                {"found": tell, "none": agent},
                sets=["warranty_until"],
            ),
            tell: self._play([{"text": text}], self._go("told")),
            **self._sorry(),
        }
