#!/usr/bin/env python3
"""A private Asterisk on 127.0.0.1 for demo and tests; also renders the configuration for a server.

    pbx.py start|stop|kill RUN_DIR      boot it (settings of the last start are kept in RUN_DIR), end it
    pbx.py cli RUN_DIR COMMAND...       one command on Asterisk's console
    pbx.py render DIR [NAME=VALUE...]   write the configuration files into DIR, for a server's /etc/asterisk

RUN_DIR must be short (its unix socket's path has at most 107 bytes). Ports and addresses are the upper-case names in
DEFAULTS; secrets are made once and kept in RUN_DIR/secrets.
"""

import json
import os
import re
import secrets as token
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "config/asterisk"
DEFAULTS = {
    "NAME": "gb",
    "BIND": "127.0.0.1",
    "MEDIA": "127.0.0.1",
    "SIP": 5070,
    "HTTP": 8088,
    "AMI": 5038,
    "ROUTE": 8798,
    "RTP0": 20000,
    "RTP1": 29999,
    # faxes: T.38 (yes/no) and its ports
    "T38": "yes",
    "UDPTL0": 4000,
    "UDPTL1": 4999,
    # seconds; also opens the way for sound through a NAT
    "RTP_KEEPALIVE": 1,
    "TRUNK": "127.0.0.2:5090",
    "TRUNK_MATCH": "127.0.0.2/32",
    # the SIPp phones register from another socket than the one that they are called on
    "REWRITE_CONTACT": "no",
    "SEATS": "1001 1002 1003 1004 1005 1006",
    "WEBRTC_SEATS": "",
    "DEFAULT_QUEUE": "orders",
    "QUEUE_TIMEOUT": 600,
    "RING_TIMEOUT": 15,
    "IVR_PATIENCE": 20,
    "CALLER_ID": "4008000000",
    "LANGUAGE": "zh",
}
DIRS = (
    "etc", "lib/keys", "run", "log/cel-custom", "agi-bin", "cache", "data/sounds/custom",
    "spool/recording", "spool/monitor", "spool/fax", "spool/outgoing", "spool/tmp", "spool/system",
)  # fmt: skip


class Pbx:
    """One Asterisk process with its own directory.

    ``settings`` override DEFAULTS; they are remembered in RUN_DIR, so that a later ``Pbx(run)`` is the same one.
    ``home`` is where scripts/get_asterisk.sh has written its ``env`` file.
    """

    def __init__(self, run, home=None, **settings):
        self.run = Path(run).resolve()
        self.run.mkdir(parents=True, exist_ok=True)
        saved = self.run / "settings.json"
        known = json.loads(saved.read_text()) if saved.exists() else {}
        self.settings = {**DEFAULTS, **known, **settings}
        saved.write_text(json.dumps(self.settings, indent=1))
        home = Path(home or os.environ.get("AST_HOME") or ROOT / ".local/asterisk")
        found = home / "env"
        # a server that only renders its configuration has no such file
        text = found.read_text() if found.exists() else ""
        env = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.M))
        self.bin = env.get("AST_BIN", "asterisk")
        self.moddir = env.get("AST_MODDIR", "/usr/lib/asterisk/modules")
        self.datadir = Path(env.get("AST_DATADIR", "/usr/share/asterisk"))
        self.proc = None

    # ------------------------------------------------------------------------------------------ places and secrets

    @property
    def cel(self):
        """The CEL file that the connector reads."""
        return self.run / "log/cel-custom/gb_cel.csv"

    @property
    def queues(self):
        """The file of queues that the connector writes."""
        return self.run / "etc/queues_gb.conf"

    @property
    def queue_log(self):
        """The queue log that the connector reads."""
        return self.run / "log/queue_log"

    @property
    def recordings(self):
        """The directory that MixMonitor writes into."""
        return self.run / "spool/monitor"

    @property
    def messages(self):
        """The directory that ARI records into: what callers say in flows."""
        return self.run / "spool/recording"

    @property
    def secrets(self):
        """Generated once: ``AMI_SECRET``, ``ARI_SECRET`` and one password for each seat."""
        path = self.run / "secrets"
        known = json.loads(path.read_text()) if path.exists() else {}
        names = ["AMI_SECRET", "ARI_SECRET", *self.seats]
        made = {n: known.get(n) or token.token_urlsafe(18) for n in names}
        if made != known:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(fd, "w") as out:
                json.dump(made, out, indent=1)
        return made

    @property
    def seats(self):
        """Extensions that may register."""
        return str(self.settings["SEATS"]).split()

    # ------------------------------------------------------------------------------------------------------ rendering

    def render(self, target=None):
        """Write the configuration into ``target`` (default: the run directory)."""
        target = Path(target or self.run / "etc")
        target.mkdir(parents=True, exist_ok=True)
        secrets = self.secrets
        hosts = []
        if str(self.settings["MEDIA"]).startswith("127."):
            # Asterisk's ICE never offers loopback by itself; media is bound to it here
            found = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False)
            hosts = [a for a in found.stdout.split() if ":" not in a]
        values = {
            **self.settings,
            **{k: secrets[k] for k in ("AMI_SECRET", "ARI_SECRET")},
            "RUN": self.run,
            "MODDIR": self.moddir,
            "ICEMAP": "\n".join(f"{a} => 127.0.0.1" for a in hosts),
        }
        for source in TEMPLATES.glob("*.conf"):
            self._write(target / source.name, source.read_text(), values)
        default = dict.fromkeys((self.settings["DEFAULT_QUEUE"], "aftersales"))
        # the connector's files: the default queue is there before it has ever been started
        for name, text in (
            ("queues", "".join(f"[{q}](gb)\nstrategy = rrmemory\n" for q in default)),
            ("queuerules", ""),
        ):
            if not (target / f"{name}_gb.conf").exists():
                self._write(target / f"{name}_gb.conf", text, {})
        web = set(str(self.settings["WEBRTC_SEATS"]).split())
        for name in ("pjsip", "extensions"):
            blocks = ["[gb-seats]\n"] if name == "extensions" else []
            for seat in self.seats:
                # browsers have their own kind of endpoint, and no password in any file
                kind = f"{name}_seat_webrtc" if name == "pjsip" and seat in web else f"{name}_seat"
                template = (TEMPLATES / f"{kind}.template").read_text()
                blocks.append(self._fill(template, {"SEAT": seat, "SEAT_SECRET": secrets[seat]}))
            self._write(target / f"{name}_seats.conf", "".join(blocks), {})

    @staticmethod
    def _fill(text, values):
        return re.sub(r"@([A-Z0-9_]+)@", lambda m: str(values[m[1]]), text)

    def _write(self, path, text, values):
        path.touch(mode=0o640)
        path.write_text(self._fill(text, values))

    def _prepare(self):
        for name in DIRS:
            (self.run / name).mkdir(parents=True, exist_ok=True)
        links = {n: self.datadir / n for n in ("documentation", "rest-api", "static-http", "moh")}
        for name in ("en_US_f_Allison", "en"):
            if (self.datadir / "sounds" / name).exists():
                links["sounds/en"] = self.datadir / "sounds" / name
        for name, there in links.items():
            link = self.run / "data" / name
            if not link.is_symlink() and there.exists():
                link.symlink_to(there)
        # what is there already is kept
        subprocess.run([ROOT / "scripts/sounds.sh", ROOT / ".local/sounds"], check=True)
        for language in ("zh", "en"):
            made = ROOT / ".local/sounds" / language
            base = self.run / "data/sounds"
            # "en" is a link into the package's own sounds: ours are found without a language there
            link = base / "zh/gb" if language == "zh" else base / "gb"
            link.parent.mkdir(exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(made)
        # numbers in Chinese: Asterisk looks for them beside our prompts
        digits = self.run / "data/sounds/zh/digits"
        if not digits.is_symlink():
            digits.symlink_to(ROOT / ".local/sounds/zh/digits")
        self.render()

    # --------------------------------------------------------------------------------------------------------- process

    def start(self, timeout=60):
        """Boot; returns the seconds that it took. RuntimeError when Asterisk ends by itself, TimeoutError."""
        if self.pid():
            raise RuntimeError(f"already running in {self.run}")
        self._prepare()
        began = time.monotonic()
        with open(self.run / "log/console.log", "ab") as out:
            self.proc = subprocess.Popen(
                [self.bin, "-f", "-C", str(self.run / "etc/asterisk.conf")],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        (self.run / "asterisk.pid").write_text(str(self.proc.pid))
        while time.monotonic() - began < timeout:
            if self.proc.poll() is not None:
                raise RuntimeError(
                    f"asterisk ended with {self.proc.returncode}, see {self.run}/log"
                )
            if (self.run / "run/asterisk.ctl").exists():
                # a transport that could not take its address is only logged: such an Asterisk hears no telephone
                if "fully booted" in self.cli("core waitfullybooted", check=False) and re.search(
                    rf"udp .*:{self.settings['SIP']}\b",
                    self.cli("pjsip show transports", check=False),
                ):
                    return time.monotonic() - began
            time.sleep(0.05)
        raise TimeoutError(f"asterisk did not boot, see {self.run}/log")

    def cli(self, command, check=True):
        """The console's answer to one command."""
        done = subprocess.run(
            [self.bin, "-C", str(self.run / "etc/asterisk.conf"), "-rx", command],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def pid(self):
        """Process id while it runs, else None. Another process that has got the number since is not ours."""
        try:
            pid = int((self.run / "asterisk.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.run).encode() in command else None

    def stop(self, how=signal.SIGTERM, timeout=10):
        """End it: SIGTERM (calls are cut), then SIGKILL when that takes too long."""
        pid = self.pid()
        if pid:
            os.kill(pid, how)
        until = time.monotonic() + timeout
        while self._alive():
            if time.monotonic() > until:
                os.kill(self.pid(), signal.SIGKILL)
                until += timeout
            time.sleep(0.02)
        (self.run / "asterisk.pid").unlink(missing_ok=True)

    def kill(self):
        """SIGKILL: as a power cut would."""
        self.stop(signal.SIGKILL)

    def _alive(self):
        return self.proc.poll() is None if self.proc else self.pid() is not None


def main(action, run, *rest):
    """The command line."""
    if action == "render":
        settings = dict(item.split("=", 1) for item in rest)
        Pbx(run, **settings).render(Path(run))
        return
    if action == "start":
        settings = dict(item.split("=", 1) for item in rest)
        print(f"booted in {Pbx(run, **settings).start():.2f} s")
    elif action == "stop":
        Pbx(run).stop()
    elif action == "kill":
        Pbx(run).kill()
    elif action == "cli":
        print(Pbx(run).cli(" ".join(rest), check=False), end="")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
