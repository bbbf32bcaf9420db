"""The connector's own HTTP: commands of Odoo, health and metrics on one address, the dialplan's question on loopback."""

import json

from aiohttp import web

from .commands import failed
from .odoo import verify

LARGEST_COMMAND = 64 * 1024


class Server:
    """``health()`` gives ``(is well, facts)``; ``on_command()`` is told that Odoo has spoken."""

    def __init__(self, config, commands, questions, metrics, health, on_command):
        # ``questions``: path → coroutine function (query) → text
        self.config, self.commands, self.questions = config, commands, questions
        self.metrics, self.health, self.on_command = metrics, health, on_command
        self._runners = []

    async def start(self):
        """Listen. OSError when an address is taken."""
        outer = web.Application(client_max_size=LARGEST_COMMAND)
        outer.router.add_post("/v1/command", self._command)
        outer.router.add_get("/health", self._health)
        outer.router.add_get("/metrics", self._metrics)
        inner = web.Application()
        for path, answer in self.questions.items():
            inner.router.add_get(path, self._asked(answer))
        await self._listen(outer, self.config.http_host, self.config.http_port)
        # never another address than loopback: the answer is for the dialplan alone
        await self._listen(inner, "127.0.0.1", self.config.route_port)

    async def _listen(self, app, host, port):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, host, port).start()

    async def stop(self):
        """Stop listening; finish what runs."""
        for runner in self._runners:
            await runner.cleanup()

    async def _command(self, request):
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _answer(*failed("too_large", "A command has at most 64 KiB."))
        wrong = verify(self.config.secret, request.headers, body)
        if wrong:
            return _answer(
                *failed(wrong, "The signature is wrong, or the clocks differ by more than 300 s.")
            )
        self.on_command()
        return _answer(*await self.commands.handle(body))

    async def _health(self, _request):
        well, facts = await self.health()
        return _answer(200 if well else 503, facts)

    async def _metrics(self, _request):
        await self.health()
        return web.Response(
            body=self.metrics.text(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    @staticmethod
    def _asked(answer):
        async def handle(request):
            return web.Response(text=await answer(request.query))

        return handle


def _answer(status, value):
    return web.Response(status=status, text=json.dumps(value), content_type="application/json")
