"""Seats and flows: a seat sends its customer into one (a PIN, his satisfaction) and waits for him, or speaks a prompt itself."""

import hashlib
import re

from .ami import AmiDown, AmiRefused
from .arguments import EXTENSION, Failure, flag, text
from .channels import OWN_CALL, held, of, peers
from .prompts import RECORD_PROMPT

FLOW = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
NODE = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,59})?")
MOST_VARIABLES = 30
LONGEST_VALUE = 500
PROMPT = re.compile(r"[A-Za-z0-9_-]{1,40}")


class SeatFlows:
    """Their commands, for ``Commands.known``."""

    def __init__(self, commands, ivr):
        self.commands, self.ami, self.ivr = commands, commands.ami, ivr
        self.known = {"call.to_flow": self.to_flow, "prompt.record": self.record}

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
        try:
            await self._send(customer["Channel"], mine["Channel"] if back else "")
        except (AmiDown, AmiRefused, TimeoutError):
            self.ivr.forget(customer["Uniqueid"])
            raise

    async def _send(self, customer, seat):
        for name, value in (("GB_SEAT_CHANNEL", seat), ("GB_GO", "")):
            await self.ami.action("Setvar", Channel=customer, Variable=name, Value=value)
        move = {"Context": "gb-ivr", "Exten": "seat", "Priority": 1}
        if seat:
            await self.ami.action("Setvar", Channel=seat, Variable="GB_CUSTOMER", Value=customer)
            move |= {
                "ExtraChannel": seat,
                "ExtraContext": "gb-seat-wait",
                "ExtraExten": "s",
                "ExtraPriority": 1,
            }
        await self.ami.action("Redirect", Channel=customer, **move)

    async def record(self, args, command_id):
        """Ring the seat and let it speak the sound of a prompt, which Odoo gets as a message of the kind ``prompt``."""
        extension, prompt = text(args, "extension", EXTENSION), text(args, "prompt", PROMPT)
        if not self.ivr.ari.up.is_set():
            raise Failure("pbx_down", "The PBX cannot run flows now.")
        if self.commands.devices.states.get(extension) in (None, "unreachable"):
            raise Failure("not_registered", "The seat's phone is not registered.")
        if any(of(channel, extension) for channel in await self.commands.channels()):
            raise Failure("refused", "The seat is on a call.")
        key = hashlib.sha256(f"{self.commands.pbx}\0{command_id}".encode()).hexdigest()
        channel = {"Uniqueid": f"prompt-{key[:24]}", "CallerIDNum": extension}
        channel["Linkedid"] = channel["Uniqueid"]
        start = {"type": "start", "flow": RECORD_PROMPT, "variables": {"prompt": prompt}}
        await self.ivr.expect(channel, start, back=False, is_told=False)
        try:
            await self.ami.action(
                "Originate",
                Channel=f"PJSIP/{extension}",
                ChannelId=channel["Uniqueid"],
                Context="gb-ivr",
                Exten="seat",
                Priority=1,
                CallerID=extension,
                Timeout=30000,
                Async="true",
                Variable=[OWN_CALL],
            )
        except (AmiDown, AmiRefused, TimeoutError):
            self.ivr.forget(channel["Uniqueid"])
            raise
        return {"linkedid": channel["Linkedid"]}


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
