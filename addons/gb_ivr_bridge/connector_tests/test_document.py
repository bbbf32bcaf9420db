"""What is found wrong with a document."""

import pytest
from caller import make_document, say
from ivr.document import OPERATIONS, PROBLEMS, check, reads, says, writes

HELLO = {"zh_CN": "您好", "en_US": "Hello"}
SOUND = "a" * 64


def speech(text="您好"):
    return say(text, "Hello")


def end():
    return {"op": "hangup", "speech": speech(), "exits": {}}


def node(op, exits=None, **values):
    return {"op": op, "exits": exits or {}, **values}


def find(nodes, prompts=None, flows=None, **values):
    """``{(code, node), …}`` of what is wrong."""
    problems = check(make_document(nodes, **values), prompts, flows)
    for problem in problems:
        level, sentence = PROBLEMS[problem["code"]]
        assert problem["level"] == level and problem["message"] == sentence % problem["values"]
    return {(problem["code"], problem["node"]) for problem in problems}


GOOD = {
    "hours": node(
        "hours",
        {"open": "menu", "closed": "message"},
        schedule={"tz": "Asia/Shanghai", "weekly": [[0, "09:00", "18:00"]]},
    ),
    "menu": node(
        "menu",
        {"1": "pin", "2": "queue", "invalid": "", "timeout": "queue"},
        speech=speech(),
        keys=["1", "2"],
        timeout=5,
        retries=2,
        invalid=[{"text": HELLO, "audio": {"zh_CN": SOUND}}],
        no_input=[{"audio": {"zh_CN": SOUND, "en_US": SOUND}}],
    ),
    "pin": node(
        "collect",
        {"ok": "pin.check", "invalid": "queue", "timeout": ""},
        speech=speech(),
        variable="pin",
        min=4,
        max=6,
        terminator="#",
        masked=True,
    ),
    "pin.check": node(
        "ask",
        {"ok": "tell", "wrong": "pin", "failed": "queue"},
        name="check_pin",
        args={"pin": "{pin}", "limit": 3},
        sets=["partner"],
    ),
    "tell": node("play", {"next": "price"}, speech=speech("{partner}，{now|date}"), barge=True),
    "price": node(
        "http",
        {"ok": "count", "failed": "count"},
        url="https://example.com/{partner}",
        values={"price": "data.price"},
    ),
    "count": node("set", {"next": "vip"}, values={"tries": 1, "text": "{partner}"}),
    "vip": node(
        "branch",
        {"yes": "english", "else": "flow:night"},
        rules=[
            {"variable": "price", "operator": "set", "exit": "yes"},
            {"variable": "tries", "operator": ">", "value": "{partner}", "exit": "yes"},
        ],
    ),
    "english": node("language", {"next": "rate"}, language="en_US"),
    "rate": node("rate", {"next": "back"}, variable="tries", kind="call"),
    "back": node(
        "callback", {"ok": "fax", "known": "fax", "failed": ""}, queue="q", number="{caller}"
    ),
    "fax": node("fax_send", {"ok": "fax2", "failed": ""}, document=SOUND),
    "fax2": node("fax_receive", {"ok": "end", "failed": "end"}, values={"x": "{caller}"}),
    "message": node(
        "record", {"ok": "end", "empty": ""}, kind="voicemail", speech=speech(), max_seconds=60
    ),
    "queue": node("transfer", {"full": "message"}, kind="queue", target="orders", priority=3),
    "end": end(),
}


def test_a_good_document_has_no_problems():
    assert {value["op"] for value in GOOD.values()} == set(OPERATIONS)
    assert check(make_document(GOOD), prompts={SOUND}, flows={"main", "night"}) == []


@pytest.mark.parametrize("document", [None, [], {}, 5, {"format": 2}, make_document({})])
def test_what_is_no_document_is_told(document):
    assert [problem["code"] for problem in check(document)] == ["damaged"]


@pytest.mark.parametrize("start", ["nowhere", None, ["end"]])
def test_a_beginning_is_needed(start):
    assert find({"end": end()}, start=start) == {("start", ""), ("unreachable", "end")}


def test_names_have_a_form():
    assert find({"1st": end()}) == {("name", "1st")}


@pytest.mark.parametrize("damaged", [None, {}, {"op": 5}, {"op": "dance"}])
def test_operations_must_exist(damaged):
    assert find({"a": damaged}) == {("operation", "a")}


def test_variables_must_be_named():
    assert find({"end": end()}, variables=[1]) == {("value", "")}


def test_problems_come_in_the_order_of_the_nodes():
    problems = check(make_document({"b": node("play"), "a": node("language")}, start="x"))
    assert [problem["node"] for problem in problems] == ["", "b", "b", "b", "a", "a", "a"]


ONE = {"end": end()}
VALUES = [
    ("missing", node("play", {"next": "end"})),
    ("missing", node("play", {"next": "end"}, speech=[])),
    ("missing", node("language", {"next": "end"}, language="")),
    ("missing", node("menu", {"invalid": "end", "timeout": "end"})),
    ("value", node("play", {"next": "end"}, speech="x")),
    ("value", node("play", {"next": "end"}, speech=["x"])),
    ("value", node("play", {"next": "end"}, speech=[{"text": "x"}])),
    ("value", node("play", {"next": "end"}, speech=[{"text": {"zh_CN": 5}}])),
    ("value", node("play", {"next": "end"}, speech=speech(), barge="yes")),
    ("value", node("language", {"next": "end"}, language="fr_FR")),
    ("value", node("language", {"next": "end"}, language=["zh_CN"])),
    ("value", node("rate", {"next": "end"}, variable="no name")),
    ("value", node("rate", {"next": "end"}, variable=5)),
    ("value", node("set", {"next": "end"}, values=[1])),
    ("value", node("set", {"next": "end"}, values={"no name": 1})),
    ("value", node("branch", {"else": "end"}, rules={})),
    ("value", node("branch", {"else": "end"}, rules=[5])),
    (
        "value",
        node(
            "branch", {"else": "end"}, rules=[{"variable": "now", "operator": "~", "exit": "else"}]
        ),
    ),
    ("value", node("hours", {"open": "end", "closed": "end"}, schedule={"tz": "Moon"})),
    ("value", node("hours", {"open": "end", "closed": "end"}, schedule={"weekly": [[1, "9"]]})),
    ("value", node("record", {"ok": "end", "empty": "end"}, kind="song")),
    ("value", node("record", {"ok": "end", "empty": "end"}, max_seconds="long")),
    ("value", node("record", {"ok": "end", "empty": "end"}, max_seconds=-1)),
    ("value", node("record", {"ok": "end", "empty": "end"}, max_seconds=True)),
    ("value", node("ask", {"ok": "end", "failed": "end"}, name="x", args=[1])),
    ("value", node("ask", {"ok": "end", "failed": "end"}, name="x", sets="y")),
    ("value", node("ask", {"ok": "end", "failed": "end"}, name="x", sets=[5])),
    ("value", node("http", {"ok": "end", "failed": "end"}, url="x", values={"a": 5})),
    ("value", node("fax_send", {"ok": "end", "failed": "end"}, document=5)),
    (
        "value",
        node("menu", {"1": "end", "invalid": "end", "timeout": "end"}, keys=["1", "12"]),
    ),
    (
        "value",
        node("collect", {"ok": "end", "invalid": "", "timeout": ""}, variable="x", min=5, max=4),
    ),
]


@pytest.mark.parametrize(("code", "wrong"), VALUES)
def test_parameters_are_checked(code, wrong):
    assert (code, "x") in find({"x": wrong, **ONE})
    assert not find({"x": wrong, **ONE}) - {(code, "x"), ("exit_unknown", "x"), ("unset", "x")}


@pytest.mark.parametrize(
    ("code", "exits"),
    [
        ("exit", {}),
        ("exit", None),
        ("value", ["next"]),
        ("target", {"next": "nowhere"}),
        ("target", {"next": None}),
        ("flow", {"next": "flow:"}),
        ("flow", {"next": "flow:gone"}),
        ("exit_unknown", {"next": "", "other": ""}),
    ],
)
def test_exits_are_checked(code, exits):
    wrong = {"op": "play", "speech": speech(), "exits": exits}
    assert find({"x": wrong}, flows={"main"}) == {(code, "x")}


def test_flows_are_not_looked_at_when_nobody_knows_them():
    assert not find({"x": node("play", {"next": "flow:gone"}, speech=speech())})


def test_every_key_of_a_menu_and_every_rule_leads_somewhere():
    exits = {"1": "end", "invalid": "end", "timeout": "end"}
    assert find({"x": node("menu", exits, keys=["1", "2"]), **ONE}) == {("key", "x")}
    rules = [{"variable": "now", "operator": "set", "exit": "yes"}]
    assert find({"x": node("branch", {"else": "end"}, rules=rules), **ONE}) == {("exit", "x")}


def test_what_no_way_leads_to_is_told():
    nodes = {"a": end(), "b": node("play", {"next": "c"}, speech=speech()), "c": end()}
    assert find(nodes) == {("unreachable", "b"), ("unreachable", "c")}


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        ([{}], {"silent"}),
        ([{"text": {"zh_CN": ""}}], {"silent"}),
        ([{"text": {"zh_CN": "您好"}}], {"translation"}),
        ([{"text": {"en_US": "Hello"}}], {"language"}),
        ([{"audio": {"zh_CN": SOUND, "en_US": SOUND}}], {"prompt"}),
        ([{"audio": {"zh_CN": "b" * 64, "en_US": "b" * 64}}], set()),
        ([{"audio": {"zh_CN": "b", "en_US": "b"}}], {"prompt"}),
        ([{"text": HELLO, "audio": {"zh_CN": SOUND}}], {"prompt"}),
    ],
)
def test_speech_is_complete(texts, codes):
    found = find({"x": node("hangup", speech=texts)}, prompts={"b" * 64})
    assert found == {(code, "x") for code in codes}


def test_a_document_of_one_language_needs_no_other():
    nodes = {"x": node("hangup", speech=say("您好"))}
    assert not find(nodes, languages=["zh_CN"])
    assert not find(nodes, languages=None)


def test_ways_to_say_a_value_exist():
    assert find({"x": node("hangup", speech=speech("{now|song}"))}) == {("format", "x")}


# Circles


def play(target):
    return node("play", {"next": target}, speech=speech())


def test_a_circle_that_never_waits_for_the_caller_is_told_once():
    assert find({"a": play("b"), "b": play("c"), "c": play("b")}) == {("circle", "b")}
    assert find({"a": play("a")}) == {("circle", "a")}
    message = check(make_document({"a": play("b"), "b": play("a")}))[0]["message"]
    assert message == "Callers would go round for ever: a, b."


def test_an_answer_may_end_a_circle():
    ask = node("ask", {"more": "a", "done": "", "failed": ""}, name="next")
    assert find({"a": play("b"), "b": ask}) == {("circle_asks", "a")}


def test_a_circle_with_a_question_to_the_caller_is_none():
    menu = node("menu", {"1": "a", "invalid": "a", "timeout": "a"}, keys=["1"])
    assert not find({"a": play("b"), "b": menu})


# Variables


def test_what_is_used_before_it_is_set_is_told():
    nodes = {
        "a": node("hangup", speech=speech("{x}")),
    }
    assert find(nodes) == {("unset", "a")}
    assert not find(nodes, variables={"x": ""})


@pytest.mark.parametrize(
    ("setter", "unset"),
    [
        (node("set", {"next": "use"}, values={"x": 1}), False),
        (node("set", {"next": "use"}, values={"y": 1}), True),
        (node("ask", {"ok": "use", "failed": ""}, name="n"), False),
        (node("ask", {"ok": "use", "failed": ""}, name="n", sets=["x"]), False),
        (node("ask", {"ok": "use", "failed": ""}, name="n", sets=["y"]), True),
        (node("ask", {"ok": "", "failed": "use"}, name="n", sets=["x"]), True),
        (node("http", {"ok": "use", "failed": ""}, url="u", values={"x": "a"}), False),
        (node("http", {"ok": "use", "failed": "use"}, url="u", values={"x": "a"}), True),
        (node("collect", {"ok": "use", "invalid": "", "timeout": ""}, variable="x"), False),
        (node("collect", {"ok": "use", "invalid": "use", "timeout": ""}, variable="x"), True),
        (node("transfer", {"full": "use"}, target="q"), True),
    ],
)
def test_what_may_not_have_been_set_on_one_of_the_ways_is_told(setter, unset):
    nodes = {"a": setter, "use": node("hangup", speech=speech("{x}"))}
    assert find(nodes) == ({("unset", "use")} if unset else set())


def test_ways_are_followed_round_circles():
    exits = {"1": "ask", "2": "use", "invalid": "", "timeout": ""}
    nodes = {
        "menu": node("menu", exits, keys=["1", "2"]),
        "ask": node("collect", {"ok": "menu", "invalid": "", "timeout": ""}, variable="x"),
        "use": node("hangup", speech=speech("{x}")),
    }
    assert find(nodes) == {("unset", "use")}


def test_to_ask_whether_something_is_set_is_no_use_of_it():
    rules = [{"variable": "x", "operator": "unset", "exit": "else"}]
    assert not find({"a": node("branch", {"else": ""}, rules=rules)})
    rules = [{"variable": "x", "operator": "=", "value": 1, "exit": "else"}]
    assert find({"a": node("branch", {"else": ""}, rules=rules)}) == {("unset", "a")}


def test_a_secret_that_is_said_is_told():
    exits = {"ok": "say", "invalid": "", "timeout": ""}
    nodes = {
        "pin": node("collect", exits, variable="pin", masked=True),
        "say": node("hangup", speech=speech("{pin}")),
    }
    assert find(nodes) == {("secret", "say")}


def test_names_of_variables_are_found_in_damaged_operations():
    for op in OPERATIONS:
        for odd in (None, 5, "{x}", ["{x}"], {"a": "{x}"}):
            keys = ("args", "values", "rules", "variable", "sets", "speech", "number")
            damaged = {"op": op, **dict.fromkeys(keys, odd)}
            for names in (reads(damaged), says(damaged), writes(damaged)):
                assert all(isinstance(name, str) for name in names)
