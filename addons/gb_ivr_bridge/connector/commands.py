"""The commands of the contract (docs/architecture.md, "Commands"). Every value is checked here before Asterisk sees it."""

import asyncio
import hashlib
import json
import re
import time

from .ami import AmiDown, AmiRefused
from .arguments import (
    DIGITS,
    EXTENSION,
    ID,
    NUMBER,
    QUEUE,
    TARGET,
    WORDS,
    Failure,
    flag,
    text,
    whole,
)
from .channels import OWN_CALL, held, of, peers
from .consult import Consultation
from .softphone import Softphones
from .supervise import Supervision
from .to_flow import SeatFlows

STATUS = {
    "bad_signature": 401, "stale": 401, "too_large": 413, "malformed": 422, "unknown_command": 404,
    "unknown_queue": 404, "no_call": 409, "not_registered": 409, "not_signed_in": 409, "refused": 409,
    "pbx_down": 503, "no_browser_phone": 409,
}  # fmt: skip
# their answers are secret: they are not kept, the same id is answered anew
SECRET = {"seat.credentials"}
MEMORY_SECONDS = 3600
SIGNED_OUT = {
    "name": "",
    "user": 0,
    "queues": [],
    "paused": False,
    "reason": "",
    "wrap_seconds": 0,
    "wrap": None,
}


class Commands:
    """Runs commands, each id once."""

    def __init__(self, journal, ami, seats, devices, metrics, pbx, ivr=None):
        self.journal, self.ami, self.seats, self.devices = journal, ami, seats, devices
        self.metrics, self.pbx = metrics, pbx
        self._running = {}
        self.known = {
            "seat.sign_in": self.sign_in,
            "seat.sign_out": self.sign_out,
            "seat.pause": self.pause,
            "seat.queues": self.change_queues,
            "call.dial": self.dial,
            "call.answer": self.answer,
            "call.hangup": self.hangup,
            "call.hold": self.hold,
            "call.unhold": self.unhold,
            "call.mute": self.mute,
            "call.unmute": self.unmute,
            "call.transfer": self.transfer,
            "call.dtmf": self.dtmf,
            "calls.alive": self.alive,
            "ping": self.ping,
            **Consultation(self).known,
            **Supervision(self).known,
            **SeatFlows(self, ivr).known,
        }
        self.softphones = Softphones(self, ivr and ivr.ari)
        self.known |= self.softphones.known

    # ---------------------------------------------------------------------------------------------------------- once only

    async def handle(self, body):
        """``(status, answer)`` for a request's body (bytes)."""
        try:
            request = json.loads(body)
            if not isinstance(request, dict):
                raise ValueError
        except (ValueError, RecursionError):
            return failed("malformed", "The body is no JSON object.")
        try:
            command_id = text(request, "id", ID)
            name = request.get("command")
            args = request.get("args", {})
            if not isinstance(name, str) or not isinstance(args, dict):
                raise Failure("malformed", "command has to be a text and args an object.")
        except Failure as failure:
            return failed(failure.code, failure.message)
        running = self._running.get(command_id)
        if running is None:
            running = asyncio.ensure_future(self._once(command_id, name, args))
            self._running[command_id] = running
            running.add_done_callback(lambda _: self._running.pop(command_id, None))
        # a client that hangs up must not stop half of a command
        return await asyncio.shield(running)

    async def _once(self, command_id, name, args):
        known = await self.journal.call(self._begin, command_id)
        if known:
            return known
        try:
            status, answer = (
                200,
                {"ok": True, "result": await self._execute(command_id, name, args)},
            )
        except Failure as failure:
            status, answer = failed(failure.code, failure.message)
            if failure.code == "pbx_down" and not self.ami.up.is_set():
                # nothing has been sent: the same intent may be tried again
                await self.journal.call(self._forget, command_id)
                self._count(name, failure.code)
                return status, answer
        self._count(name, answer.get("error", "ok"))
        if name in SECRET:
            await self.journal.call(self._forget, command_id)
        else:
            await self.journal.call(self._end, command_id, status, answer)
        return status, answer

    def _count(self, name, outcome):
        self.metrics.commands.labels(name if name in self.known else "unknown", outcome).inc()

    def _begin(self, command_id):
        with self.journal.transaction() as db:
            row = db.execute(
                "SELECT status, answer FROM commands WHERE id = ? AND at > ?",
                (command_id, time.time() - MEMORY_SECONDS),
            ).fetchone()
            if row is None:
                db.execute(
                    "INSERT OR REPLACE INTO commands (id, at) VALUES (?, ?)",
                    (command_id, time.time()),
                )
                return None
        if row[0] is None:
            return failed(
                "refused",
                "The connector was stopped during this command: look whether it was done.",
            )
        return row[0], json.loads(row[1])

    def _end(self, command_id, status, answer):
        with self.journal.transaction() as db:
            db.execute(
                "UPDATE commands SET status = ?, answer = ? WHERE id = ?",
                (status, json.dumps(answer), command_id),
            )

    def _forget(self, command_id):
        with self.journal.transaction() as db:
            db.execute("DELETE FROM commands WHERE id = ?", (command_id,))

    async def _execute(self, command_id, name, args):
        command = self.known.get(name)
        if command is None:
            raise Failure("unknown_command", "There is no such command.")
        try:
            return await command(args, command_id) or {}
        except AmiDown as error:
            raise Failure("pbx_down", "The PBX cannot be reached.") from error
        except TimeoutError as error:
            raise Failure("pbx_down", "The PBX has not answered in time.") from error
        except AmiRefused as error:
            raise Failure("refused", f"The PBX has refused: {error}") from error

    # --------------------------------------------------------------------------------------------------------------- seats

    async def sign_in(self, args, _id):
        """Member of exactly the given queues."""
        extension = text(args, "extension", EXTENSION)
        wanted = self._read_queues(args)
        row = {
            "name": text(args, "name", WORDS, ""),
            # Odoo's user: who served a customer last is known by him
            "user": whole(args, "user", 2**31, 0),
            "queues": wanted,
            "paused": flag(args, "paused", False),
            "reason": text(args, "reason", WORDS, ""),
            "wrap_seconds": whole(args, "wrap_seconds", 86400, 0),
            "wrap": None,
        }
        await self.check_queues([q["name"] for q in wanted])
        await self.softphones.end(extension)
        await self._change(extension, lambda old: row)

    async def change_queues(self, args, _id):
        """Other queues, or another rank in them, for a seat that is signed in: pause and after-call work stay."""
        extension = text(args, "extension", EXTENSION)
        wanted = self._read_queues(args)
        self._check_signed_in(extension)
        await self.check_queues([q["name"] for q in wanted])
        await self._change(extension, lambda row: {**row, "queues": wanted})

    def _check_signed_in(self, extension):
        row = self.seats.rows.get(extension, {})
        # an agent may lack the skills of all queues of his seat
        if not (row.get("queues") or row.get("user")):
            raise Failure("not_signed_in", "The seat is not signed in.")

    @staticmethod
    def _read_queues(args):
        queues = args.get("queues")
        if (
            not isinstance(queues, list)
            or not all(isinstance(q, dict) for q in queues)
            or len(queues) > 100
        ):
            raise Failure("malformed", "queues has to be a list of objects.")
        return [
            {"name": text(q, "name", QUEUE), "penalty": whole(q, "penalty", 1000, 0)}
            for q in queues
        ]

    async def sign_out(self, args, _id):
        """Member of no queue."""
        extension = text(args, "extension", EXTENSION)
        await self._change(
            extension,
            lambda old: {**(old or SIGNED_OUT), "user": 0, "queues": [], "wrap": None},
        )
        await self.softphones.end(extension)

    async def pause(self, args, _id):
        """Pause or unpause in all queues; unpausing also ends after-call work."""
        extension = text(args, "extension", EXTENSION)
        paused, reason = flag(args, "paused"), text(args, "reason", WORDS, "")
        self._check_signed_in(extension)

        def change(row):
            return {
                **row,
                "paused": paused,
                "reason": reason,
                "wrap": row["wrap"] if paused else None,
                "lifted": False,
            }

        await self._change(extension, change)

    async def _change(self, extension, change):
        if not self.ami.up.is_set():
            raise Failure("pbx_down", "The PBX cannot be reached.")
        before = self.seats.rows.get(extension) or SIGNED_OUT
        await self.journal.call(self.seats.store, extension, change)
        try:
            await self.seats.apply(extension)
        except (AmiDown, AmiRefused, TimeoutError):
            # Odoo is told that nothing was done: the next connection must not do it all the same
            await self.journal.call(self.seats.store, extension, lambda row: before)
            raise
        finally:
            self.seats.touch(())

    async def check_queues(self, names):
        """Failure ``unknown_queue`` unless the PBX has them all."""
        rows = await self.ami.listing("QueueStatus", Member="none")
        known = {r.get("Queue") for r in rows if r.get("Event") == "QueueParams"}
        for name in names:
            if name not in known:
                raise Failure("unknown_queue", f"The PBX has no queue {name}.")

    # --------------------------------------------------------------------------------------------------------------- calls

    async def dial(self, args, command_id):
        """Ring the seat, then the number. The result tells the linked id that the call will have."""
        extension = text(args, "extension", EXTENSION)
        number = text(args, "number", NUMBER)
        caller_id = text(args, "caller_id", re.compile(rf"({NUMBER.pattern})?"), "")
        if self.devices.states.get(extension) in (None, "unreachable"):
            raise Failure("not_registered", "The seat's phone is not registered.")
        if any(of(c, extension) for c in await self.channels()):
            raise Failure("refused", "The seat is on a call.")
        linked = "dial-" + hashlib.sha256(f"{self.pbx}\0{command_id}".encode()).hexdigest()[:24]
        await self.ami.action(
            "Originate",
            Channel=f"PJSIP/{extension}",
            ChannelId=linked,
            Context="gb-agent",
            Exten=number,
            Priority=1,
            CallerID=number,
            Timeout=30000,
            Async="true",
            Variable=[OWN_CALL, *([f"GB_CALLER_ID={caller_id}"] if caller_id else [])],
        )
        return {"linkedid": linked}

    async def answer(self, args, _id):
        """Ask the ringing phone to answer."""
        extension = text(args, "extension", EXTENSION)
        ringing = [
            c
            for c in await self.channels()
            if of(c, extension) and c["ChannelStateDesc"] == "Ringing"
        ]
        if not ringing:
            raise Failure("no_call", "The seat is not ringing.")
        await self.ami.action("PJSIPNotify", Channel=ringing[0]["Channel"], Variable="Event=talk")

    async def hangup(self, args, _id):
        """End the seat's call, or refuse the one that rings."""
        extension = text(args, "extension", EXTENSION)
        mine = [c for c in await self.channels() if of(c, extension)]
        if not mine:
            raise Failure("no_call", "The seat has no call.")
        # talking comes first: who talks and rings on a second line wants to end the call that he hears
        up = [c for c in mine if c["ChannelStateDesc"] == "Up"]
        for channel in up or mine:
            self.devices.hung_up(extension, channel)
            await self.ami.action("Hangup", Channel=channel["Channel"], Cause=16 if up else 21)

    async def hold(self, args, _id):
        """The other party hears music."""
        channels, mine = await self.talking(args)
        if held(channels, mine):
            return
        # the key C is gbhold in features.conf; it runs gb-hold on the other party's channel
        await self.ami.action("PlayDTMF", Channel=mine["Channel"], Digit="C", Receive="true")
        await self.until(args, lambda c, m: held(c, m), "The call cannot be held.")

    async def unhold(self, args, _id):
        """Back to the held party."""
        channels, mine = await self.talking(args)
        for channel in held(channels, mine):
            await self.ami.action(
                "Setvar", Channel=channel["Channel"], Variable="GB_HOLD", Value="0"
            )
        await self.until(args, lambda c, m: not held(c, m), "The call stays held.")

    async def mute(self, args, _id):
        """Cut the seat's voice."""
        _, mine = await self.talking(args)
        await self.ami.action("MuteAudio", Channel=mine["Channel"], Direction="in", State="on")

    async def unmute(self, args, _id):
        """The seat is heard again."""
        _, mine = await self.talking(args)
        await self.ami.action("MuteAudio", Channel=mine["Channel"], Direction="in", State="off")

    async def transfer(self, args, _id):
        """Send the other party to an extension, a queue or an outside number."""
        target = text(args, "target", TARGET)
        if args.get("kind", "blind") != "blind":
            raise Failure("malformed", "Only blind transfers are known.")
        if target.startswith("queue:"):
            await self.check_queues([target[6:]])
            target = "queue_" + target[6:]
        channels, mine = await self.talking(args)
        if held(channels, mine):
            await self.unhold(args, _id)
        await self.ami.action(
            "BlindTransfer", Channel=mine["Channel"], Context="gb-transfer", Exten=target
        )

    async def dtmf(self, args, _id):
        """Digits to the other party."""
        digits = text(args, "digits", DIGITS)
        channels, mine = await self.talking(args)
        for peer in peers(channels, mine):
            for digit in digits:
                await self.ami.action(
                    "PlayDTMF", Channel=peer["Channel"], Digit=digit, Duration=100
                )

    async def ping(self, _args, _id):
        """Whether the PBX can be reached, and its version of AMI."""
        return {"pbx": "up" if self.ami.up.is_set() else "down", "version": self.ami.version}

    async def alive(self, _args, _id):
        """Linked ids of the calls that there are now."""
        return {"linkedids": sorted({c["Linkedid"] for c in await self.channels()})}

    async def channels(self):
        """All channels of the PBX, as AMI lists them."""
        return await self.ami.listing("CoreShowChannels")

    async def talking(self, args):
        """``(channels, the seat's)`` of a seat that talks; Failure ``no_call``."""
        extension = text(args, "extension", EXTENSION)
        channels = await self.channels()
        mine = [c for c in channels if of(c, extension) and peers(channels, c)]
        if not mine:
            raise Failure("no_call", "The seat is not talking with anybody.")
        return channels, mine[0]

    @staticmethod
    def is_held(channels, mine):
        """Whether the seat holds somebody from the screen."""
        return bool(held(channels, mine))

    async def until(self, args, condition, message):
        """The action was taken on; look until it shows (the PBX tells nothing by itself)."""
        for _ in range(30):
            if condition(*await self.talking(args)):
                return
            await asyncio.sleep(0.05)
        raise Failure("refused", message)


def failed(code, message):
    """``(status, answer)`` for an error code of the contract."""
    return STATUS[code], {"ok": False, "error": code, "message": message}
