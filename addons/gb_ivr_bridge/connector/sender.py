"""Journal → Odoo: at least once, in the order of the journal."""

import asyncio
import json
import logging
import time

from .odoo import Unreachable

_logger = logging.getLogger(__name__)

MOST_EVENTS = 500
MOST_BYTES = 1024 * 1024
# refusals of one single event (413, 422) before it is put aside
PATIENCE = 5


class Sender:
    """``on_ack()`` is called after every progress; ``metrics`` counts."""

    def __init__(self, journal, odoo, metrics, on_ack=lambda: None):
        self.journal, self.odoo, self.metrics, self.on_ack = journal, odoo, metrics, on_ack
        self._new = asyncio.Event()
        self._retry_now = asyncio.Event()
        self._most = MOST_EVENTS
        self._refusals = 0

    def wake(self):
        """There is something new in the journal. Does not shorten a wait after failures."""
        self._new.set()

    def hint_alive(self):
        """Odoo has just spoken to us: try at once instead of waiting for the back-off."""
        self._retry_now.set()

    async def run(self):
        """Until cancelled."""
        while True:
            self._new.clear()
            rows = await self.journal.call(
                self.journal.pending, 50 if self.odoo.breaker.is_open else self._most, MOST_BYTES
            )
            if not rows:
                await self._new.wait()
                continue
            problem = await self._send(rows)
            if problem:
                wait = self.odoo.breaker.failed()
                self.metrics.failures.inc()
                _logger.warning(
                    "events from %s not sent: %s; next try in %.1f s", rows[0][0], problem, wait
                )
                self._retry_now.clear()
                try:
                    await asyncio.wait_for(self._retry_now.wait(), wait)
                except TimeoutError:
                    pass

    async def _send(self, rows):
        events = ",".join(text for _, text in rows)
        body = f'{{"journal":{json.dumps(self.journal.id)},"events":[{events}]}}'.encode()
        began = time.monotonic()
        try:
            status, answer = await self.odoo.post("/events", body)
        except Unreachable as error:
            return error
        if status in (413, 422):
            return await self._refused(rows, status)
        ack = answer.get("ack") if isinstance(answer, dict) else None
        if status != 200 or isinstance(ack, bool) or not isinstance(ack, int):
            return f"HTTP {status}"
        # never further than what was sent: an answer that belongs to another journal must not drop anything
        ack = min(ack, rows[-1][0])
        if ack < rows[0][0]:
            return f"acknowledged only up to {ack}"
        await self.journal.call(self.journal.ack, ack)
        self.metrics.sent.inc(sum(seq <= ack for seq, _ in rows))
        self.metrics.post_seconds.observe(time.monotonic() - began)
        self._most, self._refusals = min(MOST_EVENTS, self._most * 2), 0
        rejected = answer.get("rejected") or []
        if rejected:
            self.metrics.rejected.inc(len(rejected))
            _logger.error(
                "Odoo has put %s events into its dead-letter list: %s", len(rejected), rejected[:5]
            )
        self.odoo.breaker.succeeded()
        self.on_ack()
        return None

    async def _refused(self, rows, status):
        """The body as a whole was refused: find out with smaller ones which event it is."""
        if len(rows) > 1:
            self._most = max(1, len(rows) // 2)
        else:
            self._refusals += 1
            if self._refusals >= PATIENCE:
                _logger.error("event %s put aside: Odoo answers %s", rows[0][0], status)
                await self.journal.call(self.journal.park, rows[0][0])
                self._refusals = 0
        return f"HTTP {status}"
