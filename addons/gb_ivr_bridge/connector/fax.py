"""Faxes: sent for Odoo or for a flow, and received. Asterisk's fax module does the work (config/asterisk/extensions_fax.conf).

What is wanted is in the journal, and what became of it is read from Asterisk's files: a restart of the connector or of Asterisk neither
loses nor doubles a fax. Every fax ends in one event, FAX_IN or FAX_OUT; a second try is Odoo's to order.

    asked ──originate──► open ──GB_FAX or the end of its channel──► told
"""

import asyncio
import json
import logging
import re
import time

from .ami import AmiDown, AmiRefused
from .arguments import NUMBER, Failure, text
from .ari import AriDown, AriRefused
from .journal import Event
from .lines import event_id
from .numbers import get_dialled
from .odoo import Unreachable
from .prompts import Damaged

_logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS faxes (
    reference TEXT PRIMARY KEY, state TEXT NOT NULL, uniqueid TEXT NOT NULL, at REAL NOT NULL, cause INTEGER NOT NULL DEFAULT 0,
    data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS faxes_open ON faxes (uniqueid) WHERE state != 'told';
"""
REFERENCE = re.compile(r"[A-Za-z0-9]{8,64}")
SHA = re.compile(r"[0-9a-f]{64}")
CALLER_ID = re.compile(rf"({NUMBER.pattern})?")
# names of our own channels begin so; Odoo takes no call from them
CHANNEL = "fax-"
LINE = "line"
# at once; each takes a line and a good part of a core
MOST = 2
RING_SECONDS = 60
# what was asked longer ago than this is not sent out of the blue
OLDEST = 3600
# a channel of ours that nobody has seen for so long is gone
LOST = 20
CAUSES = {17: "busy", 18: "no_answer", 19: "no_answer", 21: "refused", 1: "number", 28: "number"}


class Faxes:
    """``directory`` is where Asterisk puts what it receives. ``on_event()``: there is news for Odoo."""

    def __init__(self, journal, ami, library, recordings, distribution, pbx, on_event):
        self.journal, self.ami, self.library = journal, ami, library
        self.recordings, self.distribution = recordings, distribution
        self.pbx, self.on_event = pbx, on_event
        journal.db.executescript(SCHEMA)
        self._wake = asyncio.Event()
        self._changed = False

    # ------------------------------------------------------------------------------------------------------------ flows

    async def lead(self, call, instruction):
        """Carry out ``fax_send`` or ``fax_receive`` for a caller (ivr_call.Call); with a number, later.

        The event for the flow, or None: the caller is in [gb-fax] and comes back, unless his machine hangs up.
        """
        row, data = call.row, {"direction": "in", "values": instruction.get("values") or {}}
        path, number = "", instruction.get("number") or ""
        if instruction["do"] == "fax_send":
            sha = instruction["document"]
            path = self.library.fax(sha)
            if path is None:
                _logger.warning("a flow wants to fax a document that is not here")
                return {"type": "done", "exit": "failed"}
            data = {"direction": "out", "document": sha}
        data |= {"session": row["id"], "linkedid": row["linkedid"], "number": row["caller"]}
        data["hotline"] = row["hotline"]
        reference = event_id(self.pbx, "fax", row["id"], row["mark"])[:16]
        if number:
            dialled = get_dialled(number, self.distribution.region)
            if not dialled or not call.ivr.may_dial(number):
                return {"type": "done", "exit": "failed"}
            told = {"uniqueid": call.channel, "number": dialled, "later": True}
            await self.ask(reference, {**data, **told})
            return {"type": "done", "exit": "ok"}
        await self.journal.call(self._add, reference, "open", call.channel, data)
        values = {
            "GB_FAX": reference,
            "GB_FAX_FILE": str(path),
            "GB_FAX_DO": "send" if path else "receive",
            "GB_FAX_BACK": "1",
        }
        try:
            await call.leave_for("fax", values)
        except (AriDown, AriRefused):
            await self.journal.call(self._drop, reference)
            raise
        return None

    async def ask(self, reference, data):
        """Send a document to a number as soon as there is a line; the same reference once. Returns its state."""
        state = await self.journal.call(self._add, reference, "asked", CHANNEL + reference, data)
        self._wake.set()
        return state

    # --------------------------------------------------------------------------------------------------------- commands

    @property
    def known(self):
        """Commands of the contract."""
        return {"fax.send": self._send, "fax.cancel": self._cancel}

    async def _send(self, args, _id):
        """Send a document. What becomes of it is told by FAX_OUT."""
        reference = text(args, "reference", REFERENCE)
        data = {
            "direction": "out",
            "number": text(args, "number", NUMBER),
            "document": text(args, "document", SHA),
            "caller_id": text(args, "caller_id", CALLER_ID, ""),
        }
        return {"state": await self.ask(reference, data)}

    async def _cancel(self, args, _id):
        """Do not send it, or hang up."""
        reference = text(args, "reference", REFERENCE)
        state = await self.journal.call(self._withdraw, reference)
        if state == "open":
            for channel in await self.ami.listing("CoreShowChannels"):
                if channel.get("Uniqueid") == CHANNEL + reference:
                    await self.ami.action("Hangup", Channel=channel["Channel"])
        elif state == "told":
            raise Failure("refused", "The fax is over already.")
        return {"state": state}

    # ----------------------------------------------------------------------------------------- the journal, in its thread

    def _add(self, reference, state, uniqueid, data):
        with self.journal.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO faxes (reference, state, uniqueid, at, data) VALUES (?, ?, ?, ?, ?)",
                (reference, state, uniqueid, time.time(), json.dumps(data)),
            )
            query = "SELECT state FROM faxes WHERE reference = ?"
            return db.execute(query, (reference,)).fetchone()[0]

    def _drop(self, reference):
        with self.journal.transaction() as db:
            db.execute("DELETE FROM faxes WHERE reference = ? AND state = 'open'", (reference,))

    def _withdraw(self, reference):
        with self.journal.transaction() as db:
            row = db.execute("SELECT state FROM faxes WHERE reference = ?", (reference,)).fetchone()
            if row is None or row[0] == "asked":
                # the row stays: should the order come (again) after this, nothing is sent
                db.execute(
                    "INSERT OR REPLACE INTO faxes (reference, state, uniqueid, at, data) VALUES (?, 'told', '', ?, '{}')",
                    (reference, time.time()),
                )
                return "cancelled"
            return row[0]

    def _begin(self, reference):
        """Whether it is to be started now: noted first, so that it is not started twice."""
        with self.journal.transaction() as db:
            return db.execute(
                "UPDATE faxes SET state = 'open', at = ? WHERE reference = ? AND state = 'asked'",
                (time.time(), reference),
            ).rowcount

    def _rows(self, state):
        rows = self.journal.db.execute(
            "SELECT reference, uniqueid, at, data FROM faxes WHERE state = ? ORDER BY at", (state,)
        ).fetchall()
        return [(reference, unique, at, json.loads(data)) for reference, unique, at, data in rows]

    def fail(self, reference, error):
        """It has not worked, and there is nothing of it in Asterisk's files."""
        with self.journal.transaction() as db:
            self._finish(db, reference, time.time(), error=error)
        self._changed = True

    def prune(self, before):
        """Forget what was told before (Unix time)."""
        with self.journal.transaction() as db:
            db.execute("DELETE FROM faxes WHERE state = 'told' AND at < ?", (before,))

    # ----------------------------------------------------------------------------------------------------- Asterisk's files

    def note(self, db, event):
        """Within the ingest's transaction: what became of faxes."""
        data, kind = event.data, event.data["type"]
        if kind == "PBX_UP":
            query = "SELECT reference FROM faxes WHERE state = 'open' AND at < ?"
            for (reference,) in db.execute(query, (event.at + 1,)).fetchall():
                self._finish(db, reference, event.at, error="interrupted")
        elif event.source != "cel":
            return
        elif kind == "USER_DEFINED" and data.get("userdef") == "GB_FAX":
            self._read(db, event)
        elif kind == "HANGUP":
            extra = data.get("extra")
            cause = str(extra.get("hangupcause") or "") if isinstance(extra, dict) else ""
            db.execute(
                "UPDATE faxes SET cause = ? WHERE uniqueid = ? AND state = 'open'",
                (int(cause) if cause.isdigit() else 0, data["uniqueid"]),
            )
        elif kind == "CHAN_END":
            query = "SELECT reference, cause FROM faxes WHERE uniqueid = ? AND state = 'open'"
            for reference, cause in db.execute(query, (data["uniqueid"],)).fetchall():
                self._finish(db, reference, event.at, error=CAUSES.get(cause, "failed"))

    def _read(self, db, event):
        """One GB_FAX: reference|status|pages|station|error|mode."""
        data, extra = event.data, event.data.get("extra")
        words = str(extra.get("extra") or "") if isinstance(extra, dict) else ""
        reference, status, pages, station, error, mode = (words.split("|") + [""] * 6)[:6]
        if not REFERENCE.fullmatch(reference):
            return
        if reference.startswith(LINE):
            # a hotline that is a fax line: the dialplan has taken the call by itself
            about = {
                "direction": "in",
                "linkedid": data["linkedid"],
                "number": data.get("cid_num") or "",
                "values": {},
            }
            db.execute(
                "INSERT OR IGNORE INTO faxes (reference, state, uniqueid, at, data) VALUES (?, 'open', ?, ?, ?)",
                (reference, data["uniqueid"], event.at, json.dumps(about)),
            )
        is_well = status == "SUCCESS"
        self._finish(
            db,
            reference,
            event.at,
            ok=is_well,
            pages=int(pages) if pages.isdigit() else 0,
            station=station[:40],
            error="" if is_well else _kind_of(error),
            detail="" if is_well else error[:120],
            mode=mode,
        )

    def _finish(self, db, reference, at, ok=False, pages=0, station="", error="", **more):
        row = db.execute(
            "UPDATE faxes SET state = 'told', at = ? WHERE reference = ? AND state = 'open' RETURNING uniqueid, data",
            (at, reference),
        ).fetchone()
        if row is None:
            return
        self._changed = True
        data = json.loads(row[1])
        is_inbound = data["direction"] == "in"
        told = {
            "type": "FAX_IN" if is_inbound else "FAX_OUT",
            "linkedid": data.get("linkedid") or "",
            "uniqueid": data.get("uniqueid") or (row[0] if data.get("linkedid") else ""),
            "session": data.get("session") or "",
            "reference": reference,
            "name": "",
            "size": 0,
            "sha256": data.get("document") or "",
            "pages": pages,
            "ok": ok,
            "station": station,
            "number": data.get("number") or "",
            "error": error,
            **more,
        }
        if data.get("later"):
            told["later"] = True
        if is_inbound:
            told["values"] = data.get("values") or {}
            name = f"{CHANNEL}{reference}.tif"
            if self.recordings.take_fax(db, name, told, at):
                # the event follows when its file has been looked at
                return
        key = event_id(self.pbx, told["type"], reference)
        self.journal.insert([Event(key, "ivr", at, told)])

    def noted(self):
        """After a round of the ingest: whether there is something for Odoo."""
        changed, self._changed = self._changed, False
        if changed:
            self._wake.set()
            self.recordings.wake()
        return changed

    # ------------------------------------------------------------------------------------------------------------ sending

    def touch(self):
        """AMI is back."""
        self._wake.set()

    async def run(self):
        """Send what is to be sent; until cancelled."""
        while True:
            pause = 30
            try:
                pause = await self._work()
            except (AmiDown, AmiRefused, TimeoutError, Unreachable, OSError) as error:
                _logger.warning("faxes not sent: %s", error)
                pause = 5
            if self.noted():
                self.on_event()
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                pass
            self._wake.clear()

    async def _work(self):
        if not self.ami.up.is_set():
            return 5
        opened = [
            row for row in await self.journal.call(self._rows, "open") if row[1] == CHANNEL + row[0]
        ]
        if opened:
            await self._look_for_lost(opened)
        for reference, _unique, at, data in await self.journal.call(self._rows, "asked"):
            if len(opened) >= MOST:
                return 5
            if at < time.time() - OLDEST:
                await self._fail_asked(reference, "expired")
            elif await self._start(reference, data):
                opened.append(reference)
        return 5 if opened else 30

    async def _fail_asked(self, reference, error):
        if await self.journal.call(self._begin, reference):
            await self.journal.call(self.fail, reference, error)

    async def _start(self, reference, data):
        """Whether a line is taken by it now."""
        try:
            path = await self.library.fetch_fax(data["document"])
        except Damaged as error:
            _logger.error("fax %s: %s", reference, error)
            await self._fail_asked(reference, "document")
            return False
        if not await self.journal.call(self._begin, reference):
            return False
        try:
            await self.ami.action(
                "Originate",
                Channel=f"PJSIP/{data['number']}@trunk",
                ChannelId=CHANNEL + reference,
                Context="gb-fax",
                Exten="send",
                Priority=1,
                CallerID=data.get("caller_id") or "",
                Timeout=RING_SECONDS * 1000,
                Async="true",
                Variable=[f"GB_FAX={reference}", f"GB_FAX_FILE={path}"],
            )
        except AmiRefused:
            await self.journal.call(self.fail, reference, "refused")
            return False
        return True

    async def _look_for_lost(self, opened):
        """Those whose channel has never come to be, or ended in files that are gone."""
        late = [row[0] for row in opened if row[2] < time.time() - LOST]
        if not late:
            return
        there = {row.get("Uniqueid") for row in await self.ami.listing("CoreShowChannels")}
        for reference in late:
            if CHANNEL + reference not in there:
                await self.journal.call(self.fail, reference, "failed")


def _kind_of(detail):
    """One word for what spandsp says."""
    words = detail.lower()
    if "initial communication" in words or "t0" in words or "t1" in words:
        return "no_fax"
    if "dropped" in words or "hung up" in words or "hangup" in words:
        return "interrupted"
    return "failed"
