"""Reads a log file line by line through rotation, truncation and restarts.

A position is ``{"inode", "head", "offset"}``: ``head`` is the hash of the file's first line. Inodes alone do not name a file:
they are used again as soon as a rotated file is deleted.
"""

import contextlib
import glob
import hashlib
import os
from dataclasses import dataclass

CHUNK = 256 * 1024
# a line that is longer than this is none of Asterisk's
LONGEST = 64 * 1024


@dataclass(frozen=True)
class Line:
    """One complete line and the name that it has for ever: the file's fingerprint and the offset in it."""

    fingerprint: str
    offset: int
    text: str


class Tail:
    """Follows ``path``. ``read()`` gives lines and the position behind them; nothing moves until ``moved_to`` is called with it.

    ``time_of(text)`` gives the time of a line (float) or raises ValueError: it orders rotated files when a restart has to
    find the ones that came after the one that was being read.
    """

    def __init__(self, path, time_of, position=None, from_end=False):
        self.path = os.fspath(path)
        self.time_of = time_of
        self.lost = 0
        self._file = None
        self._identity = None
        self._seen = None
        # after a restart the file may have gone some generations back
        self._behind = False
        self.position = position or {"inode": None, "head": None, "offset": 0}
        if position:
            self._find()
        elif from_end:
            self._begin_at_end()

    # -------------------------------------------------------------------------------------------------------- cheap look

    def changed(self, rotation=True):
        """Whether ``read()`` may find something, without reading. ``rotation=False``: one system call, sees growth only."""
        if self._behind:
            return True
        if self._file and _stamp(os.fstat(self._file.fileno())) != self._seen:
            return True
        if not rotation:
            return False
        try:
            there = os.stat(self.path)
        except OSError:
            return False
        return there.st_size > 0 and (there.st_dev, there.st_ino) != self._identity

    # ------------------------------------------------------------------------------------------------------------ reading

    def read(self):
        """``(lines, position)``: what has been written since, at most one chunk. No lines: nothing to read now."""
        while True:
            if self._file is None and not self._open_next():
                return [], self.position
            # the order matters: only when the next file had something *before* we saw the end of this one is this one finished
            successor = self._successor()
            lines, position = self._read_on()
            if not lines and not successor:
                self._behind = False
            if lines or not successor:
                return lines, position
            tail = self._rest(position)
            if tail:
                return tail
            self._finished()

    def moved_to(self, position):
        """What ``read`` gave is in the journal."""
        self.position = position

    def _read_on(self):
        here = self.position
        stat = os.fstat(self._file.fileno())
        if stat.st_size < here["offset"] or not self._same_head():
            self._truncated()
            return ([], self.position) if self._file is None else self._read_on()
        data = os.pread(self._file.fileno(), CHUNK, here["offset"])
        self._seen = _stamp(stat) if here["offset"] + len(data) >= stat.st_size else None
        end = data.rfind(b"\n") + 1
        if not end and len(data) > LONGEST:
            end = len(data)
        if not end:
            return [], here
        return self._cut(data[:end], end)

    def _cut(self, data, length):
        here = dict(self.position)
        if here["head"] is None:
            here["head"] = _hash(data.split(b"\n", 1)[0])
        name = f"{here['inode']}:{here['head']}"
        lines, offset = [], here["offset"]
        for raw in data.split(b"\n"):
            text = _text(raw)
            if text:
                lines.append(Line(name, offset, text))
            offset += len(raw) + 1
        here["offset"] += length
        if lines:
            with contextlib.suppress(ValueError):
                here["time"] = self.time_of(lines[-1].text)
        return lines, here

    def _rest(self, position):
        """The last line of a file that nobody writes any more, when it lacks its end."""
        data = os.pread(self._file.fileno(), LONGEST, position["offset"])
        if not data:
            return None
        return self._cut(data, len(data))

    def _same_head(self):
        head = self.position["head"]
        return head is None or head == _head(self._file.fileno())

    def _truncated(self):
        """Truncated in place (copytruncate): what we had not read yet is in the copy, when there is one."""
        self._close()
        if self.position["head"] is not None:
            self._find()

    # ------------------------------------------------------------------------------------------------- which file is next

    def _successor(self):
        """Whether a later file has its first line; without that it has no name yet."""
        try:
            with open(self.path, "rb") as file:
                there = os.fstat(file.fileno())
                if (there.st_dev, there.st_ino) != self._identity:
                    if _first_line(file.fileno()) is not None:
                        return True
        except OSError:
            pass
        return self._behind and bool(self._newer(self._family()))

    def _finished(self):
        """Go to the file that was made after this one: not always the current one."""
        newer = self._newer(self._family())
        self._close()
        self._open_next(newer[0] if newer else self.path)

    def _newer(self, files):
        """Paths of the files that began after the one of ``self.position``, oldest first."""
        mine = [f for f in files if f[2] == self.position["head"]]
        since = min(f[4] for f in mine) if mine else (self.position.get("time", 0), 0)
        later = [f for f in files if f[2] != self.position["head"] and f[4] >= since]
        return [f[0] for f in sorted(later, key=lambda f: f[4])]

    def _open_next(self, path=None):
        if not self._open(path or self.path):
            return False
        self.position = {"inode": self._identity[1], "head": None, "offset": 0}
        return True

    def _open(self, path):
        try:
            # kept open: a rename must not take it away
            self._file = open(path, "rb")
        except OSError:
            return False
        stat = os.fstat(self._file.fileno())
        self._identity, self._seen = (stat.st_dev, stat.st_ino), None
        return True

    def _close(self):
        if self._file:
            self._file.close()
        self._file = self._identity = None

    def close(self):
        """Release the file."""
        self._close()

    def _begin_at_end(self):
        if self._open_next():
            fd = self._file.fileno()
            head = _head(fd)
            if head:
                size = os.fstat(fd).st_size
                end = size - len(os.pread(fd, LONGEST, max(0, size - LONGEST)).rpartition(b"\n")[2])
                self.position = {**self.position, "head": head, "offset": end}

    def _find(self):
        """Open the file of ``self.position`` again, wherever it has gone, and line up the ones that were made after it."""
        self._close()
        want, files = self.position, self._family()
        same = [f for f in files if f[2] == want["head"] and f[3] >= want["offset"]]
        # a copy (copytruncate) has the head but another inode
        same.sort(key=lambda f: f[1] != want["inode"])
        if want["head"] is None:
            self.position = {"inode": None, "head": None, "offset": 0}
            return
        if same:
            self._behind = same[0][0] != self.path
            self._open(same[0][0])
            return
        self.lost += 1
        newer = self._newer(files)
        self._behind = True
        self.position = {"inode": None, "head": None, "offset": 0}
        if newer:
            self._open_next(newer[0])

    def _family(self):
        """``[(path, inode, head, size, (time of the first line, time of the last change))]``: the file and its rotated copies."""
        found = []
        for path in {self.path, *glob.glob(glob.escape(self.path) + "[.-]*")}:
            try:
                with open(path, "rb") as file:
                    stat, first = os.fstat(file.fileno()), _first_line(file.fileno())
            except OSError:
                continue
            if first is None:
                continue
            try:
                at = self.time_of(_text(first))
            except ValueError:
                at = stat.st_mtime
            found.append((path, stat.st_ino, _hash(first), stat.st_size, (at, stat.st_mtime)))
        return found


def _stamp(stat):
    # the time as well: a file may be truncated and grow to the same size between two looks
    return stat.st_size, stat.st_mtime_ns


def _text(raw):
    # PostgreSQL's text takes no NUL; a power cut may leave blocks of them
    return raw.rstrip(b"\r\n").replace(b"\0", b"").decode("utf-8", "backslashreplace")


def _first_line(fd):
    data = os.pread(fd, LONGEST, 0)
    line, newline, _ = data.partition(b"\n")
    return line if newline or len(data) == LONGEST else None


def _hash(first):
    return hashlib.sha256(first).hexdigest()[:16]


def _head(fd):
    first = _first_line(fd)
    return first and _hash(first)
