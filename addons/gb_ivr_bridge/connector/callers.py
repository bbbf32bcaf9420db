"""What is known of callers before Odoo could be asked: priority, last agent, black list, language.

Kept in the journal's file and read from there: an answer takes some ten microseconds with Odoo up or down. Odoo sends what has
changed, page by page (docs/architecture.md, "callers").
"""

import asyncio
import json
import logging
import sqlite3
import time
from typing import NamedTuple

from .numbers import get_key
from .odoo import Unreachable

_logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS callers (
    key TEXT PRIMARY KEY, priority INTEGER NOT NULL, agent INTEGER NOT NULL, agent_at INTEGER NOT NULL,
    blocked INTEGER NOT NULL, language TEXT NOT NULL, load INTEGER NOT NULL) WITHOUT ROWID;
"""
MOST_PAGES = 1000
MOST_PRIORITY = 999


class Caller(NamedTuple):
    """``agent``: user id of who served him last, at ``agent_at``; 0 = nobody."""

    priority: int = 0
    agent: int = 0
    agent_at: int = 0
    blocked: bool = False
    language: str = ""


NOBODY = Caller()


class Callers:
    """The table ``callers`` and its refreshing."""

    def __init__(self, journal, odoo):
        self.journal, self.odoo = journal, odoo
        journal.db.executescript(SCHEMA)
        path = journal.db.execute("PRAGMA database_list").fetchone()[2]
        # answers do not wait for the journal's thread, which waits for the disk
        self._reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        self._running = asyncio.Lock()

    def find(self, number, region):
        """The ``Caller`` of a number as signalled."""
        key = get_key(number or "", region or "")
        if not key:
            return NOBODY
        row = self._reader.execute(
            "SELECT priority, agent, agent_at, blocked, language FROM callers WHERE key = ?", (key,)
        ).fetchone()
        return Caller(*row[:3], bool(row[3]), row[4]) if row else NOBODY

    def count(self):
        """How many there are."""
        return self._reader.execute("SELECT count(*) FROM callers").fetchone()[0]

    async def refresh(self):
        """Fetch all that has changed. What has been fetched stays when Odoo goes away in between."""
        async with self._running:
            for _page in range(MOST_PAGES):
                cursor = self.journal.meta("callers") or ""
                try:
                    status, answer = await self.odoo.post(
                        "/callers", json.dumps({"cursor": cursor}).encode(), timeout=30
                    )
                except Unreachable as error:
                    _logger.info("callers not refreshed: %s", error)
                    return
                if status != 200 or not isinstance(answer, dict):
                    # an Odoo that does not know them: nothing to know
                    _logger.info("callers not refreshed: HTTP %s", status)
                    return
                await self.journal.call(self._store, cursor, answer)
                if not answer.get("more"):
                    return

    def _store(self, cursor, answer):
        rows = [row for row in answer.get("rows") or () if isinstance(row, dict) and row.get("key")]
        with self.journal.transaction() as db:
            load = int(self.journal.meta("callers_load") or 0)
            if not cursor:
                # everything is sent anew: at its end go those that were not in it
                load = max(load + 1, int(time.time()))
                self.journal.set_meta("callers_load", str(load))
                self.journal.set_meta("callers_whole", "1")
            gone, kept = [], []
            for row in rows:
                values = (
                    min(max(int(row.get("priority") or 0), 0), MOST_PRIORITY),
                    int(row.get("agent") or 0),
                    int(row.get("agent_at") or 0),
                    int(bool(row.get("blocked"))),
                    str(row.get("language") or "")[:12],
                )
                if any(values):
                    kept.append((str(row["key"])[:40], *values, load))
                else:
                    gone.append((str(row["key"])[:40],))
            db.executemany("DELETE FROM callers WHERE key = ?", gone)
            db.executemany("INSERT OR REPLACE INTO callers VALUES (?, ?, ?, ?, ?, ?, ?)", kept)
            if not answer.get("more") and self.journal.meta("callers_whole") == "1":
                db.execute("DELETE FROM callers WHERE load < ?", (load,))
                self.journal.set_meta("callers_whole", "0")
            self.journal.set_meta("callers", str(answer.get("cursor") or ""))

    def close(self):
        """Release the file."""
        self._reader.close()
