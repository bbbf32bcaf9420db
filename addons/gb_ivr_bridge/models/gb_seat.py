from odoo import models
from odoo.exceptions import UserError

FLOW_TARGET = "flow:"


class GbSeat(models.Model):
    """Agents send their callers into telephone menus: to type a PIN and come back, or to give marks at the end."""

    _inherit = "gb.seat"

    def _get_transfer_targets(self):
        targets = super()._get_transfer_targets()
        if self.provider_id.sudo().code != "asterisk":
            return targets
        return targets + [
            {"target": f"{FLOW_TARGET}{flow.code}", "name": flow.name, "kind": "flow", "state": ""}
            for flow in self._get_gb_offered_flows()
        ]

    def _get_gb_offered_flows(self):
        """Published flows that agents may send callers to."""
        return (
            self.env["gb.ivr.flow"]
            .sudo()  # agents have no right to read flows; they are told names only
            .search(
                [
                    ("agent_use", "!=", False),
                    ("published_id", "!=", False),
                    ("company_id", "in", [self.provider_id.sudo().company_id.id, False]),
                ]
            )
        )

    def _send_call_command(self, command, target):
        if command != "transfer" or not str(target or "").startswith(FLOW_TARGET):
            return super()._send_call_command(command, target)
        flow = self._get_gb_offered_flows().filtered(
            lambda flow: flow.code == target.removeprefix(FLOW_TARGET)
        )
        if not flow:
            raise UserError(self.env._("The call cannot be transferred there."))
        args = {
            "extension": self.extension,
            "flow": flow.code,
            "node": "",
            "variables": {},
            "back": flow.agent_use == "back",
        }
        self.provider_id.sudo()._command("call.to_flow", args)
        return None
