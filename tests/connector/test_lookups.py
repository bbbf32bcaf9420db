"""What flows look up: hosts of the list only, bounded; Odoo asked once more, and left alone when it is away."""

import asyncio

import pytest
from aiohttp import web
from connector.lookups import Asks, Failed, Lookup
from connector.metrics import Metrics
from connector.numbers import may_dial
from connector.odoo import Odoo
from odoo_server import OdooServer


@pytest.fixture
async def site():
    """A web server whose answers are to be bad."""

    async def slow(_request):
        await asyncio.sleep(5)

    async def moved(_request):
        raise web.HTTPFound("/good")

    pages = {
        "/good": lambda request: web.json_response({"state": "ok", **request.query}),
        "/list": lambda _request: web.json_response([1]),
        "/text": lambda _request: web.Response(text="no JSON"),
        "/large": lambda _request: web.json_response({"a": "x" * 70000}),
        "/broken": lambda _request: web.Response(status=500),
    }
    app = web.Application()
    for path, page in pages.items():

        async def answer(request, page=page):
            return page(request)

        app.router.add_get(path, answer)
    app.router.add_get("/slow", slow)
    app.router.add_get("/moved", moved)
    runner = web.AppRunner(app)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", 0)
    await server.start()
    yield server._server.sockets[0].getsockname()[1]
    await runner.cleanup()


@pytest.fixture
async def look():
    """``await look(entries, url)``: the answer, or the word why there is none."""
    made = []

    async def look(entries, url, timeout=3, **args):
        made.append(Lookup(entries))
        try:
            return await made[-1].get(url, args, timeout)
        except Failed as error:
            return str(error)

    yield look
    for lookup in made:
        await lookup.close()


async def test_a_listed_host_answers_and_arguments_are_its_query(site, look):
    entries = [f"localhost:{site}", "127.0.0.0/8"]
    found = await look(entries, f"http://localhost:{site}/good", member="12&3", empty=None)
    assert found == {"state": "ok", "member": "12&3", "empty": ""}
    address = [f"127.0.0.1:{site}", "127.0.0.1/32"]
    assert (await look(address, f"http://127.0.0.1:{site}/good"))["state"] == "ok"


async def test_nothing_else_is_asked(site, look):
    url = f"http://localhost:{site}/good"
    assert await look([], url) == "host"
    assert await look(["localhost"], url) == "host"
    assert await look(["other.example"], url) == "host"
    # a listed name that leads to a private address, and an address that is named itself
    assert "Error" in await look([f"localhost:{site}"], url)
    assert await look([f"127.0.0.1:{site}"], f"http://127.0.0.1:{site}/good") == "address"
    for bad in ("ftp://localhost/good", "file:///etc/passwd", "http://", "nonsense"):
        assert await look(["localhost"], bad) in ("bad_url", "host"), bad
    assert await look(["localhost"], "http://user:word@localhost/good") == "bad_url"


async def test_bad_answers_are_none(site, look):
    entries = [f"localhost:{site}", "127.0.0.0/8"]
    url = f"http://localhost:{site}"
    assert await look(entries, url + "/list") == "no_object"
    assert await look(entries, url + "/text") == "JSONDecodeError"
    assert await look(entries, url + "/large") == "too_large"
    assert await look(entries, url + "/broken") == "http_500"
    assert await look(entries, url + "/moved") == "http_302"
    assert await look(entries, url + "/slow", timeout=0.2) == "timeout"


QUESTION = {"id": "s:1", "session": "s", "name": "product", "args": {"code": "1"}}


@pytest.fixture
async def odoo():
    server = await OdooServer().start()
    yield server
    await server.stop()


async def test_an_ask_is_answered_and_a_bad_answer_is_none(odoo):
    client = Odoo(odoo.url, "asterisk", odoo.secret)
    asks = Asks(client, Metrics())
    odoo.answers["product"] = {"exit": "found", "values": {"a": "b"}}
    assert (await asks.ask(QUESTION, 5))["values"] == {"a": "b"}
    odoo.answers["product"] = {"values": {}}
    with pytest.raises(Failed, match="refused"):
        await asks.ask(QUESTION, 5)
    await client.close()


async def test_callers_do_not_wait_for_an_odoo_that_does_not_answer(odoo):
    client = Odoo(odoo.url, "asterisk", odoo.secret)
    asks = Asks(client, Metrics())
    odoo.answers["product"] = lambda _question: asyncio.sleep(1)
    for _ in range(3):
        with pytest.raises(Failed, match="timeout"):
            await asks.ask(QUESTION, 0.1)
    with pytest.raises(Failed, match="away"):
        await asks.ask(QUESTION, 9)
    asks._not_before = 0
    odoo.answers["product"] = {"exit": "found"}
    assert (await asks.ask(QUESTION, 5))["exit"] == "found"
    client.breaker.failures = 5
    with pytest.raises(Failed, match="away"):
        await asks.ask(QUESTION, 9)
    await client.close()


@pytest.mark.parametrize(
    "number, prefixes, allowed",
    [
        ("13800000001", (), True),
        ("+8613800000001", (), True),
        ("0014155552671", (), False),
        ("+14155552671", (), False),
        ("", (), False),
        ("13800000001", ("021",), False),
        ("02162345678", ("021",), True),
        ("0014155552671", ("",), True),
    ],
)
def test_flows_dial_ordinary_numbers_of_the_country_unless_told_otherwise(
    number, prefixes, allowed
):
    assert may_dial(number, "CN", prefixes) is allowed
