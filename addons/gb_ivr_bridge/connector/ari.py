"""A small client of Asterisk's REST interface (ARI): one websocket for events, keep-alive HTTP for requests, reconnects for ever.

The reader only sorts events into one queue for each channel, in the order in which they came; nothing in it waits.
"""

import asyncio
import contextlib
import json
import logging
import random

import aiohttp

_logger = logging.getLogger(__name__)

# what sessions need; everything else would be read for nothing
EVENTS = (
    "StasisStart",
    "StasisEnd",
    "ChannelDtmfReceived",
    "ChannelHangupRequest",
    "ChannelDestroyed",
    "PlaybackStarted",
    "PlaybackFinished",
    "RecordingFinished",
    "RecordingFailed",
    "ApplicationReplaced",
)


class AriDown(Exception):
    """There is no connection, or it broke before the answer came: whether the request was done is not known."""


class AriRefused(Exception):
    """Asterisk has answered with an error; ``status`` is HTTP's."""

    def __init__(self, status, message):
        super().__init__(f"{status} {message}")
        self.status = status


class Ari:
    """``on_start(event)`` is called for a channel that nobody watches yet, ``on_up()`` / ``on_down()`` at each change.

    They are plain functions and must not wait. Channels are those of the application ``app``.
    """

    def __init__(self, url, user, secret, app="gb-ivr"):
        self.url, self.app = url.rstrip("/"), app
        self.auth = aiohttp.BasicAuth(user, secret)
        self.on_start = lambda event: None
        self.on_up = self.on_down = lambda: None
        self.up = asyncio.Event()
        self._queues = {}
        self._http = None

    # ------------------------------------------------------------------------------------------------------ connection

    async def run(self):
        """Stay connected until cancelled."""
        connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=10)
        delay = 0.1
        async with aiohttp.ClientSession(auth=self.auth, connector=connector) as self._http:
            while True:
                try:
                    await self._session()
                    delay = 0.1
                except (aiohttp.ClientError, OSError, TimeoutError, AriDown, AriRefused) as error:
                    _logger.info("ARI %s: %s", self.url, error or type(error).__name__)
                finally:
                    self._lost()
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))
                delay = min(delay * 1.5, 2)

    async def _session(self):
        async with self._http.ws_connect(
            f"{self.url}/events",
            params={"app": self.app, "subscribeAll": "false"},
            heartbeat=20,
            max_msg_size=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=2),
        ) as socket:
            filters = {"allowed": [{"type": name} for name in EVENTS]}
            await self._ask("PUT", f"applications/{self.app}/eventFilter", filters, {})
            self.up.set()
            self.on_up()
            async for message in socket:
                if message.type == aiohttp.WSMsgType.TEXT:
                    self._sort(json.loads(message.data))

    def _lost(self):
        if self.up.is_set():
            self.up.clear()
            self.on_down()

    def _sort(self, event):
        channel = _channel_of(event)
        queue = self._queues.get(channel)
        if queue:
            queue.put_nowait(event)
        elif event["type"] == "StasisStart":
            try:
                self.on_start(event)
            except Exception:
                _logger.exception("new channel %s", channel)

    def watch(self, channel):
        """Queue of this channel's events from now on, in their order."""
        return self._queues.setdefault(channel, asyncio.Queue())

    def unwatch(self, channel):
        """Nobody listens to this channel any more."""
        self._queues.pop(channel, None)

    # -------------------------------------------------------------------------------------------------------- requests

    async def request(self, method, path, body=None, timeout=5, **params):
        """Asterisk's answer (parsed JSON or None). AriDown, AriRefused."""
        if not self.up.is_set():
            raise AriDown("not connected")
        return await self._ask(method, path, body, params, timeout)

    async def gone(self, method, path, **params):
        """As ``request``, where it is no error that what is meant is not there any more."""
        with contextlib.suppress(AriRefused):
            await self.request(method, path, **params)

    async def _ask(self, method, path, body, params, timeout=5):
        try:
            async with self._http.request(
                method,
                f"{self.url}/{path}",
                params={name: str(value) for name, value in params.items()},
                json=body,
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise AriDown(f"{type(error).__name__}: {error}") from error
        if answer.status >= 400:
            # never the body that was sent: it may hold what a caller has keyed in
            raise AriRefused(answer.status, text[:200])
        return json.loads(text) if text else None


def _channel_of(event):
    if "channel" in event:
        return event["channel"].get("id")
    for name in ("playback", "recording"):
        if name in event:
            return event[name].get("target_uri", "").partition(":")[2]
    return None
