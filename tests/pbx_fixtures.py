"""A private Asterisk with phones, and the connector as a process: for the tests here and in e2e/.

    from pbx_fixtures import Exchange
    exchange = Exchange(); exchange.start() ... exchange.stop()

Ports are chosen anew for each run, so runs do not meet. The seats' phones are SIPp processes.
"""

import contextlib
import hashlib
import hmac
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BRIDGE = ROOT / "addons/gb_ivr_bridge"
for _place in (str(ROOT / "scripts"), str(BRIDGE)):
    if _place not in sys.path:
        sys.path.insert(0, _place)

import pbx  # noqa: E402
import sipp  # noqa: E402
from connector.lines import PARSERS  # noqa: E402

# seconds until what does not come counts as not coming: however slow the machine is, and no wait is ever this long on a quick one
PATIENCE = 240
# seconds that a seat rings: a phone that answers has to answer within
RING_SECONDS = 10


def free_ports(count):
    """TCP and UDP ports of 127.0.0.1 that are free now.

    Below those that the kernel gives to clients: a program that is killed and started again gets its port back.
    """
    with contextlib.ExitStack() as stack:
        found = []
        for port in random.sample(range(10000, 20000), 2000):
            tcp = stack.enter_context(socket.socket())
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
        raise RuntimeError("no free ports")


def wait_for(condition, timeout=PATIENCE, what="condition"):
    """Poll ``condition()`` until it is true and return its value; AssertionError after ``timeout`` seconds."""
    end = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < end, f"timed out: {what}"
        time.sleep(0.02)
    return found


class Exchange:
    """Asterisk + phones + connector. ``settings`` as in scripts/pbx.py (RING_TIMEOUT, …)."""

    def __init__(self, **settings):
        self.run = Path(tempfile.mkdtemp(prefix="gb-", dir="/tmp"))
        sip, ami, http, self.connector_port, self.route_port, trunk = free_ports(6)
        # a slice of its own for each process: RTP ports are taken without asking
        rtp = 20000 + os.getpid() % 30 * 400
        self.sip, self.ami_port, self.carrier_address = (
            f"127.0.0.1:{sip}",
            ami,
            f"127.0.0.2:{trunk}",
        )
        self.pbx = pbx.Pbx(
            self.run,
            **{
                "SIP": sip, "AMI": ami, "HTTP": http, "RTP0": rtp, "RTP1": rtp + 399, "ROUTE": self.route_port,
                "TRUNK": self.carrier_address, "RING_TIMEOUT": RING_SECONDS, **settings,
            },
        )  # fmt: skip
        self.phones = sipp.Seats(self.sip, self.pbx.secrets)
        self.connector = None
        self.secret = None
        self._processes = []

    # ------------------------------------------------------------------------------------------------------------ Asterisk

    def start(self):
        """Boot Asterisk."""
        self.pbx.start()
        return self

    def kill_pbx(self):
        """SIGKILL, as a power cut."""
        self.pbx.kill()

    def stop(self):
        """End everything that was started here and remove the run directory (GB_KEEP_RUN=1 keeps it)."""
        self.stop_connector()
        self._end_callers()
        self.phones.__exit__(None, None, None)
        self.pbx.stop()
        if not os.environ.get("GB_KEEP_RUN"):
            shutil.rmtree(self.run, ignore_errors=True)

    def _end_callers(self):
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self._processes.clear()

    def clear(self):
        """No callers, no channels: what a test has left behind. (A SIPp that is killed says no BYE.)"""
        self._end_callers()
        if self.pbx.pid():
            # customers first: of two who are hung up at once either may count as the one who has ended the call
            for line in self.pbx.cli("core show channels concise").splitlines():
                if line.startswith("PJSIP/trunk-"):
                    self.pbx.cli(f"channel request hangup {line.split('!')[0]}", check=False)
            wait_for(
                lambda: "PJSIP/trunk-" not in self.pbx.cli("core show channels concise"),
                what="no customers",
            )
            self.pbx.cli("channel request hangup all", check=False)
            wait_for(
                lambda: not self.pbx.cli("core show channels concise").strip(), what="no channels"
            )

    def read(self, source):
        """``[(at, data)]`` of ``cel`` or ``queue_log``, straight from Asterisk's file."""
        path = {"cel": self.pbx.cel, "queue_log": self.pbx.queue_log}[source]
        lines = path.read_text().splitlines() if path.exists() else []
        return [PARSERS[source](line) for line in lines if line]

    def recordings(self):
        """The files that MixMonitor has written."""
        return sorted(self.pbx.recordings.glob("*.wav"))

    def doing(self, caller):
        """Name of the application that this customer is in, as Asterisk's dialplan calls it; empty when he is in none."""
        rows = [line.split("!") for line in self.pbx.cli("core show channels concise").splitlines()]
        return next(
            (r[5] for r in rows if r[0].startswith("PJSIP/trunk-") and r[7].endswith(caller)), ""
        )

    # -------------------------------------------------------------------------------------------------------------- phones

    def call(self, hotline="8000", steps="8000", caller="13800000001", **how):
        """A customer rings; returns his process."""
        process = sipp.call(self.sip, hotline, steps, caller, **how)
        self._processes.append(process)
        return process

    def carrier(self, **how):
        """The far end of outside calls (as ``sipp.phone``)."""
        process = sipp.phone(self.sip, self.carrier_address, voice=True, **how)
        self._processes.append(process)
        return process

    def customers(self, **how):
        """The far end of numbers that are dialled, each by its last digit (as ``sipp.customers``)."""
        process = sipp.customers(self.sip, self.carrier_address, **how)
        self._processes.append(process)
        return process

    # ----------------------------------------------------------------------------------------------------------- connector

    def start_connector(self, odoo_url, secret, provider="asterisk", wait=True, extra=""):
        """``python -m connector`` beside this PBX; its journal stays in the run directory over restarts."""
        self.secret = secret
        config = self.run / "connector.toml"
        config.write_text(
            f'pbx = "gb"\n[odoo]\nurl = "{odoo_url}"\nprovider = "{provider}"\nconfig_seconds = 2\n'
            f"[ami]\nport = {self.ami_port}\n"
            f'[ari]\nurl = "http://127.0.0.1:{self.pbx.settings["HTTP"]}/ari"\n[ivr]\npath = "{self.run}/flows"\n'
            f'[files]\nqueue_log = "{self.pbx.queue_log}"\ncel = "{self.pbx.cel}"\nrecordings = "{self.pbx.recordings}"\n'
            f'queues = "{self.pbx.queues}"\n'
            f'messages = "{self.pbx.messages}"\n'
            f'[journal]\npath = "{self.run}/journal.db"\n'
            f"[http]\nport = {self.connector_port}\nroute_port = {self.route_port}\n"
            f"[disk]\nmin_free_mb = 1\n{extra}"
        )
        with open(self.run / "connector.log", "ab") as log:
            self.connector = subprocess.Popen(
                [sys.executable, "-m", "connector", "--config", str(config)],
                cwd=BRIDGE,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "GB_SECRET": secret,
                    "GB_AMI_SECRET": self.pbx.secrets["AMI_SECRET"],
                    "GB_ARI_SECRET": self.pbx.secrets["ARI_SECRET"],
                },
            )
        if wait:
            wait_for(lambda: self.health().get("pbx") == "up", what="connector with AMI")
        return self.connector

    def stop_connector(self, how=signal.SIGTERM):
        """End the connector; ``signal.SIGKILL`` for a crash. Returns its exit code."""
        if self.connector is None:
            return None
        self.connector.send_signal(how)
        code = self.connector.wait(PATIENCE)
        self.connector = None
        return code

    @property
    def connector_url(self):
        """Where Odoo sends commands."""
        return f"http://127.0.0.1:{self.connector_port}"

    def health(self):
        """The connector's health (dict), empty while it does not answer."""
        try:
            with urllib.request.urlopen(self.connector_url + "/health", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError:
            return {}

    def command(self, command, /, command_id=None, **args):
        """Send a signed command; returns ``(status, answer)``."""
        command_id = command_id or f"{command}-{time.monotonic_ns()}"
        body = json.dumps({"id": command_id, "command": command, "args": args}).encode()
        return self.post(body)

    def post(self, body, secret=None, stamp=None):
        """A raw command request; returns ``(status, answer)``."""
        stamp = str(stamp or int(time.time()))
        digest = hmac.new(
            (secret or self.secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256
        )
        request = urllib.request.Request(
            self.connector_url + "/v1/command",
            data=body,
            headers={"X-GB-Timestamp": stamp, "X-GB-Signature": digest.hexdigest()},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
