"""Call-backs that keep the caller's place.

A caller who asks to be called back hangs up; a channel of ours (``Local``) waits in the queue where he would be. When an agent takes
it, the customer is rung. One at a time for a number and queue, with Odoo up or down; what is wanted is in the journal, and what
became of it is read from Asterisk's files, so that neither a restart of the connector nor of Asterisk loses or doubles one.

    asked ──agent──► dialling ──customer──► answered
      ▲                 │
      └── later ────────┴──► failed          cancelled: by Odoo (callback.cancel)
"""

import asyncio
import json
import logging
import re
import time

from .ami import AmiDown, AmiRefused
from .hours import is_open
from .journal import Event
from .lines import event_id
from .numbers import get_dialled, get_key

_logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS callbacks (
    reference TEXT PRIMARY KEY, queue TEXT NOT NULL, number TEXT NOT NULL, dialled TEXT NOT NULL,
    state TEXT NOT NULL, tries INTEGER NOT NULL, attempt INTEGER NOT NULL, placed REAL,
    since REAL NOT NULL, due REAL NOT NULL, priority INTEGER NOT NULL, data TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS callbacks_open ON callbacks (queue, number) WHERE state IN ('asked', 'dialling');
"""
CHANNEL = re.compile(r"cb-([0-9a-f]{16})-(\d+)(?:-2)?")
PLAIN = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
TRIES, RETRY_MINUTES = 3, 10
# who asked longer ago than this is not rung out of the blue
OLDEST = 86400
# an Originate needs a moment until its channel is listed
FRESH = 15
# a place that was lost is taken again, but not in a whirl
AGAIN = 2
MOST_ASKERS = 10000


class Callbacks:
    """``on_event()``: there is news for Odoo."""

    def __init__(self, journal, ami, distribution, pbx, on_event):
        self.journal, self.ami, self.distribution = journal, ami, distribution
        self.pbx, self.on_event = pbx, on_event
        journal.db.executescript(SCHEMA)
        self._wake = asyncio.Event()
        self._changed = False
        # channels on which it was asked for (a dict, for its order)
        self._askers = {
            json.loads(data).get("uniqueid"): None
            for (data,) in journal.db.execute("SELECT data FROM callbacks WHERE state = 'asked'")
        }
        self._withdrawing = set()
        distribution.on_return = self._waits_himself

    # ------------------------------------------------------------------------------------------------------- the dialplan

    async def ask(self, query):
        """``offer,<number>``, ``known``, ``invalid`` or ``failed``; with ``id`` it is done: ``ok``."""
        queue = query.get("queue", "")
        row = self.distribution.find_queue(queue)
        if row is None:
            return "failed"
        region = self.distribution.region
        raw = query.get("number", "") or query.get("caller", "")
        dialled = get_dialled(raw, region)
        if not dialled or self.distribution.callers.find(raw, region).blocked:
            return "invalid"
        key, unique = get_key(raw, region), query.get("id", "")
        known = await self.journal.call(self._known, queue, key, unique)
        if known:
            return known
        if not unique:
            return f"offer,{dialled}"
        if not PLAIN.fullmatch(unique):
            return "failed"
        now = time.time()
        since = query.get("since", "")
        since = float(since) if since.isdigit() and now - 86400 < float(since) <= now else now
        priority = query.get("priority", "")
        facts = {"uniqueid": unique, "linkedid": query.get("linked", "") or unique}
        facts = {k: v for k, v in facts.items() if PLAIN.fullmatch(v)}
        # before it is on the disk: he may be in the queue again by then
        self._askers[unique] = None
        if len(self._askers) > MOST_ASKERS:
            del self._askers[next(iter(self._askers))]
        told = await self.journal.call(
            self._add,
            {
                "queue": queue,
                "number": key,
                "dialled": dialled,
                "since": self.distribution.place.note(unique, since),
                "priority": int(priority) if priority.isdigit() and len(priority) < 5 else 0,
                "facts": facts,
            },
        )
        self.on_event()
        self._wake.set()
        return told

    def _waits_himself(self, unique):
        """The caller on this channel is in a queue: he was told that it had failed, or came back. He must not be called as well."""
        if unique in self._askers:
            del self._askers[unique]
            task = asyncio.ensure_future(self._withdraw(unique))
            self._withdrawing.add(task)
            task.add_done_callback(self._withdrawing.discard)

    async def _withdraw(self, unique):
        try:
            for (reference,) in await self.journal.call(self._asked_on, unique):
                await self.cancel(reference)
        except (AmiDown, AmiRefused, TimeoutError, OSError) as error:
            _logger.warning("a place is freed later: %s", error)

    def _asked_on(self, unique):
        return self.journal.db.execute(
            "SELECT reference FROM callbacks WHERE state = 'asked' AND json_extract(data, '$.uniqueid') = ?",
            (unique,),
        ).fetchall()

    def _known(self, queue, key, unique):
        """``known`` when there is one for this number; ``ok`` when it was asked for on this channel: the same question once more."""
        row = self.journal.db.execute(
            "SELECT json_extract(data, '$.uniqueid') FROM callbacks "
            "WHERE queue = ? AND number = ? AND state IN ('asked', 'dialling')",
            (queue, key),
        ).fetchone()
        return "" if row is None else "ok" if unique and row[0] == unique else "known"

    def _add(self, wish):
        queue, number, unique = wish["queue"], wish["number"], wish["facts"]["uniqueid"]
        with self.journal.transaction() as db:
            known = self._known(queue, number, unique)
            if known:
                return known
            # he may have asked before, waited himself again, and asks once more
            before = db.execute(
                "SELECT count(*) FROM callbacks WHERE queue = ? AND number = ? AND json_extract(data, '$.uniqueid') = ?",
                (queue, number, unique),
            ).fetchone()[0]
            reference = event_id(self.pbx, queue, number, unique, before)[:16]
            db.execute(
                "INSERT INTO callbacks VALUES (?, ?, ?, ?, 'asked', 0, 0, NULL, ?, ?, ?, ?)",
                (
                    reference,
                    queue,
                    number,
                    wish["dialled"],
                    wish["since"],
                    time.time(),
                    wish["priority"],
                    json.dumps(wish["facts"]),
                ),
            )
            self._tell(reference, "asked", number, queue, **wish["facts"])
        return "ok"

    def _tell(self, reference, state, number, queue, at=None, attempt=0, **facts):
        """Within a transaction: an event for Odoo."""
        at = at or time.time()
        linked = f"cb-{reference}-{attempt}"
        data = {
            "type": "CALLBACK",
            "uniqueid": facts.pop("uniqueid", linked),
            "linkedid": facts.pop("linkedid", linked),
            "session": "",
            "number": number,
            "queue": queue,
            "state": state,
            "reference": reference,
            **facts,
        }
        key = event_id(self.pbx, "CALLBACK", reference, attempt, state)
        self.journal.insert([Event(key, "ivr", at, data)])
        self._changed = True

    # ---------------------------------------------------------------------------------------------------- Asterisk's files

    def note(self, db, event):
        """Within the ingest's transaction: what became of the channels that wait in our customers' places."""
        data = event.data
        kind = data["type"]
        if kind == "PBX_UP":
            # all channels are gone
            for reference, attempt in db.execute(
                "SELECT reference, attempt FROM callbacks WHERE state = 'dialling' AND placed < ?",
                (event.at + 1,),
            ).fetchall():
                self._failed(db, reference, attempt, event.at, "pbx")
            db.execute(
                "UPDATE callbacks SET placed = NULL WHERE state IN ('asked', 'cancelled') AND placed < ?",
                (event.at + 1,),
            )
            self._changed = True
            return
        linked = data.get("callid") if event.source == "queue_log" else data.get("linkedid")
        match = CHANNEL.fullmatch(linked or "")
        if not match:
            return
        reference, attempt = match[1], int(match[2])
        if kind == "CONNECT":
            self._move(db, reference, attempt, "asked", "dialling", event.at)
        elif kind == "ANSWER" and data.get("context") == "gb-inbound":
            # queue_log knows whole seconds and may be read after
            self._move(db, reference, attempt, "asked", "dialling", event.at)
            self._move(db, reference, attempt, "dialling", "answered", event.at)
        elif kind == "USER_DEFINED" and data.get("userdef") == "GB_CALLBACK_FAILED":
            extra = data.get("extra")
            reason = extra.get("extra", "") if isinstance(extra, dict) else ""
            self._failed(db, reference, attempt, event.at, str(reason)[:20].lower())
        elif kind == "LINKEDID_END":
            self._failed(db, reference, attempt, event.at, "hangup")
            db.execute(
                "UPDATE callbacks SET placed = NULL, due = max(due, ?) "
                "WHERE reference = ? AND attempt = ? AND state IN ('asked', 'cancelled')",
                (event.at + AGAIN, reference, attempt),
            )
            self._changed = True

    def _move(self, db, reference, attempt, before, after, at):
        row = db.execute(
            "UPDATE callbacks SET state = ? WHERE reference = ? AND attempt = ? AND state = ? RETURNING number, queue",
            (after, reference, attempt, before),
        ).fetchone()
        if row:
            self._tell(reference, after, *row, at=at, attempt=attempt)

    def _failed(self, db, reference, attempt, at, reason):
        """The customer was not reached: later again, or for good."""
        found = db.execute(
            "SELECT number, queue, tries FROM callbacks WHERE reference = ? AND attempt = ? AND state = 'dialling'",
            (reference, attempt),
        ).fetchone()
        if not found:
            return
        number, queue, tries = found
        row = self.distribution.find_queue(queue) or {}
        tries += 1
        is_last = tries >= (row.get("callback_tries") or TRIES)
        due = at + 60 * (row.get("callback_retry_minutes") or RETRY_MINUTES)
        # the next try takes a new place at the end: the kept one was his once
        db.execute(
            "UPDATE callbacks SET state = ?, tries = ?, due = ?, since = ?, placed = NULL WHERE reference = ?",
            ("failed" if is_last else "asked", tries, due, due, reference),
        )
        self._tell(
            reference,
            "failed",
            number,
            queue,
            at=at,
            attempt=attempt,
            tries=tries,
            final=is_last,
            reason=reason,
        )

    def noted(self):
        """After a round of the ingest: look at what has changed."""
        if self._changed:
            self._changed = False
            self._wake.set()
            return True
        return False

    # ------------------------------------------------------------------------------------------------------ making it true

    def touch(self):
        """AMI is back, or the queues have changed."""
        self._wake.set()

    async def run(self):
        """Give everybody his place; until cancelled."""
        while True:
            pause = 30
            try:
                pause = await self._place_all()
            except (AmiDown, AmiRefused, TimeoutError, OSError) as error:
                _logger.warning("call-backs not placed: %s", error)
                pause = 5
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                pass
            self._wake.clear()

    def _open(self):
        rows = self.journal.db.execute(
            "SELECT reference, queue, number, dialled, attempt, placed, since, due, priority FROM callbacks "
            "WHERE state = 'asked' ORDER BY since"
        )
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _withdrawn(self):
        return self.journal.db.execute(
            "SELECT reference, attempt, placed FROM callbacks WHERE state = 'cancelled' AND placed IS NOT NULL"
        ).fetchall()

    def _note_free(self, reference, attempt):
        self.journal.db.execute(
            "UPDATE callbacks SET placed = NULL WHERE reference = ? AND attempt = ? AND state = 'cancelled'",
            (reference, attempt),
        )

    async def _free_places(self, listed):
        """Nobody waits in the place of one who is not to be called any more. :return: seconds until the next look"""
        withdrawn = await self.journal.call(self._withdrawn)
        for reference, attempt, placed in withdrawn:
            linked = f"cb-{reference}-{attempt}"
            channel = next((row["Channel"] for row in listed if row.get("Linkedid") == linked), "")
            if channel:
                await self.ami.action("Hangup", Channel=channel, Cause=16)
            elif time.time() - placed > FRESH:
                await self.journal.call(self._note_free, reference, attempt)
        return AGAIN if withdrawn else 30

    async def _place_all(self):
        rows = await self.journal.call(self._open)
        withdrawn = await self.journal.call(self._withdrawn)
        if not (rows or withdrawn) or not self.ami.up.is_set():
            return 30
        now = time.time()
        listed = await self.ami.listing("CoreShowChannels")
        pause = await self._free_places(listed)
        alive = {row.get("Linkedid") for row in listed}
        for row in rows:
            if row["placed"]:
                if (
                    f"cb-{row['reference']}-{row['attempt']}" in alive
                    or now - row["placed"] < FRESH
                ):
                    # a restarted connector learns whose place it is
                    self.distribution.place.note(
                        f"cb-{row['reference']}-{row['attempt']}", row["since"]
                    )
                    continue
            if row["since"] < now - OLDEST:
                await self.journal.call(self._give_up, row["reference"], row["attempt"])
                continue
            if row["due"] > now:
                pause = min(pause, row["due"] - now)
                continue
            await self._place(row, now)
        return max(pause, 0.1)

    async def _place(self, row, now):
        queue = self.distribution.find_queue(row["queue"])
        if queue is None or not is_open(queue.get("schedule"), now):
            return
        attempt = row["attempt"] + 1
        # noted first: should the power fail now, its channel is looked for and not found
        if not await self.journal.call(self._note_placed, row["reference"], attempt, now):
            return
        linked = f"cb-{row['reference']}-{attempt}"
        place = self.distribution.place
        position = await place.find(row["queue"], row["since"], row["priority"])
        place.note(linked, row["since"])
        values = {
            "__GB_CALLBACK_NUMBER": row["dialled"],
            "__GB_CALLBACK_QUEUE": row["queue"],
            "GB_CALLBACK_PRIORITY": row["priority"],
            "GB_CALLBACK_POSITION": position or "",
        }
        await self.ami.action(
            "Originate",
            Channel="Local/s@gb-callback-customer/n",
            ChannelId=linked,
            OtherChannelId=f"{linked}-2",
            Context="gb-callback-wait",
            Exten="s",
            Priority=1,
            # what the agent's telephone shows
            CallerID=row["dialled"],
            Timeout=30000,
            Async="true",
            Variable=[f"{name}={value}" for name, value in values.items()],
        )

    def _note_placed(self, reference, attempt, at):
        with self.journal.transaction() as db:
            return db.execute(
                "UPDATE callbacks SET attempt = ?, placed = ? WHERE reference = ? AND attempt = ? AND state = 'asked'",
                (attempt, at, reference, attempt - 1),
            ).rowcount

    def _give_up(self, reference, attempt):
        with self.journal.transaction() as db:
            row = db.execute(
                "UPDATE callbacks SET state = 'failed' WHERE reference = ? AND state = 'asked' RETURNING number, queue, tries",
                (reference,),
            ).fetchone()
            if row:
                self._tell(
                    reference,
                    "failed",
                    *row[:2],
                    attempt=attempt,
                    tries=row[2],
                    final=True,
                    reason="expired",
                )
        self.on_event()

    # --------------------------------------------------------------------------------------------------------------- Odoo

    async def cancel(self, reference):
        """Take him out of the queue. :return: ``cancelled``, ``dialling`` (too late), or the state that it is in."""
        state = await self.journal.call(self._cancel, reference)
        if state == "cancelled":
            self.on_event()
            # should this fail, or his channel just be coming, it is looked for again
            self._wake.set()
            await self._free_places(await self.ami.listing("CoreShowChannels"))
        return state

    def _cancel(self, reference):
        with self.journal.transaction() as db:
            row = db.execute(
                "UPDATE callbacks SET state = 'cancelled' WHERE reference = ? AND state = 'asked' "
                "RETURNING number, queue, attempt",
                (reference,),
            ).fetchone()
            if row:
                self._tell(reference, "cancelled", *row[:2], attempt=row[2])
                return "cancelled"
            row = db.execute(
                "SELECT state FROM callbacks WHERE reference = ?", (reference,)
            ).fetchone()
        return row[0] if row else "unknown"

    def prune(self, before):
        """Forget what has long been over."""
        with self.journal.transaction() as db:
            db.execute(
                "DELETE FROM callbacks WHERE state NOT IN ('asked', 'dialling') AND due < ?",
                (before,),
            )
