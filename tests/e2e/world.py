"""The real parts of the end-to-end tests: a PostgreSQL cluster of their own, Odoo, Asterisk with phones, Chromium."""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import urllib.request
from pathlib import Path

import psycopg2
from pbx_fixtures import PATIENCE, RING_SECONDS, ROOT, Exchange, free_ports, wait_for
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a headset for browsers as telephones: it beeps once a second
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SHOTS = ROOT / ".local/report/shots"


def run(*command, **how):
    """Run a command to its end; AssertionError with what it printed when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


class World:
    """Everything that a call goes through. ``start()`` takes about half a minute."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="gbe", dir="/tmp"))
        self.directory.chmod(0o755)
        self.database = f"gbt_{os.environ.get('GB_RUN', os.getpid())}_e2e"
        self.secret = secrets.token_hex(24)
        self.exchange = Exchange(WEBRTC_SEATS="1006")
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.odoo = None
        self.conf = Path(os.environ["GB_ODOO_CONF"])
        self.environment = dict(os.environ)
        self._playwright = self._browser = None

    # ------------------------------------------------------------------ life

    def start(self):
        """Cluster, database, Asterisk, Odoo, connector, browser."""
        self._start_database()
        self.exchange.start()
        self.environment |= {
            "GB_CONNECTOR_URL": self.exchange.connector_url,
            "GB_SECRET": self.secret,
            "GB_RING_SECONDS": str(RING_SECONDS),
            "GB_SOFTPHONE": f"ws://127.0.0.1:{self.exchange.pbx.settings['HTTP']}/ws",
        }
        names = ("seed.py", "seed_ivr.py", "seed_fax.py", "seed_softphone.py")
        seeds = [Path(__file__).parent / name for name in names]
        seed = "\n".join(path.read_text() for path in seeds)
        run(*self._odoo("shell"), "--no-http", input=seed, env=self.environment)
        self.start_odoo()
        self.start_connector()
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGS
        )
        return self

    def stop(self):
        """End all of it."""
        with contextlib.suppress(Exception):
            self._browser.close()
            self._playwright.stop()
        self.exchange.stop()
        self.kill_odoo(signal.SIGTERM)
        self.stop_database()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self._filestore(self.database), ignore_errors=True)

    def _filestore(self, database):
        data_dir = re.search(r"^data_dir = (.*)$", self.conf.read_text(), re.M)[1]
        return Path(data_dir) / "filestore" / database

    def _start_database(self):
        template = run("scripts/newdb.sh", "--template", cwd=ROOT).strip()
        dump = self.directory / "template.sql"
        run("pg_dump", "-Fp", "-f", str(dump), template)
        self.restart_database()
        self.environment["PGHOST"] = self.pghost
        run("createdb", self.database, env=self.environment)
        run("psql", "-Xqd", self.database, "-f", str(dump), env=self.environment)
        dump.unlink()
        shutil.copytree(
            self._filestore(template),
            self._filestore(self.database),
            copy_function=os.link,
            dirs_exist_ok=True,
        )

    def restart_database(self):
        """Start the cluster (again)."""
        answer = run("scripts/pg_local.sh", "start", str(self.directory / "pg"), cwd=ROOT)
        self.pghost = answer.strip().split("=", 1)[1]

    def stop_database(self):
        """Stop the cluster, disconnecting everybody."""
        run("scripts/pg_local.sh", "stop", str(self.directory / "pg"), cwd=ROOT)

    def _odoo(self, *command):
        return [
            os.environ["GB_ODOO"],
            *command,
            "-c",
            str(self.conf),
            "-d",
            self.database,
            f"--db-filter=^{self.database}$",
            "--log-level=warn",
            "--log-handler=py.warnings:ERROR",
        ]

    def start_odoo(self):
        """Start Odoo and wait until it answers."""
        log = open(self.directory / "odoo.log", "ab")
        self.odoo = subprocess.Popen(
            [*self._odoo(), f"--http-port={self.port}", "--max-cron-threads=0"],
            stdout=log,
            stderr=log,
            env=self.environment,
            start_new_session=True,
        )
        wait_for(self.is_answering, what="Odoo")

    def is_answering(self):
        """Whether the sign-in page is served."""
        try:
            with urllib.request.urlopen(self.url + "/web/login", timeout=PATIENCE) as answer:
                return answer.status == 200
        except OSError:
            return False

    def kill_odoo(self, how=signal.SIGKILL):
        """End Odoo: by default as the kernel would when memory runs out."""
        if self.odoo and self.odoo.poll() is None:
            os.killpg(self.odoo.pid, how)
            self.odoo.wait(PATIENCE)

    def start_connector(self):
        """Start the connector beside the PBX (again)."""
        self.exchange.start_connector(self.url, self.secret)

    # --------------------------------------------------------------- looking

    def rows(self, query, *parameters):
        """Rows of the database as dicts."""
        with (
            contextlib.closing(
                psycopg2.connect(dbname=self.database, host=self.pghost)
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query, parameters)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def calls(self, since):
        """Calls offered since ``since`` (Unix time), with their agents and queues by name, oldest first."""
        return self.rows(
            """SELECT call.*, seat.extension, queue.code AS queue, disposition.name ->> 'en_US' AS disposition,
                      extract(epoch FROM offered_at) AS offered, extract(epoch FROM queued_at) AS queued,
                      extract(epoch FROM ring_at) AS rang, extract(epoch FROM answered_at) AS answered,
                      extract(epoch FROM ended_at) AS ended, users.login, partner.name AS customer
                 FROM gb_call call LEFT JOIN gb_seat seat ON seat.id = call.seat_id
                 LEFT JOIN gb_queue queue ON queue.id = call.queue_id LEFT JOIN res_users users ON users.id = call.user_id
                 LEFT JOIN gb_disposition disposition ON disposition.id = call.disposition_id
                 LEFT JOIN res_partner partner ON partner.id = call.partner_id
                WHERE call.offered_at >= to_timestamp(%s) AT TIME ZONE 'UTC' ORDER BY call.offered_at, call.id""",
            int(since),
        )

    def the_call(self, since, **wanted):
        """The one call since ``since``, as soon as its columns are as ``wanted``."""

        def find():
            calls = self.calls(since)
            assert len(calls) <= 1, calls
            fits = calls and all(calls[0][name] == value for name, value in wanted.items())
            return calls[0] if fits else None

        try:
            return wait_for(find, what=f"call with {wanted}")
        except AssertionError as error:
            told = [self.exchange.pbx.cli(c) for c in ("queue show", "pjsip show contacts")]
            seats = self.rows("SELECT extension, state, user_id FROM gb_seat")
            raise AssertionError(f"{error}: {self.calls(since)}; {seats}; {told}") from error

    def legs(self, call):
        """Legs of a call, in the order in which they rang."""
        return self.rows(
            """SELECT leg.*, seat.extension FROM gb_call_leg leg LEFT JOIN gb_seat seat ON seat.id = leg.seat_id
                WHERE leg.call_id = %s ORDER BY leg.ring_at, leg.id""",
            call["id"],
        )

    def seat_state(self, extension):
        """State of a seat as stored in Odoo."""
        return self.rows("SELECT state FROM gb_seat WHERE extension = %s", extension)[0]["state"]

    # ---------------------------------------------------------------- agents

    def sign_in(self, extension, **phone):
        """An agent with browser and phone at a seat. :return: Agent"""
        login = phone.pop("login", f"agent{extension}")
        if phone.pop("phone", True):
            self.exchange.phones.add(extension, **phone)
        return Agent(self, extension, login)


class Agent:
    """An agent: his browser tab, signed in at his seat."""

    def __init__(self, world, extension, login):
        self.world, self.extension, self.login = world, extension, login
        self.context = world._browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-US", permissions=["microphone"]
        )
        try:
            self.page = self.open_tab()
            self._sign_in()
        except BaseException:
            # the next test needs the seat
            self.leave()
            raise

    def _sign_in(self):
        self.page.click(".o_gb_seat_toggler")
        # rendered when the panel has been loaded: before, no choice means nothing
        self.page.wait_for_selector(".o_gb_sign_in")
        seats = self.page.locator("select#o_gb_seat_choice")
        if seats.count():
            option = seats.locator(f"option:has-text('{self.extension}')")
            seats.select_option(option.get_attribute("value"))
        self.page.click(".o_gb_sign_in")
        # where callers are waiting he is ready for a moment only
        self.page.wait_for_selector(".o_gb_seat_toggler:not([data-state=signed_out])")
        query = "SELECT extension FROM gb_seat WHERE state <> 'signed_out'"
        seat = self.world.rows(query)
        assert {"extension": self.extension} in seat, (
            f"signed in at {seat} instead of {self.extension}"
        )
        self.page.keyboard.press("Escape")

    def open_tab(self):
        """A further tab of the same browser."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        login = self.login
        page.goto(self.world.url + "/web/login")
        if page.locator("input[name=login]").count():
            page.fill("input[name=login]", login)
            page.fill("input[name=password]", login)
            page.click(".oe_login_form button[type=submit]")
        page.goto(self.world.url + "/odoo/my-calls")
        page.wait_for_selector(".o_gb_seat_toggler")
        return page

    def card(self, state=None):
        """The call card, as soon as it is there in ``state``."""
        selector = ".o_gb_call_card" + (f"[data-state={state}]" if state else "")
        try:
            self.page.wait_for_selector(selector)
        except PlaywrightError as error:
            self.shot(f"no-card-{state}")
            panel = self.rpc("gb.seat", "get_panel").get("result", {})
            told = {name: panel.get(name) for name in ("now", "seat", "call", "wrap")}
            raise AssertionError(f"no card in state {state}; the server says {told}") from error
        return self.page.locator(selector)

    def wait_state(self, state):
        """Wait until the seat panel shows ``state``."""
        self.page.wait_for_selector(
            f".o_gb_seat_toggler[data-state={state}]", timeout=PATIENCE * 1000
        )

    def command(self, name):
        """Press a button of the card."""
        self.page.click(f".o_gb_call_card .o_gb_{name}")

    def file_call(self, disposition, note=""):
        """Fill in the wrap-up form and go back to ready."""
        card = self.card("ended")
        card.locator(f".o_gb_dispositions label:has-text('{disposition}')").click()
        if note:
            card.locator(".o_gb_note").fill(note)
        card.locator(".o_gb_save_ready").click()
        self.wait_state("ready")

    def rpc(self, model, method, *args):
        """Call a public method as this agent."""
        return self.page.evaluate(
            """async ([model, method, args]) => {
                const answer = await fetch(`/web/dataset/call_kw/${model}/${method}`, {method: "POST",
                    headers: {"Content-Type": "application/json"},
                    body: JSON.stringify({jsonrpc: "2.0", method: "call", params: {model, method, args, kwargs: {}}})});
                return (await answer.json());
            }""",
            [model, method, list(args)],
        )

    def shot(self, name):
        """Keep a picture of the page."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))

    def leave(self):
        """Sign out whatever the state, close the browser, take the phone away."""
        with contextlib.suppress(Exception):
            self.world.exchange.phones.remove(self.extension)
            wait_for(
                lambda: self.world.seat_state(self.extension) not in ("ringing", "on_call"), 60
            )
            answer = self.rpc("gb.seat", "panel_sign_out")
            assert "error" not in answer, answer
        self.context.close()
