"""Recordings: found when their call is over, announced as an event, uploaded when Odoo has the event.

Messages (voicemail) are recorded by ARI elsewhere; what they are is told by flows. From there on they go the same way.

States of a row: speaking (a message), open (the recorded channel has ended), complete (its whole call has), announced (event in the journal), uploaded;
or empty, missing, refused (nothing more to do).
"""

import asyncio
import hashlib
import json
import logging
import os
import sqlite3
import struct
import time
from pathlib import Path

from . import stereo
from .journal import ACKED, Event
from .lines import event_id
from .odoo import Unreachable

_logger = logging.getLogger(__name__)

HEADER = 44
# MixMonitor closes its file a moment after the channel has ended
SETTLE_SECONDS = 10
LARGEST = 64 * 1024 * 1024
# names of files that ARI has recorded begin so
MESSAGE = "vm-"
# pages that were received
FAX = "fax-"
# seconds; shorter ones are a click
SHORTEST_MESSAGE = 1.0


class Recordings:
    """``directory`` is where MixMonitor writes ``<unique id>.wav``."""

    def __init__(
        self,
        journal,
        odoo,
        metrics,
        pbx,
        directory,
        keep_days=30,
        stale_seconds=1800,
        messages="",
        faxes="",
    ):
        self.journal, self.odoo, self.metrics, self.pbx = journal, odoo, metrics, pbx
        self.directory, self.messages = Path(directory), Path(messages)
        self.faxes = Path(faxes)
        self.keep_seconds, self.stale_seconds = keep_days * 86400, stale_seconds
        self.on_event = lambda: None
        self._wake = asyncio.Event()
        # name → (seconds until the try after the next, not before)
        self._later = {}
        # what could not be written yet, in its order
        self._unwritten, self._writing = [], asyncio.Lock()

    def wake(self):
        """Something may be complete, or acknowledged."""
        self._wake.set()

    def _path(self, name):
        if name.startswith(FAX):
            return self.faxes / name
        return (self.messages if name.startswith(MESSAGE) else self.directory) / name

    # -------------------------------------------------------------------------------------------------------- messages

    async def begin_message(self, name, about):
        """A caller is going to speak. ``about``: linkedid, uniqueid, session, kind, values."""

        def write():
            with self.journal.transaction() as db:
                self._insert(db, name, about["linkedid"], "speaking", time.time())
                db.execute(
                    "UPDATE recordings SET uniqueid = ? WHERE name = ?", (about["uniqueid"], name)
                )
                db.execute(
                    "INSERT OR REPLACE INTO messages VALUES (?, ?)", (name, json.dumps(about))
                )

        await self._remember(write)

    async def end_message(self, name):
        """It is complete: announce it."""

        def write():
            with self.journal.transaction() as db:
                db.execute(
                    "UPDATE recordings SET state = 'complete', at = ? WHERE name = ? AND state = 'speaking'",
                    (time.time(), name),
                )

        await self._remember(write)
        self.wake()

    async def drop_message(self, name):
        """Nothing was said."""
        await self._remember(lambda: self._set(name, "empty"))
        (self.messages / name).unlink(missing_ok=True)

    async def _remember(self, write):
        """Do it now or, on a full disk, as soon as there is room: the caller goes on speaking."""
        self._unwritten.append(write)
        await self._write()

    async def _write(self):
        async with self._writing:
            while self._unwritten:
                try:
                    await self.journal.call(self._unwritten[0])
                except sqlite3.Error as error:
                    _logger.error("messages not noted: %s", error)
                    return
                del self._unwritten[0]

    def take_fax(self, db, name, event, at):
        """Within the journal's transaction: pages have been received; ``event`` tells of them when they have been looked at.

        Returns False when there are none.
        """
        path = self.faxes / name
        if not path.exists() or not path.stat().st_size:
            return False
        self._insert(db, name, event["linkedid"], "complete", at)
        db.execute("INSERT OR REPLACE INTO messages VALUES (?, ?)", (name, json.dumps(event)))
        return True

    # ------------------------------------------------------------------------------------- within the journal's transaction

    def note(self, db, event):
        """What an event says about recordings."""
        data, kind = event.data, event.data["type"]
        if event.source == "cel" and kind == "CHAN_END":
            name = f"{data['uniqueid']}.wav"
            if "/" not in name and self._is_recorded(name):
                self._insert(db, name, data["linkedid"], "open", event.at)
            db.execute(
                "UPDATE recordings SET state = 'complete', at = ? WHERE uniqueid = ? AND state = 'speaking'",
                (event.at, data["uniqueid"]),
            )
        elif event.source == "cel" and kind == "LINKEDID_END":
            db.execute(
                "UPDATE recordings SET state = 'complete' WHERE linkedid = ? AND state = 'open'",
                (data["linkedid"],),
            )
        elif kind == "PBX_UP":
            # the queue log knows whole seconds only: what was written in that second may be of the time before
            before = event.at + 1
            db.execute(
                "UPDATE recordings SET state = 'complete' WHERE state IN ('open', 'speaking') AND at <= ?",
                (before,),
            )
            self._adopt(db, before)

    def _is_recorded(self, name):
        return (self.directory / name).exists() or any(
            path.exists() for path in stereo.parts_of(self.directory / name)
        )

    def adopt_stale(self):
        """Take up files that nobody has written for long and that no event has named."""
        with self.journal.transaction() as db:
            limit = time.time() - self.stale_seconds
            db.execute(
                "UPDATE recordings SET state = 'complete' WHERE state IN ('open', 'speaking') AND at <= ?",
                (limit,),
            )
            self._adopt(db, limit)

    def _adopt(self, db, before):
        known = {row[0] for row in db.execute("SELECT name FROM recordings")}
        for path in self.directory.glob("*.wav"):
            # a recording in two parts goes by the name that it is going to have
            name = stereo.whole_of(path).name
            if name not in known and path.stat().st_mtime < before:
                known.add(name)
                linked = self._linked_id(db, name.removesuffix(".wav"))
                self._insert(db, name, linked, "complete", path.stat().st_mtime)

    @staticmethod
    def _insert(db, name, linkedid, state, at):
        db.execute(
            "INSERT OR IGNORE INTO recordings (name, uniqueid, linkedid, state, at) VALUES (?, ?, ?, ?, ?)",
            (name, name.removesuffix(".wav"), linkedid, state, at),
        )

    @staticmethod
    def _linked_id(db, uniqueid):
        row = db.execute(
            "SELECT json_extract(data, '$.linkedid') FROM events WHERE source = 'cel' "
            "AND json_extract(data, '$.uniqueid') = ? ORDER BY seq DESC LIMIT 1",
            (uniqueid,),
        ).fetchone()
        # recording starts on the channel that began the call
        return row[0] if row else uniqueid

    # ------------------------------------------------------------------------------------------------------------- worker

    async def run(self):
        """Until cancelled."""
        scanned = 0
        while True:
            self._wake.clear()
            await self._write()
            if time.monotonic() - scanned > 60:
                await self.journal.call(self.adopt_stale)
                await self.journal.call(self._expire)
                scanned = time.monotonic()
            waiting = await self._announce()
            waiting |= await self._upload()
            try:
                soon = waiting or self._unwritten
                await asyncio.wait_for(self._wake.wait(), 0.5 if soon else 30)
            except TimeoutError:
                pass

    def _rows(self, state):
        return self.journal.db.execute(
            "SELECT name, uniqueid, linkedid, at, seq, sha256 FROM recordings WHERE state = ? ORDER BY at LIMIT 50",
            (state,),
        ).fetchall()

    def _set(self, name, state):
        with self.journal.transaction() as db:
            db.execute("UPDATE recordings SET state = ? WHERE name = ?", (state, name))

    async def _announce(self):
        """Returns whether a file is still being closed."""
        waiting = False
        for name, uniqueid, linkedid, at, _seq, _sha in await self.journal.call(
            self._rows, "complete"
        ):
            path = self._path(name)
            look = examine_fax if name.startswith(FAX) else examine
            facts = await asyncio.to_thread(look, path, at)
            if facts is None:
                waiting = True
            elif isinstance(facts, str):
                await self.journal.call(self._set, name, facts)
            else:
                data = {
                    "type": "RECORDING",
                    "linkedid": linkedid,
                    "uniqueid": uniqueid,
                    "name": name,
                    **facts,
                }
                source = "recording"
                if name.startswith(MESSAGE):
                    about = await self.journal.call(self._about, name)
                    if facts["duration"] < SHORTEST_MESSAGE or not about:
                        await self.journal.call(self._set, name, "empty")
                        continue
                    source, data = "ivr", {**data, **about, "type": "VOICEMAIL"}
                elif name.startswith(FAX):
                    about = await self.journal.call(self._about, name)
                    source, data = "ivr", {**about, "name": name, **facts}
                await self.journal.call(self._store, source, data, path.stat().st_mtime)
                self.on_event()
        return waiting

    def _about(self, name):
        row = self.journal.db.execute(
            "SELECT data FROM messages WHERE name = ?", (name,)
        ).fetchone()
        return row and json.loads(row[0])

    def _store(self, source, data, at):
        event = Event(event_id(self.pbx, source, data["name"], data["sha256"]), source, at, data)
        with self.journal.transaction() as db:
            self.journal.insert([event])
            row = db.execute("SELECT seq FROM events WHERE event_id = ?", (event.id,)).fetchone()
            db.execute(
                "UPDATE recordings SET state = 'announced', seq = ?, sha256 = ? WHERE name = ?",
                (row[0], data["sha256"], data["name"]),
            )

    def _acknowledged(self):
        # a pruned event had been acknowledged before
        return self.journal.db.execute(
            "SELECT r.name, r.sha256 FROM recordings r LEFT JOIN events e ON e.seq = r.seq "
            "WHERE r.state = 'announced' AND coalesce(e.state, ?) = ? ORDER BY r.at LIMIT 500",
            (ACKED, ACKED),
        ).fetchall()

    async def _upload(self):
        """Returns whether there is something to try again soon. One that Odoo does not want yet does not hold up the others."""
        if self.odoo.breaker.is_open:
            return False
        rows = await self.journal.call(self._acknowledged)
        for name, digest in rows:
            delay, not_before = self._later.get(name, (1, 0))
            if time.monotonic() < not_before:
                continue
            status = await self._put(name, digest)
            if status is None:
                self._later.pop(name, None)
                continue
            self.metrics.upload_failures.inc()
            _logger.warning("recording %s not uploaded: %s", name, status)
            self._later[name] = (min(2 * delay, 600), time.monotonic() + delay)
            if isinstance(status, Unreachable):
                break
        return bool(rows)

    async def _put(self, name, digest):
        """Upload one; ``None`` when it is settled, else what came back (a status or Unreachable)."""
        try:
            body = await asyncio.to_thread(self._path(name).read_bytes)
        except OSError:
            _logger.error("recording %s has gone before it was uploaded", name)
            await self.journal.call(self._set, name, "missing")
            return None
        try:
            status, _ = await self.odoo.post(
                f"/recordings/{digest}",
                body,
                "image/tiff" if name.startswith(FAX) else "audio/wav",
                timeout=300,
            )
        except Unreachable as error:
            return error
        if status == 200:
            self.metrics.uploads.inc()
            await self.journal.call(self._set, name, "uploaded")
            return None
        if status == 413:
            await self.journal.call(self._set, name, "refused")
        elif status == 422:
            # the file is another than the one that was announced: announce it again
            await self.journal.call(self._set, name, "complete")
        return status

    def _expire(self):
        if not self.keep_seconds:
            return
        limit = time.time() - self.keep_seconds
        query = (
            "SELECT name FROM recordings WHERE state IN ('uploaded', 'empty', 'missing') AND at < ?"
        )
        for (name,) in self.journal.db.execute(query, (limit,)).fetchall():
            self._path(name).unlink(missing_ok=True)
            with self.journal.transaction() as db:
                db.execute("DELETE FROM recordings WHERE name = ?", (name,))
                db.execute("DELETE FROM messages WHERE name = ?", (name,))


def examine(path, at):
    """``{"size", "sha256", "duration"}`` of a finished WAV file, ``None`` while it is being closed, or the state it ends in.

    ``at`` (Unix time): the end of its call, or when it was last written. Some seconds later nobody writes it any more, and a
    header that a killed PBX has left without lengths is put right.
    """
    if not path.exists() and not stereo.join(path, time.time() - at > SETTLE_SECONDS):
        return None
    try:
        found = path.stat()
        size = found.st_size
        settled = time.time() - max(at, found.st_mtime) > SETTLE_SECONDS
        with open(path, "rb") as file:
            header = file.read(HEADER)
    except OSError:
        return "missing"
    good = len(header) == HEADER and header[:4] == b"RIFF" and header[36:40] == b"data"
    if good and struct.unpack_from("<I", header, 4)[0] == size - 8:
        if size == HEADER:
            return "empty"
    elif not settled:
        return None
    elif not good or size <= HEADER:
        return "empty"
    else:
        _repair(path, header, size)
    if size > LARGEST:
        _logger.error("recording %s is larger than Odoo takes", path.name)
        return "refused"
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    rate = struct.unpack_from("<I", header, 28)[0] or 16000
    return {
        "size": size,
        "sha256": digest.hexdigest(),
        "duration": round((size - HEADER) / rate, 3),
    }


def examine_fax(path, _at):
    """``{"size", "sha256"}`` of pages that have been received, or the state in which they end."""
    try:
        content = path.read_bytes()
    except OSError:
        return "missing"
    if not content or len(content) > LARGEST:
        return "refused" if content else "empty"
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _repair(path, header, size):
    fixed = bytearray(header)
    struct.pack_into("<I", fixed, 4, size - 8)
    struct.pack_into("<I", fixed, 40, size - HEADER)
    with open(path, "r+b") as file:
        file.write(fixed)
        os.fsync(file.fileno())
