import contextlib
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / place) for place in ("", "e2e", "connector")]

from world import World  # noqa: E402


@pytest.fixture(scope="session")
def world():
    """All real parts, once for the whole run."""
    world = World()
    try:
        yield world.start()
    finally:
        world.stop()


@pytest.fixture
def sign_in(world):
    """``sign_in("1001", answer=3000)``: an agent with browser and phone, who leaves after the test."""
    agents = []

    def sign_in(extension, **phone):
        agents.append(world.sign_in(extension, **phone))
        return agents[-1]

    yield sign_in
    if agents:
        # whoever is on a call cannot leave
        world.exchange.clear()
    for agent in agents:
        agent.leave()


@pytest.fixture(autouse=True)
def keep_logs(request):
    """Show the end of Odoo's and the connector's log when a test fails."""
    yield
    if "world" not in request.fixturenames:
        return
    world = request.getfixturevalue("world")
    with contextlib.suppress(OSError):
        for path in (world.directory / "odoo.log", world.exchange.run / "connector.log"):
            print(f"--- {path.name}\n{path.read_text()[-2500:]}")
