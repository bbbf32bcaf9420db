"""A thin client of Asterisk's manager interface (AMI): one connection, actions matched by ActionID, reconnects for ever.

The reader only sorts messages; whatever handles an event must not wait (Asterisk drops readers that are slow).
"""

import asyncio
import contextlib
import hashlib
import itertools
import logging
import random

_logger = logging.getLogger(__name__)


class AmiDown(Exception):
    """There is no connection, or it broke before the answer came: whether the action was done is not known."""


class AmiRefused(Exception):
    """Asterisk has answered ``Response: Error``."""


class AmiClient:
    """``on_event(name, fields)`` is called for every event, ``on_up()`` / ``on_down()`` (plain functions) at each change.

    Times in seconds.
    """

    def __init__(self, host, port, user, secret, on_event=None, on_up=None, on_down=None):
        self.host, self.port, self.user, self.secret = host, port, user, secret
        self.on_event = on_event or (lambda name, fields: None)
        self.on_up = on_up or (lambda: None)
        self.on_down = on_down or (lambda: None)
        self.up = asyncio.Event()
        self.version = ""
        self._writer = None
        self._ids = itertools.count(1)
        self._prefix = f"{random.getrandbits(32):08x}"
        self._waiting = {}
        self._lists = {}

    # ------------------------------------------------------------------------------------------------------ connection

    async def run(self):
        """Stay connected until cancelled."""
        delay = 0.1
        while True:
            try:
                await self._session()
                delay = 0.1
            except (
                OSError,
                EOFError,
                asyncio.LimitOverrunError,
                TimeoutError,
                AmiRefused,
            ) as error:
                _logger.warning(
                    "AMI %s:%s: %s", self.host, self.port, error or type(error).__name__
                )
            finally:
                self._lost()
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))
            delay = min(delay * 1.5, 2)

    async def _session(self):
        opening = asyncio.open_connection(self.host, self.port, limit=1 << 20)
        reader, self._writer = await asyncio.wait_for(opening, 5)
        greeting = await asyncio.wait_for(reader.readline(), 5)
        self.version = greeting.decode(errors="replace").strip()
        reading = asyncio.ensure_future(self._read(reader))
        try:
            # the password itself never crosses the wire
            answer = await self._ask(reading, "Challenge", [("AuthType", "MD5")])
            key = hashlib.md5((answer["Challenge"] + self.secret).encode(), usedforsecurity=False)
            fields = [("AuthType", "MD5"), ("Username", self.user), ("Key", key.hexdigest())]
            # "up" waits for the event FullyBooted: modules that load late do not know their actions before
            await self._ask(reading, "Login", fields)
            await reading
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await reading

    async def _ask(self, reading, name, fields):
        asking = asyncio.ensure_future(self._send(name, fields, 5))
        await asyncio.wait({asking, reading}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            raise EOFError("closed while signing in")
        return asking.result()

    def _lost(self):
        was_up = self.up.is_set()
        self.up.clear()
        if self._writer:
            self._writer.close()
            self._writer = None
        for future in [*self._waiting.values(), *(f for f, _ in self._lists.values())]:
            if not future.done():
                future.set_exception(AmiDown("connection lost"))
        self._waiting.clear()
        self._lists.clear()
        if was_up:
            self.on_down()

    async def _read(self, reader):
        while True:
            raw = await reader.readuntil(b"\r\n\r\n")
            fields = {}
            for line in raw.decode("utf-8", "replace").split("\r\n"):
                name, colon, value = line.partition(":")
                if colon:
                    fields[name] = value[1:] if value.startswith(" ") else value
            self._sort(fields)

    def _sort(self, fields):
        action = fields.get("ActionID", "")
        if "Response" in fields:
            future = self._waiting.pop(action, None)
            if future and not future.done():
                future.set_result(fields)
            return
        name = fields.get("Event", "")
        collected = self._lists.get(action) if action else None
        if collected:
            future, rows = collected
            if fields.get("EventList") == "Complete" or name.endswith("Complete"):
                del self._lists[action]
                if not future.done():
                    future.set_result(rows)
            else:
                rows.append(fields)
            return
        if name == "FullyBooted" and not self.up.is_set():
            self.up.set()
            self.on_up()
        try:
            self.on_event(name, fields)
        except Exception:
            _logger.exception("event %s", name)

    # --------------------------------------------------------------------------------------------------------- actions

    async def action(self, name, timeout=5, **fields):
        """Answer (dict) of one action. AmiRefused with Asterisk's message, AmiDown, TimeoutError, ValueError.

        A list as value repeats the field (``Variable``).
        """
        return await self._send(name, self._pairs(fields), timeout)

    async def listing(self, name, timeout=5, **fields):
        """The events (dicts) that answer a list action; errors as for ``action``."""
        action = self._next_id()
        future = asyncio.get_running_loop().create_future()
        self._lists[action] = (future, [])
        try:
            await self._send(name, self._pairs(fields), timeout, action)
            return await asyncio.wait_for(future, timeout)
        finally:
            self._lists.pop(action, None)
            if future.done() and not future.cancelled():
                future.exception()

    @staticmethod
    def _pairs(fields):
        for name, value in fields.items():
            for item in value if isinstance(value, list) else [value]:
                yield name, str(item)

    def _next_id(self):
        return f"{self._prefix}-{next(self._ids)}"

    async def _send(self, name, pairs, timeout, action=None):
        action = action or self._next_id()
        lines = [("Action", name), ("ActionID", action), *pairs]
        # the last line of defence; commands.py has checked every value by its own pattern
        if any(c in text for pair in lines for text in pair for c in "\r\n\0"):
            raise ValueError("a line break in an AMI field")
        if not self._writer:
            raise AmiDown("not connected")
        future = self._waiting[action] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write("".join(f"{k}: {v}\r\n" for k, v in lines).encode() + b"\r\n")
            answer = await asyncio.wait_for(future, timeout)
        finally:
            self._waiting.pop(action, None)
        if answer["Response"] == "Error":
            raise AmiRefused(answer.get("Message", "refused"))
        return answer
