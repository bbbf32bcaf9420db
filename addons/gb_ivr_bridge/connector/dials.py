"""Numbers that Odoo has dialled without an agent: whoever answers waits at the head of a queue (config/asterisk/extensions_campaign.conf).

What was ordered is in the journal before Asterisk hears of it, and what became of it is read from Asterisk's files: a restart of the
connector or of Asterisk neither loses nor doubles a call. Each step is one event, DIAL; the last one is the call's fate.

    ordered ──► ringing ──► answered ──► connected, abandoned, hung_up, machine
                   └──────► busy, refused, no_answer, invalid, failed
"""

import asyncio
import logging
import re
import time

from .ami import AmiDown, AmiRefused
from .arguments import NUMBER, QUEUE, Failure, flag, text, whole
from .journal import Event
from .lines import event_id

_logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS dials (
    reference TEXT PRIMARY KEY, uniqueid TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL,
    ring_until REAL NOT NULL, due REAL NOT NULL, is_over INTEGER NOT NULL DEFAULT 0, cause INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS dials_open ON dials (uniqueid) WHERE is_over = 0;
"""
REFERENCE = re.compile(r"[A-Za-z0-9-]{1,60}")
CALLER_ID = re.compile(rf"({NUMBER.pattern})?")
SOUND = re.compile(r"[a-z0-9_]{0,40}")
# names of our own channels begin so; Odoo knows by it who has begun the call
CHANNEL = "dial-"
# a channel of ours that nobody sees for so long after its time is gone
LOST = 15
LOOK_SECONDS = 5
CAUSES = {
    1: "invalid", 3: "invalid", 22: "invalid", 28: "invalid",
    17: "busy", 18: "no_answer", 19: "no_answer", 20: "no_answer", 21: "refused",
}  # fmt: skip
# what the dialplan says by itself
TOLD = {"abandoned", "machine"}


class Dials:
    """``on_event()``: there is news for Odoo."""

    def __init__(self, journal, ami, distribution, pbx, on_event):
        self.journal, self.ami, self.distribution = journal, ami, distribution
        self.pbx, self.on_event = pbx, on_event
        journal.db.executescript(SCHEMA)
        self._wake = asyncio.Event()
        self._changed = False
        self._missing = set()

    # --------------------------------------------------------------------------------------------------------- commands

    @property
    def known(self):
        """Commands of the contract."""
        return {"call.campaign": self._dial}

    async def _dial(self, args, _id):
        """Ring a number, once for a reference. What becomes of it is told by DIAL."""
        reference = text(args, "reference", REFERENCE)
        number = text(args, "number", NUMBER)
        queue = text(args, "queue", QUEUE)
        sound = text(args, "sound", SOUND, "")
        caller_id = text(args, "caller_id", CALLER_ID, "")
        ring, patience = whole(args, "ring_seconds", 120, 25), whole(args, "max_wait", 600, 2)
        has_amd = flag(args, "amd", False)
        if self.distribution.find_queue(queue) is None:
            raise Failure("unknown_queue", f"There is no queue {queue}.")
        if not self.ami.up.is_set():
            # nobody is rung later out of the blue: an agent is free for him now
            raise Failure("pbx_down", "Asterisk does not answer.")
        state, is_new = await self.journal.call(self._add, reference, number, ring, patience)
        if is_new:
            caller_id = caller_id or await self._own_number()
            hotline = self.distribution.routing.find_hotline(caller_id)
            values = {
                "GB_DIAL_NUMBER": number,
                "GB_DIAL_QUEUE": queue,
                "GB_DIAL_WAIT": max(1, patience),
                "GB_DIAL_SOUND": sound,
                "GB_DIAL_AMD": int(has_amd),
                "__GB_HOTLINE": caller_id,
            }
            if hotline.get("record") is False:
                values["__GB_RECORD"] = "no"
            await self._originate(reference, number, caller_id, ring, values)
        return {"state": state}

    async def _own_number(self):
        """What customers see who are rung without a hotline of theirs."""
        try:
            told = await self.ami.action("Getvar", Variable="GB_CALLER_ID")
        except (AmiDown, AmiRefused, TimeoutError) as error:
            _logger.warning("the exchange's own number is not known: %s", error)
            return ""
        own = told.get("Value") or ""
        return own if CALLER_ID.fullmatch(own) else ""

    async def _originate(self, reference, number, caller_id, ring, values):
        try:
            await self.ami.action(
                "Originate",
                Channel=f"PJSIP/{number}@trunk",
                ChannelId=CHANNEL + reference,
                Context="gb-campaign",
                Exten="answered",
                Priority=1,
                CallerID=caller_id,
                Timeout=max(1, ring) * 1000,
                Async="true",
                Variable=[f"{name}={value}" for name, value in values.items()],
            )
        except AmiRefused as error:
            _logger.warning("%s is not dialled: %s", reference, error)
            await self.journal.call(self._fail, reference)
            self.on_event()
        except (AmiDown, TimeoutError) as error:
            # Asterisk may have heard it: its files tell, or the channel is missed
            _logger.warning("%s may not be dialled: %s", reference, error)
        self._wake.set()

    # ----------------------------------------------------------------------------------------- the journal, in its thread

    def _add(self, reference, number, ring, patience):
        """``(state, whether it is to be dialled now)``."""
        now = time.time()
        row = (
            reference, CHANNEL + reference, number, "ordered", now, now + ring,
            now + ring + patience + LOST,
        )  # fmt: skip
        with self.journal.transaction() as db:
            is_new = db.execute(
                "INSERT OR IGNORE INTO dials (reference, uniqueid, number, state, at, ring_until, due) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            ).rowcount
            query = "SELECT state FROM dials WHERE reference = ?"
            return db.execute(query, (reference,)).fetchone()[0], bool(is_new)

    def _tell(self, db, reference, uniqueid, number, state, at, is_over):
        """Within a transaction: a step, and an event for Odoo."""
        db.execute(
            "UPDATE dials SET state = ?, is_over = ? WHERE reference = ?",
            (state, is_over, reference),
        )
        data = {
            "type": "DIAL",
            "reference": reference,
            "state": state,
            "number": number,
            "linkedid": uniqueid,
            "at": at,
        }
        key = event_id(self.pbx, "DIAL", reference, state)
        self.journal.insert([Event(key, "connector", at, data)])
        self._changed = True

    def _fail(self, reference):
        """It has not worked, and there is nothing of it in Asterisk's files."""
        with self.journal.transaction() as db:
            row = db.execute(
                "SELECT uniqueid, number FROM dials WHERE reference = ? AND is_over = 0",
                (reference,),
            ).fetchone()
            if row:
                self._tell(db, reference, *row, "failed", time.time(), True)

    def _overdue(self):
        return self.journal.db.execute(
            "SELECT reference, uniqueid FROM dials WHERE is_over = 0 AND due < ?", (time.time(),)
        ).fetchall()

    def _next_due(self):
        query = "SELECT min(due) FROM dials WHERE is_over = 0"
        return self.journal.db.execute(query).fetchone()[0]

    def prune(self, before):
        """Forget what was over before (Unix time)."""
        with self.journal.transaction() as db:
            db.execute("DELETE FROM dials WHERE is_over = 1 AND at < ?", (before,))

    # ----------------------------------------------------------------------------------------------------- Asterisk's files

    def note(self, db, event):
        """Within the ingest's transaction: what became of the numbers."""
        data, kind = event.data, event.data["type"]
        if kind == "PBX_UP":
            query = "SELECT reference, uniqueid, number, state, ring_until FROM dials WHERE is_over = 0 AND at < ?"
            for reference, unique, number, _state, _until in db.execute(
                query, (event.at + 1,)
            ).fetchall():
                self._tell(db, reference, unique, number, "failed", event.at, True)
            return
        unique = data.get("uniqueid") or ""
        if event.source != "cel" or not unique.startswith(CHANNEL):
            return
        row = db.execute(
            "SELECT reference, uniqueid, number, state, ring_until, cause FROM dials WHERE uniqueid = ? AND is_over = 0",
            (unique,),
        ).fetchone()
        if row is None:
            return
        reference, unique, number, state, ring_until, cause = row
        extra = data.get("extra") if isinstance(data.get("extra"), dict) else {}

        def tell(state, is_over=True):
            self._tell(db, reference, unique, number, state, event.at, is_over)

        if kind == "CHAN_START":
            tell("ringing", False)
        elif kind == "ANSWER" and state != "answered":
            tell("answered", False)
        elif kind == "BRIDGE_ENTER":
            # the one with whom he shares a bridge is the agent
            tell("connected")
        elif kind == "USER_DEFINED" and data.get("userdef") == "GB_DIAL":
            word = str(extra.get("extra") or "")
            if word in TOLD:
                tell(word)
        elif kind == "HANGUP":
            cause = str(extra.get("hangupcause") or "")
            db.execute(
                "UPDATE dials SET cause = ? WHERE reference = ?",
                (int(cause) if cause.isdigit() else 0, reference),
            )
        elif kind == "CHAN_END":
            if state == "answered":
                tell("hung_up")
            else:
                # a second less: the time-out is Asterisk's, the order's time ours
                is_late = event.at >= ring_until - 1
                tell(CAUSES.get(cause) or ("no_answer" if is_late else "failed"))

    def noted(self):
        """After a round of the ingest: whether there is something for Odoo."""
        changed, self._changed = self._changed, False
        return changed

    # -------------------------------------------------------------------------------------------------------- lost ones

    async def run(self):
        """Miss those whose channel has never come to be, or ended in files that are gone; until cancelled."""
        while True:
            pause = LOOK_SECONDS
            try:
                pause = await self._look()
            except (AmiDown, AmiRefused, TimeoutError, OSError) as error:
                _logger.warning("dialled numbers not looked for: %s", error)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                pass
            self._wake.clear()

    async def _look(self):
        """Seconds until the next look. Missed is who is missing twice: his end may be about to be read."""
        late = await self.journal.call(self._overdue) if self.ami.up.is_set() else []
        if late:
            there = {row.get("Uniqueid") for row in await self.ami.listing("CoreShowChannels")}
            missing = {reference for reference, unique in late if unique not in there}
            for reference in missing & self._missing:
                await self.journal.call(self._fail, reference)
            if missing & self._missing and self.noted():
                self.on_event()
            self._missing = missing
            return LOOK_SECONDS
        due = await self.journal.call(self._next_due)
        return max(LOOK_SECONDS, due - time.time()) if due else 3600
