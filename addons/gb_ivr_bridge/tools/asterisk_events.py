"""What Asterisk's own words mean: CEL, queue_log and the connector's notes as facts. No ORM."""

import re

from odoo.addons.gb_callcenter.tools.call_facts import Fact

MAX_EXTENSION = 4  # digits; longer ones are outside numbers
SEAT_CONTEXT = "gb-agent"
TRUNK_CONTEXT = "gb-inbound"
SEAT_CHANNEL = re.compile(r"PJSIP/(\d{2,10})(?:-[0-9a-f]+(?:;\d)?)?$")
OUTSIDE_DIAL = re.compile(r"PJSIP/(\+?\d+)@")
SEAT_DIAL = re.compile(r"PJSIP/(\d{2,10})(?:[,&/]|$)")
CONSULT_CONTEXT = "gb-consult"
# a supervisor who listens, a fax that is being sent: no calls of a customer's
NO_CALLS = ("spy-", "fax-")
# a number that is rung before there is an agent for it
PLACED = "dial-"
QUEUE_EXITS = {
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timeout",
    "EXITEMPTY": "empty",
    "EXITWITHKEY": "key",
    "CONNECT": "connected",
    "COMPLETEAGENT": "agent",
    "COMPLETECALLER": "caller",
    "BLINDTRANSFER": "transfer",
    "ATTENDEDTRANSFER": "transfer",
}
# reason under which the connector lifts after-call work by itself
WRAP_UP_OVER = "wrap-up over"
SHA256 = re.compile(r"[0-9a-f]{64}")
NOTES = {
    "IVR_END": "end",
    "VOICEMAIL": "voicemail",
    "FAX_IN": "fax",
    "FAX_OUT": "fax",
    "CALLBACK": "callback",
    "RATING": "rating",
    "BLOCKED": "blocked",
    "LIMIT": "limit",
}
# steps that callers do not notice
QUIET_TYPES = {"set", "branch", "hours", "language", "jump"}
DEVICE_STATES = {"idle", "ringing", "in_use", "unreachable", "unknown"}


def read_event(source, at, data):
    """Facts of one event of docs/architecture.md, "Events"; most of CEL's own carry none.

    :raise ValueError, KeyError: when the event is malformed
    """
    try:
        reader = _READERS[source]
    except KeyError:
        raise ValueError(f"source {source} is not known") from None
    return list(reader(at, data))


def _read_cel(at, data):
    handler = _CEL.get(data["type"])
    linked, channel = data["linkedid"], data["uniqueid"]
    if not linked or not channel:
        raise ValueError("linkedid and uniqueid are needed")
    if linked.startswith(NO_CALLS):
        return
    if handler:
        yield from handler(at, linked, channel, data)


def _get_extra(data):
    extra = data.get("extra")
    return extra if isinstance(extra, dict) else {}


def _read_chan_start(at, linked, channel, data):
    info = {"role": "other"}
    seat = SEAT_CHANNEL.match(data["channel"])
    if data["context"] == SEAT_CONTEXT and seat:
        info = {"role": "seat", "extension": seat[1]}
    elif data["context"] == CONSULT_CONTEXT:
        info = {"role": "other", "consult": True}
    elif data["context"] == TRUNK_CONTEXT:
        info = {"role": "outside", "number": data["cid_num"], "dialled": data["exten"]}
        if linked != channel:  # dialled by us: the number is in the Dial that made it
            info = {"role": "outside"}
        elif linked.startswith(PLACED):  # the number comes with DIAL
            info = {"role": "outside", "placed": True}
    yield Fact("start", at, linked, channel, info)


def _read_answer(at, linked, channel, data):
    yield Fact("answer", at, linked, channel, {})


def _read_hangup(at, linked, channel, data):
    extra = _get_extra(data)
    source = extra.get("hangupsource") or ""
    by = "" if not source else "self" if source == data["channel"] else "other"
    yield Fact(
        "hangup", at, linked, channel, {"cause": int(extra.get("hangupcause") or 0), "by": by}
    )
    seat = SEAT_CHANNEL.match(data["channel"])
    if seat and linked == channel and data["app"] == "AppDial2" and data["cid_num"] != seat[1]:
        # originated for a seat: its caller id is the number that the agent wanted
        outside = len(data["cid_num"]) > MAX_EXTENSION
        yield Fact(
            "dial",
            at,
            linked,
            channel,
            {"number": data["cid_num"], "outside": outside, "wanted": True},
        )


def _read_app_start(at, linked, channel, data):
    if data["app"] == "Queue":
        queue = data["appdata"].split(",")[0]
        if queue:
            yield Fact("queue", at, linked, channel, {"queue": queue, "exact": True})
    elif data["app"] == "Dial":
        if outside := OUTSIDE_DIAL.match(data["appdata"]):
            yield Fact("dial", at, linked, channel, {"number": outside[1], "outside": True})
        elif seat := SEAT_DIAL.match(data["appdata"]):
            yield Fact("dial", at, linked, channel, {"number": seat[1]})


def _read_transfer(at, linked, channel, data):
    kind = "blind" if data["type"] == "BLINDTRANSFER" else "attended"
    target = str(_get_extra(data).get("extension") or "").replace("queue_", "queue:", 1)
    yield Fact("transfer", at, linked, channel, {"transfer_kind": kind, "target": target})


def _read_user_event(at, linked, channel, data):
    name = data["userdef"]
    if name in ("GB_HOLD", "GB_UNHOLD"):
        yield Fact(name[3:].lower(), at, linked, channel, {})
    elif name == "GB_CALLBACK":
        # it waits in the queue for a customer who will be rung: who he is matters before
        number = str(_get_extra(data).get("extra", ""))
        if number:
            yield Fact(
                "dial", at, linked, channel, {"number": number, "outside": True, "wanted": True}
            )
    elif name == "GB_TRACK":
        yield Fact("track", at, linked, channel, {"label": str(_get_extra(data).get("extra", ""))})


def _read_linked_end(at, linked, channel, data):
    yield Fact("over", at, linked, "", {})


_CEL = {
    "CHAN_START": _read_chan_start,
    "ANSWER": _read_answer,
    "HANGUP": _read_hangup,
    "APP_START": _read_app_start,
    "BLINDTRANSFER": _read_transfer,
    "ATTENDEDTRANSFER": _read_transfer,
    "USER_DEFINED": _read_user_event,
    "LINKEDID_END": _read_linked_end,
}


def _read_queue_log(at, data):
    kind, call = data["type"], data["callid"]
    seat = SEAT_CHANNEL.match(data["agent"] or "")
    if kind == "UNPAUSE" and seat and WRAP_UP_OVER in data["args"]:
        yield Fact("unpaused", at, "", "", {"extension": seat[1]})
    elif kind == "ENTERQUEUE":
        yield Fact("queue", at, call, call, {"queue": data["queue"], "exact": False})
    elif kind == "RINGNOANSWER" and seat:
        yield Fact("ring_over", at, call, call, {"extension": seat[1]})
    elif kind in QUEUE_EXITS:
        info = {"reason": QUEUE_EXITS[kind], "queue": data["queue"]}
        if seat:
            info["extension"] = seat[1]
        yield Fact("unqueue", at, call, call, info)


def _read_ami(at, data):
    if data["type"] == "DeviceState":
        if data["state"] not in DEVICE_STATES:
            raise ValueError(f"device state {data['state']} is not known")
        yield Fact("device", at, "", "", {"extension": data["extension"], "state": data["state"]})
    elif data["type"] == "SeatHangup":
        yield Fact("seat_hangup", at, data["linkedid"], data["uniqueid"], {})
    elif data["type"] == "Consult":
        yield Fact("consult", at, data["linkedid"], data["uniqueid"], {"phase": data["phase"]})
    elif data["type"] in ("Hold", "Unhold"):
        yield Fact(data["type"].lower(), at, data["linkedid"], data["uniqueid"], {})


def _read_recording(at, data):
    info = {
        "name": str(data["name"])[:120],
        "sha256": data["sha256"],
        "size": int(data["size"]),
        "duration": float(data["duration"]),
    }
    if not SHA256.fullmatch(info["sha256"]):
        raise ValueError("sha256: 64 hex digits are expected")
    yield Fact("recording", at, data["linkedid"], data["uniqueid"], info)


def _read_ivr(at, data):
    """What happened in a flow (docs/architecture.md, "Events of source ivr")."""
    linked, channel = data["linkedid"], data.get("uniqueid") or data["linkedid"]
    if data["type"] == "IVR_STEP":
        yield Fact("track", at, linked, channel, _read_step(at, data))
        return
    try:
        kind = NOTES[data["type"]]
    except KeyError:
        raise ValueError(f"{data['type']} is not known") from None
    info = {key: value for key, value in data.items() if key not in ("linkedid", "uniqueid", "at")}
    # its own kind tells a rating of a call from one of a work order, a voicemail from a prompt
    info.update(kind=kind, about=str(data.get("kind") or ""), type=data["type"])
    if kind == "end" and not data.get("session"):
        raise ValueError("session is needed")
    if kind == "voicemail":
        if not SHA256.fullmatch(data["sha256"]):
            raise ValueError("sha256: 64 hex digits are expected")
        values = data.get("values")
        info.update(
            name=str(data["name"])[:120],
            size=int(data["size"]),
            duration=float(data["duration"]),
            values=values if isinstance(values, dict) else {},
        )
    if kind == "fax":
        info.update(_read_fax(data))
        if not linked:  # sent by itself, in no call
            yield Fact("fax", at, "", "", info)
            return
    yield Fact("note", at, linked, channel, info)


def _read_fax(data):
    sha256, values = data.get("sha256") or "", data.get("values")
    if not data.get("reference"):
        raise ValueError("reference is needed")
    if sha256 and not SHA256.fullmatch(sha256):
        raise ValueError("sha256: 64 hex digits are expected")
    return {
        "reference": str(data["reference"])[:64],
        "sha256": sha256,
        "ok": data.get("ok") is True,
        "pages": int(data.get("pages") or 0),
        "values": values if isinstance(values, dict) else {},
    }


def _read_step(at, data):
    entry = data["entry"]
    begin, left = float(entry["at"]), float(entry.get("left") or at)
    return {
        "session": str(data["session"]),
        "n": int(data["n"]),
        "at": begin,
        "left": max(begin, left),
        "label": str(entry.get("label") or entry["node"])[:120],
        "quiet": entry.get("type") in QUIET_TYPES,
        "version": int(entry.get("version") or 0),
        **{
            name: str(entry.get(name) or "")[:120]
            for name in ("flow", "node", "type", "input", "exit")
        },
    }


def _read_connector(at, data):
    if data["type"] == "PBX_UP":
        yield Fact("pbx_up", at, "", "", {})
    elif data["type"] == "DISK_ALARM":
        message = f"{data['path']}: {data['free_mb']} MB free"
        yield Fact("alarm", at, "", "", {"message": message[:200]})
    elif data["type"] == "DIAL":
        linked = str(data.get("linkedid") or "")
        info = {"reference": data["reference"], "state": data["state"], "linkedid": linked}
        if not all(isinstance(value, str) and value for value in info.values()):
            raise ValueError("reference, state and linkedid are needed")
        yield Fact("dialled", at, "", "", info)
        if number := str(data.get("number") or ""):
            yield Fact("dial", at, linked, linked, {"number": number, "outside": True})


_READERS = {
    "cel": _read_cel,
    "queue_log": _read_queue_log,
    "ami": _read_ami,
    "recording": _read_recording,
    "connector": _read_connector,
    "ivr": _read_ivr,
}
