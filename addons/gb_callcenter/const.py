"""Names shared by models, views and adapters."""

import re

PBX_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
EXTENSION = re.compile(r"\d{2,10}")

SEAT_STATES = [
    ("signed_out", "Signed out"),
    ("ready", "Ready"),
    ("ringing", "Ringing"),
    ("on_call", "On call"),
    ("wrap_up", "After-call work"),
    ("paused", "Paused"),
]

# what an agent's own action may do; calls themselves come from the PBX and are never refused
SEAT_TRANSITIONS = {
    "signed_out": {"ready", "paused"},
    "ready": {"paused", "signed_out"},
    "ringing": set(),
    "on_call": set(),
    "wrap_up": {"ready", "paused", "signed_out"},
    "paused": {"ready", "paused", "signed_out"},
}

DEVICE_STATES = [
    ("unknown", "Unknown"),
    ("idle", "Idle"),
    ("ringing", "Ringing"),
    ("in_use", "In use"),
    ("unreachable", "Unreachable"),
]

CALL_DIRECTIONS = [
    ("inbound", "Inbound"),
    ("outbound", "Outbound"),
    ("internal", "Internal"),
]

CALL_STATES = [
    ("ivr", "In the menu"),
    ("queued", "Waiting"),
    ("ringing", "Ringing"),
    ("talking", "Talking"),
    ("ended", "Ended"),
]

CALL_RESULTS = [
    ("answered", "Answered"),
    ("abandoned", "Abandoned in queue"),
    ("ivr_only", "Ended in the menu"),
    ("not_served", "Nobody available"),
    ("refused", "Turned away"),
    ("no_answer", "No answer"),
    ("busy", "Busy"),
    ("failed", "Failed"),
]

LOST_REASONS = [
    ("waiting", "Gave up while waiting"),
    ("ringing", "Gave up while it rang"),
    ("no_answer", "Agents did not answer"),
    ("refused", "Agents refused"),
    ("timeout", "Waited too long"),
    ("empty", "No agent signed in"),
    ("key", "Left the queue by key"),
    ("limit", "Hotline was full"),
    ("blocked", "Black list"),
]

LEG_RESULTS = [
    ("answered", "Answered"),
    ("no_answer", "No answer"),
    ("refused", "Rejected"),
    ("gave_up", "Caller gave up"),
    ("elsewhere", "Answered elsewhere"),
    ("failed", "Failed"),
]

NUMBER_STATES = [
    ("known", "Known"),
    ("ambiguous", "Several customers"),
    ("unknown", "Unknown"),
    ("withheld", "Withheld"),
    ("invalid", "Not a valid number"),
]

SEAT_BUS_TYPE = "gb_callcenter.seat"
BOARD_BUS_TYPE = "gb_callcenter.board"
