"""A small server that speaks ARI as far as the connector listens: for what a real Asterisk cannot be made to do on purpose."""

import asyncio
import json

from aiohttp import web
from pbx_fixtures import PATIENCE


class AriServer:
    """``channels``: those in the application; ``requests``: ``[(method, path, query)]``; ``refuse``: path → status."""

    def __init__(self):
        self.channels, self.requests, self.refuse = [], [], {}
        self.sockets, self.port, self.drop = [], 0, False
        self._runner = None

    @property
    def url(self):
        """For the client."""
        return f"http://127.0.0.1:{self.port}/ari"

    async def start(self):
        """Listen."""
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{path:.*}", self._request)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    async def stop(self):
        """Asterisk is away."""
        await self.cut()
        await self._runner.cleanup()

    async def cut(self):
        """The connection breaks; calls go on."""
        for socket in self.sockets:
            await socket.close()
        self.sockets.clear()

    async def send(self, kind, channel, **more):
        """An event of a channel."""
        event = {"type": kind, "channel": {"id": channel, "caller": {"number": "138"}}, **more}
        for socket in self.sockets:
            await socket.send_str(json.dumps(event))

    async def enter(self, channel, *args):
        """A channel comes from the dialplan."""
        self.channels.append(channel)
        await self.send("StasisStart", channel, args=list(args))

    async def leave(self, channel):
        """It hangs up."""
        self.channels.remove(channel)
        await self.send("ChannelHangupRequest", channel)
        await self.send("StasisEnd", channel)

    async def until(self, condition, timeout=PATIENCE):
        """Wait until ``condition()`` is true; returns its value."""
        async with asyncio.timeout(timeout):
            while not (found := condition()):
                await asyncio.sleep(0.01)
        return found

    def asked(self, method, start, end=""):
        """The requests of this method whose path begins and ends so."""
        return [
            row
            for row in self.requests
            if row[0] == method and row[1].startswith(start) and row[1].endswith(end)
        ]

    async def _events(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for _message in socket:
            pass
        return socket

    async def _request(self, request):
        path = request.match_info["path"]
        self.requests.append((request.method, path, dict(request.query)))
        for start, status in self.refuse.items():
            if path.startswith(start):
                return web.json_response({"message": "no"}, status=status)
        if path.startswith("applications/"):
            return web.json_response({"channel_ids": self.channels})
        if path == "channels":
            return web.json_response([{"id": channel} for channel in self.channels])
        if path.count("/") == 1 and request.method == "GET" and path.startswith("channels/"):
            if path.split("/")[1] not in self.channels:
                return web.json_response({"message": "gone"}, status=404)
            return web.json_response({"state": "Up"})
        if path.endswith("/continue"):
            self.channels.remove(path.split("/")[1])
        return web.Response(status=204)
