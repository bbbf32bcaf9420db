"""What the dialplan asks of a caller: which queue, how long, who first. From the journal and from memory, never from Odoo."""

import logging
import re
import time

from .ami import AmiDown, AmiRefused
from .hours import is_open
from .journal import Event
from .lines import event_id

_logger = logging.getLogger(__name__)

WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
PLAIN = re.compile(r"[A-Za-z0-9_.:-]{0,80}")
DEFAULT_WAIT = 600
MOST_HOPS = 8


def _number(row, name):
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


class Distribution:
    """Answers of the inner routes (docs/architecture.md, "Distribution")."""

    def __init__(self, journal, routing, callers, seats, devices, place, pbx, on_event):
        self.journal, self.routing, self.callers = journal, routing, callers
        self.seats, self.devices, self.place = seats, devices, place
        self.pbx, self.on_event = pbx, on_event
        # told the channel of a caller who waits in a queue himself
        self.on_return = lambda unique: None

    @property
    def region(self):
        """ISO code of the country in whose manner numbers are dialled."""
        return self.routing.config.get("region") or ""

    def find_queue(self, name):
        """The queue's row of Odoo's configuration, or None."""
        rows = self.routing.config.get("queues") or ()
        return next(
            (row for row in rows if isinstance(row, dict) and row.get("name") == name), None
        )

    # ----------------------------------------------------------------------------------------------------------- hotline

    async def route(self, query):
        """``queue,priority,greeting,flow,refuse,language``, and ``,marks`` where there are any: n = not recorded, f = fax line."""
        hotline = query.get("hotline", "")
        told = self.routing.route(hotline)
        queue, _, greeting, flow = (told or ",0,,").split(",")
        row = self.routing.find_hotline(hotline)
        caller = self.callers.find(query.get("caller", ""), self.region)
        refuse = ""
        calls = query.get("calls", "")
        if caller.blocked:
            refuse = "blocked"
        elif _number(row, "max_calls") and calls.isdigit() and int(calls) > row["max_calls"]:
            refuse = "full"
        if refuse:
            await self._note("BLOCKED" if refuse == "blocked" else "LIMIT", query, hotline=hotline)
        marks = "n" * (row.get("record") is False) + "f" * (row.get("fax") is True)
        if not (queue or flow or refuse or marks):
            return ""
        told = f"{queue},{caller.priority},{greeting},{flow},{refuse},{caller.language}"
        return f"{told},{marks}" if marks else told

    async def _note(self, kind, query, **more):
        unique, linked = query.get("id", ""), query.get("linked", "")
        if not unique or not PLAIN.fullmatch(unique) or not PLAIN.fullmatch(linked):
            return
        data = {
            "type": kind,
            "uniqueid": unique,
            "linkedid": linked or unique,
            "session": "",
            **more,
        }
        event = Event(event_id(self.pbx, kind, unique), "ivr", time.time(), data)
        await self.journal.call(self.journal.add, [event])
        self.on_event()

    # ------------------------------------------------------------------------------------------------------------- queue

    async def queue(self, query):
        """``do,queue,priority,seconds,extension,personal,key,position``; empty when the queue is none of Odoo's."""
        name, now = query.get("queue", ""), time.time()
        tried = [word for word in query.get("tried", "").split(".") if word]
        chain = self._chain(name)
        if not chain:
            return ""
        first = chain[0]
        if not is_open(first.get("schedule"), now):
            return f"closed,{name}"
        since = self._since(query, now)
        left = (_number(first, "max_wait_seconds") or DEFAULT_WAIT) - int(now - since)
        names = [row["name"] for row in chain]
        # a queue of the chain that is closed is left out; the first one is open, as was just seen
        done = names.index(tried[-1]) + 1 if tried and tried[-1] in names else 0
        rest = [row for row in chain[done:] if row is first or is_open(row.get("schedule"), now)]
        if not rest or left <= 0:
            return f"timeout,{name}"
        row = rest[0]
        caller = self.callers.find(query.get("caller", ""), self.region)
        seconds = left
        if len(rest) > 1 and _number(row, "overflow_seconds"):
            seconds = min(left, row["overflow_seconds"])
        waits_already = now - since >= 2
        extension = "" if waits_already or tried else self._personal(row, caller, now)
        position = ""
        unique = query.get("id", "")
        if unique and PLAIN.fullmatch(unique):
            # whole seconds would let him overtake who came in the same one
            since = self.place.note(unique, since, None if waits_already else now)
            self.on_return(unique)
        if waits_already:
            position = await self._position(row["name"], since, caller.priority)
        return ",".join(
            str(part)
            for part in (
                "wait",
                row["name"],
                caller.priority,
                seconds,
                extension,
                min(_number(row, "sticky_seconds"), 60) if extension else 0,
                int(bool(row.get("callback"))),
                position,
            )
        )

    @staticmethod
    def _since(query, now):
        text = query.get("since", "")
        since = int(text) if text.isdigit() and len(text) < 12 else now
        return since if now - 86400 < since <= now else now

    def _chain(self, name):
        chain, seen = [], set()
        while name and name not in seen and len(chain) < MOST_HOPS:
            row = self.find_queue(name)
            if row is None or not WORD.fullmatch(name):
                break
            chain.append(row)
            seen.add(name)
            name = row.get("overflow") or ""
        return chain

    async def _position(self, queue, since, priority):
        try:
            return await self.place.find(queue, since, priority) or ""
        except (AmiDown, AmiRefused, TimeoutError, ValueError) as error:
            _logger.info("no position: %s", error)
            return ""

    def _personal(self, row, caller, now):
        """Extension of the agent who served this caller last, when he is free now; else empty."""
        days = _number(row, "sticky_days")
        if not (_number(row, "sticky_seconds") and days and caller.agent):
            return ""
        if now - caller.agent_at > days * 86400:
            return ""
        for extension, seat in self.seats.rows.items():
            if seat.get("user") == caller.agent:
                serves = any(queue["name"] == row["name"] for queue in seat["queues"])
                is_free = serves and not seat["paused"] and not seat["wrap"]
                return extension if is_free and self.devices.states.get(extension) == "idle" else ""
        return ""
