"""Asterisk's files → journal. Lines, position and everything that follows from them are one transaction."""

import logging
import time

from .journal import Event
from .lines import PARSERS, event_id
from .tail import Tail

_logger = logging.getLogger(__name__)


class Ingest:
    """Reads ``files`` (source → path) for the PBX named ``pbx``.

    ``notes``: functions ``(db, event)`` that are run for every new event within the same transaction.
    """

    def __init__(self, journal, pbx, files, notes=(), from_end=False):
        self.journal, self.pbx, self.notes = journal, pbx, notes
        self.malformed = 0
        self.tails = {
            source: Tail(
                path,
                lambda text, parse=PARSERS[source]: parse(text)[0],
                journal.position(source),
                from_end,
            )
            for source, path in files.items()
        }

    def changed(self, rotation):
        """Cheap: whether ``round`` may find something (as ``Tail.changed``)."""
        return any(tail.changed(rotation) for tail in self.tails.values())

    def round(self):
        """Read once from every file (in the journal's thread). Returns the events that were new."""
        read = {source: tail.read() for source, tail in self.tails.items()}
        fresh = []
        with self.journal.transaction() as db:
            for source, (lines, position) in read.items():
                for line in lines:
                    for event in self._events(source, line):
                        if self.journal.insert([event]):
                            fresh.append(event)
                            for note in self.notes:
                                note(db, event)
                if lines:
                    self.journal.set_position(source, position)
        for source, (_lines, position) in read.items():
            self.tails[source].moved_to(position)
        return fresh

    def close(self):
        """Release the files."""
        for tail in self.tails.values():
            tail.close()

    def _events(self, source, line):
        key = event_id(self.pbx, source, line.fingerprint, line.offset, line.text)
        try:
            at, data = PARSERS[source](line.text)
        except (ValueError, OverflowError) as error:
            # Odoo refuses it and shows it in its dead-letter list: nobody else would ever look
            self.malformed += 1
            _logger.warning("%s at %s: %s", source, line.offset, error)
            yield Event(key, source, time.time(), {"type": "MALFORMED", "line": line.text[:2000]})
            return
        yield Event(key, source, at, data)
        if source == "queue_log" and data["type"] == "QUEUESTART":
            yield Event(event_id(key, "PBX_UP"), "connector", at, {"type": "PBX_UP"})
