"""Every operation of a flow, one at a time, and what happens when something is wrong."""

import pytest
from caller import AT, Caller, make_document, say
from ivr.interpreter import LIMIT, new_session, step


def bye(text="bye"):
    """An end that can be told from others."""
    return {"op": "hangup", "speech": say(text), "exits": {}}


def ends(*names):
    return {name: bye(name) for name in names}


def play(target, **values):
    return {"op": "play", "speech": say("您好"), "exits": {"next": target}, **values}


MENU = {
    "op": "menu",
    "speech": say("订单请按一"),
    "keys": ["1", "2"],
    "timeout": 4,
    "retries": 1,
    "invalid": say("按键有误"),
    "no_input": say("没有听到"),
    "exits": {"1": "one", "2": "two", "invalid": "bad", "timeout": "late"},
    "label": "Main menu",
    "type": "menu",
}
MENU_ENDS = ends("one", "two", "bad", "late")
COLLECT = {
    "op": "collect",
    "variable": "code",
    "min": 2,
    "max": 4,
    "terminator": "#",
    "retries": 1,
    "speech": say("请输入编号"),
    "invalid": say("不对"),
    "no_input": say("没有"),
    "exits": {"ok": "read", "invalid": "bad", "timeout": "late"},
}
COLLECT_ENDS = {"read": bye("{code|digits}"), **ends("bad", "late")}


def test_a_text_is_played_then_the_call_ends():
    caller = Caller({"hello": play("end"), "end": bye("再见")})
    assert caller.instruction == {
        "do": "play",
        "flow": "main",
        "node": "hello",
        "speech": [{"say": "您好", "language": "zh_CN"}],
        "barge": False,
    }
    assert caller.send("played")["do"] == "hangup"
    assert caller.said == ["再见"]
    assert caller.session["ended"] == "hangup"
    assert caller.send("hangup") is None
    assert [entry["node"] for entry in caller.track] == ["hello", "end"]
    assert caller.track[0] == {
        **{"flow": "main", "version": 3, "node": "hello", "type": "play", "label": "hello"},
        **{"input": "", "exit": "next", "at": AT, "left": AT + 2},
    }


# Speech


def test_speech_is_in_the_language_of_the_call_or_of_the_document():
    parts = [
        {"text": {"zh_CN": "中", "en_US": "English"}},
        {"text": {"zh_CN": "只有中文"}},
        {"text": {"fr_FR": "Français"}},
        {"audio": {"zh_CN": "a" * 64, "en_US": "b" * 64}},
        {"text": {"zh_CN": "文", "en_US": "both"}, "audio": {"zh_CN": "c" * 64}},
        {"text": {"zh_CN": " {nothing} "}},
        {"text": {}},
    ]
    nodes = {
        "zh": {"op": "play", "speech": parts, "exits": {"next": "switch"}},
        "switch": {"op": "language", "language": "en_US", "exits": {"next": "en"}},
        "en": {"op": "play", "speech": parts, "exits": {"next": ""}},
    }
    caller = Caller(nodes)
    assert caller.said == ["中", "只有中文", "Français", "a" * 64, "c" * 64]
    caller.send("played")
    assert caller.instruction["speech"] == [
        {"say": "English", "language": "en_US"},
        {"say": "只有中文", "language": "zh_CN"},
        {"say": "Français", "language": "fr_FR"},
        {"audio": "b" * 64},
        {"say": "both", "language": "en_US"},
    ]
    assert caller.variables["language"] == "en_US"


def test_values_are_worded_in_the_language_of_the_text():
    speech = say("共{total|amount}，{day|date}送达", "{total|amount}, on {day|date}")
    nodes = {
        "a": play("b", speech=speech),
        "b": {"op": "language", "language": "en_US", "exits": {"next": "c"}},
        "c": play("", speech=speech),
    }
    caller = Caller(nodes, variables={"total": "99.50", "day": "2026-11-24"})
    assert caller.said == ["共九十九元五角，十一月二十四日送达"]
    caller.send("played")
    assert caller.said == ["ninety-nine point five yuan, on November twenty-fourth"]


def test_a_node_that_has_nothing_to_say_is_passed():
    assert Caller({"a": play("end", speech=[]), "end": bye()}).said == ["bye"]


def test_what_cannot_be_played_is_passed():
    caller = Caller({"a": play("end"), "end": bye()})
    assert caller.send("failed", reason="no such sound")["do"] == "hangup"


# Menu


def test_a_menu_takes_one_key():
    caller = Caller({"menu": MENU, **MENU_ENDS})
    assert caller.instruction == {
        **{"do": "collect", "flow": "main", "node": "menu", "min": 1, "max": 1, "terminator": ""},
        **{"timeout": 4, "digit_timeout": 3, "keys": ["1", "2"], "masked": False},
        "speech": [{"say": "订单请按一", "language": "zh_CN"}],
    }
    caller.press("2")
    assert caller.said == ["two"]
    assert caller.path[0] == "menu:2:2"
    assert caller.track[0]["label"] == "Main menu"


def test_keys_of_a_menu_are_its_exits_when_they_are_not_named():
    menu = {name: value for name, value in MENU.items() if name != "keys"}
    caller = Caller({"menu": menu, **MENU_ENDS})
    assert caller.instruction["keys"] == ["1", "2"]
    assert Caller({"menu": {**menu, "exits": None}}).instruction["keys"] == []


def test_a_wrong_key_is_said_and_asked_again_until_the_tries_are_over():
    caller = Caller({"menu": MENU, **MENU_ENDS})
    caller.press("7")
    assert caller.said == ["按键有误", "订单请按一"]
    caller.press("8")
    assert caller.said == ["bad"]
    assert caller.path[0] == "menu:7 8:invalid"


def test_nothing_pressed_is_said_and_asked_again_until_the_tries_are_over():
    caller = Caller({"menu": MENU, **MENU_ENDS})
    caller.wait()
    assert caller.said == ["没有听到", "订单请按一"]
    caller.wait()
    assert caller.said == ["late"]
    assert caller.path[0] == "menu::timeout"


def test_the_last_miss_decides_on_the_exit():
    caller = Caller({"menu": MENU, **MENU_ENDS})
    caller.wait()
    caller.press("9")
    assert caller.said == ["bad"]


def test_keys_cannot_be_collected_when_the_channel_fails():
    caller = Caller({"menu": MENU, **MENU_ENDS})
    caller.send("failed", reason="x")
    assert caller.said == ["late"]


def test_a_key_without_exit_comes_to_the_queue():
    caller = Caller({"menu": {**MENU, "keys": ["1", "3"]}, **MENU_ENDS})
    assert caller.press("3")["do"] == "fallback"
    assert caller.instruction["reason"] == "exit"


# Collect


@pytest.mark.parametrize(
    ("digits", "ended", "said"),
    [
        ("1234", "full", "一二三四"),
        ("12", "terminator", "一二"),
        ("12#", "terminator", "一二"),
        ("12", "timeout", "一二"),
        ("1", "timeout", None),
        ("1", "terminator", None),
        ("", "terminator", None),
        ("1*3", "terminator", None),
        ("", "timeout", None),
    ],
)
def test_digits_are_collected(digits, ended, said):
    caller = Caller({"ask": COLLECT, **COLLECT_ENDS})
    caller.press(digits, ended)
    if said:
        assert caller.said == [said]
        assert caller.variables["code"] == digits.rstrip("#")
    else:
        hint = "没有" if (digits, ended) == ("", "timeout") else "不对"
        assert caller.said == [hint, "请输入编号"]
        caller.press(digits, ended)
        assert caller.said == ["late" if hint == "没有" else "bad"]


def test_an_empty_answer_can_be_allowed():
    caller = Caller({"ask": {**COLLECT, "min": 0, "exits": {"ok": "x"}}, "x": bye("ok")})
    caller.press("", "terminator")
    assert caller.said == ["ok"] and caller.variables["code"] == ""


def test_asking_again_forgets_the_answer_before():
    nodes = {
        "ask": {**COLLECT, "retries": 0, "exits": {"ok": "again", "timeout": "late"}},
        "again": play("ask"),
        "late": bye("<{code}>"),
    }
    caller = Caller(nodes)
    caller.press("1234")
    caller.send("played")
    caller.wait()
    assert caller.said == ["<>"]


# Keys that come before they are asked for


def test_a_key_ends_what_may_be_interrupted_and_answers_the_next_question():
    caller = Caller({"a": play("menu", barge=True), "menu": MENU, **MENU_ENDS})
    caller.press("2")
    assert caller.said == ["two"]
    assert caller.path == ["a::next", "menu:2:2", "two::"]


def test_a_play_that_must_be_heard_takes_no_key():
    caller = Caller({"a": play("menu"), "menu": MENU, **MENU_ENDS})
    caller.press("2")
    assert caller.instruction["do"] == "play"
    caller.send("played")
    assert caller.instruction["do"] == "collect"


def test_keys_typed_ahead_pass_interruptible_speech_and_several_questions():
    nodes = {
        "a": play("menu", barge=True),
        "menu": {**MENU, "exits": {"1": "b"}},
        "b": play("ask", barge=True),
        "ask": COLLECT,
        **COLLECT_ENDS,
    }
    caller = Caller(nodes)
    caller.press("147#")
    assert caller.said == ["四七"]


def test_what_must_be_heard_drops_what_was_typed_ahead():
    nodes = {"a": play("b", barge=True), "b": play("menu"), "menu": MENU, **MENU_ENDS}
    caller = Caller(nodes)
    caller.press("2")
    assert caller.instruction["node"] == "b"
    caller.send("played")
    assert caller.instruction["do"] == "collect"


def test_the_rest_of_a_number_is_asked_for_without_the_speech():
    caller = Caller({"a": play("ask", barge=True), "ask": COLLECT, **COLLECT_ENDS})
    caller.press("1")
    assert caller.instruction["speech"] == []
    assert (caller.instruction["min"], caller.instruction["max"]) == (1, 3)
    assert caller.instruction["timeout"] == caller.instruction["digit_timeout"]
    caller.press("234")
    assert caller.said == ["一二三四"]


def test_digits_beyond_the_longest_answer_the_next_question():
    nodes = {"ask": {**COLLECT, "exits": {"ok": "menu"}}, "menu": MENU, **MENU_ENDS}
    caller = Caller(nodes)
    caller.press("12342")
    assert caller.said == ["two"]


def test_a_wrong_key_drops_what_was_typed_after_it():
    caller = Caller({"a": play("menu", barge=True), "menu": MENU, **MENU_ENDS})
    caller.press("92")
    assert caller.said == ["按键有误", "订单请按一"]


def test_an_interruption_without_keys_goes_on():
    caller = Caller({"a": play("menu", barge=True), "menu": MENU, **MENU_ENDS})
    caller.press("")
    assert caller.instruction["do"] == "collect"


FULL = {"ask": {**COLLECT, "exits": {"ok": "next"}}, **MENU_ENDS}


@pytest.mark.parametrize(
    ("following", "events", "said"),
    [
        # asked again, in full, then answered
        (MENU, [("#", "full"), ("2", "full")], ["two"]),
        (MENU, [("#2", "full")], ["two"]),
        ({**MENU, "keys": ["#"], "exits": {"#": "one"}}, [("#", "full")], ["one"]),
        ({**COLLECT, "exits": {"ok": "one"}}, [("", "terminator"), ("12", "terminator")], ["one"]),
    ],
)
def test_a_terminator_after_the_last_digit_is_no_answer_to_the_next_question(
    following, events, said
):
    caller = Caller({**FULL, "next": following})
    caller.press("1234")
    first = caller.instruction
    for digits, ended in events[:-1]:
        assert caller.press(digits, ended) == first
    caller.press(*events[-1])
    assert caller.said == said


@pytest.mark.parametrize("events", [["", ""], ["7", ""]])
def test_a_terminator_after_the_last_digit_is_overlooked_only_once(events):
    caller = Caller({**FULL, "next": COLLECT})
    caller.press("1234")
    for digits in events:
        caller.press(digits, "terminator")
    if events[0]:
        assert caller.said == ["bad"]
    else:
        assert caller.said == ["不对", "请输入编号"]


def test_a_terminator_after_the_last_digit_does_not_interrupt_what_follows():
    caller = Caller({**FULL, "next": play("menu", barge=True), "menu": MENU})
    caller.press("1234")
    first = caller.instruction
    assert caller.press("#") == first
    caller.press("1")
    assert caller.said == ["one"]


def test_a_terminator_typed_ahead_after_the_last_digit_is_no_answer_to_the_next_question():
    nodes = {"a": play("ask", barge=True), **FULL, "next": MENU}
    caller = Caller(nodes)
    caller.press("1234#2")
    assert caller.said == ["two"]


# Secrets

PIN = {
    "op": "collect",
    "variable": "pin",
    "min": 4,
    "max": 6,
    "terminator": "#",
    "masked": True,
    "retries": 1,
    "speech": say("请输入密码"),
    "exits": {"ok": "check", "invalid": "end", "timeout": "end"},
}
CHECK = {
    "op": "ask",
    "name": "check_pin",
    "args": {"pin": "{pin}", "who": "{caller}"},
    "exits": {"ok": "end", "wrong": "pin", "failed": "end"},
}


def test_a_secret_is_gone_when_the_question_has_been_answered():
    caller = Caller({"pin": PIN, "check": CHECK, "end": bye("<{pin}>")})
    assert caller.instruction["masked"] is True
    caller.press("4711", "terminator")
    assert caller.instruction["do"] == "ask"
    assert caller.instruction["args"] == {"pin": "4711", "who": "+8613800138000"}
    assert caller.instruction["masked"] == ["pin"]
    assert "pin" not in caller.variables
    caller.send("answer", exit="wrong", values={}, speech=say("密码错误"))
    assert caller.instruction["do"] == "play"
    assert "4711" not in str(caller.session)
    caller.send("played")
    assert caller.instruction["do"] == "collect"
    caller.press("4712", "terminator")
    caller.send("answer", exit="ok", values={"name": "王"})
    assert caller.said == ["<>"]
    assert caller.path == ["pin:****:ok", "check::wrong", "pin:****:ok", "check::ok", "end::"]
    assert "4711" not in str(caller.track) and "4712" not in str(caller.track)


def test_a_secret_stays_while_another_question_may_need_it():
    second = {**CHECK, "name": "sign", "exits": {"ok": "end"}}
    first = {**CHECK, "exits": {"ok": "sign", "wrong": "end", "odd": None}}
    nodes = {"pin": PIN, "check": first, "sign": second, "end": play("menu"), "menu": MENU}
    caller = Caller(nodes)
    caller.press("4711#", "terminator")
    caller.send("answer", exit="ok", speech=say("好"))
    assert caller.session["secrets"] == {"pin": "4711"}
    caller.send("played")
    assert caller.instruction["name"] == "sign"
    caller.send("answer", exit="ok")
    assert caller.instruction["do"] == "play"
    assert "4711" not in str(caller.session)


def test_a_secret_that_nobody_asks_for_is_not_kept():
    caller = Caller({"pin": {**PIN, "exits": {"ok": "menu"}}, "menu": MENU, **MENU_ENDS})
    caller.press("471199")
    assert "471199" not in str(caller.session)


def test_what_is_made_of_a_secret_is_secret():
    nodes = {
        "pin": {**PIN, "exits": {"ok": "copy"}},
        "copy": {"op": "set", "values": {"both": "{caller}/{pin}"}, "exits": {"next": "test"}},
        "test": {
            "op": "branch",
            "rules": [{"variable": "pin", "operator": "=", "value": "4711", "exit": "say"}],
            "exits": {"say": "say"},
        },
        "say": play("check", speech=say("<{both}>")),
        "check": {**CHECK, "args": {"both": "{both}"}},
        "end": bye(),
    }
    caller = Caller(nodes)
    caller.press("4711", "terminator")
    assert caller.said == ["<>"]
    assert "4711" not in str(caller.variables)
    caller.send("played")
    assert caller.instruction["args"] == {"both": "+8613800138000/4711"}
    assert caller.instruction["masked"] == ["both"]


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ({"op": "record", "values": {"x": "<{pin}>"}}, "values"),
        ({"op": "transfer", "target": "<{pin}>"}, "target"),
        ({"op": "callback", "queue": "q", "number": "<{pin}>"}, "number"),
        ({"op": "fax_send", "document": "<{pin}>"}, "document"),
        ({"op": "fax_receive", "values": {"x": "<{pin}>"}}, "values"),
        ({"op": "http", "url": "https://x/<{pin}>"}, "url"),
        ({"op": "rate", "variable": "pin"}, "score"),
        ({"op": "hangup", "speech": say("<{pin}>")}, "speech"),
    ],
)
def test_secrets_are_neither_said_nor_kept_nor_called(node, place):
    nodes = {"pin": {**PIN, "exits": {"ok": "x"}}, "x": {**node, "exits": {"failed": "check"}}}
    caller = Caller({**nodes, "check": CHECK})
    caller.press("4711", "terminator")
    assert "4711" not in str(caller.instruction[place])


def test_what_is_typed_after_a_secret_is_dropped():
    nodes = {"a": play("pin", barge=True), "pin": PIN, "check": CHECK, "end": MENU}
    for keys in ("471199345", "4711#345"):
        caller = Caller(nodes)
        caller.press(keys)
        assert caller.session["keys"] == ""
    caller = Caller({"pin": PIN, "check": CHECK, "end": MENU})
    caller.press("471199345")
    assert caller.session["keys"] == ""


def test_a_secret_does_not_go_into_another_flow():
    other = make_document({"x": play(""), "check": CHECK}, flow="night")
    caller = Caller({"pin": {**PIN, "exits": {"ok": "flow:night"}}, "check": CHECK}, other)
    caller.press("4711", "terminator")
    assert "4711" not in str(caller.session)


@pytest.mark.parametrize(
    "leaves, named",
    [({"next": "told"}, "told"), ({"other": "told"}, "next"), ("told", "next"), ({"next": 7}, "7")],
)
def test_the_track_names_the_exit_of_the_node_that_a_macro_is_left_by(leaves, named):
    caller = Caller(
        {
            "order": play("order.say"),
            "order.say": play("end", leaves=leaves),
            "end": bye(),
        }
    )
    caller.send("played")
    caller.send("played")
    assert [(entry["node"], entry["exit"]) for entry in caller.track][0] == ("order", named)


def test_wrong_input_of_a_secret_is_masked_in_the_track():
    caller = Caller({"pin": PIN, "check": CHECK, "end": bye()})
    caller.press("471", "terminator")
    caller.press("47*1", "terminator")
    assert caller.path[0] == "pin:**** ****:invalid"


# Variables and branches


def test_variables_are_set_from_literals_and_texts():
    values = {"a": 5, "b": [1, {"x": True}], "c": "{a}-{b}", "d": "{b}", "e": "{none}", "f": "{a} "}
    caller = Caller(
        {"set": {"op": "set", "values": values, "exits": {"next": "end"}}, "end": bye()}
    )
    assert caller.variables["a"] == 5
    assert caller.variables["d"] == [1, {"x": True}]
    assert caller.variables["e"] is None
    assert caller.variables["f"] == "5 "
    assert caller.variables["hotline"] == "8000"
    assert caller.variables["now"] == "2026-11-22T06:00:00Z"
    assert caller.variables["language"] == "zh_CN"


BRANCHES = [
    ("12", "=", "12", True),
    ("012", "=", "12", False),
    (12, "=", "12.0", True),
    (12, "=", "twelve", False),
    (True, "=", "true", True),
    ("x", "!=", "y", True),
    (None, "!=", "y", True),
    (None, "=", "", True),
    ("9", "<", "10", True),
    ("9", ">=", "10", False),
    (3, "<=", 3, True),
    (4, ">", "3", True),
    ("2026-11-22", "<", "2026-12-01", True),
    (None, "<", 5, False),
    ("b", "in", ["a", "b"], True),
    ("b", "in", "a, b", True),
    (2, "in", [1, 2], True),
    ("z", "in", "a,b", False),
    ("", "in", ["", "a"], False),
    ("x", "set", None, True),
    (False, "set", None, True),
    ("", "set", None, False),
    (None, "unset", None, True),
    (0, "unset", None, False),
    ("SO123", "starts", "SO", True),
    ("123", "starts", "SO", False),
    ("+8613800138000", "=", "{caller}", True),
]


@pytest.mark.parametrize(("value", "operator", "other", "holds"), BRANCHES)
def test_a_branch_compares(value, operator, other, holds):
    rule = {"variable": "x", "operator": operator, "value": other, "exit": "yes"}
    node = {"op": "branch", "rules": [rule], "exits": {"yes": "yes", "else": "no"}}
    caller = Caller({"b": node, **ends("yes", "no")}, variables={"x": value})
    assert caller.said == ["yes" if holds else "no"]


def test_the_first_rule_that_holds_decides():
    rules = [
        {"variable": "x", "operator": "=", "value": "1", "exit": "a"},
        {"variable": "x", "operator": "set", "exit": "b"},
        {"variable": "x", "operator": "set", "exit": "c"},
    ]
    node = {"op": "branch", "rules": rules, "exits": {"a": "a", "b": "b", "c": "c", "else": "d"}}
    assert Caller({"x": node, **ends("a", "b", "c", "d")}, variables={"x": 2}).said == ["b"]
    assert Caller({"x": {**node, "rules": None}, **ends("d")}).said == ["d"]


def test_a_comparison_that_does_not_exist_comes_to_the_queue():
    rule = {"variable": "hotline", "operator": "like", "value": "8", "exit": "a"}
    caller = Caller({"x": {"op": "branch", "rules": [rule], "exits": {"a": "a"}}, **ends("a")})
    assert caller.instruction["reason"] == "unknown_operator"


@pytest.mark.parametrize(("weekday", "end"), [(6, "open"), (0, "closed")])
def test_opening_hours_decide(weekday, end):
    schedule = {"tz": "Asia/Shanghai", "weekly": [[weekday, "09:00", "18:00"]]}
    node = {"op": "hours", "schedule": schedule, "exits": {"open": "open", "closed": "closed"}}
    assert Caller({"h": node, **ends("open", "closed")}).said == [end]


# What others answer

ASK = {
    "op": "ask",
    "name": "order_status",
    "args": {"number": "{caller}", "limit": 3, "note": "of {hotline}"},
    "timeout": 60,
    "speech": say("请稍候"),
    "exits": {"found": "end", "none": "none", "failed": "failed"},
}
ASK_ENDS = {"end": bye("<{state}>"), **ends("none", "failed")}


def test_a_question_is_asked_and_its_answer_taken():
    caller = Caller({"ask": ASK, **ASK_ENDS})
    assert caller.instruction == {
        **{"do": "ask", "flow": "main", "node": "ask", "id": "s1:1", "name": "order_status"},
        "args": {"number": "+8613800138000", "limit": 3, "note": "of 8000"},
        **{"masked": [], "language": "zh_CN", "timeout": 30},
        "speech": [{"say": "请稍候", "language": "zh_CN"}],
    }
    answer = {
        "state": "已发货",
        "count": float("nan"),
        "list": (1, 2),
        "long": "x" * 5000,
        "o": object,
    }
    event = {"type": "answer", "exit": "found", "values": answer, "at": AT}
    session, instruction, _track = step(caller.documents, caller.session, event)
    assert instruction["speech"] == [{"say": "<已发货>", "language": "zh_CN"}]
    assert session["variables"]["count"] is None
    assert session["variables"]["list"] == [1, 2]
    assert len(session["variables"]["long"]) == 2000
    assert isinstance(session["variables"]["o"], str)


def test_the_speech_of_an_answer_is_played_before_its_exit_is_taken():
    nodes = {"a": play("ask", barge=True), "ask": {**ASK, "exits": {"found": "menu"}}, "menu": MENU}
    caller = Caller({**nodes, **MENU_ENDS})
    caller.press("1")
    assert caller.instruction["do"] == "ask"
    speech = say("{name}，订单{state}")
    caller.send("answer", exit="found", values={"state": "已发货", "name": "王女士"}, speech=speech)
    assert caller.instruction["do"] == "play" and caller.instruction["barge"]
    assert caller.said == ["王女士，订单已发货"]
    caller.send("played")
    assert caller.instruction["do"] == "collect", (
        "what was typed before the answer is no answer to it"
    )


def test_a_key_during_the_speech_of_an_answer_answers_the_next_question():
    caller = Caller({"ask": {**ASK, "exits": {"found": "menu"}}, "menu": MENU, **MENU_ENDS})
    caller.send("answer", exit="found", speech=say("已发货"))
    caller.press("2")
    assert caller.said == ["two"]


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("failed", {"reason": "timeout"}, "failed"),
        ("answer", {"exit": "none", "values": None}, "none"),
        ("answer", {"exit": "unheard of"}, "failed"),
        ("answer", {}, "failed"),
    ],
)
def test_a_question_has_an_exit_for_whatever_comes_back(kind, values, said):
    caller = Caller({"ask": ASK, **ASK_ENDS})
    caller.send(kind, **values)
    assert caller.said == [said]


def test_every_question_has_an_id_of_its_own():
    caller = Caller({"ask": {**ASK, "exits": {"found": "ask"}}})
    assert caller.instruction["id"] == "s1:1"
    caller.send("answer", exit="found")
    assert caller.instruction["id"] == "s1:2"


HTTP = {
    "op": "http",
    "url": "https://example.com/price/{code}",
    "args": {"code": "{code}"},
    "values": {"price": "data.price", "name": "name", "gone": "data.price.deep"},
    "exits": {"ok": "end", "failed": "failed"},
}


def test_values_are_taken_from_a_web_answer():
    caller = Caller(
        {"h": HTTP, "end": bye("{price|amount}"), **ends("failed")}, variables={"code": "a b"}
    )
    assert caller.instruction["url"] == "https://example.com/price/a%20b"
    assert caller.instruction["args"] == {"code": "a b"}
    assert caller.instruction["timeout"] == 5
    caller.send("answer", values={"data": {"price": 12}, "name": "奶粉"})
    assert caller.said == ["十二元"]
    assert caller.variables["name"] == "奶粉" and caller.variables["gone"] is None


@pytest.mark.parametrize(
    ("kind", "values"),
    [("failed", {}), ("answer", {"exit": "failed"}), ("answer", {"exit": "ok", "values": [1]})],
)
def test_a_web_request_that_failed_has_an_exit(kind, values):
    caller = Caller({"h": HTTP, **ends("end", "failed")})
    caller.send(kind, **values)
    assert caller.said == ["failed"]


# What is done on the call

RECORD = {
    "op": "record",
    "kind": "voicemail",
    "max_seconds": 90,
    "silence_seconds": 4,
    "terminator": "#",
    "speech": say("请留言"),
    "values": {"reason": "投诉 {caller}"},
    "exits": {"ok": "end", "empty": "none"},
}


def test_a_message_is_recorded():
    caller = Caller({"r": RECORD, **ends("end", "none")})
    assert caller.instruction == {
        **{"do": "record", "flow": "main", "node": "r", "kind": "voicemail", "max_seconds": 90},
        **{"silence_seconds": 4, "terminator": "#", "values": {"reason": "投诉 +8613800138000"}},
        "speech": [{"say": "请留言", "language": "zh_CN"}],
    }
    caller.send("recorded", name="x", seconds=7.5)
    assert caller.said == ["end"]


@pytest.mark.parametrize(
    ("kind", "values"), [("recorded", {"seconds": 0}), ("recorded", {}), ("failed", {})]
)
def test_an_empty_message_has_an_exit(kind, values):
    caller = Caller({"r": RECORD, **ends("end", "none")})
    caller.send(kind, **values)
    assert caller.said == ["none"]


STATUSES = ("full", "timeout", "empty", "busy", "closed", "failed", "after")
TRANSFER = {
    "op": "transfer",
    "kind": "queue",
    "target": "{queue}",
    "priority": 5,
    "seconds": 30,
    "exits": {name: name for name in STATUSES},
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_transfer_comes_back_to_its_exit(status):
    caller = Caller({"t": TRANSFER, **ends(*STATUSES)}, variables={"queue": "orders"})
    assert caller.instruction == {
        **{"do": "transfer", "flow": "main", "node": "t", "kind": "queue", "target": "orders"},
        **{"priority": 5, "seconds": 30, "after": True},
    }
    caller.send("returned", status=status)
    assert caller.said == [status]


def test_a_transfer_that_cannot_be_done_has_failed():
    caller = Caller({"t": TRANSFER, **ends(*STATUSES)})
    caller.send("failed")
    assert caller.said == ["failed"]


def test_a_status_without_exit_is_a_failure_and_without_that_the_queue():
    caller = Caller({"t": {**TRANSFER, "exits": {"failed": "failed"}}, **ends("failed")})
    caller.send("returned", status="busy")
    assert caller.said == ["failed"]
    caller = Caller({"t": {**TRANSFER, "exits": None}})
    assert caller.send("returned")["do"] == "fallback"


def test_a_caller_who_has_talked_to_an_agent_does_not_come_to_the_queue_again():
    caller = Caller({"t": {**TRANSFER, "exits": {"failed": "failed"}}, **ends("failed")})
    assert caller.instruction["after"] is False
    caller.send("returned", status="after")
    assert caller.instruction["do"] == "hangup" and caller.said == []
    assert caller.session["ended"] == "hangup"


@pytest.mark.parametrize(
    ("node", "instruction"),
    [
        (
            {"op": "callback", "queue": "orders", "number": "{caller}"},
            {"do": "callback", "queue": "orders", "number": "+8613800138000"},
        ),
        (
            {"op": "fax_send", "document": "f" * 64},
            {"do": "fax_send", "document": "f" * 64, "number": ""},
        ),
        (
            {"op": "fax_receive", "values": {"to": "{hotline}"}},
            {"do": "fax_receive", "values": {"to": "8000"}},
        ),
    ],
)
@pytest.mark.parametrize(
    ("kind", "exit_", "said"),
    [
        ("done", "ok", "ok"),
        ("done", "failed", "failed"),
        ("done", "odd", "failed"),
        ("failed", "", "failed"),
    ],
)
def test_what_is_done_on_the_call_has_an_exit(node, instruction, kind, exit_, said):
    node = {**node, "exits": {"ok": "ok", "failed": "failed"}}
    caller = Caller({"x": node, **ends("ok", "failed")})
    assert caller.instruction == {"flow": "main", "node": "x", **instruction}
    caller.send(kind, exit=exit_)
    assert caller.said == [said]


def test_a_score_is_handed_on():
    node = {"op": "rate", "variable": "score", "kind": "call", "exits": {"next": "end"}}
    caller = Caller({"r": node, "end": bye()}, variables={"score": "5"})
    assert caller.instruction == {
        "do": "rate", "flow": "main", "node": "r", "kind": "call", "score": "5"
    }  # fmt: skip
    caller.send("done")
    assert caller.said == ["bye"]


# Ways


def test_a_flow_leads_to_another_and_takes_its_variables_along():
    other = make_document(
        {"x": play("", speech=say("{a}{b}", "English"))},
        flow="night",
        language="en_US",
        variables={"a": "no", "b": "new", "language": "fr_FR"},
    )
    caller = Caller({"hello": play("flow:night")}, other, variables={"a": "kept "})
    caller.send("played")
    assert caller.instruction["flow"] == "night"
    assert caller.said == ["kept new"]
    assert caller.path == ["hello::next"]
    caller.send("played")
    assert caller.track[-1]["flow"] == "night"


def test_a_flow_that_leads_to_itself_begins_again():
    caller = Caller({"menu": {**MENU, "exits": {"1": "flow:main"}}})
    caller.press("1")
    assert caller.instruction["do"] == "collect"
    assert caller.path == ["menu:1:1"]


def test_a_flow_can_begin_at_a_node_with_variables():
    caller = Caller({"a": play(""), "b": play("", speech=say("{x}"))}, start=False)
    caller.send("start", flow="main", node="b", variables={"x": "七"})
    assert caller.said == ["七"]


def test_operations_of_one_node_are_one_entry_of_the_track():
    nodes = {
        "order": {**MENU, "exits": {"1": "order.code"}, "type": "place_order", "label": "Order"},
        "order.code": {**COLLECT, "exits": {"ok": "order.ask"}, "label": "inner"},
        "order.ask": {**ASK, "exits": {"found": "order", "none": "end"}},
        "end": bye(),
    }
    caller = Caller(nodes)
    caller.press("1")
    caller.press("1234")
    caller.send("answer", exit="found")
    assert caller.path == ["order:1 1234:found"]
    assert caller.track[0]["label"] == "Order" and caller.track[0]["type"] == "place_order"
    caller.press("1")
    caller.press("77", "terminator")
    caller.send("answer", exit="none")
    assert caller.path == ["order:1 1234:found", "order:1 77:none", "end::"]


# Ends


@pytest.mark.parametrize(
    ("node", "reason"), [(MENU, "caller"), (TRANSFER, "transfer"), (RECORD, "caller")]
)
def test_a_hang_up_ends_the_session_wherever_it_comes(node, reason):
    caller = Caller({"x": node})
    assert caller.send("hangup") is None
    assert caller.session["ended"] == reason
    assert caller.path == ["x::"]
    assert caller.send("played") is None
    assert caller.send("start", flow="main") is None
    assert len(caller.track) == 1


def test_a_hang_up_before_anything_else_ends_the_session():
    caller = Caller({"x": MENU}, start=False)
    assert caller.send("hangup") is None
    assert caller.session["ended"] == "caller" and caller.track == []


def test_an_empty_target_is_the_queue():
    caller = Caller({"a": play("")})
    assert caller.send("played") == {
        **{"do": "fallback", "flow": "main", "node": "a", "reason": "exit", "detail": "next"},
    }
    assert caller.session["ended"] == "fallback"
    assert caller.send("hangup") is None


@pytest.mark.parametrize("op", ["set", "play", "ask"])
def test_a_circle_without_the_caller_ends_in_the_queue(op):
    nodes = {
        "set": {
            "a": {"op": "set", "values": {"x": 1}, "exits": {"next": "b"}},
            "b": play("a", speech=[]),
        },
        "play": {"a": play("b", barge=True), "b": play("a")},
        "ask": {"a": {**ASK, "exits": {"failed": "a"}}},
    }[op]
    caller = Caller(nodes)
    done = 0
    while caller.instruction["do"] in ("play", "ask"):
        caller.send("failed")
        done += 1
        assert done <= LIMIT
    assert caller.instruction["reason"] == "endless"


def test_a_caller_who_presses_keys_may_go_round_for_ever():
    caller = Caller({"menu": {**MENU, "exits": {"1": "a"}}, "a": play("menu", barge=True)})
    for _round in range(LIMIT // 2 + 2):
        caller.press("1")
        caller.send("played")
    assert caller.instruction["do"] == "collect"


def test_a_silent_caller_does_not_go_round_for_ever():
    caller = Caller({"menu": {**MENU, "exits": {"timeout": "menu"}}})
    for _round in range(LIMIT):
        caller.wait()
    assert caller.session["ended"] == "fallback"


@pytest.mark.parametrize(
    "node", [MENU, play("one"), ASK, HTTP, RECORD, TRANSFER, {"op": "rate"}, {"op": "callback"}]
)
def test_an_event_that_does_not_fit_gives_the_same_instruction_again_but_not_for_ever(node):
    caller = Caller({"x": node})
    first = caller.instruction
    for _round in range(LIMIT - 1):
        assert caller.send("nonsense") == first
    assert caller.send("nonsense")["do"] == "fallback"


DAMAGED = {
    "no_nodes": {"nodes": None},
    "odd_nodes": {"nodes": {"x": 5}, "start": "x"},
    "odd_op": {"nodes": {"x": {"op": ["play"]}}},
    "unknown_op": {"nodes": {"x": {"op": "dance", "exits": {"next": "y"}}}},
    "private": {"nodes": {"x": {"op": "_init"}}},
    "no_start": {"start": "nowhere"},
    "odd_start": {"start": {"x": "x"}},
    "no_target": {"nodes": {"x": {"op": "set", "exits": {"next": "nowhere"}}}},
    "odd_target": {"nodes": {"x": {"op": "set", "exits": {"next": {"a": 1}}}}},
    "odd_exits": {"nodes": {"x": {"op": "set", "exits": ["next"]}}},
    "no_flow": {"nodes": {"x": {"op": "set", "exits": {"next": "flow:gone"}}}},
    "odd_speech": {"nodes": {"x": {"op": "play", "speech": {"zh_CN": "x"}, "exits": {}}}},
    "odd_texts": {"nodes": {"x": {"op": "play", "speech": [{"text": "x"}], "exits": {}}}},
    "odd_values": {"nodes": {"x": {"op": "set", "values": [1], "exits": {}}}},
    "no_variable": {"nodes": {"x": {"op": "collect", "exits": {}}}},
    "odd_schedule": {"nodes": {"x": {"op": "hours", "schedule": {"tz": "Moon/Sea"}, "exits": {}}}},
    "no_schedule": {"nodes": {"x": {"op": "hours", "exits": {"open": "x"}}}},
    "odd_rules": {"nodes": {"x": {"op": "branch", "rules": [1], "exits": {}}}},
    "odd_variables": {"variables": [1]},
    "odd_language": {"nodes": {"x": {"op": "language", "exits": {"next": "x"}}}},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_document_brings_the_caller_to_the_queue(name):
    document = {**make_document({"x": play("")}), **DAMAGED[name]}
    session, instruction, track = step(
        {"main": document}, new_session({}), {"type": "start", "flow": "main"}
    )
    assert instruction["do"] == "fallback"
    assert session["ended"] == "fallback"
    assert isinstance(track, list)


@pytest.mark.parametrize("documents", [None, [], {}, {"main": None}, {"main": {"nodes": []}}])
def test_a_flow_that_is_not_there_brings_the_caller_to_the_queue(documents):
    event = {"type": "start", "flow": "main"}
    instruction = step(documents, new_session(None), event)[1]
    assert instruction["do"] == "fallback" and instruction["reason"] == "unknown_flow"


@pytest.mark.parametrize(
    ("session", "event"),
    [
        (None, {"type": "start", "flow": "main"}),
        ({}, {"type": "played"}),
        ({}, None),
        ({"wait": 5}, {"type": "played"}),
        ({"step": [None]}, {"type": "played"}),
        ({"flow": "main", "node": "x", "step": {}, "other": 1}, {"type": "played"}),
        ({"wait": {"instruction": {"do": "collect"}}}, {"type": "digits"}),
        ({"variables": None}, {"type": "start", "flow": "main"}),
        ({"at": 1e300}, {"type": "start", "flow": "main"}),
        ({"flow": "main", "wait": {"instruction": {"do": "play"}}}, {"type": "played"}),
        (
            {"flow": "main", "node": "x", "wait": {"instruction": {"do": "play"}}},
            {"type": "played"},
        ),
    ],
)
def test_a_damaged_session_brings_the_caller_to_the_queue(session, event):
    documents = {"main": make_document({"x": play("")})}
    assert step(documents, session, event)[1]["do"] == "fallback"


def test_a_hang_up_of_a_damaged_session_ends_it():
    session, instruction, _track = step({}, {"wait": {"x": 1}}, {"type": "hangup"})
    assert instruction is None and session["ended"] == "caller"


def test_a_node_that_is_gone_from_the_document_brings_the_caller_to_the_queue():
    caller = Caller({"a": play("b"), "b": play("")})
    changed = {"main": make_document({"b": play("")})}
    instruction = step(changed, caller.session, {"type": "played", "at": AT})[1]
    assert instruction["reason"] == "unknown_node"


def test_parameters_that_make_no_sense_get_sensible_values():
    odd = {"min": 9, "max": 3, "timeout": -1, "digit_timeout": "x", "retries": 1000}
    caller = Caller({"ask": {**COLLECT, **odd}})
    assert caller.instruction["min"] == caller.instruction["max"] == 3
    assert (caller.instruction["timeout"], caller.instruction["digit_timeout"]) == (1, 3)


def test_a_new_session_is_a_plain_value_of_whatever_it_is_given():
    session = new_session({"id": 7, "at": "yesterday", "caller": None})
    assert (session["id"], session["at"], session["variables"]["caller"]) == ("7", 0, "")
