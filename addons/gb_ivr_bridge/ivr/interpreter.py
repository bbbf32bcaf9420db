"""Runs a flow: from what has happened to what is to be done next. No I/O, no clock, no state but the session.

    session = new_session(call)
    session, instruction, track = step(documents, session, event)

The session is a plain JSON value, the arguments are never changed, and nothing is ever raised: whatever is wrong with a document,
an answer or an event, the caller reaches somebody (``fallback``). Secret digits are in ``session["secrets"]`` and nowhere else, for
as long as an operation that needs them can still be reached.
"""

import copy
import datetime
import math
from urllib.parse import quote

from . import words
from .document import reads, writes
from .hours import is_open

LIMIT = 200  # operations without anything from the caller
MASK = "****"
# an answer's usual time, and the most that a flow may give it
ASK_SECONDS, MOST_ASK_SECONDS = 10, 30
LONGEST = 2000  # characters of a value that somebody else has given
# of a session's values, where new_session() does not tell
KINDS = {"at": (int, float), "wait": (dict, type(None)), "step": (dict, type(None))}


def new_session(call):
    """The session of a call ``{"id", "hotline", "caller", "at"}``; a plain JSON value, kept by who runs it."""
    call = call if isinstance(call, dict) else {}
    return {
        "id": words.text(call.get("id")),
        "at": call.get("at") if _is_number(call.get("at")) else 0,
        "variables": {
            "hotline": words.text(call.get("hotline")),
            "caller": words.text(call.get("caller")),
        },
        "secrets": {},
        "flow": "",
        "node": "",
        "wait": None,  # {"instruction", …} until the event that answers it
        "keys": "",  # pressed before they were asked for
        "stray": "",  # a terminator that may still come after the last digit that was taken
        "asked": 0,
        "count": 0,
        "step": None,  # the entry of the track that is still open
        "ended": "",  # hangup, transfer, fallback, caller
    }


def step(documents, session, event):
    """What follows on an event: ``(session, instruction or None, track)``."""
    run = _Run(documents, event)
    try:
        run.take_session(session)
        run.take_event()
        run.forget()
    except _Fallback as reason:
        run.fall_back(*reason.args)
    except Exception as error:  # a caller must always reach somebody
        # the kind of error only: its text might have what the caller has typed
        run.fall_back("damaged", type(error).__name__)
    return run.session, run.instruction, run.track


class _Fallback(Exception):
    """Nothing in the document can be done next."""


class _Run:
    """One step."""

    def __init__(self, documents, event):
        self.documents = documents if isinstance(documents, dict) else {}
        self.event = event if isinstance(event, dict) else {}
        self.session = new_session({})
        self.instruction = None
        self.track = []
        self.target = None  # of the next operation, while there is one to do
        self.year = 0  # dates of this year are said without it

    def take_session(self, session):
        for key, known in self.session.items():
            if not isinstance(session.get(key, known), KINDS.get(key, type(known))):
                raise TypeError
        self.session.update(copy.deepcopy(session))
        if _is_number(self.event.get("at")):
            self.session["at"] = self.event["at"]

    # Events

    def take_event(self):
        session, kind = self.session, self.event.get("type")
        if session["ended"]:
            return
        if kind == "hangup":
            wait = session["wait"]
            in_transfer = bool(wait) and wait["instruction"]["do"] == "transfer"
            self.end("transfer" if in_transfer else "caller")
            return
        self.set_now()
        if kind == "start":
            self.start()
        elif session["wait"]:
            wait = session["wait"]
            take = getattr(self, f"_after_{wait['instruction']['do']}")
            if take(kind, wait, wait["instruction"]) is False:
                # not an answer to what was asked: ask again, but not for ever
                self.count()
                self.instruction = copy.deepcopy(wait["instruction"])
        else:
            raise _Fallback("not_started")
        self.run()

    def set_now(self):
        moment = datetime.datetime.fromtimestamp(self.session["at"], datetime.timezone.utc)
        self.year = moment.year
        self.session["variables"]["now"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def start(self):
        session, event = self.session, self.event
        session["wait"] = None
        given = event.get("variables")
        for name, value in given.items() if isinstance(given, dict) else ():
            self.assign(name, _plain(value))
        node = event.get("node")
        self.jump(words.text(event.get("flow")), node if isinstance(node, str) else "")

    def run(self):
        """Do operations until there is something to do outside, or the end."""
        while self.target is not None:
            target, self.target = self.target, None
            self.enter(target)

    def enter(self, name):
        session = self.session
        node = self.document["nodes"].get(name)
        if not isinstance(node, dict):
            raise _Fallback("unknown_node", name)
        self.count()
        self.open_step(name, node)
        session["node"] = name
        do = getattr(self, f"_do_{node.get('op')}", None)
        if do is None:
            raise _Fallback("unknown_operation", words.text(node.get("op")))
        do(node)

    def count(self):
        self.session["count"] += 1
        if self.session["count"] > LIMIT:
            raise _Fallback("endless")

    # Places

    @property
    def document(self):
        document = self.documents.get(self.session["flow"])
        if not isinstance(document, dict) or not isinstance(document.get("nodes"), dict):
            raise _Fallback("unknown_flow", self.session["flow"])
        return document

    @property
    def node(self):
        node = self.document["nodes"].get(self.session["node"])
        if not isinstance(node, dict):
            raise _Fallback("unknown_node", self.session["node"])
        return node

    @property
    def language(self):
        return words.text(self.session["variables"].get("language"))

    def jump(self, flow, node=""):
        """On to a flow's start, or a node of it."""
        session = self.session
        session["flow"] = flow
        session["secrets"] = {}
        document = self.document
        for name, value in (document.get("variables") or {}).items():
            if name not in session["variables"]:
                self.assign(name, _plain(value))
        if not session["variables"].get("language"):
            session["variables"]["language"] = words.text(document.get("language"))
        self.target = node or words.text(document.get("start"))

    def leave(self, *exits):
        """Go on by the first of the exits that leads anywhere; to the fallback otherwise."""
        session = self.session
        session["wait"] = None
        ways = self.node.get("exits")
        ways = ways if isinstance(ways, dict) else {}
        key = next((key for key in exits if ways.get(key)), exits[0])
        if session["step"]:
            names = self.node.get("leaves")
            named = names.get(key) if isinstance(names, dict) else None
            session["step"]["exit"] = words.text(named) or key
        target = ways.get(key)
        if not target or not isinstance(target, str):
            raise _Fallback("exit", key)
        if target.startswith("flow:"):
            self.close_step()
            self.jump(target.removeprefix("flow:"))
        else:
            self.target = target

    # Ends

    def end(self, reason):
        self.close_step()
        self.session.update(ended=reason, wait=None, keys="", stray="", secrets={})
        self.target = None

    def fall_back(self, reason, detail=""):
        """The caller reaches the queue of his hotline, whatever has happened."""
        if self.event.get("type") == "hangup":
            self.end("caller")
            return
        # not by instruct(): that may be what has failed
        where = {name: words.text(self.session[name]) for name in ("flow", "node")}
        self.end("fallback")
        self.instruction = {"do": "fallback", **where, "reason": reason, "detail": detail}

    # Track

    def open_step(self, name, node):
        """A new entry unless the operation belongs to the node that the caller is at."""
        session = self.session
        base = name.partition(".")[0]
        entry = session["step"]
        if entry and entry["node"] == base and entry["flow"] == session["flow"] and base != name:
            return
        self.close_step()
        session["step"] = {
            "flow": session["flow"],
            "version": _plain(self.document.get("version")),
            "node": base,
            "type": words.text(node.get("type") or node.get("op")),
            "label": words.text(node.get("label") or base),
            "input": "",
            "exit": "",
            "at": session["at"],
        }

    def close_step(self):
        entry = self.session["step"]
        if entry:
            self.track.append({**entry, "left": self.session["at"]})
            self.session["step"] = None

    def note_input(self, digits, masked):
        entry = self.session["step"]
        if entry and digits:
            said = MASK if masked else digits
            entry["input"] = f"{entry['input']} {said}".strip()

    # Variables

    def assign(self, name, value, secret=False):
        variables, secrets = self.session["variables"], self.session["secrets"]
        variables.pop(name, None)
        secrets.pop(name, None)
        (secrets if secret else variables)[name] = value

    def fill(self, value, language=None):
        """A text with its placeholders filled in. Secrets stay silent: it is said, logged or kept."""
        return words.fill(
            words.text(value),
            self.session["variables"],
            language or self.language,
            self.year,
        )

    def evaluate(self, value):
        """``(value, secret)`` of a literal or a text with placeholders; one placeholder alone keeps its kind."""
        if not isinstance(value, str):
            return _plain(value), False
        values = {**self.session["variables"], **self.session["secrets"]}
        names = words.placeholders(value)
        secret = any(name in self.session["secrets"] for name, _form in names)
        if len(names) == 1 and value == f"{{{names[0][0]}}}":
            return copy.deepcopy(values.get(names[0][0])), secret
        return words.fill(value, values, self.language, self.year), secret

    def evaluate_all(self, values):
        """The arguments of a question, and the names of those that are secret."""
        found = {key: self.evaluate(value) for key, value in (values or {}).items()}
        return (
            {key: value for key, (value, _secret) in found.items()},
            sorted(key for key, (_value, secret) in found.items() if secret),
        )

    def forget(self):
        """Drop the secrets that nothing which can still be reached makes use of."""
        session = self.session
        if not session["secrets"]:
            return
        wait = session["wait"]
        start = session["node"]
        if (
            wait and "then" in wait
        ):  # the question has been answered, only the exit is still to be taken
            starts = [(self.node.get("exits") or {}).get(key) for key in wait["then"]]
        else:
            starts = [start]
        nodes = self.document["nodes"]
        for name in list(session["secrets"]):
            if not _is_needed(nodes, starts, name):
                del session["secrets"][name]

    # Speech

    def speech(self, parts):
        """What is said, in the language of the call or, where that is missing, of the document."""
        own = words.text(self.document.get("language"))
        found = []
        for part in parts or ():
            texts, sounds = part.get("text") or {}, part.get("audio") or {}
            languages = [self.language, own, *texts, *sounds]
            language = next((one for one in languages if texts.get(one) or sounds.get(one)), "")
            if sounds.get(language):
                found.append({"audio": words.text(sounds[language])})
                continue
            said = self.fill(texts.get(language), language).strip()
            if said:
                found.append({"say": said, "language": language})
        return found

    # Instructions

    def instruct(self, do, wait=None, **values):
        """Let something be done outside, and wait for the event that answers it."""
        session = self.session
        self.instruction = {"do": do, "flow": session["flow"], "node": session["node"], **values}
        session["wait"] = {"instruction": copy.deepcopy(self.instruction), **(wait or {})}

    def heard(self):
        """The caller has done something: there is no endless loop."""
        self.session["count"] = 0

    # Play

    def _do_play(self, node):
        session = self.session
        barge = bool(node.get("barge"))
        speech = self.speech(node.get("speech"))
        if not barge:
            session["keys"] = ""  # what must be heard is not typed over
        if not speech or session["keys"]:
            self.leave("next")
            return
        self.instruct("play", speech=speech, barge=barge)

    def _after_play(self, kind, wait, instruction):
        if kind == "digits" and instruction["barge"]:
            pressed = _digits(self.event.get("digits"))
            digits = self.drop_stray(pressed, ())
            if pressed and not digits:
                return False
            if digits:
                self.heard()
            self.session["keys"] += digits
        elif kind not in ("played", "failed"):
            return False
        self.leave(*wait.get("then", ["next"]))

    # Questions: menu and collect

    def _do_menu(self, node):
        self.begin_question(node)

    def _do_collect(self, node):
        name = node["variable"]
        self.session["variables"].pop(name, None)
        self.session["secrets"].pop(name, None)
        self.begin_question(node)

    def begin_question(self, node):
        self.session["wait"] = {"tries": 0}
        self.ask_digits(self.speech(node.get("speech")))

    def get_question(self):
        """What is asked for at the node, with defaults for what is not said."""
        node = self.node
        question = {
            "timeout": _between(node.get("timeout"), 5, 1, 60),
            "digit_timeout": _between(node.get("digit_timeout"), 3, 1, 60),
        }
        if node["op"] == "menu":
            keys = node.get("keys")
            if keys is None:
                keys = [key for key in node.get("exits") or {} if key in list(words.KEYS)]
            return {
                **question,
                **{"min": 1, "max": 1, "terminator": "", "masked": False},
                "keys": [words.text(key) for key in keys],
            }
        longest = _between(node.get("max"), 20, 1, 64)
        terminator = words.text(node.get("terminator", "#"))
        return {
            **question,
            **{"min": _between(node.get("min"), 1, 0, longest), "max": longest},
            **{"terminator": terminator, "masked": bool(node.get("masked"))},
            "keys": list("0123456789"),
        }

    def ask_digits(self, speech):
        """Take the answer from what was pressed before, or ask for it."""
        session, question = self.session, self.get_question()
        tries = session["wait"]["tries"]
        typed = ""
        if session["keys"]:
            keys, session["keys"] = session["keys"], ""
            keys = self.drop_stray(keys, question["keys"])
            typed, ended, keys = _split(keys, question)
            session["keys"] = "" if question["masked"] else keys
            if ended:
                self.judge(typed, ended, question, tries)
                return
        asked = dict(question)
        if typed:
            asked["min"] = max(0, asked["min"] - len(typed))
            asked["max"] -= len(typed)
            asked["timeout"] = asked["digit_timeout"]
            speech = []
        self.instruct("collect", {"tries": tries, "typed": typed}, speech=speech, **asked)

    def drop_stray(self, digits, keys):
        """People end by the terminator what was long enough already: that is no answer to the next question."""
        stray, self.session["stray"] = self.session["stray"], ""
        if stray and stray not in keys:
            return digits.removeprefix(stray)
        return digits

    def _after_collect(self, kind, wait, instruction):
        question = self.get_question()
        if kind == "failed":
            self.leave("timeout")
            return
        if kind != "digits":
            return False
        ended = self.event.get("ended")
        digits = _digits(self.event.get("digits"))
        digits = digits or question["terminator"] * (ended == "terminator")
        if digits:
            self.heard()
        rest = self.drop_stray(digits, question["keys"])
        if digits and not rest:
            return False
        typed, found, keys = _split(wait["typed"] + rest, question)
        if not question["masked"]:
            self.session["keys"] += keys
        self.judge(typed, found or ended, question, wait["tries"])

    def judge(self, typed, ended, question, tries):
        """Is it an answer? If not, ask again as often as the node says."""
        node = self.node
        self.note_input(typed, question["masked"])
        if not typed and ended != "terminator":
            why, prompt = "timeout", "no_input"
        elif len(typed) < question["min"] or any(key not in question["keys"] for key in typed):
            why, prompt = "invalid", "invalid"
        else:
            self.answered(typed, ended, question)
            return
        self.session["keys"] = ""
        if tries >= _between(node.get("retries"), 2, 0, 9):
            self.leave(why)
            return
        self.count()
        self.session["wait"] = {"tries": tries + 1}
        self.ask_digits(self.speech(node.get(prompt)) + self.speech(node.get("speech")))

    def answered(self, typed, ended, question):
        node = self.node
        if node["op"] == "menu":
            self.leave(typed)
            return
        if ended == "full" or len(typed) == question["max"] and ended != "terminator":
            keys = self.session["keys"]
            self.session["keys"] = keys.removeprefix(question["terminator"])
            self.session["stray"] = "" if keys else question["terminator"]
        self.assign(node["variable"], typed, question["masked"])
        self.leave("ok")

    # Variables and ways

    def _do_set(self, node):
        for name, value in (node.get("values") or {}).items():
            self.assign(name, *self.evaluate(value))
        self.leave("next")

    def _do_branch(self, node):
        values = {**self.session["variables"], **self.session["secrets"]}
        for rule in node.get("rules") or ():
            value, _secret = self.evaluate(rule.get("value"))
            if _holds(values.get(rule.get("variable")), rule.get("operator"), value):
                self.leave(words.text(rule.get("exit")))
                return
        self.leave("else")

    def _do_hours(self, node):
        self.leave("open" if is_open(node.get("schedule"), self.session["at"]) else "closed")

    def _do_language(self, node):
        self.assign("language", words.text(node["language"]))
        self.leave("next")

    # What others answer

    def _do_ask(self, node):
        session = self.session
        args, masked = self.evaluate_all(node.get("args"))
        session["asked"] += 1
        self.instruct(
            "ask",
            id=f"{session['id']}:{session['asked']}",
            name=words.text(node["name"]),
            args=args,
            masked=masked,
            language=self.language,
            timeout=_between(node.get("timeout"), ASK_SECONDS, 1, MOST_ASK_SECONDS),
            speech=self.speech(node.get("speech")),
        )

    def _after_ask(self, kind, wait, instruction):
        if kind == "failed":
            self.leave("failed")
            return
        if kind != "answer":
            return False
        values = self.event.get("values")
        for name, value in values.items() if isinstance(values, dict) else ():
            self.assign(words.text(name), _plain(value))
        then = [words.text(self.event.get("exit")), "failed"]
        speech = self.speech(self.event.get("speech"))
        if speech:
            # what was looked up for the caller is heard: keys pressed before it are no answer to it
            self.session["keys"] = ""
            self.instruct("play", {"then": then}, speech=speech, barge=True)
            return
        self.leave(*then)

    def _do_http(self, node):
        args, masked = self.evaluate_all(node.get("args"))
        variables = {
            name: quote(words.text(value), safe="")
            for name, value in self.session["variables"].items()
        }
        self.instruct(
            "http",
            url=words.fill(words.text(node["url"]), variables, self.language),
            args=args,
            masked=masked,
            timeout=_between(node.get("timeout"), 5, 1, ASK_SECONDS),
        )

    def _after_http(self, kind, wait, instruction):
        if kind == "failed":
            self.leave("failed")
            return
        if kind != "answer":
            return False
        answer = self.event.get("values")
        if self.event.get("exit", "ok") != "ok" or not isinstance(answer, dict):
            self.leave("failed")
            return
        for name, key in (self.node.get("values") or {}).items():
            value = answer
            for part in words.text(key).split("."):
                value = value.get(part) if isinstance(value, dict) else None
            self.assign(name, _plain(value))
        self.leave("ok")

    # What is done on the call

    def _do_record(self, node):
        self.session["keys"] = ""
        self.instruct(
            "record",
            kind=words.text(node.get("kind") or "voicemail"),
            max_seconds=_between(node.get("max_seconds"), 120, 1, 600),
            silence_seconds=_between(node.get("silence_seconds"), 5, 0, 60),
            terminator=words.text(node.get("terminator", "#")),
            speech=self.speech(node.get("speech")),
            values=self.fill_all(node.get("values")),
        )

    def fill_all(self, values):
        return {key: self.fill(value) for key, value in (values or {}).items()}

    def _after_record(self, kind, wait, instruction):
        if kind == "recorded":
            seconds = self.event.get("seconds")
            if _is_number(seconds) and seconds > 0:
                self.heard()
                self.leave("ok")
            else:
                self.leave("empty")
        elif kind == "failed":
            self.leave("empty")
        else:
            return False

    def _do_transfer(self, node):
        self.session["keys"] = ""
        self.instruct(
            "transfer",
            kind=words.text(node.get("kind") or "queue"),
            target=self.fill(node.get("target")),
            priority=_between(node.get("priority"), 0, 0, 1000),
            seconds=_between(node.get("seconds"), 0, 0, 86400),
            after=bool((node.get("exits") or {}).get("after")),
        )

    def _after_transfer(self, kind, wait, instruction):
        if kind not in ("returned", "failed"):
            return False
        status = words.text(self.event.get("status")) if kind == "returned" else "failed"
        if status == "after":
            self.heard()
            if not instruction["after"]:
                self._do_hangup({})  # he has talked to somebody: there is nothing to fall back to
                return
        self.leave(status or "failed", "failed")

    def _do_callback(self, node):
        self.instruct(
            "callback", queue=self.fill(node.get("queue")), number=self.fill(node.get("number"))
        )

    def _after_callback(self, kind, wait, instruction):
        if kind not in ("done", "failed"):
            return False
        self.leave(words.text(self.event.get("exit")) if kind == "done" else "failed", "failed")

    def _do_fax_send(self, node):
        self.session["keys"] = ""
        number = self.fill(node.get("number"))
        self.instruct("fax_send", document=self.fill(node.get("document")), number=number)

    def _do_fax_receive(self, node):
        self.session["keys"] = ""
        self.instruct("fax_receive", values=self.fill_all(node.get("values")))

    _after_fax_send = _after_fax_receive = _after_callback

    def _do_rate(self, node):
        score = self.session["variables"].get(words.text(node.get("variable")))
        kind = words.text(node.get("kind") or "call")
        self.instruct("rate", kind=kind, score=words.text(score))

    def _after_rate(self, kind, wait, instruction):
        if kind not in ("done", "failed"):
            return False
        self.leave("next")

    def _do_hangup(self, node):
        self.instruct("hangup", speech=self.speech(node.get("speech")))
        self.end("hangup")


# Values


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _between(value, default, least, most):
    """A whole number of a document within what makes sense."""
    found = words.as_number(value)
    return default if found is None else int(min(max(found, least), most))


def _digits(value):
    return "".join(key for key in words.text(value) if key in words.KEYS)


def _plain(value):
    """A JSON value of whatever somebody has answered; long texts are cut."""
    if value is None or isinstance(value, bool) or _is_number(value):
        return value
    if isinstance(value, dict):
        return {words.text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):  # no JSON
        return None
    return words.text(value)[:LONGEST]


def _split(keys, question):
    """``(digits, how they ended or "", keys that are left)``."""
    for position, key in enumerate(keys):
        if key == question["terminator"]:
            return keys[:position], "terminator", keys[position + 1 :]
        if position + 1 == question["max"]:
            return keys[: position + 1], "full", keys[position + 1 :]
    return keys, "", ""


def _holds(value, operator, other):
    """Whether a rule of a branch applies. What is not set fulfils no comparison but ``!=`` and ``unset``."""
    unset = value is None or value == ""
    if operator in ("set", "unset"):
        return unset == (operator == "unset")
    if operator in ("=", "!="):
        return _is_equal(value, other) == (operator == "=")
    if unset:
        return False
    if operator == "in":
        others = other if isinstance(other, list) else words.text(other).split(",")
        return any(
            _is_equal(value, item.strip() if isinstance(item, str) else item) for item in others
        )
    if operator == "starts":
        return words.text(value).startswith(words.text(other))
    if operator in ("<", "<=", ">", ">="):
        one, two = words.as_number(value), words.as_number(other)
        if one is None or two is None:
            one, two = words.text(value), words.text(other)
        return {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[operator]
    raise _Fallback("unknown_operator", words.text(operator))


def _is_equal(value, other):
    """Texts are compared as texts (0012 is not 12), a number with what stands for a number."""
    if _is_number(value) or _is_number(other):
        one, two = words.as_number(value), words.as_number(other)
        if one is not None and two is not None:
            return one == two
    return words.text(value) == words.text(other)


def _is_needed(nodes, starts, name):
    """Whether a variable is used anywhere that can be reached without its being set anew."""
    todo, seen = list(starts), set()
    while todo:
        place = todo.pop()
        node = nodes.get(place) if isinstance(place, str) else None
        if not isinstance(node, dict) or place in seen:
            continue
        seen.add(place)
        if name in reads(node):
            return True
        # an answer may not come, and leave the variable as it was
        if node.get("op") not in ("collect", "set") or name not in writes(node):
            todo += (node.get("exits") or {}).values()
    return False
