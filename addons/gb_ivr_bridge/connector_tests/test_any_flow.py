"""Whatever a flow looks like and whatever a caller does: he is never lost."""

import copy
import json

from caller import make_document
from hypothesis import given, settings
from hypothesis import strategies as st
from ivr.document import OPERATIONS, check
from ivr.interpreter import LIMIT, new_session, step

AT = 1795000000
NAMES = ["a", "b", "c", "d", "d.one", "d.two", "e", "f"]
VARIABLES = ["x", "y", "pin", "caller", "now"]
KEYS = list("0123456789*#")
SECRET = "7391"  # only secret input has it
SOUND = "a" * 64

targets = st.sampled_from([*NAMES, *NAMES, "", "flow:other", "flow:main"])
variables = st.sampled_from(VARIABLES)
templates = st.lists(
    st.one_of(
        st.sampled_from(["您好", "Hello ", "5", ""]),
        st.builds(
            "{{{}{}}}".format, variables, st.sampled_from(["", "|digits", "|amount", "|date"])
        ),
    ),
    max_size=3,
).map("".join)
speeches = st.lists(
    st.one_of(
        st.builds(
            lambda one, two: {"text": {"zh_CN": f"好{one}", "en_US": f"ok {two}"}}, *[templates] * 2
        ),
        st.just({"audio": {"zh_CN": SOUND, "en_US": SOUND}}),
    ),
    min_size=1,
    max_size=2,
)
literals = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), templates, st.lists(templates))
numbers = st.integers(0, 9)


@st.composite
def rules(draw):
    return {
        "variable": draw(variables),
        "operator": draw(st.sampled_from(["=", "!=", "<", ">=", "in", "set", "unset", "starts"])),
        "value": draw(literals),
        "exit": draw(st.sampled_from(["yes", "no"])),
    }


SCHEDULES = st.sampled_from(
    [
        {"tz": "Asia/Shanghai", "weekly": [[day, "09:00", "18:00"] for day in days]}
        for days in ([], [6])
    ]
)
PARAMETERS = {
    "speech": speeches,
    "speech!": speeches,
    "bool": st.booleans(),
    "keys": st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True),
    "number": numbers,
    "name!": variables,
    "text": st.sampled_from(["", "#"]),
    "text!": st.one_of(templates.map("1{}".format), st.just("{x}")),
    "values!": st.dictionaries(variables, literals, min_size=1, max_size=2),
    "rules!": st.lists(rules(), min_size=1, max_size=3),
    "schedule!": SCHEDULES,
    "object": st.dictionaries(st.sampled_from(["k", "l"]), literals, max_size=2),
    "texts": st.dictionaries(variables, st.sampled_from(["k", "k.l"]), max_size=2),
    "names": st.lists(variables, max_size=2),
}


@st.composite
def nodes(draw):
    """An operation with all it needs."""
    op = draw(st.sampled_from(sorted(OPERATIONS)))
    operation = OPERATIONS[op]
    node = {"op": op}
    for parameter, kind in operation["parameters"].items():
        if isinstance(kind, tuple):
            node[parameter] = draw(st.sampled_from(kind))
        elif kind.endswith("!") or draw(st.booleans()):
            node[parameter] = draw(PARAMETERS[kind])
    exits = list(operation["exits"]) + [
        key for key in operation.get("optional", ()) if draw(st.booleans())
    ]
    if op == "language":
        node["language"] = draw(st.sampled_from(["zh_CN", "en_US"]))
    elif op == "menu":
        node.setdefault("keys", ["1", "2"])
        exits += node["keys"]
    elif op == "collect":
        node["max"] = node.get("min", 1) + draw(numbers)
        node["masked"] = node["variable"] == "pin"
    elif op == "branch":
        exits += ["yes", "no"]
    elif op == "ask":
        exits += ["found", "none"]
    node["exits"] = {key: draw(targets) for key in exits}
    return node


@st.composite
def flows(draw):
    """Two documents that may lead to each other."""
    documents = {}
    for code in ("main", "other"):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
        made = {name: draw(nodes()) for name in names}
        for node in made.values():
            for key, target in node["exits"].items():
                if target and not target.startswith("flow:") and target not in made:
                    node["exits"][key] = draw(st.sampled_from([*names, ""]))
        documents[code] = make_document(made, code, variables={"x": draw(literals)})
    return documents


@st.composite
def fitting_events(draw, instruction):
    """What the PBX or Odoo would answer to an instruction."""
    do = instruction["do"]
    if do == "collect" or (do == "play" and instruction["barge"]):
        masked = instruction.get("masked")
        typed = SECRET + "84265" if masked else draw(st.text(st.sampled_from("12*#"), max_size=4))
        return {
            "type": "digits",
            "digits": typed[: max(4, instruction["max"])] if masked else typed,
            "ended": draw(st.sampled_from(["full", "terminator", "timeout"])),
        }
    if do in ("ask", "http"):
        values = draw(st.dictionaries(st.sampled_from(["x", "y", "k"]), literals, max_size=2))
        return {
            "type": "answer",
            "exit": draw(st.sampled_from(["found", "none", "ok", "?"])),
            "values": values,
            "speech": draw(st.one_of(st.none(), speeches)),
        }
    if do == "record":
        return {"type": "recorded", "name": "r", "seconds": draw(numbers)}
    if do == "transfer":
        statuses = OPERATIONS["transfer"]["optional"]
        return {"type": "returned", "status": draw(st.sampled_from(statuses))}
    if do == "play":
        return {"type": "played"}
    return {"type": "done", "exit": draw(st.sampled_from(["ok", "known", "failed"]))}


ODD = [
    {"type": "played"},
    {"type": "digits", "digits": "1", "ended": "full"},
    {"type": "failed", "reason": "x"},
    {"type": "answer", "exit": "found"},
    {"type": "returned", "status": "busy"},
    {"type": "done", "exit": "ok"},
    {"type": "recorded", "seconds": 3},
    {"type": "odd"},
    {},
]


def has_secret(value):
    return SECRET in json.dumps(value)


class Walk:
    """A session that is checked after every event."""

    def __init__(self, documents, twice=True):
        self.documents = documents
        self.twice = twice  # check that nothing is changed and that a stored session does the same
        self.session = new_session({"id": "s", "hotline": "8000", "caller": "10086", "at": AT})
        self.instruction = None
        self.track = []
        self.events = 0
        self.send({"type": "start", "flow": "main"})

    def send(self, event):
        self.events += 1
        event = {"at": AT + self.events, **event}
        if self.twice:
            before = copy.deepcopy((self.documents, self.session, event))
            stored = json.loads(json.dumps(self.session, allow_nan=False))
            answer = step(self.documents, self.session, event)
            assert (self.documents, self.session, event) == before
            assert step(self.documents, stored, event) == answer
            json.dumps(answer, allow_nan=False)
        else:
            answer = step(self.documents, self.session, event)
        self.session, self.instruction, track = answer
        self.track += track
        # he always hears or does something, or it is over
        assert self.instruction is not None or self.session["ended"]
        if self.instruction:
            assert self.instruction["do"] != "fallback" or self.instruction["reason"] in (
                "exit",
                "endless",
            ), self.instruction
            over = self.instruction["do"] in ("fallback", "hangup")
            assert bool(self.session["ended"]) == over
        self.check_secrets(track)

    def check_secrets(self, track):
        assert not has_secret(track)
        assert not has_secret(self.session["step"])
        assert not has_secret(self.session["variables"])
        told = copy.deepcopy(self.instruction or {})
        for name in told.get("masked") or () if told.get("do") in ("ask", "http") else ():
            del told["args"][name]
        assert not has_secret(told)
        if self.session["ended"]:
            assert not has_secret(self.session)
            assert self.session["step"] is None


@settings(max_examples=150)
@given(st.data())
def test_a_caller_always_hears_something_or_reaches_somebody(data):
    walk = Walk(data.draw(flows()))
    for _event in range(data.draw(st.integers(1, 40))):
        if walk.session["ended"]:
            break
        if data.draw(st.integers(0, 9)):
            event = data.draw(fitting_events(walk.instruction))
        else:
            event = data.draw(st.sampled_from(ODD))
        walk.send(event)
    walk.send({"type": "hangup"})
    assert walk.instruction is None and walk.session["ended"]
    count = len(walk.track)
    walk.send({"type": "played"})
    assert walk.instruction is None and len(walk.track) == count


@settings(max_examples=60)
@given(st.data())
def test_a_caller_who_does_nothing_comes_to_an_end(data):
    walk = Walk(data.draw(flows()), twice=False)
    silent = {
        "collect": [{"type": "digits", "digits": "", "ended": "timeout"}],
        "play": [{"type": "played"}],
        "record": [{"type": "recorded", "seconds": 0}],
        "transfer": [{"type": "returned", "status": status} for status in ("full", "timeout")],
    }
    for _event in range(2 * LIMIT + 2):
        if walk.session["ended"]:
            break
        do = walk.instruction["do"]
        if do in silent:
            walk.send(data.draw(st.sampled_from(silent[do])) if do == "transfer" else silent[do][0])
        else:
            walk.send({"type": "failed"})
    assert walk.session["ended"]


@settings(max_examples=60)
@given(flows())
def test_a_flow_without_faults_is_told_to_be_one(documents):
    for document in documents.values():
        errors = {problem["code"] for problem in check(document) if problem["level"] == "error"}
        assert errors <= {"circle"}


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.sampled_from([*NAMES, *VARIABLES, *OPERATIONS, "{x}", "zh_CN", "flow:other"]),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["op", "exits", "speech", "text", "zh_CN", "args", "next", "x"]), inner
        ),
    ),
    max_leaves=8,
)


def get_places(value, path=()):
    """Every place within a JSON value."""
    yield path
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            if isinstance(item, (dict, list)):
                yield from get_places(item, (*path, key))
            else:
                yield (*path, key)


def damage(value, path, other):
    if not path:
        return other
    value = copy.copy(value)
    value[path[0]] = damage(value[path[0]], path[1:], other)
    return value


@settings(max_examples=150)
@given(st.data())
def test_whatever_is_damaged_the_caller_is_not_lost(data):
    state = {
        "documents": data.draw(flows()),
        "session": new_session({"id": "s", "at": AT}),
        "event": {"type": "start", "flow": "main", "at": AT},
    }
    for _event in range(data.draw(st.integers(1, 6))):
        if data.draw(st.booleans()):
            places = list(get_places(state))
            place = data.draw(st.sampled_from(places[1:]))
            state = damage(state, place, data.draw(json_values))
        session, instruction, track = step(state["documents"], state["session"], state["event"])
        assert instruction is not None or session["ended"] or state["event"] == {"type": "hangup"}
        json.dumps((session, instruction, track))
        if instruction is None:
            break
        state["session"] = session
        state["event"] = data.draw(st.sampled_from(ODD))


@settings(max_examples=100)
@given(st.data())
def test_whatever_is_damaged_the_check_tells(data):
    document = data.draw(flows())["main"]
    for _damage in range(data.draw(st.integers(1, 4))):
        places = list(get_places(document))
        document = damage(document, data.draw(st.sampled_from(places)), data.draw(json_values))
    for problem in check(document, prompts=[SOUND], flows=["main"]):
        assert problem["message"]
