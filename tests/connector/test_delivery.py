"""From the files to Odoo: every line arrives, none is lost, none is taken twice, whatever dies in between."""

import asyncio
import random
import signal
import sys
import time

import pytest
from connector.journal import Event, Journal
from connector.lines import parse_cel, parse_queue_log
from connector.odoo import Breaker, signature, verify
from odoo_server import OdooServer
from pbx_fixtures import BRIDGE, free_ports

CEL = '"CHAN_START","{at:.6f}","PJSIP/trunk-{n:08x}","gb-{n}","gb-{n}","gb-inbound","8000","1380000","王""伟","","","","",""\n'


class Bench:
    """The connector as a process with files of its own and no PBX."""

    def __init__(self, folder, odoo, secret=None):
        self.folder, self.odoo = folder, odoo
        self.cel, self.queue_log = folder / "cel.csv", folder / "queue_log"
        self.port, self.route_port, nobody = free_ports(3)
        self.config = folder / "connector.toml"
        (folder / "monitor").mkdir(exist_ok=True)
        self.config.write_text(
            f'[odoo]\nurl = "{odoo.url}"\nprovider = "asterisk"\nsecret = "{secret or odoo.secret}"\n'
            f'[ami]\nport = {nobody}\nsecret = "x"\n'
            f'[files]\nqueue_log = "{self.queue_log}"\ncel = "{self.cel}"\nrecordings = "{folder}/monitor"\n'
            f'[journal]\npath = "{folder}/journal.db"\n[http]\nport = {self.port}\nroute_port = {self.route_port}\n'
        )
        self.process = None
        self.count = 0

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "connector", "--config", str(self.config), cwd=BRIDGE,
            stderr=open(self.folder / "log", "ab"),
        )  # fmt: skip

    async def end(self, how=signal.SIGKILL):
        if self.process and self.process.returncode is None:
            self.process.send_signal(how)
            return await self.process.wait()
        return None

    def write(self, lines=1):
        with open(self.cel, "a") as cel, open(self.queue_log, "a") as queue_log:
            for _ in range(lines):
                self.count += 1
                cel.write(CEL.format(at=time.time(), n=self.count))
                queue_log.write(
                    f"{int(time.time())}|gb-{self.count}|orders|NONE|ENTERQUEUE||138|1\n"
                )

    def sent(self, source):
        key = {"cel": "uniqueid", "queue_log": "callid"}[source]
        return [e["data"][key] for e in self.odoo.order if e["source"] == source]

    async def all_arrived(self):
        await self.odoo.until(lambda: len(self.odoo.order) >= 2 * self.count)
        wanted = [f"gb-{n + 1}" for n in range(self.count)]
        assert self.sent("cel") == wanted
        assert self.sent("queue_log") == wanted
        seqs = [e["seq"] for e in self.odoo.order]
        assert seqs == sorted(set(seqs))


@pytest.fixture
async def odoo():
    server = await OdooServer().start()
    yield server
    await server.stop()


@pytest.fixture
async def bench(tmp_path, odoo):
    bench = Bench(tmp_path, odoo)
    yield bench
    await bench.end()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_killed_again_and_again_while_odoo_fails_and_files_rotate(bench, odoo, seed):
    chance = random.Random(seed)
    bench.write(3)
    for generation in range(6):
        odoo.trouble = [chance.choice(["500", "lost", "half", ""]) for _ in range(6)]
        await bench.start()
        goal = len(odoo.order) + chance.randint(1, 60)
        bench.write(100)
        # killed as soon as some of it has arrived: in the middle of a batch, of a commit, of an acknowledgement
        await odoo.until(lambda goal=goal: len(odoo.order) >= min(goal, 2 * bench.count))
        bench.write(chance.randint(0, 20))
        await bench.end()
        if chance.random() < 0.5:
            bench.cel.rename(f"{bench.cel}.{generation}")
            bench.write(5)
    odoo.trouble = []
    await bench.start()
    await bench.all_arrived()


async def test_odoo_away_for_a_while(bench, odoo):
    await bench.start()
    bench.write()
    await bench.all_arrived()
    await odoo.stop()
    bench.write(1200)
    await odoo.start()
    await bench.all_arrived()
    assert max(odoo.batches) <= 500


async def test_a_clean_end_is_quick_and_loses_nothing(bench, odoo):
    await bench.start()
    bench.write(5)
    await bench.all_arrived()
    began = time.monotonic()
    assert await bench.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 5
    bench.write(5)
    await bench.start()
    await bench.all_arrived()


async def test_a_wrong_secret_delivers_nothing(tmp_path, odoo):
    bench = Bench(tmp_path, odoo, secret="another")
    await bench.start()
    bench.write()
    try:
        await odoo.until(lambda: len(odoo.refused) > 1)
        assert not odoo.order
        assert set(odoo.refused) == {"bad_signature"}
    finally:
        await bench.end()


async def test_a_line_that_cannot_be_read_does_not_stop_the_others(bench, odoo):
    bench.write()
    with open(bench.cel, "ab") as file:
        file.write(b'"broken","line"\n\xff\xfe\n')
    bench.write()
    await bench.start()
    await odoo.until(lambda: len(odoo.order) == 6)
    kinds = [e["data"]["type"] for e in odoo.order if e["source"] == "cel"]
    assert kinds == ["CHAN_START", "MALFORMED", "MALFORMED", "CHAN_START"]


def test_signature_is_over_timestamp_and_body_and_ages():
    now = 1795327200
    good = {"X-GB-Timestamp": str(now), "X-GB-Signature": signature("s", now, b"{}")}
    assert verify("s", good, b"{}", now + 299) is None
    assert verify("s", good, b"{}", now + 301) == "stale"
    assert verify("s", good, b"{ }", now) == "bad_signature"
    assert verify("", good, b"{}", now) == "bad_signature"
    assert verify("s", {}, b"{}", now) == "bad_signature"
    assert verify("s", {**good, "X-GB-Timestamp": "１７"}, b"{}", now) == "bad_signature"


def test_the_wait_grows_to_a_limit_and_falls_back():
    breaker = Breaker()
    waits = [breaker.failed() for _ in range(2000)]
    assert waits[0] < 0.3 and 20 < waits[-1] < 40 and breaker.is_open
    breaker.succeeded()
    assert not breaker.is_open and breaker.failed() < 0.3


def test_the_journal_knows_an_event_again(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    event = Event("a" * 64, "cel", 1795327200.123456, {"type": "ANSWER", "cid_name": "王"})
    assert journal.add([event]) == 1
    assert journal.add([event]) == 0
    ((seq, text),) = journal.pending(500, 1000)
    assert '"at":1795327200.123456' in text
    journal.ack(seq)
    assert not journal.pending(500, 1000)
    journal.close()
    again = Journal(tmp_path / "journal.db")
    assert again.id == journal.id and again.add([event]) == 0
    again.close()


def test_a_batch_is_limited_by_size_but_never_empty(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    journal.add([Event(f"{n:064}", "cel", 1.0, {"x": "y" * 1000}) for n in range(10)])
    assert len(journal.pending(500, 3500)) == 3
    assert len(journal.pending(500, 10)) == 1
    assert len(journal.pending(4, 10**6)) == 4
    journal.close()


def test_lines_of_both_files():
    at, data = parse_cel(CEL.format(at=1795327200.5, n=1).strip())
    assert at == 1795327200.5 and data["cid_name"] == '王"伟' and data["extra"] == {}
    user = '"GB_HOLD","1.5","c","u","l","gb-hold","s","1","","App","D","","GB_HOLD","{""extra"":""x""}"'
    assert parse_cel(user)[1]["type"] == "USER_DEFINED"
    assert parse_cel(user)[1]["extra"] == {"extra": "x"}
    assert parse_cel(user.replace('"{""extra"":""x""}"', '"no json"'))[1]["extra"] == "no json"
    at, data = parse_queue_log("1795327200|gb-1|orders|PJSIP/1001|CONNECT|1|gb-2|0")
    assert data == {
        "type": "CONNECT",
        "callid": "gb-1",
        "queue": "orders",
        "agent": "PJSIP/1001",
        "args": ["1", "gb-2", "0"],
    }
    for bad in ("", "x|1|2|3|4", "1795327200|a|b", "-5|a|b|c|d", "nan|a|b|c|d"):
        with pytest.raises(ValueError):
            parse_queue_log(bad)


async def test_too_little_space_is_told_to_odoo(bench, odoo):
    bench.config.write_text(bench.config.read_text() + "[disk]\nmin_free_mb = 1000000000\n")
    await bench.start()
    (alarm,) = await odoo.until(lambda: odoo.of("DISK_ALARM"))
    assert alarm["source"] == "connector" and alarm["data"]["free_mb"] > 0
