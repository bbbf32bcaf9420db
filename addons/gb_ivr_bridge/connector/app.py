"""Puts the parts together."""

import asyncio
import itertools
import logging
import os
import re
import sqlite3
import time

from .ami import AmiClient, AmiDown, AmiRefused
from .ari import Ari
from .callbacks import Callbacks
from .callers import Callers
from .commands import Commands, Failure, text
from .devices import Devices
from .dials import Dials
from .distribution import Distribution
from .fax import Faxes
from .ingest import Ingest
from .ivr import Ivr
from .journal import Event, Journal
from .lines import event_id
from .lookups import Asks, Lookup
from .metrics import Metrics
from .numbers import may_dial
from .odoo import Odoo
from .prompts import Library
from .queues import Place, Queues
from .recordings import Recordings
from .routing import Routing
from .seats import Seats
from .sender import Sender
from .server import Server

_logger = logging.getLogger(__name__)

ROTATION_LOOKS = 10
# seconds until the next try when the journal could not be written
DISK_PAUSE = 2


class Connector:
    """One PBX, one Odoo. ``run()`` until cancelled."""

    def __init__(self, settings):
        self.settings = settings
        self.metrics = Metrics()
        self.journal = Journal(settings.journal)
        self.odoo = Odoo(settings.url, settings.provider, settings.secret)
        self.devices = Devices(settings.pbx, self._emit)
        self.ami = AmiClient(
            settings.ami_host,
            settings.ami_port,
            settings.ami_user,
            settings.ami_secret,
            on_event=self.devices.on_event,
            on_up=self._ami_up,
            on_down=self._ami_down,
        )
        self.seats = Seats(self.journal, self.ami)
        self.recordings = Recordings(
            self.journal,
            self.odoo,
            self.metrics,
            settings.pbx,
            settings.recordings,
            settings.recording_keep_days,
            settings.recording_stale_minutes * 60,
            settings.messages,
            settings.faxes,
        )
        self.sender = Sender(self.journal, self.odoo, self.metrics, self.recordings.wake)
        self.recordings.on_event = self.sender.wake
        self.routing = Routing(self.journal, self.odoo, settings.config_seconds)
        self.callers = Callers(self.journal, self.odoo)
        self.queues = Queues(self.ami, self.routing, settings.queues)
        self.distribution = Distribution(
            self.journal,
            self.routing,
            self.callers,
            self.seats,
            self.devices,
            Place(self.ami),
            settings.pbx,
            self.sender.wake,
        )
        self.callbacks = Callbacks(
            self.journal, self.ami, self.distribution, settings.pbx, self.sender.wake
        )
        self.dials = Dials(
            self.journal, self.ami, self.distribution, settings.pbx, self.sender.wake
        )
        self.routing.on_change += [self.queues.touch, self.callbacks.touch, self._set_dual]
        self.routing.followers.append(self.callers.refresh)
        self._make_ivr()
        self.ingest = Ingest(
            self.journal,
            settings.pbx,
            {"queue_log": settings.queue_log, "cel": settings.cel},
            (
                self.recordings.note,
                self.seats.note,
                self.callbacks.note,
                self.ivr.note,
                self.faxes.note,
                self.dials.note,
            ),
            settings.start == "end",
        )
        self.routing.can_run, self.routing.have = self.ivr.can_run, self.library.have
        self.routing.followers.append(self._configured)
        self.library.on_change = self.routing.ask_soon
        commands = Commands(
            self.journal,
            self.ami,
            self.seats,
            self.devices,
            self.metrics,
            settings.pbx,
            self.ivr,
        )
        self.softphones = commands.softphones
        commands.known |= {
            "config.refresh": self._refresh_config,
            "callback.cancel": self._cancel_callback,
            **self.faxes.known,
            **self.dials.known,
        }
        questions = {
            "/route": self.distribution.route,
            "/queue": self.distribution.queue,
            "/callback": self.callbacks.ask,
        }
        self.server = Server(
            settings, commands, questions, self.metrics, self.health, self.sender.hint_alive
        )
        self._live = asyncio.Queue()
        self._side = set()
        self._files_fail = False
        self._disk_low = False

    def _make_ivr(self):
        settings = self.settings
        # connections of their own: a caller's question does not wait for recordings
        self.asking = Odoo(
            settings.url, settings.provider, settings.secret, 35, 32, self.odoo.breaker
        )
        engine = {"engine": settings.speech_engine, "command": settings.speech_command}
        self.library = Library(self.journal, self.odoo, self.metrics, settings.flows, engine)
        self.ari = Ari(settings.ari_url, settings.ari_user, settings.ari_secret)
        self.lookup = Lookup(settings.http_hosts)
        self.ivr = Ivr(
            self.journal,
            self.ami,
            self.ari,
            self.library,
            Asks(self.asking, self.metrics),
            self.lookup,
            self.metrics,
            settings.pbx,
            self.recordings,
        )
        self.ivr.on_events = self.sender.wake
        self.ivr.may_dial = lambda number: may_dial(
            number, self.distribution.region, tuple(settings.numbers)
        )
        self.ivr.ask_callback = self.callbacks.ask
        self.faxes = self.ivr.faxes = Faxes(
            self.journal,
            self.ami,
            self.library,
            self.recordings,
            self.distribution,
            settings.pbx,
            self.sender.wake,
        )

    async def _configured(self):
        self.library.want(self.routing.config)

    async def run(self):
        """Everything, until cancelled or until a part fails for good."""
        await self.server.start()
        parts = [
            self.ami.run, self._follow, self._store_live, self.sender.run, self.recordings.run, self.seats.run, self.routing.run,
            self.queues.run, self.callbacks.run, self.ivr.run, self.faxes.run, self.dials.run, self._watch_disk, self._prune,
        ]  # fmt: skip
        if self.settings.ari_secret:
            parts += [self.ari.run, self.library.run, self.softphones.run]
        await self._configured()
        tasks = [asyncio.ensure_future(self._lasting(part)) for part in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in [*tasks, *self._side]:
                task.cancel()
            await asyncio.gather(*tasks, *self._side, return_exceptions=True)
            await self.server.stop()
            await self.odoo.close()
            await self.asking.close()
            await self.lookup.close()
            self.ingest.close()
            self.callers.close()
            self.journal.close()

    async def _lasting(self, part):
        """A part begins again when the journal could not be written: callers are led on whether there is room on the disk or not."""
        while True:
            try:
                return await part()
            except sqlite3.Error:
                _logger.exception("%s: the journal fails", part.__qualname__)
                await asyncio.sleep(DISK_PAUSE)

    # --------------------------------------------------------------------------------------------------------------- files

    async def _follow(self):
        interval = self.settings.poll_ms / 1000
        for look in itertools.count():
            # lines come often, new files once a day
            # what could not be kept is read again, whether more comes or not
            if not (self._files_fail or self.ingest.changed(rotation=look % ROTATION_LOOKS == 0)):
                await asyncio.sleep(interval)
                continue
            try:
                fresh = await self.journal.call(self.ingest.round)
            except (OSError, sqlite3.Error):
                # nothing is lost: the lines are in Asterisk's files until they can be journaled
                _logger.exception("files not read")
                self._files_fail = True
                await asyncio.sleep(1)
                continue
            self._files_fail = False
            if fresh:
                self._arrived(fresh)

    def _arrived(self, events):
        self.sender.wake()
        now = time.time()
        for event in events:
            self.metrics.events.labels(event.source).inc()
            if event.source == "cel":
                self.metrics.lag_seconds.observe(max(0, now - event.at))
        kinds = {event.data["type"] for event in events}
        if kinds & {"LINKEDID_END", "PBX_UP"}:
            self.recordings.wake()
        self.ivr.noted()
        changed = self.seats.noted()
        if changed:
            self.seats.touch(changed)
        # all are told, each of its own
        if self.callbacks.noted() | self.faxes.noted() | self.dials.noted():
            self.sender.wake()

    # ----------------------------------------------------------------------------------------------------------- live state

    def _emit(self, events):
        self._live.put_nowait(events)

    async def _store_live(self):
        while True:
            events = await self._live.get()
            while not self._live.empty():
                events = events + self._live.get_nowait()
            try:
                await self.journal.call(self.journal.add, events)
            except sqlite3.Error:
                # live news only: the next change tells it again
                _logger.exception("live events not stored")
                continue
            for event in events:
                self.metrics.events.labels(event.source).inc()
            self.sender.wake()

    def _ami_up(self):
        self.metrics.pbx_up.set(1)
        self.seats.touch_all()
        self.queues.touch()
        self.callbacks.touch()
        self.faxes.touch()
        self._set_dual()
        task = asyncio.ensure_future(self._snapshot())
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    def _set_dual(self):
        """Whether both parties of a recording get channels of their own (config/asterisk/extensions.conf, [gb-record])."""
        recording = self.routing.config.get("recording")
        value = "1" if isinstance(recording, dict) and recording.get("dual") is True else ""
        task = asyncio.ensure_future(self._set_global("GB_DUAL", value))
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    async def _set_global(self, name, value):
        try:
            await self.ami.action("Setvar", Variable=name, Value=value)
        except (AmiDown, AmiRefused, TimeoutError) as error:
            # told again when AMI is back
            _logger.warning("%s not set: %s", name, error)

    async def _snapshot(self):
        try:
            await self.devices.snapshot(self.ami)
        except (AmiDown, AmiRefused, TimeoutError) as error:
            _logger.warning("no snapshot of the phones: %s", error)

    def _ami_down(self):
        self.metrics.pbx_up.set(0)

    # ------------------------------------------------------------------------------------------------------------- commands

    async def _refresh_config(self, _args, _id):
        """Odoo has something new. The answer does not wait long: Odoo may have just one process, which waits for it."""
        task = asyncio.ensure_future(self._fetch_config())
        self._side.add(task)
        task.add_done_callback(self._side.discard)
        await asyncio.wait({task}, timeout=2)
        return {"version": self.routing.config.get("version", "")}

    async def _fetch_config(self):
        await self.routing.refresh()
        try:
            # an agent may be about to sign in to a queue that is new
            await self.queues.apply()
        except (AmiDown, AmiRefused, TimeoutError, OSError) as error:
            _logger.warning("queues not applied: %s", error)
            self.queues.touch()

    async def _cancel_callback(self, args, _id):
        """The call-back is not wanted any more, or somebody rings by hand."""
        state = await self.callbacks.cancel(text(args, "reference", re.compile("[0-9a-f]{16}")))
        if state == "dialling":
            raise Failure("refused", "An agent is calling this customer back at this moment.")
        return {"state": state}

    # --------------------------------------------------------------------------------------------------------------- health

    async def _watch_disk(self):
        while True:
            self._check_disk()
            await asyncio.sleep(10)

    def _check_disk(self):
        places = {
            os.path.dirname(os.path.realpath(self.settings.journal)),
            self.settings.recordings,
        }
        free = {}
        for place in places:
            try:
                stat = os.statvfs(place)
            except OSError:
                continue
            free[place] = stat.f_bavail * stat.f_frsize
        if not free:
            return
        place = min(free, key=free.get)
        low = free[place] < self.settings.min_free_mb * 1_000_000
        self.metrics.disk_free.set(free[place])
        self.metrics.disk_ok.set(not low)
        if low and not self._disk_low:
            now = time.time()
            data = {"type": "DISK_ALARM", "free_mb": free[place] // 1_000_000, "path": place}
            self._emit(
                [Event(event_id(self.settings.pbx, "DISK_ALARM", now), "connector", now, data)]
            )
        self._disk_low = low

    async def health(self):
        """``(is well, facts)``. Odoo being away is told, but is not the connector's illness."""
        pending, oldest, parked = await self.journal.call(self.journal.backlog)
        age = time.time() - oldest if oldest else 0
        self.metrics.pending.set(pending)
        self.metrics.oldest.set(age)
        self.metrics.parked.set(parked)
        self.metrics.odoo_up.set(not self.odoo.breaker.failures)
        self.metrics.malformed.set(self.ingest.malformed)
        self.metrics.lost.set(sum(tail.lost for tail in self.ingest.tails.values()))
        facts = {
            "pbx": "up" if self.ami.up.is_set() else "down",
            "flows": "up" if self.ari.up.is_set() else "down",
            "odoo": "down" if self.odoo.breaker.failures else "up",
            "files": "failing" if self._files_fail else "ok",
            "disk": "low" if self._disk_low else "ok",
            "pending": pending,
            "pending_seconds": round(age, 1),
            "parked": parked,
        }
        well = facts["pbx"] == "up" and not self._files_fail and not self._disk_low
        return well, {"status": "ok" if well else "failing", **facts}

    async def _prune(self):
        while True:
            limit = time.time() - self.settings.journal_keep_days * 86400
            await self.journal.call(self.journal.prune, limit)
            await self.journal.call(self.callbacks.prune, limit)
            await self.journal.call(self.faxes.prune, limit)
            await self.journal.call(self.dials.prune, limit)
            await asyncio.sleep(3600)
