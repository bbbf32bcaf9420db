"""What the dialplan asks: answered from Odoo's configuration as it was last seen, which survives everything."""

import asyncio
import json
import logging
import re

from .odoo import Unreachable

_logger = logging.getLogger(__name__)

QUEUE = re.compile(r"[A-Za-z0-9_-]{1,40}")
GREETING = re.compile(r"[a-z0-9_]{1,40}")
FLOW = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class Routing:
    """The persisted copy of ``POST …/config``."""

    def __init__(self, journal, odoo, every=60):
        self.journal, self.odoo, self.every = journal, odoo, every
        # whether a flow (its short name) can be run now; what Odoo is told that we have
        self.can_run = lambda flow: False
        self.have = dict
        self._now = asyncio.Event()
        self.config = json.loads(journal.meta("config") or "{}")
        # called (plain functions) when Odoo's configuration has changed
        self.on_change = []
        # coroutine functions that fetch more, each time after the configuration
        self.followers = []
        self._hotlines = {}
        self._index()

    def route(self, hotline):
        """``queue,priority,greeting,flow`` for a hotline; empty when there is nothing to say."""
        found = self._hotlines.get(hotline, {})
        queue = found.get("queue") or self.config.get("default_queue") or ""
        if not isinstance(queue, str) or not QUEUE.fullmatch(queue):
            return ""
        greeting = found.get("greeting") or ""
        if not isinstance(greeting, str) or not GREETING.fullmatch(greeting):
            greeting = ""
        flow = found.get("flow") or ""
        if not isinstance(flow, str) or not FLOW.fullmatch(flow) or not self.can_run(flow):
            flow = ""
        return f"{queue},0,{greeting},{flow}"

    async def run(self):
        """Ask Odoo at once and then every ``every`` seconds; until cancelled."""
        while True:
            if not self.odoo.breaker.is_open:
                await self.refresh()
            self._now.clear()
            try:
                # at the beginning Odoo may still be starting
                wait = self.every if self.config else min(5, self.every)
                await asyncio.wait_for(self._now.wait(), wait)
            except TimeoutError:
                pass

    def ask_soon(self):
        """What we have has changed, or Odoo has something new: do not wait for the next time."""
        self._now.set()

    async def refresh(self):
        """Ask once; whether Odoo has answered. A bad answer changes nothing."""
        body = json.dumps({"have": self.have()}).encode()
        try:
            status, answer = await self.odoo.post("/config", body, timeout=10)
        except Unreachable as error:
            _logger.info("configuration not refreshed: %s", error)
            return False
        if status != 200 or not isinstance(answer, dict) or "version" not in answer:
            _logger.warning("configuration not refreshed: HTTP %s", status)
            return False
        if answer != self.config:
            await self.journal.call(self.journal.set_meta, "config", json.dumps(answer))
            self.config = answer
            self._index()
            for told in self.on_change:
                told()
        for follower in self.followers:
            await follower()
        return True

    def find_hotline(self, hotline):
        """The hotline's row of Odoo's configuration, empty when it is not known."""
        return self._hotlines.get(hotline, {})

    def _index(self):
        rows = self.config.get("hotlines")
        self._hotlines = {
            str(row.get("number")): row
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict)
        }
