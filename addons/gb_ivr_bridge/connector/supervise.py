"""What supervisors do with the calls of others, and the recording's pause."""

import hashlib

from .ami import AmiRefused
from .arguments import EXTENSION, Failure, flag, text
from .channels import OWN_CALL, of, peers

# what ChanSpy does; q: no tone, E: ends with the call, S: stops when there is nobody to listen to
SPY_OPTIONS = {"listen": "qES", "whisper": "qESw", "barge": "qESB"}


class Supervision:
    """Its commands, for ``Commands.known``."""

    def __init__(self, commands):
        self.commands, self.ami, self.devices = commands, commands.ami, commands.devices
        self.known = {
            "call.spy": self.spy,
            "call.take": self.take,
            "call.record": self.record,
        }

    async def spy(self, args, command_id):
        """Ring ``extension``; who answers hears the call of ``target`` (listen), is heard by the agent (whisper) or by both (barge)."""
        extension = text(args, "extension", EXTENSION)
        mode = args.get("mode")
        if mode not in SPY_OPTIONS:
            raise Failure("malformed", "The argument mode has to be listen, whisper or barge.")
        _channels, theirs = await self._target(args)
        if self.devices.states.get(extension) in (None, "unreachable"):
            raise Failure("not_registered", "The supervisor's phone is not registered.")
        channels = await self.commands.channels()
        for channel in channels:
            if of(channel, extension):
                if not channel["Linkedid"].startswith("spy-"):
                    raise Failure("refused", "The supervisor is on a call.")
                # another mode: the one before ends
                await self.ami.action("Hangup", Channel=channel["Channel"])
        digest = hashlib.sha256(f"{self.commands.pbx}\0{command_id}".encode()).hexdigest()
        await self.ami.action(
            "Originate",
            Channel=f"PJSIP/{extension}",
            ChannelId=f"spy-{digest[:24]}",
            Application="ChanSpy",
            Data=f"{theirs['Channel']},{SPY_OPTIONS[mode]}",
            CallerID=text(args, "target", EXTENSION),
            Timeout=30000,
            Async="true",
            Variable=[OWN_CALL],
        )

    async def take(self, args, _id):
        """The customer of ``target`` comes to ``extension``."""
        extension = text(args, "extension", EXTENSION)
        channels, theirs = await self._target(args)
        if self.devices.states.get(extension) in (None, "unreachable"):
            raise Failure("not_registered", "The supervisor's phone is not registered.")
        others = [c for c in peers(channels, theirs) if not c["Channel"].startswith("Local/")]
        if len(others) != 1:
            raise Failure("refused", "There is not exactly one customer to take over.")
        for channel in channels:
            if of(channel, extension) and channel["Linkedid"].startswith("spy-"):
                await self.ami.action("Hangup", Channel=channel["Channel"])
        await self.ami.action(
            "Redirect",
            Channel=others[0]["Channel"],
            Context="gb-transfer",
            Exten=extension,
            Priority=1,
        )

    async def record(self, args, _id):
        """Stop and go on recording; the time in between is silence in the recording."""
        on = flag(args, "on")
        channels, mine = await self.commands.talking(args)
        done = 0
        for channel in channels:
            if channel["Linkedid"] != mine["Linkedid"] or channel["Channel"].startswith("Local/"):
                continue
            try:
                await self.ami.action(
                    "MixMonitorMute",
                    Channel=channel["Channel"],
                    Direction="both",
                    State="0" if on else "1",
                )
            except AmiRefused:
                continue  # this one is not the one that is recorded
            done += 1
        if not done:
            raise Failure("refused", "This call is not recorded.")
        self.devices.recording(on, text(args, "extension", EXTENSION), mine)

    async def _target(self, args):
        target = text(args, "target", EXTENSION)
        if target == args.get("extension"):
            raise Failure("refused", "This is the own seat.")
        return await self.commands.talking({"extension": target})
