"""Many callers at once: SIPp for their signalling, one socket for everybody's sound and keys. A process of its own.

    callers.py PBX HOTLINE CALLS RATE KEY_AT FOLDER

Each waits ``KEY_AT`` seconds from the first sound that he hears, presses 1, and notes when the answer's sound begins. What he hears is
known by its loudness: ``MENU`` and ``ANSWER`` are square waves. Prints one JSON object.
"""

import contextlib
import csv
import heapq
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
import wave
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import sipp

IP = "127.0.0.2"
MENU, ANSWER = 4000, 16000
KEY = 1
SILENT_PACKETS, KEY_PACKETS = 5, 6
# seconds that a caller waits until he is hung up on, counted from the key; whoever has heard nothing then has failed
PATIENCE = 10


def write_sound(path, loudness, seconds):
    """A WAV file that ``Callers`` know again."""
    half = struct.pack("<40h", *[loudness] * 40) + struct.pack("<40h", *[-loudness] * 40)
    with contextlib.closing(wave.open(str(path), "wb")) as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(half * round(seconds * 100))


def _bytes_of(loudness):
    return {sipp._ulaw(loudness), sipp._ulaw(-loudness)}


class Callers:
    """Their sound. Who speaks is known by the PBX's address and the stream's name (SSRC)."""

    def __init__(self, key_at):
        self.key_at = key_at
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        self.socket.bind((IP, 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.menu, self.answer = _bytes_of(MENU), _bytes_of(ANSWER)
        self.calls, self.plan = {}, []
        self.waits = []

    def listen(self, seconds):
        """Take in what comes, press what is due, for at most so long."""
        if self.plan:
            seconds = max(0.0, min(seconds, self.plan[0][0] - time.monotonic()))
        if select.select([self.socket], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                for _ in range(500):
                    self._heard(*self.socket.recvfrom(2000))
        now = time.monotonic()
        while self.plan and self.plan[0][0] <= now:
            self._send(*heapq.heappop(self.plan)[1:])

    def _heard(self, packet, peer):
        # PCMU only: what keeps the way open in silence is something else
        if packet[1] & 127 or len(packet) < 100:
            return
        name, now = (peer, packet[8:12]), time.monotonic()
        call = self.calls.get(name)
        if call is None:
            call = self.calls[name] = {"pressed": None, "answered": False}
            first = now + self.key_at - 0.02 * SILENT_PACKETS
            for number in range(SILENT_PACKETS + KEY_PACKETS):
                heapq.heappush(self.plan, (first + 0.02 * number, name, number))
        elif call["pressed"] and not call["answered"] and packet[-1] in self.answer:
            call["answered"] = True
            self.waits.append(now - call["pressed"])

    def _send(self, name, number):
        call, pressing = self.calls[name], number - SILENT_PACKETS
        stamp = 160 * (number if pressing < 0 else SILENT_PACKETS)
        if pressing < 0:
            kind, body = 0, b"\xff" * 160
        else:
            # the end is told three times; Asterisk counts from the first
            end = pressing >= KEY_PACKETS - 3
            if end and not call["pressed"]:
                call["pressed"] = time.monotonic()
            kind = 96 if pressing else 96 | 0x80
            length = 160 * min(pressing + 1, KEY_PACKETS - 2)
            body = struct.pack("!BBH", KEY, 10 | (0x80 if end else 0), length)
        self.socket.sendto(struct.pack("!BBHII", 0x80, kind, number, stamp, 0x6762) + body, name[0])


def _figures(values):
    """Milliseconds."""
    values = sorted(values)
    if not values:
        return None
    at = {"p50": 0.5, "p95": 0.95, "max": 1}
    return {
        name: round(1000 * values[min(len(values) - 1, int(len(values) * part))], 1)
        for name, part in at.items()
    }


def main(pbx, hotline, calls, rate, key_at, folder):
    """Ring ``calls`` times, ``rate`` a second."""
    callers = Callers(float(key_at))
    steps = sipp._steps(str(round(1000 * (float(key_at) + PATIENCE))))
    scenario = sipp._scenario(
        "caller.xml", STEPS=steps, FROM="<sip:13800000001@[local_ip]:[local_port]>"
    )
    process = subprocess.Popen(
        ["sipp", pbx, "-sf", scenario, "-i", IP, "-p", str(sipp.free_port(IP)), "-m", calls, "-r", rate, "-l", "5000",
         "-key", "ext", hotline, "-key", "clid", "13800000001", "-key", "sound_port", str(callers.port), "-nostdin",
         "-mi", IP, "-mp", str(sipp.sound_port(IP)), "-recv_timeout", "20000", "-buff_size", "4000000",
         "-timeout", f"{int(calls) / float(rate) + 60:.0f}s", "-trace_stat", "-stf", "stat.csv", "-fd", "1",
         "-trace_rtt", "-rtt_freq", "1"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None:
        callers.listen(0.1)
    with open(Path(folder, "stat.csv")) as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    rtt = [
        float(row["response_time_ms"]) / 1000
        for path in Path(folder).glob("*_rtt.csv")
        for row in csv.DictReader(open(path), delimiter=";")
    ]
    used = os.times()
    print(
        json.dumps(
            {
                "calls": int(calls),
                "answered": len(callers.waits),
                "failed": max(int(rows[-1]["FailedCall(C)"]), int(calls) - len(callers.waits)),
                "peak": max(int(row["CurrentCall"]) for row in rows),
                "repeated": int(rows[-1]["Retransmissions(C)"]),
                "answer_ms": _figures(rtt),
                "key_ms": _figures(callers.waits),
                "own_cpu": round(sum(used[:4]), 2),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
