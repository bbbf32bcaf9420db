"""A small real HTTP server that plays Odoo's side of the contract: checks signatures, keeps events and recordings."""

import asyncio
import copy
import hashlib
import json

from aiohttp import web
from connector.odoo import verify
from pbx_fixtures import PATIENCE

PROVIDER = "asterisk"
CONFIG = {
    "version": "1",
    "default_queue": "orders",
    "hotlines": [
        {"number": "8000", "queue": "orders", "greeting": "welcome"},
        {"number": "8001", "queue": "aftersales", "greeting": "welcome"},
    ],
    "queues": [{"name": "orders"}, {"name": "aftersales"}],
}


class OdooServer:
    """``trouble``: list of what happens to the next event batches, one word each.

    ``500``: refused, nothing kept; ``lost``: kept, but the answer never arrives; ``half``: half of it is kept and
    acknowledged; anything else: ordinary.
    """

    def __init__(self, secret="s3cret", port=0):
        self.secret, self.port = secret, port
        self.events, self.order, self.duplicates = {}, [], 0
        self.recordings, self.refused, self.batches = {}, [], []
        self.trouble = []
        # what the routes "config" and "callers" answer; callers: pages of rows
        self.config, self.callers = copy.deepcopy(CONFIG), []
        self.arrivals = []
        self.flows, self.prompts, self.have = {}, {}, None
        # pages to fax by their hash
        self.documents = {}
        # answers to asks by name: a dict, or an async function of the question
        self.answers, self.asks = {}, []
        self.changed = asyncio.Event()
        self._runner = None

    @property
    def url(self):
        """For the connector's settings."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self):
        """Listen; the same port again after ``stop``."""
        app = web.Application(client_max_size=70 * 1024 * 1024)
        base = f"/gb/v1/telephony/{PROVIDER}"
        app.router.add_post(base + "/events", self._events)
        app.router.add_post(base + "/config", self._config)
        app.router.add_post(base + "/callers", self._callers)
        app.router.add_post(base + "/recordings/{digest}", self._recording)
        app.router.add_post(base + "/flows/{digest}", self._flow)
        app.router.add_post(base + "/prompts/{digest}", self._prompt)
        app.router.add_post(base + "/documents/{digest}", self._document)
        app.router.add_post(base + "/ask", self._ask)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    async def stop(self):
        """Odoo is down."""
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    async def until(self, condition, timeout=PATIENCE):
        """Wait until ``condition()`` is true; returns its value."""

        async def look():
            while not (found := condition()):
                self.changed.clear()
                try:
                    await asyncio.wait_for(self.changed.wait(), 0.05)
                except TimeoutError:
                    pass
            return found

        return await asyncio.wait_for(look(), timeout)

    def of(self, kind, **match):
        """Events of this type whose data contain the given values, in order."""
        return [
            e
            for e in self.order
            if e["data"]["type"] == kind
            and all(want in str(e["data"].get(k, "")) for k, want in match.items())
        ]

    async def _genuine(self, request):
        body = await request.read()
        wrong = verify(self.secret, request.headers, body)
        if wrong:
            self.refused.append(wrong)
            raise web.HTTPUnauthorized(text=wrong)
        return body

    async def _events(self, request):
        batch = json.loads(await self._genuine(request))
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble == "500":
            raise web.HTTPInternalServerError
        events = batch["events"]
        if trouble == "half":
            events = events[: (len(events) + 1) // 2]
        self.batches.append(len(batch["events"]))
        loop_time = asyncio.get_running_loop().time()
        stored = 0
        for event in events:
            if event["id"] in self.events:
                self.duplicates += 1
                continue
            stored += 1
            self.events[event["id"]] = event
            self.order.append(event)
            self.arrivals.append(loop_time)
        self.changed.set()
        if trouble == "lost":
            request.transport.abort()
        return web.json_response(
            {
                "ack": events[-1]["seq"],
                "stored": stored,
                "duplicates": len(events) - stored,
                "rejected": [],
            }
        )

    async def _config(self, request):
        self.have = json.loads(await self._genuine(request)).get("have")
        self.changed.set()
        return web.json_response(self.config)

    # ------------------------------------------------------------------------------------------------------------- flows

    def publish(self, document, *hotlines):
        """A flow's version, for these hotlines from now on. Returns its digest."""
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.flows[digest] = document
        flows = {**self.config.get("flows", {}), document["flow"]: digest}
        rows = [
            {**row, "flow": document["flow"]} if row["number"] in hotlines else row
            for row in self.config["hotlines"]
        ]
        self.config = {**self.config, "version": digest, "flows": flows, "hotlines": rows}
        return digest

    def has(self, digest):
        """Whether the connector has told that it uses this version."""
        return self.have and digest in self.have["flows"].values()

    async def _flow(self, request):
        await self._genuine(request)
        document = self.flows.get(request.match_info["digest"])
        if document is None:
            raise web.HTTPNotFound
        return web.json_response({"document": document})

    async def _prompt(self, request):
        await self._genuine(request)
        content = self.prompts.get(request.match_info["digest"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="audio/wav")

    async def _document(self, request):
        await self._genuine(request)
        content = self.documents.get(request.match_info["digest"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="image/tiff")

    async def _ask(self, request):
        question = json.loads(await self._genuine(request))
        self.asks.append(question)
        self.changed.set()
        answer = self.answers.get(question["name"], {"exit": "failed"})
        if callable(answer):
            answer = await answer(question)
        return web.json_response(answer)

    async def _callers(self, request):
        asked = json.loads(await self._genuine(request))
        # the cursor is how many pages the connector has had
        seen = int(asked["cursor"] or 0)
        pages = self.callers[seen:]
        return web.json_response(
            {
                "rows": pages[0] if pages else [],
                "cursor": str(seen + 1 if pages else seen),
                "more": len(pages) > 1,
            }
        )

    async def _recording(self, request):
        body = await self._genuine(request)
        digest = request.match_info["digest"]
        if hashlib.sha256(body).hexdigest() != digest:
            raise web.HTTPUnprocessableEntity
        if not any(e["data"].get("sha256") == digest for e in self.order):
            raise web.HTTPNotFound
        known = digest in self.recordings
        self.recordings[digest] = body
        self.changed.set()
        return web.json_response({"stored": not known})
