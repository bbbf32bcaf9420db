"""A seat sends its customer into a flow (a PIN, his satisfaction) and, when he is to come back, waits for him on the line."""

import re

from .arguments import EXTENSION, Failure, flag, text
from .channels import held, peers

FLOW = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
NODE = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,59})?")
MOST_VARIABLES = 30
LONGEST_VALUE = 500


class ToFlow:
    """Its command, for ``Commands.known``."""

    def __init__(self, commands, ivr):
        self.commands, self.ami, self.ivr = commands, commands.ami, ivr
        self.known = {"call.to_flow": self.to_flow}

    async def to_flow(self, args, command_id):
        """The customer hears the flow; with ``back`` the seat hears music until he is there again."""
        text(args, "extension", EXTENSION)
        flow, node = text(args, "flow", FLOW), text(args, "node", NODE, "")
        back, variables = flag(args, "back", False), _variables(args)
        if not self.ivr.can_run(flow):
            raise Failure("refused", f"The flow {flow} is not ready in the PBX.")
        if node and node not in self.ivr.library.documents[flow]["nodes"]:
            raise Failure("refused", f"The flow {flow} has no node {node}.")
        channels, mine = await self.commands.talking(args)
        others = peers(channels, mine)
        if len(others) != 1:
            raise Failure("refused", "Only one party can be sent into a flow.")
        if held(channels, mine):
            await self.commands.unhold(args, command_id)
        customer = others[0]
        start = {"type": "start", "flow": flow, "node": node, "variables": variables}
        await self.ivr.expect(customer, start, back)
        seat = mine["Channel"] if back else ""
        for name, value in (("GB_SEAT_CHANNEL", seat), ("GB_GO", "")):
            await self.ami.action("Setvar", Channel=customer["Channel"], Variable=name, Value=value)
        move = {"Context": "gb-ivr", "Exten": "seat", "Priority": 1}
        if back:
            await self.ami.action(
                "Setvar", Channel=seat, Variable="GB_CUSTOMER", Value=customer["Channel"]
            )
            move |= {
                "ExtraChannel": seat,
                "ExtraContext": "gb-seat-wait",
                "ExtraExten": "s",
                "ExtraPriority": 1,
            }
        await self.ami.action("Redirect", Channel=customer["Channel"], **move)


def _variables(args):
    found = args.get("variables", {})
    if (
        not isinstance(found, dict)
        or len(found) > MOST_VARIABLES
        or not all(NODE.fullmatch(name) and name for name in found)
        or not all(
            isinstance(value, str) and len(value) <= LONGEST_VALUE for value in found.values()
        )
    ):
        raise Failure("malformed", "variables has to be an object of short texts.")
    return found
