"""One caller in a flow: carries out the interpreter's instructions on his channel.

What is keyed in stays in memory: never in the log, never in an exception's text.
"""

import asyncio
import logging
import re
import time
import uuid

from ivr import step

from .ami import AmiDown, AmiRefused
from .arguments import EXTENSION, NUMBER, QUEUE
from .ari import AriDown, AriRefused
from .lookups import Failed

_logger = logging.getLogger(__name__)

# an answer that comes sooner than this needs no "one moment please"
PROMPT_ANSWER = 0.7
LONGEST_PLAY = 900
# seconds that a caller waits for the disk
LONGEST_WRITE = 2
LANGUAGE = re.compile(r"[a-z]{2}")
TERMINATORS = {"#", "*"}
FAXES = ("fax_send", "fax_receive")


class Gone(Exception):
    """The channel has left us."""


class Call:
    """``row`` is what Ivr keeps of it; ``documents`` are the flows as they were when it began."""

    def __init__(self, ivr, channel, row, documents):
        self.ivr, self.ari, self.channel, self.row = ivr, ivr.ari, channel, row
        self.documents = documents
        self.events = self.ari.watch(channel)
        self.patience = max(6, row["patience"])
        self.renew_at = time.monotonic() + self.patience / 3
        self.task = None
        # keys that nobody has asked for yet
        self._ahead = ""
        self._playing, self._plays = None, 0
        self._saved = None
        self._key_at = None
        self._hung_up = self._letting_go = False

    # --------------------------------------------------------------------------------------------------------- steps

    async def lead(self, event):
        """From ``event`` (None: go on with what was being done) to the end, or until somebody else has the caller."""
        if event is None:
            self.renew_at = 0
            if not await self._take_up():
                return
            event = await self._next_event()
        elif event["type"] == "returned" and (self.row["instruction"] or {}).get("do") in FAXES:
            event = {"type": "done", "exit": "ok" if event["status"] == "ok" else "failed"}
        while event is not None and self._step({**event, "at": time.time()}):
            event = await self._next_event()

    def _step(self, event):
        """Whether there is something to do now."""
        row = self.row
        row["session"], row["instruction"], track = step(self.documents, row["session"], event)
        row["away"], row["mark"] = False, uuid.uuid4().hex[:12]
        self._plays = 0
        session = row["session"]
        if row["instruction"] is None:
            self.ivr.end(self.channel, row, session["ended"] or "caller", track)
            return False
        wait = session["wait"] or {}
        storable = not (session["secrets"] or session["keys"] or wait.get("typed"))
        self._saved = self.ivr.keep(self.channel, row, track, storable)
        return True

    async def _take_up(self):
        """After a break: nothing that was begun before goes on, but a message that is being spoken."""
        if not self.row["instruction"]:
            await self._abandon()
            return False
        try:
            for number in range(3):
                await self.ari.gone("DELETE", f"playbacks/{self._playback(number)}")
        except AriDown:
            # he is asked again, later
            return False
        self._plays = 3
        return True

    async def _next_event(self):
        """Carry out the instruction; what has come of it, or None when the caller is out of our hands."""
        instruction = self.row["instruction"]
        do = getattr(self, f"_do_{instruction['do']}", None)
        if do is None:
            return {"type": "failed", "reason": "unknown"}
        for tries in range(3):
            try:
                return await do(instruction)
            except Gone:
                return await self._gone()
            except AriDown as error:
                # Asterisk is slow; when it is away, this task is cancelled and somebody takes over
                _logger.warning("%s on channel %s: %s", instruction["do"], self.channel, error)
                await asyncio.sleep(0.2 * (tries + 1))
            except AriRefused as error:
                if not await self._is_there():
                    return await self._gone()
                _logger.warning("%s on channel %s: %s", instruction["do"], self.channel, error)
                break
            except Exception as error:  # a caller must reach somebody
                # the kind of error only: its text might have what the caller has keyed in
                _logger.error(
                    "%s on channel %s: %s in line %s",
                    instruction["do"],
                    self.channel,
                    type(error).__name__,
                    error.__traceback__.tb_next and error.__traceback__.tb_next.tb_lineno,
                )
                break
        if instruction["do"] in ("fallback", "hangup", "transfer"):
            await self._abandon()
            return None
        return {"type": "failed", "reason": "refused"}

    async def _gone(self):
        """He has hung up, or Asterisk has taken him to the queue because we were too slow."""
        if self.row["session"]["ended"]:
            self.ivr.end(self.channel, self.row, self.row["session"]["ended"], [])
            return None
        if not self._hung_up and await self._is_there(up=True):
            self.ivr.end(self.channel, self.row, "fallback", [])
            return None
        return {"type": "hangup"}

    async def _is_there(self, up=False):
        try:
            found = await self.ari.request("GET", f"channels/{self.channel}")
        except (AriRefused, AriDown):
            return False
        return not up or found["state"] == "Up"

    async def _abandon(self):
        await self.ivr.let_go(self.channel, "seat-back" if self.row["seat"] else "fallback")
        self.ivr.end(self.channel, self.row, "fallback", [])

    async def renew(self):
        """A sign of life for Asterisk: the caller is being led."""
        if self._letting_go:
            return
        try:
            # not by ARI: that waits until what is playing has ended
            await self.ivr.ami.action(
                "Setvar",
                Channel=self.channel,
                Variable="TIMEOUT(absolute)",
                Value=self.patience,
            )
        except (AmiDown, AmiRefused, TimeoutError):
            # he has gone, or the next renewal does it
            pass

    # -------------------------------------------------------------------------------------------------------- events

    async def _wait(self, until=None):
        """The next event of the channel, None at ``until`` (the loop's time); Gone."""
        try:
            async with asyncio.timeout_at(until):
                event = await self.events.get()
        except TimeoutError:
            return None
        self._note(event)
        return event

    def _note(self, event):
        kind = event["type"]
        if kind == "ChannelHangupRequest":
            self._hung_up = True
        elif kind in ("StasisEnd", "ChannelDestroyed"):
            raise Gone
        elif kind == "PlaybackStarted" and event["playback"]["id"] == self._playing:
            if self._key_at is not None:
                self.ivr.metrics.key_seconds.observe(time.monotonic() - self._key_at)
                self._key_at = None
        elif kind == "PlaybackFinished" and event["playback"]["id"] == self._playing:
            self._playing = None
        elif kind == "ChannelDtmfReceived":
            self._key_at = time.monotonic()
            self._ahead += event["digit"]

    def _take_key(self):
        """The first key that was pressed and not taken yet."""
        while not self.events.empty():
            self._note(self.events.get_nowait())
        key, self._ahead = self._ahead[:1], self._ahead[1:]
        return key

    def _playback(self, number):
        return f"{self.channel}-{self.row['mark']}-{number}"

    async def _start(self, speech):
        """Begin to play; whether there is anything to play."""
        media = await self.ivr.library.media(speech)
        if not media:
            return False
        # our own id: no race between the answer and the event
        playback = self._playing = self._playback(self._plays)
        self._plays += 1
        await self.ari.request(
            "POST", f"channels/{self.channel}/play/{playback}", media=",".join(media)
        )
        return True

    def _stop(self):
        """End what is playing; what is played next waits for that in Asterisk, not here."""
        playback, self._playing = self._playing, None
        if playback:
            self.ivr.spawn(self._delete(playback))

    async def _delete(self, playback):
        try:
            await self.ari.gone("DELETE", f"playbacks/{playback}")
        except AriDown:
            pass

    async def _hear(self, barge=True):
        """Until the playback ends, or a key is pressed: that key."""
        limit = _now() + LONGEST_PLAY
        while self._playing:
            if barge and (key := self._take_key()):
                self._stop()
                return key
            if self._playing and await self._wait(limit) is None:
                self._stop()
        return ""

    # -------------------------------------------------------------------------------------------------- instructions

    async def _do_play(self, ins):
        barge = bool(ins.get("barge"))
        key = self._take_key() if barge else ""
        if not key and ins["speech"] and await self._start(ins["speech"]):
            key = await self._hear(barge)
        if not barge:
            # what must be heard is not typed over
            self._ahead = ""
        if key:
            return {"type": "digits", "digits": key, "ended": "full"}
        return {"type": "played"}

    async def _do_collect(self, ins):
        digits, ended = "", "timeout"
        key = self._take_key()
        if not key and ins["speech"] and await self._start(ins["speech"]):
            key = await self._hear()
        until = _now() + ins["timeout"]
        while True:
            if key:
                if key == ins["terminator"]:
                    ended = "terminator"
                    break
                digits += key
                if len(digits) >= ins["max"]:
                    ended = "full"
                    break
                until = _now() + ins["digit_timeout"]
            key = self._take_key()
            if not key and await self._wait(until) is None:
                break
        return {"type": "digits", "digits": digits, "ended": ended}

    async def _do_ask(self, ins):
        row = self.row
        question = {
            **{name: row[name] for name in ("linkedid", "hotline", "caller")},
            **{name: ins.get(name) for name in ("id", "language", "flow", "node", "name", "args")},
            "session": row["id"],
        }
        await self._saved_now()
        return await self._look_up(self.ivr.asks.ask(question, ins["timeout"]), ins)

    async def _do_http(self, ins):
        asking = self.ivr.lookup.get(ins["url"], ins["args"], ins["timeout"])
        event = await self._look_up(asking, ins)
        outcome = "ok" if event["type"] == "answer" else "failed"
        self.ivr.metrics.lookups.labels(outcome).inc()
        if event["type"] == "answer":
            return {"type": "answer", "exit": "ok", "values": event["values"]}
        return event

    async def _look_up(self, asking, ins):
        """Wait for an answer beside the channel's events: a caller who hangs up is not kept waiting for."""
        task = asyncio.ensure_future(asking)
        task.add_done_callback(lambda _: self.events.put_nowait({"type": "Answered"}))
        speaking = _now() + PROMPT_ANSWER if ins.get("speech") else None
        try:
            while not task.done() or self._playing:
                if await self._wait(None if task.done() else speaking) is None:
                    speaking = None
                    await self._start(ins["speech"])
                elif self._ahead and task.done():
                    self._stop()
            # keys pressed while waiting are no answer to what is said next
            self._ahead = ""
            answer = task.result()
        except Failed as error:
            return {"type": "failed", "reason": str(error)}
        finally:
            task.cancel()
        if ins["do"] == "http":
            return {"type": "answer", "values": answer}
        return {
            "type": "answer",
            "exit": answer["exit"],
            "values": answer.get("values") or {},
            "speech": answer.get("speech") or [],
        }

    async def _do_record(self, ins):
        name = f"vm-{self.channel.replace('/', '_')}-{self.row['mark']}"
        recordings = self.ivr.recordings
        if await self._begin_recording(name, ins):
            try:
                recording = await self._recorded(name, ins["max_seconds"] + 30)
            except Gone:
                await recordings.end_message(f"{name}.wav")
                raise
        else:
            # it ended during a break
            recording = {"duration": 1}
        self._ahead = ""
        # with a limit of silence Asterisk tells how much of it was voice
        seconds = recording.get("talking_duration", recording.get("duration")) or 0
        if seconds < 1:
            await recordings.drop_message(f"{name}.wav")
            seconds = 0
        else:
            await recordings.end_message(f"{name}.wav")
        if self._hung_up:
            # it has ended because he has
            raise Gone
        return {"type": "recorded", "name": f"{name}.wav", "seconds": seconds}

    async def _begin_recording(self, name, ins):
        """Whether it is going on; False when it has ended already, before a break."""
        if self._plays == 3:
            if await self._is_known(f"recordings/live/{name}"):
                return True
            if await self._is_known(f"recordings/stored/{name}"):
                return False
        if ins["speech"] and await self._start(ins["speech"]):
            await self._hear()
        about = {
            "linkedid": self.row["linkedid"],
            "uniqueid": self.channel,
            "session": self.row["id"],
            "kind": ins["kind"],
            "values": ins.get("values") or {},
        }
        # before it begins: what is being said when everything breaks down is found again
        await self._saved_now()
        await self.ivr.recordings.begin_message(f"{name}.wav", about)
        terminator = ins.get("terminator") or ""
        await self.ari.request(
            "POST",
            f"channels/{self.channel}/record",
            name=name,
            format="wav",
            maxDurationSeconds=ins["max_seconds"],
            maxSilenceSeconds=ins["silence_seconds"],
            beep="true",
            terminateOn=terminator if terminator in TERMINATORS else "none",
            ifExists="overwrite",
        )
        return True

    async def _is_known(self, path):
        try:
            await self.ari.request("GET", path)
        except AriRefused:
            return False
        return True

    async def _recorded(self, name, seconds):
        limit = _now() + seconds
        while True:
            event = await self._wait(limit)
            if event is None:
                return {}
            if (
                event["type"] in ("RecordingFinished", "RecordingFailed")
                and event["recording"]["name"] == name
            ):
                return event["recording"] if event["type"] == "RecordingFinished" else {}

    async def _do_transfer(self, ins):
        if self.row["seat"]:
            # the one who sent him decides what follows
            return await self._do_fallback(ins)
        kind, target = ins["kind"], ins["target"]
        if kind == "expert":
            kind = "seat" if EXTENSION.fullmatch(target) else "queue"
        target = target.removeprefix("queue:") if kind == "queue" else target
        pattern = {"queue": QUEUE, "seat": EXTENSION, "number": NUMBER}.get(kind)
        if pattern is None or not pattern.fullmatch(target):
            return {"type": "failed", "reason": "target"}
        if kind == "number" and not self.ivr.may_dial(target):
            _logger.warning("a flow wanted to dial a number that it may not ([ivr] numbers)")
            return {"type": "failed", "reason": "number"}
        go = [
            kind,
            target,
            str(ins["priority"] or ""),
            str(ins["seconds"] or ""),
            "1" if ins["after"] else "",
            self._language(),
        ]
        self.row["away"] = True
        # whoever comes back keys in his secrets again
        self.row["session"]["secrets"] = {}
        self._saved = self.ivr.keep(self.channel, self.row, [], True)
        await self._leave("go", go)
        return None

    async def _do_fallback(self, ins):
        await self._leave(
            "seat-back" if self.row["seat"] else "fallback", ["", "", "", "", "", self._language()]
        )
        self.ivr.end(self.channel, self.row, "fallback", [])
        return None

    async def _do_hangup(self, ins):
        if ins["speech"] and await self._start(ins["speech"]):
            await self._hear(barge=False)
        if self.row["seat"]:
            # the one who sent him waits for him
            return await self._do_fallback(ins)
        await self._saved_now()
        self._letting_go = True
        await self.ari.gone("DELETE", f"channels/{self.channel}", reason="normal")
        self.ivr.end(self.channel, self.row, "hangup", [])
        return None

    async def leave_for(self, extension, values):
        """Into the dialplan with these variables, to come back: the session waits."""
        self.row["away"] = True
        self.row["session"]["secrets"] = {}
        self._saved = self.ivr.keep(self.channel, self.row, [], True)
        for name, value in values.items():
            await self.ari.request(
                "POST", f"channels/{self.channel}/variable", variable=name, value=value
            )
        await self._leave(extension, [])

    async def _leave(self, extension, go):
        """On into the dialplan; from here on the caller is safe without us."""
        await self._saved_now()
        self._letting_go = True
        await self.ari.request(
            "POST",
            f"channels/{self.channel}/variable",
            variable="GB_GO",
            value="|".join(go),
        )
        # what comes from here on is for the next who watches
        self.ari.unwatch(self.channel)
        try:
            await self.ari.request(
                "POST",
                f"channels/{self.channel}/continue",
                context="gb-ivr",
                extension=extension,
                priority=1,
            )
        except (AriDown, AriRefused):
            self._letting_go = False
            self.events = self.ari.watch(self.channel)
            raise

    async def _do_callback(self, ins):
        await self._saved_now()
        told = await self.ivr.ask_callback(
            {
                "queue": ins["queue"],
                "number": ins["number"],
                "caller": self.row["caller"],
                "id": self.channel,
                "linked": self.row["linkedid"],
            }
        )
        return {"type": "done", "exit": told if told in ("ok", "known") else "failed"}

    async def _do_rate(self, ins):
        if ins["score"]:
            await self.ivr.tell(
                self.channel,
                self.row,
                "rating",
                self.row["steps"],
                type="RATING",
                score=ins["score"],
                kind=ins["kind"],
            )
        return {"type": "done", "exit": "next"}

    async def _do_fax_send(self, ins):
        return await self.ivr.faxes.lead(self, ins)

    _do_fax_receive = _do_fax_send

    # ------------------------------------------------------------------------------------------------------ small things

    async def _saved_now(self):
        """What has been decided is on disk before it is done: nothing is done twice.

        A full disk keeps no caller waiting: what is missing then is only needed when the connector dies, too.
        """
        if self._saved is not None:
            # waiting for it does not cancel it: it is written when there is room again
            _done, missing = await asyncio.wait({self._saved}, timeout=LONGEST_WRITE)
            if missing:
                _logger.warning("channel %s: led on, though the journal is behind", self.channel)
            self._saved = None

    def _language(self):
        language = str(self.row["session"]["variables"].get("language") or "")[:2]
        return language if LANGUAGE.fullmatch(language) else ""


def _now():
    return asyncio.get_running_loop().time()
