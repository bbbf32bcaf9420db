"""Callers in flows: who is where, kept in the journal at every step, taken up again after any break.

A session ends in one way only: the interpreter says so. Whoever is lost on the way (a crash, a flow that is not there any more) goes
to the queue of his hotline, which needs nothing of this (dialplan, [gb-ivr]).
"""

import asyncio
import json
import logging
import sqlite3
import time

from ivr import new_session, step

from .ari import AriDown, AriRefused
from .ivr_call import Call
from .journal import Event
from .lines import event_id

_logger = logging.getLogger(__name__)


class Ivr:
    """Sessions by channel. ``on_events()`` is told after events have been stored."""

    def __init__(self, journal, ami, ari, library, asks, lookup, metrics, pbx, recordings):
        self.journal, self.ami, self.ari, self.library = journal, ami, ari, library
        self.asks, self.lookup, self.metrics, self.pbx = asks, lookup, metrics, pbx
        self.recordings = recordings
        self.on_events = lambda: None
        # whether a flow may dial an outside number; see numbers.may_dial
        self.may_dial = lambda number: False
        # see Callbacks.ask
        self.ask_callback = None
        # see Faxes.lead
        self.faxes = None
        self.rows = {
            channel: json.loads(value)
            for channel, value in journal.db.execute("SELECT channel, value FROM ivr_sessions")
        }
        self.calls = {}
        self._tasks = set()
        self._left = []
        self._memory = _Memory(journal, self._stored)
        library.in_use = self._digests_in_use
        ari.on_start, ari.on_up, ari.on_down = self._on_start, self._on_up, self._on_down

    # --------------------------------------------------------------------------------------------------------- life

    async def run(self):
        """Until cancelled: callers stay where they are and are taken up again by the next run."""
        try:
            await asyncio.gather(self._memory.run(), self._keep_alive())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._memory.flush()

    def can_run(self, flow):
        """Whether a new caller can be led through this flow now."""
        return self.ari.up.is_set() and self.library.can_run(flow)

    async def _keep_alive(self):
        """Renew the callers' time in Asterisk: it takes them to the queue when this stops."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for call in list(self.calls.values()):
                if now > call.renew_at:
                    call.renew_at = now + call.patience / 3
                    self.spawn(call.renew())

    def spawn(self, coroutine):
        """Run beside everything else; what goes wrong is logged."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task):
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            _logger.error("a caller in a flow", exc_info=task.exception())

    def _digests_in_use(self):
        return {digest for row in self.rows.values() for digest in row["digests"].values()}

    # ------------------------------------------------------------------------------------------- beginning and coming back

    def _on_start(self, event):
        """A channel has come in. Plain and quick: the websocket's reader is waiting."""
        channel, args = event["channel"]["id"], event.get("args") or []
        kind = args[0] if args else ""
        row = self.rows.get(channel)
        if kind == "start" and len(args) >= 5:
            row = self._new_row(event["channel"], *args[2:4])
            self._begin(channel, row, {"type": "start", "flow": args[1]}, args[4:])
        elif kind == "back" and row and len(args) >= 2:
            self._begin(channel, row, {"type": "returned", "status": args[1]}, args[2:])
        elif kind == "seat" and row and row.get("start"):
            self._begin(channel, row, row.pop("start"), args[1:])
        else:
            _logger.warning("channel %s comes with %s and is not known", channel, kind or "nothing")
            # somebody has talked with him: there is nothing to wait for
            has_talked = kind == "back" and args[1:2] == ["after"]
            self.spawn(self.let_go(channel, "bye" if has_talked else "fallback"))

    def _new_row(self, channel, linkedid, hotline):
        caller = (channel.get("caller") or {}).get("number") or ""
        call = {"id": channel["id"], "hotline": hotline, "caller": caller, "at": time.time()}
        return self.new_row(call, linkedid or channel["id"])

    def new_row(self, call, linkedid):
        """What is kept of a session: it runs with the flows as they are now."""
        return {
            "session": new_session(call),
            "id": call["id"],
            "linkedid": linkedid,
            "hotline": call["hotline"],
            "caller": call["caller"],
            "digests": dict(self.library.digests),
            "patience": 20,
            "instruction": None,
            # names what is played and recorded during the instruction
            "mark": "",
            "steps": 0,
            "away": False,
            # a seat waits for him
            "seat": False,
            "is_told": True,
        }

    async def expect(self, channel, start, back, is_told=True):
        """This channel (a row of CoreShowChannels) is going to come from a seat; what it has been through before is over.

        ``back``: the seat waits for it; ``is_told``: Odoo gets to know of the session.
        """
        unique = channel["Uniqueid"]
        old = self.rows.get(unique)
        if old:
            self._end_gone(unique)
        call = {
            "id": f"{unique}-{time.time():.2f}",
            "hotline": old["hotline"] if old else "",
            "caller": channel.get("CallerIDNum", ""),
            "at": time.time(),
        }
        row = self.new_row(call, channel["Linkedid"])
        row |= {"seat": back, "start": start, "away": True, "is_told": is_told}
        self.rows[unique] = row
        await self._memory.put(unique, row, [])

    def forget(self, channel):
        """It does not come after all."""
        self.rows.pop(channel, None)
        self._memory.put(channel, None, [])

    def _begin(self, channel, row, event, rest=()):
        # a copy of its own: what is kept changes only by keep(), which leaves secrets out
        row = json.loads(json.dumps(row))
        if rest and rest[0].isdigit():
            row["patience"] = int(rest[0])
        documents = self.library.of(row["digests"])
        call = Call(self, channel, row, documents)
        self.calls[channel] = call
        self.metrics.ivr_sessions.set(len(self.calls))
        call.task = self.spawn(self._lead(call, event))

    async def _lead(self, call, event):
        try:
            await call.lead(event)
        finally:
            if self.calls.get(call.channel) is call:
                del self.calls[call.channel]
                self.ari.unwatch(call.channel)
            self.metrics.ivr_sessions.set(len(self.calls))

    async def let_go(self, channel, where="fallback"):
        """Hand the caller to the dialplan: to his queue, or back to the seat."""
        try:
            await self.ari.request(
                "POST",
                f"channels/{channel}/continue",
                context="gb-ivr",
                extension=where,
                priority=1,
            )
        except (AriDown, AriRefused) as error:
            _logger.warning("channel %s: %s", channel, error)

    # -------------------------------------------------------------------------------------------------------- breaks

    def _on_up(self):
        self.metrics.ari_up.set(1)
        self.spawn(self._reconcile())

    def _on_down(self):
        self.metrics.ari_up.set(0)
        # events may be missed: each is taken up again at the last instruction, when Asterisk can be reached
        for call in self.calls.values():
            call.task.cancel()

    async def _reconcile(self):
        """After a break: take up who is still there, end who has gone."""
        stopping = [call.task for call in self.calls.values() if call.task.cancelling()]
        await asyncio.gather(*stopping, return_exceptions=True)
        app = await self.ari.request("GET", f"applications/{self.ari.app}")
        there = {channel["id"] for channel in await self.ari.request("GET", "channels")}
        mine = set(app["channel_ids"])
        for channel in mine - self.rows.keys() - self.calls.keys():
            await self.let_go(channel)
        for channel, row in list(self.rows.items()):
            if channel in self.calls:
                continue
            if channel in mine:
                self.metrics.ivr_resumed.inc()
                event = row.pop("start", None)
                if row["away"] and not event:
                    # he came back from a transfer while nobody was here to see it
                    event = {"type": "returned", "status": await self._status_of(channel)}
                self._begin(channel, row, event)
            elif channel not in there:
                self._end_gone(channel)
            elif not row["away"]:
                self.end(channel, row, "fallback", [])

    async def _status_of(self, channel):
        try:
            answer = await self.ari.request(
                "GET", f"channels/{channel}/variable", variable="GB_STATUS"
            )
        except AriRefused:
            return "failed"
        return answer.get("value") or "failed"

    def note(self, _db, event):
        """Within the journal's transaction: a channel that is ours has ended somewhere else."""
        if event.source == "cel" and event.data["type"] == "CHAN_END":
            channel = event.data["uniqueid"]
            row = self.rows.get(channel)
            if row and row["away"]:
                self._left.append((channel, event.at))

    def noted(self):
        """After a round of the ingest."""
        left, self._left = self._left, []
        for channel, at in left:
            if channel in self.rows and channel not in self.calls:
                self._end_gone(channel, at)

    def _end_gone(self, channel, at=None):
        row = self.rows[channel]
        event = {"type": "hangup", "at": at or time.time()}
        session, _, track = step(self.library.of(row["digests"]), row["session"], event)
        self.end(channel, {**row, "session": session}, session["ended"] or "caller", track, at)

    # ------------------------------------------------------------------------------------------------------ keeping it

    def keep(self, channel, row, track, storable):
        """Keep where a session is, and its track. Returns a future: it is on disk.

        What holds secret digits is not written: what was written before stays, with the number of steps.
        """
        events = self._events_of(channel, row, track)
        if storable:
            self.rows[channel] = json.loads(json.dumps(row))
        elif channel in self.rows:
            self.rows[channel] = {**self.rows[channel], "steps": row["steps"]}
        else:
            return self._memory.put(None, None, events)
        return self._memory.put(channel, self.rows[channel], events)

    def end(self, channel, row, reason, track, at=None):
        """The session is over. Returns a future: that is on disk."""
        events = self._events_of(channel, row, track)
        if row["is_told"]:
            data = self._data(channel, row, type="IVR_END", reason=reason)
            events.append(self.event(row, "end", "", data, at))
        self.rows.pop(channel, None)
        self.metrics.ivr_ended.labels(reason).inc()
        return self._memory.put(channel, None, events)

    def _events_of(self, channel, row, track):
        events = []
        for entry in track if row["is_told"] else ():
            row["steps"] += 1
            data = self._data(channel, row, type="IVR_STEP", n=row["steps"], entry=entry)
            events.append(self.event(row, "step", row["steps"], data, entry["left"]))
        return events

    @staticmethod
    def _data(channel, row, **values):
        return {
            "linkedid": row["linkedid"],
            "uniqueid": channel,
            "session": row["id"],
            **values,
        }

    def event(self, row, kind, number, data, at=None):
        """A fact of a session; its id is the same whenever it is made again."""
        at = at or time.time()
        return Event(event_id(self.pbx, "ivr", row["id"], kind, number), "ivr", at, data)

    def tell(self, channel, row, name, number, **values):
        """Something for Odoo beside the track. Returns a future: it is on disk."""
        data = self._data(channel, row, **values)
        return self._memory.put(None, None, [self.event(row, name, number, data)])

    def _stored(self, events):
        self.metrics.events.labels("ivr").inc(len(events))
        self.on_events()


class _Memory:
    """Writes sessions and events to the journal: all that has come together while the last transaction ran is one."""

    def __init__(self, journal, on_events):
        self.journal, self.on_events = journal, on_events
        self._waiting, self._there = [], asyncio.Event()

    def put(self, channel, row, events):
        """``row`` None: forget the session of ``channel``. Returns a future, done when it is on disk."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((channel, row and json.dumps(row), events, future))
        self._there.set()
        return future

    async def run(self):
        """Until cancelled."""
        while True:
            await self._there.wait()
            await self.flush()

    async def flush(self):
        """Write what is waiting."""
        self._there.clear()
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            await asyncio.shield(self.journal.call(self._write, batch))
        except sqlite3.Error as error:
            # the calls go on; what a crash would need is missing until the disk has room again
            _logger.error("sessions not stored: %s", error)
            self._waiting = batch + self._waiting
            await asyncio.sleep(1)
            self._there.set()
            return
        events = [event for _, _, some, _ in batch for event in some]
        for *_, future in batch:
            if not future.done():
                future.set_result(None)
        if events:
            self.on_events(events)

    def _write(self, batch):
        with self.journal.transaction() as db:
            for channel, value, events, _ in batch:
                if events:
                    self.journal.insert(events)
                if channel is None:
                    continue
                if value is None:
                    db.execute("DELETE FROM ivr_sessions WHERE channel = ?", (channel,))
                else:
                    db.execute(
                        "INSERT OR REPLACE INTO ivr_sessions VALUES (?, ?, ?)",
                        (channel, value, time.time()),
                    )
