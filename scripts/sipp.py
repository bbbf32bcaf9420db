#!/usr/bin/env python3
"""Real SIP ends on sipp (Debian: sip-tester): phones of seats, customers, the carrier's side. For tests and the demo.

    sipp.py register PBX SEAT SECRET PHONE_IP:PORT
    sipp.py phone PBX IP:PORT [ANSWER_MS [TALK_MS]]
    sipp.py call PBX HOTLINE CALLER "STEPS"

STEPS, words: a number = wait so many ms, ``stay`` = until the PBX hangs up, ``dtmf:12#``. PBX is ip:port.
"""

import contextlib
import hashlib
import itertools
import math
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SCENARIOS = Path(__file__).resolve().parent.parent / "tests/sipp"
_contacts = itertools.count(os.getpid() % 200)


def free_port(ip="127.0.0.1", kind=socket.SOCK_DGRAM):
    """A port that is free now. (``sipp -p 0`` would mean 5060.)"""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((ip, 0))
        return probe.getsockname()[1]


def sound_port(ip):
    """An even port that is free now, with the next even one: sipp takes both, for sound and for pictures."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        ):
            one.bind((ip, 0))
            port = one.getsockname()[1]
            if port % 2 == 0 and port < 65000:
                with contextlib.suppress(OSError):
                    other.bind((ip, port + 2))
                    return port


def _ulaw(sample):
    """One 16-bit sample as G.711 u-law."""
    sign = 0x80 if sample < 0 else 0
    value = min(abs(sample), 32635) + 132
    exponent = value.bit_length() - 8
    return ~(sign | exponent << 4 | value >> exponent + 3 & 15) & 255


def _tone(pitch):
    """A second of a tone of ``pitch`` Hz, G.711."""
    return bytes(_ulaw(int(8000 * math.sin(2 * math.pi * pitch * i / 8000))) for i in range(8000))


PITCH = 440
TONE = _tone(PITCH)


# ms that somebody waits at the most who waits for the other one to hang up
STAY = 1800000
# sipp's exit code when it could not take a port
NO_PORT = 254
KEYS = "0123456789*#"
KEY_PACKETS, GAP_PACKETS = 6, 5


class Voice(threading.Thread):
    """The customer's voice: a 440 Hz tone to where the PBX's sound comes from, until ``process`` has ended; and his keys.

    sipp itself sends sound only as root (raw sockets), and keys from a port that the PBX does not listen to.
    ``keys``: ``[(seconds after the PBX has begun to speak, digits)]``; ``press()`` at any time.
    """

    def __init__(self, ip, keys=(), pitch=PITCH):
        super().__init__(daemon=True)
        self.tone = TONE if pitch == PITCH else _tone(pitch)
        self.keys, self._pressed = list(keys), queue.SimpleQueue()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.port = self.socket.getsockname()[1]
        self.process = None

    def run(self):
        """Until the process ends."""
        with self.socket:
            self.socket.settimeout(0.5)
            peer = None
            while peer is None and self.process.poll() is None:
                with contextlib.suppress(TimeoutError):
                    peer = self.socket.recvfrom(2000)[1]
            self.socket.setblocking(False)
            began, waiting, spoken = time.monotonic(), [], None
            for n in itertools.count():
                if self.process.poll() is not None:
                    return
                if spoken is None and self._is_spoken_to():
                    spoken = n
                while self.keys and spoken is not None and self.keys[0][0] <= 0.02 * (n - spoken):
                    self.press(self.keys.pop(0)[1])
                while not waiting and not self._pressed.empty():
                    waiting = list(self._packets(self._pressed.get(), n))
                kind, marker, stamp, sound = waiting.pop(0) if waiting else (0, 0, n, None)
                if sound is None:
                    start = 160 * n % 8000
                    sound = self.tone[start : start + 160]
                stamp = 160 * stamp & 0xFFFFFFFF
                head = struct.pack("!BBHII", 0x80, kind | marker, n & 0xFFFF, stamp, 0x6762)
                self.socket.sendto(head + sound, peer)
                time.sleep(max(0, began + 0.02 * (n + 1) - time.monotonic()))

    def _is_spoken_to(self):
        """Whether sound has come, not only packets that keep the way open."""
        with contextlib.suppress(BlockingIOError):
            while True:
                if self.socket.recv(2000)[1] & 127 == 0:
                    return True
        return False

    def press(self, digits):
        """Press keys, one after the other (telephone events, RFC 4733)."""
        self._pressed.put(digits)

    @staticmethod
    def _packets(digits, n):
        for digit in digits:
            for number in range(KEY_PACKETS):
                # the end is told three times
                end = 0x80 if number >= KEY_PACKETS - 3 else 0
                length = 160 * min(number + 1, KEY_PACKETS - 2)
                event = struct.pack("!BBH", KEYS.index(digit), end | 10, length)
                yield 96, 0 if number else 0x80, n, event
            n += KEY_PACKETS + GAP_PACKETS
            for number in range(GAP_PACKETS):
                yield 0, 0, n - GAP_PACKETS + number, None


def _steps(words):
    made, labels = [], itertools.count(100)
    for word in words.split():
        if word == "stay":
            word = str(STAY)
        if word.isdigit():
            label = next(labels)
            made.append(
                f'<recv request="BYE" timeout="{word}" ontimeout="{label}" next="9"/>'
                f'<label id="{label}"/>'
            )
        elif word.startswith("dtmf:"):
            # pressed by Voice
            continue
        else:
            raise ValueError(word)
    return "\n".join(made)


def _keys(words):
    """``[(seconds, digits)]`` of the steps."""
    seconds, found = 0, []
    for word in words.split():
        if word.startswith("dtmf:"):
            found.append((seconds, word[5:]))
        elif word != "stay":
            seconds += int(word) / 1000
    return found


def _scenario(name, **values):
    text = (SCENARIOS / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    # one file for each text: not a new one for every call
    folder = Path(tempfile.gettempdir()) / f"gb-sipp-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.xml"
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        draft.write_text(text)
        draft.replace(path)
    return path


def _run(pbx, arguments, **popen):
    # exit 0: all calls went as written; 1: one did not; 97: time-out
    command = ["sipp", pbx, *map(str, arguments), "-nostdin"]
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        **popen,
    )


def _start(pbx, ip, port, arguments):
    """Run sipp on ``port`` (or a free one), and once more when another program has taken one of its ports meanwhile."""
    for _attempt in range(5):
        sip, sound = port or free_port(ip), sound_port(ip)
        process = _run(pbx, ["-i", ip, "-p", sip, "-mi", ip, "-mp", sound, *arguments])
        if all(_listens(f"{ip}:{number}", process) for number in (sip, sound, sound + 2)):
            return process
        process.kill()
        process.wait()
    raise RuntimeError(f"sipp does not start at {ip}:{port or ''}")


def register(pbx, seat, secret, contact, expires=3600, timeout=60):
    """Register ``seat`` for the phone at ``contact`` (ip:port). RuntimeError when the PBX does not take it."""
    ip = contact.split(":")[0]
    arguments = [
        "-sf", SCENARIOS / "register.xml", "-m", 1, "-au", seat, "-ap", secret, "-timeout", f"{timeout}s", "-timeout_error",
        "-key", "user", seat, "-key", "contact", contact, "-key", "expires", expires,
    ]  # fmt: skip
    for _attempt in range(3):
        # it may be over before anybody has seen its ports
        code = _run(
            pbx, ["-i", ip, "-p", free_port(ip), "-mi", ip, "-mp", sound_port(ip), *arguments]
        ).wait()
        if code != NO_PORT:
            break
    if code:
        raise RuntimeError(f"seat {seat} could not register at {pbx}")


def phone(pbx, address, answer=500, talk=3600000, steps="", reject=None, calls=None, voice=False):
    """A phone (or the carrier's far end) on ``address`` = ip:port; returns its process, to be terminated by the caller.

    It rings, answers after ``answer`` ms, hangs up after ``talk`` ms; ``reject`` (a SIP code such as 486) refuses
    instead; a phone that never answers has an ``answer`` longer than the PBX rings it. It echoes what it hears, or with
    ``voice`` (True, or the pitch in Hz) speaks itself (one call at a time).
    """
    ip, port = address.split(":")
    speaker = Voice(ip, pitch=PITCH if voice is True else voice) if voice else None
    if reject:
        reason = {486: "Busy Here", 603: "Decline", 404: "Not Found"}.get(reject, "Refused")
        scenario = _scenario("reject.xml", ANSWER=answer, CODE=reject, REASON=reason)
    else:
        sound = speaker.port if speaker else "[media_port]"
        values = {"ANSWER": answer, "TALK": talk, "STEPS": _steps(steps), "PORT": sound}
        scenario = _scenario("phone.xml", **values)
    limit = ["-m", calls] if calls else []
    process = _start(pbx, ip, port, ["-sf", scenario, "-rtp_echo", *limit])
    if speaker:
        speaker.process = process
        speaker.start()
    return process


def customers(pbx, address, answer=300, talk=60000, leave=700, voice=False):
    """The carrier's side of numbers that we dial, on ``address`` = ip:port: what a customer does is said by his number's last digit
    (tests/sipp/customers.xml). With ``voice`` the one who is called speaks without a pause, as a machine."""
    ip, port = address.split(":")
    speaker = Voice(ip) if voice else None
    sound = speaker.port if speaker else "[media_port]"
    scenario = _scenario("customers.xml", ANSWER=answer, TALK=talk, LEAVE=leave, PORT=sound)
    process = _start(pbx, ip, port, ["-sf", scenario, "-rtp_echo"])
    if speaker:
        speaker.process = process
        speaker.start()
    return process


def call(
    pbx,
    hotline,
    steps="8000",
    caller="13800000001",
    ip="127.0.0.2",
    port=None,
    timeout=STAY // 1000,
):
    """A customer rings ``hotline``; returns his process (exit 0 = went as written). ``caller=None``: number withheld.

    Its ``voice.press("12#")`` presses keys.
    """
    if caller is None:
        caller, sender = "anonymous", '"Anonymous" <sip:anonymous@anonymous.invalid>'
    else:
        sender = f"<sip:{caller}@[local_ip]:[local_port]>"
    voice = Voice(ip, _keys(steps))
    voice.process = _start(
        pbx, ip, port,
        ["-sf", _scenario("caller.xml", STEPS=_steps(steps), FROM=sender), "-m", 1, "-key", "ext", hotline, "-key", "clid", caller,
         "-key", "sound_port", voice.port, "-timeout", f"{timeout}s", "-timeout_error"],
    )  # fmt: skip
    voice.process.voice = voice
    voice.start()
    return voice.process


def _listens(address, process, timeout=10):
    """Whether ``process`` has taken its UDP port before it ended; waits for either."""
    ip, port = address.split(":")
    # as the kernel writes it; trying to bind the port would take it away from the phone
    entry = "".join(f"{int(part):02X}" for part in reversed(ip.split("."))) + f":{int(port):04X}"
    end = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < end:
        if entry in Path("/proc/net/udp").read_text():
            return True
        time.sleep(0.02)
    return False


class Seats:
    """Phones of several seats that are ended together.

    ``with Seats("127.0.0.1:5270", secrets) as seats: seats.add("1001", answer=300)``
    """

    def __init__(self, pbx, secrets):
        self.pbx, self.secrets = pbx, secrets
        self.addresses, self.processes = {}, {}

    def add(self, seat, register_it=True, **how):
        """Start (or replace) the phone of ``seat``; ``how`` as for ``phone``."""
        self.remove(seat)
        address = self.addresses.get(seat)
        if not address:
            ip = f"127.0.0.{20 + next(_contacts) % 200}"
            address = self.addresses[seat] = f"{ip}:{free_port(ip)}"
        self.processes[seat] = phone(self.pbx, address, **how)
        if register_it:
            register(self.pbx, seat, self.secrets[seat], address)
        return self.processes[seat]

    def remove(self, seat):
        """End the phone; its registration stays, as when a phone loses power."""
        process = self.processes.pop(seat, None)
        if process:
            process.kill()
            process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for seat in list(self.processes):
            self.remove(seat)


def main(action, pbx, *rest):
    """The command line."""
    if action == "register":
        register(pbx, *rest)
    elif action == "phone":
        address, *times = rest
        process = phone(pbx, address, **dict(zip(("answer", "talk"), times, strict=False)))
        signal.signal(signal.SIGTERM, lambda *_: process.kill())
        sys.exit(process.wait())
    elif action == "call":
        hotline, caller, steps = rest
        sys.exit(call(pbx, hotline, steps, caller or None).wait())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
