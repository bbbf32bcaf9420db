"""Odoo's queues → Asterisk's: one file of sections, reloaded without anybody losing his place (docs/adr/040)."""

import asyncio
import logging
import os
import re
import time
from pathlib import Path

from .ami import AmiDown, AmiRefused

_logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
HEAD = "; Written by the connector from Odoo's queues: changes made here are lost.\n"
STRATEGIES = {
    "longest_idle": "leastrecent",
    "round_robin": "rrmemory",
    "fewest_calls": "fewestcalls",
    "random": "random",
    "all": "ringall",
    # the members' penalties say who comes first
    "rank": "leastrecent",
}
NUMBERS = (
    # (Odoo's word, Asterisk's, most)
    ("ring_seconds", "timeout", 300),
    ("retry_seconds", "retry", 300),
    ("weight", "weight", 1000),
    ("max_waiting", "maxlen", 10000),
    ("sl_seconds", "servicelevel", 86400),
)
# a queue's question comes so many seconds after the caller's waiting began, at the most
SAME_WAIT = 3
# above every penalty that a level or a rank gives
ALL_ALIKE = 1000


def _whole(value, most):
    return (
        value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
        else None
    )


def render_queue(row):
    """Lines of one queue's section. What is missing is as in the template ``gb`` of queues.conf."""
    lines = [f"strategy = {STRATEGIES.get(row.get('strategy'), 'rrmemory')}"]
    for word, name, most in NUMBERS:
        value = _whole(row.get(word), most)
        if value is not None:
            lines.append(f"{name} = {value}")
    seconds = _whole(row.get("announce_seconds"), 3600) or 30
    position, wait = bool(row.get("announce_position")), bool(row.get("announce_wait"))
    if position or wait:
        lines += [
            f"announce-frequency = {seconds}",
            f"min-announce-frequency = {min(seconds, 15)}",
            f"announce-position = {'yes' if position else 'no'}",
            f"announce-holdtime = {'yes' if wait else 'no'}",
            "announce-round-seconds = 10",
        ]
    music = row.get("music")
    if isinstance(music, str) and NAME.fullmatch(music):
        lines.append(f"musicclass = {music}")
    if row.get("needs_agents"):
        lines += ["joinempty = unavailable,invalid,unknown", "leavewhenempty = unavailable,invalid"]
    if row.get("callback"):
        lines += [
            "context = gb-queue-keys",
            "periodic-announce = gb/queue-callback",
            f"periodic-announce-frequency = {_whole(row.get('callback_seconds'), 3600) or 30}",
        ]
    if _whole(row.get("level_seconds"), 3600):
        lines.append(f"defaultrule = {row['name']}")
    return lines


def render(rows, kept=()):
    """``(queues_gb.conf, queuerules_gb.conf)``; ``kept``: sections (name, lines) of queues that are no more but in use."""
    queues, rules = [HEAD], [HEAD]
    for row in rows:
        queues.append("\n".join([f"[{row['name']}](gb)", *render_queue(row)]) + "\n")
        seconds = _whole(row.get("level_seconds"), 3600)
        if seconds:
            # from then on nobody counts as better than another: a best agent who does not answer keeps nobody waiting
            rules.append(f"[{row['name']}]\npenaltychange => {seconds},,,{ALL_ALIKE}\n")
    for name, lines in kept:
        queues.append("\n".join([f"[{name}](gb)", *lines]) + "\n")
    return "\n".join(queues), "\n".join(rules)


def read_sections(text):
    """``{name: lines}`` of what ``render`` has written."""
    found, lines = {}, []
    for line in text.splitlines():
        head = re.fullmatch(r"\[([A-Za-z0-9_-]+)\]\(gb\)", line)
        if head:
            lines = found[head[1]] = []
        elif "=" in line and not line.startswith(";"):
            lines.append(line)
    return found


class Queues:
    """Keeps the file at ``path`` as Odoo's configuration says. Without a path the queues are somebody else's business."""

    def __init__(self, ami, routing, path):
        self.ami, self.routing = ami, routing
        self.path = Path(path) if path else None
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._again = None

    def touch(self):
        """Odoo's configuration, or the connection to the PBX, is new."""
        self._wake.set()

    async def run(self):
        """Apply whenever touched; until cancelled."""
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), self._again)
            except TimeoutError:
                pass
            self._wake.clear()
            self._again = None
            try:
                await self.apply()
            except (AmiDown, AmiRefused, TimeoutError, OSError) as error:
                _logger.warning("queues not applied: %s", error)
                self._again = 5

    def _rows(self):
        rows, seen = [], set()
        for row in self.routing.config.get("queues") or ():
            name = row.get("name") if isinstance(row, dict) else None
            if isinstance(name, str) and NAME.fullmatch(name) and name.lower() not in seen:
                seen.add(name.lower())
                rows.append(row)
        return rows

    async def apply(self):
        """Write what has changed and have it reloaded. Errors as of AmiClient, OSError."""
        rows = self._rows()
        if not self.path or not rows or not self.ami.up.is_set():
            return
        async with self._lock:
            before = self.path.read_text() if self.path.exists() else ""
            kept = await self._in_use(
                {
                    name: lines
                    for name, lines in read_sections(before).items()
                    if name not in {row["name"] for row in rows}
                }
            )
            queues, rules = render(rows, kept)
            beside = self.path.with_name("queuerules_gb.conf")
            changed = self._write(beside, rules) | self._write(self.path, queues)
            if changed:
                # one reload for all: after the first the file counts as read, and a second one would do nothing
                await self.ami.action("QueueReload", Members="no", Rules="yes", Parameters="yes")
                _logger.info("queues reloaded: %s", " ".join(row["name"] for row in rows))
            if kept:
                # they go when their last caller has gone
                self._again = 30

    async def _in_use(self, sections):
        """Those of the sections whose queues still have callers: a queue that is taken away would lose them."""
        if not sections:
            return []
        listed = await self.ami.listing("QueueStatus", Member="none")
        busy = {
            row["Queue"]
            for row in listed
            if row.get("Event") == "QueueParams" and row.get("Calls") != "0"
        }
        return [(name, lines) for name, lines in sections.items() if name in busy]

    @staticmethod
    def _write(path, text):
        """Whether the file had to be written: whole or not at all, also when the power fails."""
        if path.exists() and path.read_text() == text:
            return False
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with open(draft, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(draft, 0o644)
        os.replace(draft, path)
        return True


class Place:
    """Where somebody belongs who has been waiting for some time: behind all who came before him, never earlier."""

    def __init__(self, ami):
        self.ami = ami
        # unique id → since when he waits in truth, where Asterisk knows whole seconds, and only since he came (back) in
        self.since = {}

    def note(self, unique, since, exact=None):
        """Remember for as long as anybody waits. ``since`` may know whole seconds only: ``exact``, or what was noted of it before, counts then.

        :return: since when he waits
        """
        known = self.since.get(unique)
        if known is None or abs(known - since) > SAME_WAIT:
            known = self.since[unique] = exact or since
            if len(self.since) > 20000:
                # who asked first has long been served
                del self.since[next(iter(self.since))]
        return known

    async def find(self, queue, since, priority):
        """The position (1 = first) of one who waits since ``since`` (Unix time); 0 when it is the end."""
        rows = await self.ami.listing("QueueStatus", Queue=queue, Member="none")
        entries = [row for row in rows if row.get("Event") == "QueueEntry"]
        now = time.time()
        ahead = 0
        for entry in entries:
            entered = self.since.get(entry.get("Uniqueid"), now - int(entry.get("Wait") or 0))
            other = int(entry.get("Priority") or 0)
            if other > priority or (other == priority and entered <= since):
                ahead += 1
        return ahead + 1 if ahead < len(entries) else 0
