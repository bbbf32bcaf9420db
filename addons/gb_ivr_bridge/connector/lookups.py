"""What a flow has to look up while the caller waits: asks to Odoo, and HTTP look-ups of allowed hosts.

Nothing that a caller has keyed in is ever logged here, nor in any exception.
"""

import asyncio
import ipaddress
import json
import logging
import socket
import time

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from .odoo import Unreachable

_logger = logging.getLogger(__name__)

LARGEST_ANSWER = 64 * 1024
# after so many asks in a row without an answer Odoo counts as away for callers, for so many seconds
PATIENCE, PAUSE = 3, 5.0


class Asks:
    """Questions to Odoo. ``Failed`` in any case but an answer in the contract's words."""

    def __init__(self, odoo, metrics):
        self.odoo, self.metrics = odoo, metrics
        self._failures, self._not_before = 0, 0.0

    @property
    def is_open(self):
        """Whether there is no use in asking: callers must not wait for nothing."""
        return self.odoo.breaker.is_open or time.monotonic() < self._not_before

    async def ask(self, question, timeout):
        """``{"exit", "values", "speech"}``; Failed within ``timeout`` seconds. The same id may be asked again."""
        if self.is_open:
            self._count("away")
            raise Failed("away")
        began = time.monotonic()
        body = json.dumps(question).encode()
        try:
            async with asyncio.timeout(timeout):
                status, answer = await self._post(body, began + timeout / 2)
        except (TimeoutError, Unreachable) as error:
            self._failures += 1
            if self._failures >= PATIENCE:
                self._not_before = time.monotonic() + PAUSE
            reason = "timeout" if isinstance(error, TimeoutError) else "unreachable"
            self._count(reason)
            _logger.warning("ask %s: %s", question["name"], reason)
            raise Failed(reason) from None
        self._failures = 0
        self.metrics.ask_seconds.observe(time.monotonic() - began)
        if status != 200 or not isinstance(answer, dict) or not isinstance(answer.get("exit"), str):
            self._count("refused")
            _logger.warning("ask %s: HTTP %s", question["name"], status)
            raise Failed("refused")
        self._count("ok")
        return answer

    async def _post(self, body, again_until):
        try:
            return await self.odoo.post("/ask", body)
        except Unreachable:
            # a connection that Odoo has closed meanwhile; the id makes a second time harmless
            if time.monotonic() > again_until:
                raise
            await asyncio.sleep(0.1)
            return await self.odoo.post("/ask", body)

    def _count(self, outcome):
        self.metrics.asks.labels(outcome).inc()


class Failed(Exception):
    """A look-up has no answer; the text is one word and holds nothing of the question."""


class Lookup:
    """HTTP look-ups: only hosts of this host's own list, no redirects, a bounded answer, no private addresses unless they are listed.

    An entry of the list is ``host`` (port 80 or 443), ``host:port`` or ``network/bits`` (addresses that names may lead to
    although they are private).
    """

    def __init__(self, entries=()):
        self._hosts, self._networks, self._session = set(), [], None
        for entry in entries:
            try:
                self._networks.append(ipaddress.ip_network(str(entry), strict=False))
            except ValueError:
                pass
            self._hosts.add(str(entry).lower())

    async def get(self, url, args, timeout):
        """The answer (JSON object); Failed."""
        try:
            async with asyncio.timeout(timeout):
                return await self._get(url, args)
        except TimeoutError:
            raise Failed("timeout") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Failed(type(error).__name__) from None

    async def _get(self, url, args):
        target = URL(url)
        if target.scheme not in ("http", "https") or not target.host or target.user:
            raise Failed("bad_url")
        if not self._is_listed(target):
            raise Failed("host")
        if _address(target.host) and not self.permits(target.host):
            raise Failed("address")
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=16, resolver=_Resolver(self), ttl_dns_cache=30)
            self._session = aiohttp.ClientSession(connector=connector)
        query = {str(name): "" if value is None else str(value) for name, value in args.items()}
        async with self._session.get(
            target,
            params=query,
            allow_redirects=False,
            headers={"Accept": "application/json"},
        ) as answer:
            if answer.status != 200:
                raise Failed(f"http_{answer.status}")
            text = await answer.content.read(LARGEST_ANSWER + 1)
            while not answer.content.at_eof() and len(text) <= LARGEST_ANSWER:
                text += await answer.content.read(LARGEST_ANSWER + 1 - len(text))
        if len(text) > LARGEST_ANSWER:
            raise Failed("too_large")
        found = json.loads(text)
        if not isinstance(found, dict):
            raise Failed("no_object")
        return found

    def _is_listed(self, target):
        host, port = target.host.lower(), target.port
        return f"{host}:{port}" in self._hosts or (
            host in self._hosts and port == {"http": 80, "https": 443}[target.scheme]
        )

    def permits(self, address):
        """Whether a connection to this address is in order."""
        found = _address(address)
        if found is None:
            return False
        return found.is_global or any(found in network for network in self._networks)

    async def close(self):
        """Drop the kept connections."""
        if self._session:
            await self._session.close()


class _Resolver(AbstractResolver):
    """What is looked up here is what is connected to: no second look-up could lead elsewhere."""

    def __init__(self, lookup):
        self.lookup = lookup
        self.inner = aiohttp.ThreadedResolver()

    async def resolve(self, host, port=0, family=socket.AF_INET):
        found = await self.inner.resolve(host, port, family)
        allowed = [entry for entry in found if self.lookup.permits(entry["host"])]
        if not allowed:
            raise OSError("private address")
        return allowed

    async def close(self):
        await self.inner.close()


def _address(host):
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
