"""The connector's memory: one SQLite file. What is committed here survives SIGKILL and power loss.

All methods are blocking and belong to one thread (``Journal.call`` runs them there from asyncio).
"""

import asyncio
import contextlib
import json
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

PENDING, ACKED, PARKED = 0, 1, 2

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
    at REAL NOT NULL, data TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, stored REAL NOT NULL);
CREATE INDEX IF NOT EXISTS events_pending ON events (seq) WHERE state = 0;
CREATE INDEX IF NOT EXISTS events_stored ON events (stored);
CREATE TABLE IF NOT EXISTS positions (source TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seats (extension TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS commands (id TEXT PRIMARY KEY, at REAL NOT NULL, status INTEGER, answer TEXT);
CREATE TABLE IF NOT EXISTS recordings (
    name TEXT PRIMARY KEY, uniqueid TEXT NOT NULL, linkedid TEXT NOT NULL, state TEXT NOT NULL,
    at REAL NOT NULL, seq INTEGER, sha256 TEXT);
CREATE TABLE IF NOT EXISTS messages (name TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ivr_sessions (channel TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS recordings_open ON recordings (linkedid) WHERE state = 'open';
"""


@dataclass(frozen=True)
class Event:
    """One fact on its way to Odoo; ``at`` in seconds since the epoch."""

    id: str
    source: str
    at: float
    data: dict


class Journal:
    """Open (or make) the journal at ``path``."""

    def __init__(self, path):
        self._thread = ThreadPoolExecutor(1, "journal")
        # SQLite's own thread check would forbid the constructor's thread; the executor keeps the order
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(SCHEMA)
        self.id = self.meta("journal") or str(uuid.uuid4())
        self.set_meta("journal", self.id)

    async def call(self, function, *args):
        """Run a blocking function of the journal's in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    def close(self):
        """Finish what runs, then close the file."""
        self._thread.shutdown()
        self.db.close()

    @contextlib.contextmanager
    def transaction(self):
        """All or nothing, on disk at the end."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # ---------------------------------------------------------------------------------------------------------- events

    def insert(self, events):
        """Within a transaction: append events; known ids are left out. Returns how many are new."""
        now = time.time()
        before = self.db.total_changes
        self.db.executemany(
            "INSERT OR IGNORE INTO events (event_id, source, at, data, stored) VALUES (?, ?, ?, ?, ?)",
            [(e.id, e.source, e.at, json.dumps(e.data, ensure_ascii=False), now) for e in events],
        )
        return self.db.total_changes - before

    def add(self, events):
        """``insert`` in a transaction of its own."""
        with self.transaction():
            return self.insert(events)

    def pending(self, count, size):
        """The oldest unsent events as JSON texts ``[(seq, text)]``: at most ``count``, about ``size`` bytes, at least one."""
        rows, total = [], 0
        query = "SELECT seq, event_id, source, at, data FROM events WHERE state = 0 ORDER BY seq LIMIT ?"
        for seq, event, source, at, data in self.db.execute(query, (count,)):
            # data is JSON already: only the frame around it is made here
            text = f'{{"seq":{seq},"id":"{event}","source":"{source}","at":{at!r},"data":{data}}}'
            total += len(text.encode()) + 1
            if rows and total > size:
                break
            rows.append((seq, text))
        return rows

    def ack(self, seq):
        """Odoo has committed everything up to ``seq``."""
        with self.transaction():
            self.db.execute(
                "UPDATE events SET state = ? WHERE seq <= ? AND state = ?", (ACKED, seq, PENDING)
            )

    def park(self, seq):
        """Put one event aside that Odoo does not take at all; it stays in the journal."""
        with self.transaction():
            self.db.execute("UPDATE events SET state = ? WHERE seq = ?", (PARKED, seq))

    def backlog(self):
        """``(unsent, time when the oldest of them was stored or None, parked)``."""
        count, oldest = self.db.execute(
            "SELECT count(*), min(stored) FROM events WHERE state = 0"
        ).fetchone()
        parked = self.db.execute("SELECT count(*) FROM events WHERE state = 2").fetchone()[0]
        return count, oldest, parked

    def prune(self, before):
        """Forget acknowledged events and answered commands older than their limits (seconds since the epoch)."""
        with self.transaction():
            self.db.execute("DELETE FROM events WHERE state = ? AND stored < ?", (ACKED, before))
            self.db.execute("DELETE FROM commands WHERE at < ?", (time.time() - 3600,))

    # -------------------------------------------------------------------------------------------------- small memories

    def meta(self, key):
        """A remembered text, or None."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row and row[0]

    def set_meta(self, key, value):
        """Remember a text."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def position(self, source):
        """Where reading of a file stood (dict), or None."""
        row = self.db.execute("SELECT value FROM positions WHERE source = ?", (source,)).fetchone()
        return row and json.loads(row[0])

    def set_position(self, source, value):
        """Within a transaction, together with the lines that were read up to there."""
        self.db.execute(
            "INSERT OR REPLACE INTO positions VALUES (?, ?)", (source, json.dumps(value))
        )
