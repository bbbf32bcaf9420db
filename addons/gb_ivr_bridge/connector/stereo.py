"""Recordings in which each party has a channel of its own: Asterisk writes two files, Odoo gets one with two channels.

``<unique id>-c.wav`` is the customer, ``<unique id>-a.wav`` everybody else; left and right of ``<unique id>.wav``.
"""

import os
import struct
import wave
from array import array

PARTIES = ("c", "a")
BLOCK = 1 << 16


def parts_of(path):
    """Where the parties of the recording ``path`` are."""
    return [path.with_name(f"{path.stem}-{party}.wav") for party in PARTIES]


def whole_of(path):
    """The recording that the file ``path`` is a part of; itself when it is none."""
    stem, dash, party = path.stem.rpartition("-")
    return path.with_name(f"{stem}.wav") if dash and party in PARTIES else path


def join(path, is_late):
    """Make ``path`` of its parts. False while they are being written; ``is_late``: nobody writes any more.

    Without parts there is nothing to do.
    """
    parts = [part for part in parts_of(path) if part.exists()]
    if not parts:
        return True
    if not is_late and (len(parts) < 2 or not all(map(_is_closed, parts))):
        return False
    sounds = [_Samples(part) for part in parts_of(path)]
    target = path.with_suffix(".part")
    try:
        with wave.open(str(target), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(8000)
            while True:
                left, right = (sound.read() for sound in sounds)
                length = max(len(left), len(right))
                if not length:
                    break
                both = array("h", bytes(4 * length))
                both[0 : 2 * len(left) : 2] = left
                both[1 : 2 * len(right) : 2] = right
                out.writeframesraw(both.tobytes())
    finally:
        for sound in sounds:
            sound.close()
    with open(target, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(target, path)
    for part in parts:
        part.unlink()
    return True


def _is_closed(path):
    """Whether the header tells the file's length: written when it is closed."""
    try:
        with open(path, "rb") as file:
            header = file.read(8)
    except OSError:
        return False
    return (
        len(header) == 8 and struct.unpack_from("<I", header, 4)[0] == path.stat().st_size - 8 > 36
    )


class _Samples:
    """16-bit samples of a WAV file, whatever its header says of lengths; none when there is no file."""

    def __init__(self, path):
        try:
            self.file = open(path, "rb")
            self.file.seek(44)
        except OSError:
            self.file = None

    def read(self):
        """Some more; empty at the end."""
        block = self.file.read(BLOCK) if self.file else b""
        samples = array("h")
        samples.frombytes(block[: len(block) // 2 * 2])
        return samples

    def close(self):
        """Done."""
        if self.file:
            self.file.close()
