"""Flows and everything that callers hear of them, on the connector's disk: documents, recorded prompts, spoken texts, faxes.

A new version is used for new calls only after all of it is there and has been checked; calls that run keep theirs.

    documents/<digest>.json   audio/<sha256>.wav   faxes/<sha256>.tiff   speech/ (rendered here)
"""

import asyncio
import hashlib
import json
import logging
import os
import re
import struct
import time
from pathlib import Path

from ivr import tts, words

from .odoo import Unreachable

_logger = logging.getLogger(__name__)

LARGEST_AUDIO = 16 * 1024 * 1024
LARGEST_FAX = 32 * 1024 * 1024
LARGEST_SPEECH = 500  # characters said at once
# spoken texts with names, amounts and dates in them; those of the flows themselves are not counted
CACHE_BYTES = 200 * 1024 * 1024
KEEP_SECONDS = 7 * 86400
RENDERERS = 2
VOICE = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]{0,39}")


# a flow of ours: somebody speaks a prompt into his telephone
RECORD_PROMPT = "gb.record_prompt"
OWN = {
    RECORD_PROMPT: {
        "format": 1,
        "flow": RECORD_PROMPT,
        "version": 1,
        "language": "zh_CN",
        "start": "record",
        "nodes": {
            "record": {
                "op": "record",
                "kind": "prompt",
                "max_seconds": 300,
                "silence_seconds": 5,
                "terminator": "#",
                "values": {"prompt": "{prompt}"},
                "speech": [
                    {
                        "text": {
                            "zh_CN": "请在提示音后录音，按井号键结束。",
                            "en_US": "Please speak after the tone and press hash to finish.",
                        }
                    }
                ],
                "exits": {"ok": "thanks", "empty": "record"},
            },
            "thanks": {
                "op": "hangup",
                "speech": [{"text": {"zh_CN": "录音已保存。", "en_US": "It has been saved."}}],
            },
        },
    }
}


class Damaged(Exception):
    """Something that a flow needs is not there or not what it should be."""


def digest_of(document):
    """Name of a document: SHA-256 of its JSON in canonical form."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Library:
    """``documents``: flow → document, what new calls use; never changed, only replaced."""

    def __init__(self, journal, odoo, metrics, directory, engine=None):
        self.journal, self.odoo, self.metrics = journal, odoo, metrics
        self.directory = Path(directory).absolute()
        self.engine, self._engines = engine or {}, {}
        self.documents, self.digests = {}, {}
        self.voice = {}
        self.on_change = lambda: None
        # digests that running sessions use
        self.in_use = set
        self._version = ""
        self._wanted = asyncio.Event()
        self._config = None
        self._rendering = {}
        self._renderers = asyncio.Semaphore(RENDERERS)
        self._static = set()
        for name in ("documents", "audio", "faxes", "speech"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        self._restore()

    # ------------------------------------------------------------------------------------------------- what there is

    def have(self):
        """What is ready, as Odoo is told."""
        return {"flows": dict(self.digests), "version": self._version}

    def can_run(self, flow):
        """Whether new calls can use this flow now."""
        return flow in self.documents

    def of(self, digests):
        """The documents of a running session, by flow; those that are damaged or gone are missing."""
        found = dict(OWN)
        for flow, digest in digests.items():
            if self.digests.get(flow) == digest:
                found[flow] = self.documents[flow]
                continue
            try:
                found[flow] = self._read(flow, digest)
            except Damaged as error:
                _logger.error("flow %s of a running call: %s", flow, error)
        return found

    def _restore(self):
        """After a start: what was in use, as far as it is whole."""
        saved = json.loads(self.journal.meta("flows") or "{}")
        self.voice = saved.get("voice") or {}
        for flow, digest in saved.get("digests", {}).items():
            try:
                document = self._read(flow, digest)
                missing = [sha for sha in _audio_of(document) if not self._audio(sha).exists()]
                if missing:
                    raise Damaged(f"prompt {missing[0]} is missing")
            except Damaged as error:
                _logger.error("flow %s is not used: %s", flow, error)
                continue
            self.documents[flow], self.digests[flow] = document, digest
        self._version = saved.get("version", "") if self.documents else ""
        self._remember_static()
        self.metrics.ivr_flows.set(len(self.documents))

    def _read(self, flow, digest):
        try:
            text = (self.directory / "documents" / f"{digest}.json").read_text(encoding="utf-8")
            document = json.loads(text)
        except (OSError, ValueError) as error:
            raise Damaged(f"document {digest[:12]}: {type(error).__name__}") from error
        return _checked(flow, digest, document)

    # --------------------------------------------------------------------------------------------------- what comes new

    def want(self, config):
        """Odoo's configuration has come: fetch what is new in it, soon."""
        self._config = config
        self._wanted.set()

    async def run(self):
        """Fetch what is wanted, until cancelled; what fails is tried again."""
        delay = 1
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            complete = await self.take(self._config)
            await asyncio.to_thread(self._tidy)
            if complete:
                delay = 1
                continue
            try:
                await asyncio.wait_for(self._wanted.wait(), delay)
            except TimeoutError:
                self._wanted.set()
            delay = min(2 * delay, 60)

    async def take(self, config):
        """Make the flows of ``config`` ready and use them; whether all of them are."""
        wanted = config.get("flows")
        wanted = wanted if isinstance(wanted, dict) else {}
        voice = config.get("voice") if isinstance(config.get("voice"), dict) else {}
        ready, complete = {}, True
        for flow, digest in wanted.items():
            if self.digests.get(flow) == digest and voice == self.voice:
                ready[flow] = digest, self.documents[flow]
                continue
            try:
                ready[flow] = digest, await self._prepare(flow, str(digest), voice)
            except (Damaged, Unreachable, OSError) as error:
                complete = False
                _logger.error("flow %s stays as it is: %s", flow, error)
                if flow in self.documents:
                    ready[flow] = self.digests[flow], self.documents[flow]
        digests = {flow: digest for flow, (digest, _) in ready.items()}
        version = str(config.get("version", "")) if complete else self._version
        voice = voice if complete else self.voice
        if (digests, voice, version) != (self.digests, self.voice, self._version):
            saved = {"digests": digests, "voice": voice, "version": version}
            await self.journal.call(self.journal.set_meta, "flows", json.dumps(saved))
            changed = digests != self.digests
            self.documents = {flow: document for flow, (_, document) in ready.items()}
            self.digests, self.voice, self._version = digests, voice, version
            self._remember_static()
            self.metrics.ivr_flows.set(len(self.documents))
            if changed:
                _logger.info("flows in use: %s", {f: d[:12] for f, d in digests.items()})
                self.on_change()
        return complete

    async def _prepare(self, flow, digest, voice):
        try:
            document = self._read(flow, digest)
        except Damaged:
            document = await self._download(flow, digest)
        for sha in _audio_of(document):
            await self._fetch(f"/prompts/{sha}", sha, self._audio(sha), LARGEST_AUDIO, _is_wav)
        for sha in _faxes_of(document):
            path = self.directory / "faxes" / f"{sha}.tiff"
            await self._fetch(f"/documents/{sha}", sha, path, LARGEST_FAX, _is_tiff)
        for text, language in _static_texts(document):
            if await self._spoken(text, language, voice) is None:
                raise Damaged(f"a text in {language} cannot be spoken")
        return document

    async def _download(self, flow, digest):
        if not _is_sha(digest):
            raise Damaged("the digest is none")
        status, answer = await self.odoo.post(f"/flows/{digest}", b"{}", timeout=30)
        if status != 200 or not isinstance(answer, dict):
            raise Damaged(f"document {digest[:12]}: HTTP {status}")
        document = _checked(flow, digest, answer.get("document"))
        text = json.dumps(document, ensure_ascii=False)
        _write(self.directory / "documents" / f"{digest}.json", text.encode())
        return document

    async def _fetch(self, route, sha, path, most, is_right):
        if path.exists():
            return
        content = await self.odoo.fetch(route, most)
        if content is None or hashlib.sha256(content).hexdigest() != sha or not is_right(content):
            raise Damaged(f"{route[:24]} is missing, or not what its name says")
        await asyncio.to_thread(_write, path, content)

    def _audio(self, sha):
        return self.directory / "audio" / f"{sha}.wav"

    def fax(self, sha):
        """Path of a document that can be faxed, None when there is none of this name."""
        path = self.directory / "faxes" / f"{sha}.tiff"
        return path if _is_sha(sha) and path.exists() else None

    async def fetch_fax(self, sha):
        """Path of a document, fetched from Odoo when it is not here; Unreachable, or Damaged when Odoo does not have it."""
        if not _is_sha(sha):
            raise Damaged("the document's name is none")
        path = self.directory / "faxes" / f"{sha}.tiff"
        await self._fetch(f"/documents/{sha}", sha, path, LARGEST_FAX, _is_tiff)
        # in use: not tidied away now
        await asyncio.to_thread(os.utime, path)
        return path

    # ------------------------------------------------------------------------------------------------------------ speech

    async def media(self, speech):
        """What Asterisk is to play for a speech: ``["sound:/path", ...]``. What cannot be said is left out."""
        paths = []
        for part in speech or ():
            if part.get("audio"):
                path = self._audio(part["audio"])
                if not _is_sha(part["audio"]) or not path.exists():
                    _logger.error("prompt %s is missing", str(part["audio"])[:12])
                    continue
            else:
                text, language = str(part.get("say", ""))[:LARGEST_SPEECH], part.get("language")
                path = await self._spoken(text, language, self.voice)
                if path is None:
                    continue
            paths.append(f"sound:{path.with_suffix('')}")
        return paths

    async def _spoken(self, text, language, voice):
        """Path of a spoken text, rendered when it is not there; None when it cannot be."""
        text = " ".join(text.split())
        speech = self._speech(voice)
        path = speech.get_path(text, language)
        if path.exists():
            self.metrics.speech.labels("hit").inc()
            return path
        key = path.name
        if key not in self._rendering:
            task = asyncio.ensure_future(self._render(speech, text, language))
            self._rendering[key] = task
            task.add_done_callback(lambda _: self._rendering.pop(key, None))
        return await asyncio.shield(self._rendering[key])

    def _speech(self, voice):
        """The engine is this host's business (a program that is run here); only its voices are Odoo's."""
        key = json.dumps(voice, sort_keys=True)
        if key not in self._engines:
            voices = voice.get("voices")
            told = {
                language: name
                for language, name in (voices.items() if isinstance(voices, dict) else ())
                if isinstance(name, str) and VOICE.fullmatch(name)
            }
            settings = {**self.engine, "voices": {**self.engine.get("voices", {}), **told}}
            self._engines[key] = tts.Speech(self.directory / "speech", tts.get_engine(settings))
        return self._engines[key]

    async def _render(self, speech, text, language):
        async with self._renderers:
            began = time.monotonic()
            try:
                path = await asyncio.to_thread(speech.make, text, language)
            except Exception as error:  # whatever an adapter raises; the text may hold a name
                _logger.error("a text in %s was not spoken: %s", language, type(error).__name__)
                self.metrics.speech.labels("failed").inc()
                return None
            self.metrics.speech.labels("rendered").inc()
            self.metrics.speech_seconds.observe(time.monotonic() - began)
            return path

    # -------------------------------------------------------------------------------------------------------- tidying up

    def _remember_static(self):
        self._static = {
            self._speech(self.voice).get_path(" ".join(text.split()), language).name
            for document in self.documents.values()
            for text, language in _static_texts(document)
        }

    def _tidy(self):
        """Keep the cache of spoken texts in its bounds, and forget versions that nobody uses any more."""
        found = []
        for path in (self.directory / "speech").rglob("*.wav"):
            if path.name not in self._static:
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        found.sort(reverse=True)
        total = 0
        for _at, size, path in found:
            total += size
            if total > CACHE_BYTES:
                path.unlink(missing_ok=True)
        self.metrics.speech_bytes.set(min(total, CACHE_BYTES))
        used = {f"{digest}.json" for digest in {*self.digests.values(), *self.in_use()}}
        for document in self.documents.values():
            used |= {f"{sha}.wav" for sha in _audio_of(document)}
            used |= {f"{sha}.tiff" for sha in _faxes_of(document)}
        limit = time.time() - KEEP_SECONDS
        for name in ("documents", "audio", "faxes"):
            for entry in os.scandir(self.directory / name):
                if entry.name not in used and entry.stat().st_mtime < limit:
                    Path(entry.path).unlink(missing_ok=True)


# What is in a document


def _checked(flow, digest, document):
    if not isinstance(document, dict) or digest_of(document) != digest:
        raise Damaged(f"document {digest[:12]} is not what its digest says")
    nodes = document.get("nodes")
    if (
        document.get("format") != 1
        or document.get("flow") != flow
        or not isinstance(nodes, dict)
        or document.get("start") not in nodes
    ):
        raise Damaged(f"document {digest[:12]} is no flow that is understood here")
    return document


def _parts(value):
    """Parts of all speeches, wherever they are in a node."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and (
                isinstance(item.get("text"), dict) or isinstance(item.get("audio"), dict)
            ):
                yield item
    if isinstance(value, dict):
        for item in value.values():
            yield from _parts(item)


def _audio_of(document):
    return {
        sha
        for part in _parts(document["nodes"])
        for sha in (part.get("audio") or {}).values()
        if isinstance(sha, str) and _is_sha(sha)
    }


def _faxes_of(document):
    return {
        node["document"]
        for node in document["nodes"].values()
        if isinstance(node, dict)
        and node.get("op") == "fax_send"
        and _is_sha(str(node.get("document", "")))
    }


def _static_texts(document):
    """Texts without anything to be filled in, as the interpreter says them."""
    return {
        (said, language)
        for part in _parts(document["nodes"])
        for language, text in (part.get("text") or {}).items()
        if isinstance(text, str)
        and not words.placeholders(text)
        and (said := words.fill(text, {}, language).strip()[:LARGEST_SPEECH])
    }


def _is_sha(text):
    return isinstance(text, str) and len(text) == 64 and not set(text) - set("0123456789abcdef")


def _is_wav(content):
    """8 kHz, 16 bit, mono: what Asterisk plays without converting."""
    if len(content) < 44 or content[:4] != b"RIFF" or content[8:16] != b"WAVEfmt ":
        return False
    return struct.unpack_from("<HHI", content, 20) == (1, 1, 8000) and (
        struct.unpack_from("<H", content, 34)[0] == 16
    )


def _is_tiff(content):
    return content[:4] in (b"II*\0", b"MM\0*")


def _write(path, content):
    """All or nothing, whatever happens meanwhile."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    with open(draft, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
