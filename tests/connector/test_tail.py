"""Every line once, in order, whatever is done to the file."""

import os
import shutil

import pytest
from connector.tail import Tail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def number(text):
    return float(text.split("|")[0])


class Log:
    """A log file whose lines are ``<time>|x``, its rotation, and a reader that may be restarted from its saved position."""

    def __init__(self, folder):
        self.path = folder / "queue_log"
        self.written, self.got = [], []
        self.rotated = 0
        self.partial = b""
        self.saved = None
        self.tail = Tail(self.path, number)

    def write(self, data):
        with open(self.path, "ab", buffering=0) as file:
            file.write(data)

    def line(self):
        text = f"{len(self.written) + 1}|{'x' * (len(self.written) % 7)}"
        self.finish()
        self.write(text.encode() + b"\n")
        self.written.append(text)

    def half_line(self):
        if self.partial:
            return
        self.partial = f"{len(self.written) + 1}|half".encode()
        self.write(self.partial[:2])

    def finish(self):
        """The writer never leaves a line behind when it goes to the next file."""
        if self.partial:
            self.write(self.partial[2:] + b"\n")
            self.written.append(self.partial.decode())
            self.partial = b""

    def rotate(self):
        self.finish()
        if self.path.exists():
            self.rotated += 1
            self.path.rename(f"{self.path}.{self.rotated}")

    def copytruncate(self):
        self.finish()
        if self.path.exists():
            self.rotated += 1
            shutil.copy2(self.path, f"{self.path}.{self.rotated}")
            os.truncate(self.path, 0)

    def read(self):
        while self.tail.changed():
            lines, position = self.tail.read()
            self.tail.moved_to(position)
            if not lines:
                break
            self.got += [(line.fingerprint, line.offset, line.text) for line in lines]
            self.saved = position

    def read_without_saving(self):
        """The connector dies between reading and committing."""
        self.tail.read()
        self.restart()

    def restart(self):
        self.tail.close()
        self.tail = Tail(self.path, number, self.saved)


STEPS = ["line", "half_line", "rotate", "copytruncate", "read", "read_without_saving", "restart"]


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=40))
def test_any_sequence_gives_every_line_once_and_in_order(tmp_path_factory, steps):
    log = Log(tmp_path_factory.mktemp("log"))
    for step in steps:
        # a file is read to its end at least once before the one after it is made (a first start reads no rotated files)
        if step in ("rotate", "copytruncate") and log.saved is None:
            log.finish()
            log.read()
        getattr(log, step)()
    log.line()
    log.read()
    log.read()
    assert [text for _, _, text in log.got] == log.written
    assert len(set(log.got)) == len(log.got)
    log.tail.close()


def test_several_rotations_while_the_connector_was_away(tmp_path):
    log = Log(tmp_path)
    log.line()
    log.read()
    log.tail.close()
    for _ in range(3):
        log.line()
        log.line()
        log.rotate()
    log.line()
    log.restart()
    log.read()
    assert [text for _, _, text in log.got] == log.written


def test_a_successor_made_early_by_logrotate_does_not_hide_late_lines(tmp_path):
    log = Log(tmp_path)
    log.line()
    log.read()
    old = open(log.path, "ab", buffering=0)
    log.path.rename(f"{log.path}.1")
    log.path.touch()
    log.read()
    old.write(b"2|late\n")
    old.close()
    log.write(b"3|new\n")
    log.read()
    assert [text for _, _, text in log.got][-2:] == ["2|late", "3|new"]


def test_an_inode_used_again_is_another_file(tmp_path):
    log = Log(tmp_path)
    log.line()
    log.read()
    log.restart()
    log.path.unlink()
    log.write(b"7|a much longer first line\n")
    log.restart()
    log.read()
    assert log.got[-1][2] == "7|a much longer first line"
    assert log.tail.lost == 1
    assert log.got[0][0] != log.got[-1][0]


def test_truncated_and_grown_beyond_the_old_offset_between_two_looks(tmp_path):
    log = Log(tmp_path)
    log.line()
    log.read()
    shutil.copy2(log.path, f"{log.path}.1")
    os.truncate(log.path, 0)
    log.write(b"2|longer than before\n3|and more\n")
    log.read()
    log.read()
    assert [text for _, _, text in log.got][-2:] == ["2|longer than before", "3|and more"]


def test_what_is_not_utf8_or_has_nul_is_still_a_line(tmp_path):
    log = Log(tmp_path)
    log.write(b"1|\xff\xfe\n2|a\0b\n")
    log.read()
    assert [text for _, _, text in log.got] == ["1|\\xff\\xfe", "2|ab"]


def test_a_last_line_without_end_is_read_when_the_file_is_finished(tmp_path):
    log = Log(tmp_path)
    log.line()
    log.write(b"2|cut by a pow")
    log.read()
    assert len(log.got) == 1
    log.path.rename(f"{log.path}.1")
    log.write(b"3|next\n")
    log.read()
    log.read()
    assert [text for _, _, text in log.got][1:] == ["2|cut by a pow", "3|next"]


@pytest.mark.parametrize("partial", [b"", b"9|unfin"])
def test_from_the_end_only_what_comes_later(tmp_path, partial):
    log = Log(tmp_path)
    log.line()
    log.write(partial)
    log.tail = Tail(log.path, number, from_end=True)
    log.write(b"ished\n" if partial else b"2|new\n")
    log.read()
    assert [text for _, _, text in log.got] == ["9|unfinished" if partial else "2|new"]
