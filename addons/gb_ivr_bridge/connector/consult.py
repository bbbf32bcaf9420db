"""Consultation: a seat talks with somebody else while the customer waits, then all three, or the two without the seat.

Asterisk's own attended transfer does it, so that the bridges, CEL and queue_log are right by themselves. It is steered by keys
(features.conf) that are played as if the seat had dialled them.
"""

import asyncio
import time

from .arguments import EXTENSION, TARGET, Failure, text
from .channels import of, peers

KEYS = {"complete": "*1", "conference": "*3", "swap": "*4"}
KEY_GAP = 0.12
# Odoo waits eight seconds for an answer
PATIENCE = 5


class Consultation:
    """Its commands, for ``Commands.known``."""

    def __init__(self, commands):
        self.commands, self.ami, self.devices = commands, commands.ami, commands.devices
        self.known = {
            "call.consult": self.consult,
            "call.complete": self.complete,
            "call.cancel_consult": self.cancel,
            "call.conference": self.conference,
            "call.swap": self.swap,
        }

    async def consult(self, args, _id):
        """Hold the customer and ring ``target``."""
        extension, target = text(args, "extension", EXTENSION), text(args, "target", TARGET)
        if target.startswith("queue:"):
            await self.commands.check_queues([target[6:]])
            exten = "queue_" + target[6:]
        else:
            exten = target
        channels, mine = await self.commands.talking(args)
        if _consulted(channels, mine):
            raise Failure("refused", "There is a consultation already.")
        if len(peers(channels, mine)) > 1:
            raise Failure("refused", "Three are talking already.")
        if self.devices.states.get(target) == "unreachable":
            raise Failure("not_registered", "The other phone is not registered.")
        await self._no_hold(args, channels, mine)
        await self.ami.action(
            "Setvar", Channel=mine["Channel"], Variable="__GB_CONSULT", Value=exten
        )
        await self.ami.action("Atxfer", Channel=mine["Channel"], Context="gb-consult", Exten="8")
        await self._until(
            extension, lambda c, m: _consulted(c, m), "The consultation did not begin."
        )
        self._tell("begin", extension, mine, target=target)

    async def complete(self, args, _id):
        """Customer and target talk, the seat is free. While the target still rings, the customer waits for him."""
        extension, channels, mine = await self._consulting(args)
        if any(c["ChannelStateDesc"] == "Up" for c in _consulted(channels, mine)):
            await self._press(mine, "complete")
        else:
            await self.ami.action("Hangup", Channel=mine["Channel"], Cause=16)
        await self._until(
            extension,
            # a phone that is asked to hang up may take its time
            lambda c, m: m is None or not m["BridgeId"],
            "The transfer did not happen.",
        )
        self._tell("complete", extension, mine)

    async def cancel(self, args, _id):
        """Back to the customer, the target is hung up."""
        extension, channels, mine = await self._consulting(args)
        if _consulted(channels, mine)[0]["BridgeId"] != mine["BridgeId"]:
            # the seat has swapped and talks with the customer: the target is the one who has to go
            await self.ami.action("Hangup", Channel=_consulted(channels, mine)[0]["Channel"])
        else:
            await self.ami.action("CancelAtxfer", Channel=mine["Channel"])
        await self._until(
            extension, lambda c, m: not m or not _consulted(c, m), "The consultation goes on."
        )
        self._tell("cancel", extension, mine)

    async def conference(self, args, _id):
        """All three talk."""
        extension, channels, mine = await self._consulting(args)
        if not all(c["ChannelStateDesc"] == "Up" for c in _consulted(channels, mine)):
            raise Failure("refused", "The other one has not answered yet.")
        await self._press(mine, "conference")
        await self._until(
            extension, lambda c, m: not m or not _consulted(c, m), "The conference did not begin."
        )
        self._tell("conference", extension, mine)

    async def swap(self, args, _id):
        """Talk with the other one of the two."""
        extension, _channels, mine = await self._consulting(args)
        before = mine["BridgeId"]
        await self._press(mine, "swap")
        await self._until(
            extension, lambda c, m: not m or m["BridgeId"] not in ("", before), "Nobody changed."
        )
        self._tell("swap", extension, mine)

    # ------------------------------------------------------------------------------------------------------------ helpers

    async def _consulting(self, args):
        extension = text(args, "extension", EXTENSION)
        channels = await self.commands.channels()
        for mine in channels:
            if of(mine, extension) and _consulted(channels, mine):
                return extension, channels, mine
        raise Failure("no_call", "The seat consults nobody.")

    async def _no_hold(self, args, channels, mine):
        if self.commands.is_held(channels, mine):
            await self.commands.unhold(args, None)

    async def _press(self, mine, what):
        for key in KEYS[what]:
            await self.ami.action("PlayDTMF", Channel=mine["Channel"], Digit=key, Receive="true")
            await asyncio.sleep(KEY_GAP)

    async def _until(self, extension, condition, message):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            channels = await self.commands.channels()
            mine = next((c for c in channels if of(c, extension)), None)
            if condition(channels, mine):
                return
            await asyncio.sleep(0.05)
        raise Failure("refused", message)

    def _tell(self, phase, extension, mine, **more):
        self.devices.consultation(phase, extension, mine, **more)


def _consulted(channels, mine):
    """Asterisk's own channel towards the consulted one, while the seat of ``mine`` consults."""
    if mine is None:
        return []
    return [
        c
        for c in channels
        if c["Channel"].startswith("Local/8@gb-consult-")
        and c["Channel"].endswith(";1")
        and c["Linkedid"] == mine["Linkedid"]
    ]
