"""Signed HTTP with Odoo, in both directions, and the circuit breaker in front of it."""

import contextlib
import hashlib
import hmac
import random
import time

import aiohttp

TOLERANCE = 300


def signature(secret, timestamp, body):
    """Hex digest over timestamp, a dot and the raw body (docs/architecture.md, "Signature")."""
    message = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify(secret, headers, body, now=None):
    """``None`` when the request is genuine, else ``bad_signature`` or ``stale``. Without a secret nothing is genuine."""
    given = headers.get("X-GB-Signature", "")
    stamp = headers.get("X-GB-Timestamp", "")
    if not secret or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        return "bad_signature"
    if not hmac.compare_digest(given.encode(), signature(secret, stamp, body).encode()):
        return "bad_signature"
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE:
        return "stale"
    return None


class Unreachable(Exception):
    """Odoo did not answer, or not in the contract's words."""


class Odoo:
    """Client of ``<url>/gb/v1/telephony/<provider>``."""

    def __init__(self, url, provider, secret, timeout=30, limit=4, breaker=None):
        self.base = f"{url.rstrip('/')}/gb/v1/telephony/{provider}"
        self.secret, self.limit = secret, limit
        self.breaker = breaker or Breaker()
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=5)
        self._session = None

    async def post(self, path, body, content_type="application/json", timeout=None):
        """``(status, parsed JSON or None)``; Unreachable when there is no answer."""
        async with self._request(path, body, content_type, timeout) as answer:
            if answer.content_type != "application/json":
                return answer.status, None
            return answer.status, await answer.json()

    async def fetch(self, path, most, timeout=60):
        """The bytes of a file, at most ``most``; None when Odoo has no such file, Unreachable."""
        async with self._request(path, b"{}", "application/json", timeout) as answer:
            if answer.status != 200:
                return None
            found = bytearray()
            async for block in answer.content.iter_chunked(1 << 16):
                found += block
                if len(found) > most:
                    return None
            return bytes(found)

    @contextlib.asynccontextmanager
    async def _request(self, path, body, content_type, timeout):
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self.limit, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-GB-Timestamp": stamp,
            "X-GB-Signature": signature(self.secret, stamp, body),
        }
        options = {"timeout": aiohttp.ClientTimeout(total=timeout, connect=5)} if timeout else {}
        try:
            async with self._session.post(
                self.base + path, data=body, headers=headers, allow_redirects=False, **options
            ) as answer:
                yield answer
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    async def close(self):
        """Drop the kept connections."""
        if self._session:
            await self._session.close()


class Breaker:
    """Waits longer after each failure (0.2 s → 30 s, with jitter); open after ``limit`` failures in a row.

    While it is open only the event sender probes; uploads and configuration wait for it to close.
    """

    FIRST, LAST = 0.2, 30.0

    def __init__(self, limit=5):
        self.limit = limit
        self.failures = 0

    @property
    def is_open(self):
        """Whether Odoo counts as away."""
        return self.failures >= self.limit

    def failed(self):
        """Note a failure; returns the seconds to wait."""
        self.failures += 1
        # the exponent is bounded: a week of failures must not overflow
        delay = min(self.LAST, self.FIRST * 2 ** min(self.failures - 1, 10))
        return delay * random.uniform(0.7, 1.3)

    def succeeded(self):
        """Note a success."""
        self.failures = 0
