"""From a line of Asterisk's files to an event of the contract (docs/architecture.md, "Events")."""

import csv
import hashlib
import json

# The columns that config/asterisk/cel_custom.conf writes, in its order.
COLUMNS = (
    "type", "at", "channel", "uniqueid", "linkedid", "context", "exten",
    "cid_num", "cid_name", "app", "appdata", "peer", "userdef", "extra",
)  # fmt: skip


def event_id(*parts):
    """Identity of a fact: the same parts give the same 64 hex digits."""
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def parse_cel(line):
    """``(at, data)`` of one CEL line; ValueError when it is not one of ours."""
    rows = list(csv.reader([line], strict=True))
    if len(rows) != 1 or len(rows[0]) != len(COLUMNS):
        raise ValueError("not a CEL line")
    data = dict(zip(COLUMNS, rows[0], strict=True))
    at = _seconds(data.pop("at"))
    if not data["type"] or not data["uniqueid"]:
        raise ValueError("a CEL line without type or channel")
    if data["userdef"]:
        # Asterisk 22.10 writes the user's own name as the type, versions before wrote USER_DEFINED
        data["type"] = "USER_DEFINED"
    try:
        extra = json.loads(data["extra"]) if data["extra"] else {}
    except ValueError:
        extra = None
    if isinstance(extra, dict):
        data["extra"] = extra
    return at, data


def parse_queue_log(line):
    """``(at, data)`` of one line of queue_log; ValueError when it is not one."""
    when, *fields = line.split("|")
    if len(fields) < 4 or not fields[3]:
        raise ValueError("not a line of queue_log")
    callid, queue, agent, kind, *args = fields
    while args and not args[-1]:
        args.pop()
    data = {"type": kind, "callid": callid, "queue": queue, "agent": agent, "args": args}
    return _seconds(when), data


def _seconds(text):
    at = float(text)
    if not 0 < at < 1e11:
        raise ValueError("no time")
    return at


PARSERS = {"cel": parse_cel, "queue_log": parse_queue_log}
