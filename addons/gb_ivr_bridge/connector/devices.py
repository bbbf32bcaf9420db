"""State of the seats' phones, and hold/unhold pressed on a phone: live news for the screen, as events of source ``ami``."""

import re
import time
import uuid

from .journal import Event
from .lines import event_id

STATES = {
    "NOT_INUSE": "idle",
    "INUSE": "in_use",
    "BUSY": "in_use",
    "ONHOLD": "in_use",
    "RINGING": "ringing",
    "RINGINUSE": "ringing",
    "UNAVAILABLE": "unreachable",
    "INVALID": "unreachable",
}
_DEVICE = re.compile(r"PJSIP/([0-9]{2,8})")


class Devices:
    """``emit(events)`` puts events into the journal and must not wait."""

    def __init__(self, pbx, emit):
        self.pbx, self.emit = pbx, emit
        self.states = {}

    def on_event(self, name, fields):
        """One AMI event."""
        if name == "DeviceStateChange":
            self._device(fields)
        elif name in ("Hold", "Unhold"):
            data = {
                "type": name,
                "uniqueid": fields.get("Uniqueid", ""),
                "linkedid": fields.get("Linkedid", ""),
                "channel": fields.get("Channel", ""),
            }
            self._emit(data)

    def _device(self, fields):
        match = _DEVICE.fullmatch(fields.get("Device", ""))
        if not match:
            return
        state = STATES.get(fields.get("State"), "unknown")
        if self.states.get(match[1]) != state:
            self.states[match[1]] = state
            self._emit({"type": "DeviceState", "extension": match[1], "state": state})

    async def snapshot(self, ami):
        """All states, once after each connect: what changed while nobody listened."""
        seen = set()
        for row in await ami.listing("DeviceStateList"):
            match = _DEVICE.fullmatch(row.get("Device", ""))
            if match:
                seen.add(match[1])
                self._device(row)
        for extension in self.states.keys() - seen:
            self._device({"Device": f"PJSIP/{extension}", "State": "UNKNOWN"})

    def hung_up(self, extension, channel):
        """The seat's agent has ended ``channel`` on his screen: the PBX's files do not say who did."""
        self._emit(_about("SeatHangup", extension, channel))

    def consultation(self, phase, extension, channel, **more):
        """A seat consults somebody (begin), or has ended it: complete, cancel, conference, swap."""
        self._emit({**_about("Consult", extension, channel), "phase": phase, **more})
        if phase == "conference":
            # Asterisk tells of the hold at the beginning, and of its end only when the seat comes back alone
            self._emit(_about("Unhold", extension, channel))

    def recording(self, on, extension, channel):
        """The seat's agent has stopped recording, or goes on."""
        self._emit(_about("RecordOn" if on else "RecordOff", extension, channel))

    def _emit(self, data):
        # live news has no place in a file that could name it
        self.emit([Event(event_id(self.pbx, "ami", uuid.uuid4()), "ami", time.time(), data)])


def _about(kind, extension, channel):
    return {
        "type": kind,
        "extension": extension,
        "uniqueid": channel.get("Uniqueid", ""),
        "linkedid": channel.get("Linkedid", ""),
        "channel": channel["Channel"],
    }
