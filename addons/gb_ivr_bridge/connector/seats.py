"""Seats as Odoo wants them (queues, pause) and after-call work: kept in the journal, made true in Asterisk.

After-call work starts when queue_log says that the seat has been connected, so it starts even when AMI was away, and
survives a restart. It ends when Odoo lifts the pause, or ``wrap_seconds`` after the end of the call.
"""

import asyncio
import collections
import json
import logging
import time

from .ami import AmiDown, AmiRefused

_logger = logging.getLogger(__name__)

WRAP_REASON = "wrap-up"
# tells Odoo in queue_log's UNPAUSE that nobody has asked for it
LIFTED_REASON = "wrap-up over"
# what queue_log says when the agent has no more to do with the call
ENDS = {
    "COMPLETEAGENT",
    "COMPLETECALLER",
    "BLINDTRANSFER",
    "ATTENDEDTRANSFER",
    "TRANSFER",
    "AGENTDUMP",
}


class Seats:
    """``rows``: extension → what is wanted of it."""

    def __init__(self, journal, ami):
        self.journal, self.ami = journal, ami
        self.rows = {}
        self.load()
        self._changed = asyncio.Event()
        self._applying = {}
        self._dirty = set()
        self._locks = collections.defaultdict(asyncio.Lock)

    def load(self):
        """Read the journal again (in its thread, or before it is used)."""
        self.rows = {e: json.loads(v) for e, v in self.journal.db.execute("SELECT * FROM seats")}

    # -------------------------------------------------------------------------------------------------- what is wanted

    def _write(self, db, extension, row):
        db.execute("INSERT OR REPLACE INTO seats VALUES (?, ?)", (extension, json.dumps(row)))
        self._dirty.add(extension)

    def _read(self, db, extension):
        found = db.execute("SELECT value FROM seats WHERE extension = ?", (extension,)).fetchone()
        return json.loads(found[0]) if found else None

    def store(self, extension, change):
        """Apply ``change(row or None) → row`` in the journal (its thread)."""
        with self.journal.transaction() as db:
            self._write(db, extension, change(self._read(db, extension)))
        self.load()

    def note(self, db, event):
        """Within the journal's transaction: begin and end of after-call work."""
        data = event.data
        if data["type"] == "PBX_UP":
            for (extension,) in db.execute("SELECT extension FROM seats").fetchall():
                row = self._read(db, extension)
                if row["wrap"] and not row["wrap"]["ended"]:
                    self._end(db, extension, row, event.at)
            return
        if event.source != "queue_log" or not data["agent"].startswith("PJSIP/"):
            return
        extension = data["agent"].removeprefix("PJSIP/")
        row = self._read(db, extension)
        if row is None:
            return
        if data["type"] == "CONNECT" and row["queues"]:
            row["wrap"] = {"call": data["callid"], "ended": False, "until": None}
            row["lifted"] = False
            self._write(db, extension, row)
        elif data["type"] in ENDS and row["wrap"] and row["wrap"]["call"] == data["callid"]:
            self._end(db, extension, row, event.at)

    def _end(self, db, extension, row, at):
        until = at + row["wrap_seconds"] if row["wrap_seconds"] else None
        row["wrap"] = {**row["wrap"], "ended": True, "until": until}
        self._write(db, extension, row)

    def noted(self):
        """After a round of the ingest: take over what ``note`` has changed."""
        if self._dirty:
            self.load()
            dirty, self._dirty = self._dirty, set()
            return dirty
        return set()

    # ------------------------------------------------------------------------------------------------------- making it true

    async def run(self):
        """Lift after-call pauses whose time is over; until cancelled."""
        while True:
            now = time.time()
            due = [
                (r["wrap"]["until"], e)
                for e, r in self.rows.items()
                if r["wrap"] and r["wrap"]["until"]
            ]
            for until, extension in due:
                if until <= now:
                    await self.journal.call(self.store, extension, self._lift_if_due)
                    self.touch({extension})
            later = [until - now for until, _ in due if until > now]
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.01, min(later, default=3600)))
            except TimeoutError:
                pass

    @staticmethod
    def _lift_if_due(row):
        if row["wrap"] and row["wrap"]["until"] and row["wrap"]["until"] <= time.time():
            row["wrap"], row["lifted"] = None, True
        return row

    def touch(self, extensions):
        """These seats have changed: apply them soon and look at the timers."""
        self._changed.set()
        if self.ami.up.is_set():
            for extension in extensions:
                task = asyncio.ensure_future(self._apply_quietly(extension))
                self._applying[task] = extension
                task.add_done_callback(self._applying.pop)

    def touch_all(self):
        """AMI is back: everything is applied again."""
        self.touch(set(self.rows))

    async def _apply_quietly(self, extension):
        try:
            await self.apply(extension)
        except (AmiDown, AmiRefused, TimeoutError) as error:
            # a new connection applies all seats again
            _logger.warning("seat %s not applied: %s", extension, error)

    async def apply(self, extension):
        """Make Asterisk's members of this seat what is wanted. Errors as of AmiClient."""
        async with self._locks[extension]:
            await self._apply(extension)

    async def _apply(self, extension):
        interface = f"PJSIP/{extension}"
        row = self.rows[extension]
        listed = await self.ami.listing("QueueStatus", Member=interface)
        actual = {r["Queue"]: r for r in listed if r.get("Event") == "QueueMember"}
        wanted = {q["name"]: q["penalty"] for q in row["queues"]}
        paused = bool(row["paused"] or row["wrap"])
        reason = row["reason"] if row["paused"] else WRAP_REASON if paused else ""
        if not paused and row.get("lifted"):
            reason = LIFTED_REASON
        for queue in actual.keys() - wanted.keys():
            await self.ami.action("QueueRemove", Queue=queue, Interface=interface)
        for queue in wanted.keys() - actual.keys():
            await self.ami.action(
                "QueueAdd",
                Queue=queue,
                Interface=interface,
                # the name is what queue_log calls the agent: it has to say which seat it is
                MemberName=interface,
                StateInterface=interface,
                Penalty=wanted[queue],
                Paused="true" if paused else "false",
                Reason=reason,
            )
        for queue in wanted.keys() & actual.keys():
            if actual[queue].get("Penalty") != str(wanted[queue]):
                await self.ami.action(
                    "QueuePenalty", Queue=queue, Interface=interface, Penalty=wanted[queue]
                )
        stale = [
            r
            for q, r in actual.items()
            if q in wanted
            and (
                r.get("Paused") != "01"[paused] or (paused and r.get("PausedReason", "") != reason)
            )
        ]
        if stale:
            await self.ami.action(
                "QueuePause",
                Interface=interface,
                Paused="true" if paused else "false",
                Reason=reason,
            )
