"""Every operation, one at a time."""

from caller import AT, Caller, make_document, say

END = {"op": "hangup", "speech": say("再见", "Goodbye"), "exits": {}}
MENU = {
    "op": "menu",
    "speech": say("订单请按一", "For orders press one"),
    "keys": ["1", "2"],
    "timeout": 4,
    "retries": 1,
    "invalid": say("按键有误"),
    "no_input": say("没有听到"),
    "exits": {"1": "end", "2": "other", "invalid": "bad", "timeout": "late"},
    "label": "Main menu",
    "type": "menu",
}
ENDS = {name: {**END, "speech": say(name)} for name in ("end", "other", "bad", "late")}


def test_a_text_is_played_then_the_call_ends():
    caller = Caller(
        {"hello": {"op": "play", "speech": say("您好"), "exits": {"next": "end"}}, "end": END}
    )
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
    assert caller.track[0]["at"] == AT and caller.track[0]["left"] == AT + 2


def test_a_menu_takes_one_key():
    caller = Caller({"menu": MENU, **ENDS})
    assert caller.instruction["do"] == "collect"
    assert caller.instruction["keys"] == ["1", "2"]
    assert (caller.instruction["min"], caller.instruction["max"]) == (1, 1)
    assert caller.instruction["timeout"] == 4
    caller.press("2")
    assert caller.said == ["other"]
    assert caller.path[0] == "menu:2:2"
    assert caller.track[0]["label"] == "Main menu"


def test_a_wrong_key_is_said_and_asked_again_until_the_tries_are_over():
    caller = Caller({"menu": MENU, **ENDS})
    caller.press("7")
    assert caller.said == ["按键有误", "订单请按一"]
    caller.press("8")
    assert caller.said == ["bad"]
    assert caller.path[0] == "menu:7 8:invalid"


def test_nothing_pressed_is_said_and_asked_again_until_the_tries_are_over():
    caller = Caller({"menu": MENU, **ENDS})
    caller.wait()
    assert caller.said == ["没有听到", "订单请按一"]
    caller.wait()
    assert caller.said == ["late"]


PIN = {
    "op": "collect",
    "variable": "pin",
    "min": 4,
    "max": 6,
    "terminator": "#",
    "masked": True,
    "speech": say("请输入密码"),
    "exits": {"ok": "check", "invalid": "end", "timeout": "end"},
}
CHECK = {
    "op": "ask",
    "name": "check_pin",
    "args": {"pin": "{pin}"},
    "exits": {"ok": "end", "wrong": "pin", "failed": "end"},
}


def test_a_secret_is_gone_when_the_question_has_been_answered():
    caller = Caller({"pin": PIN, "check": CHECK, "end": END})
    assert caller.instruction["masked"] is True
    caller.press("4711", "terminator")
    assert caller.instruction["do"] == "ask"
    assert caller.instruction["args"] == {"pin": "4711"}
    assert caller.instruction["masked"] == ["pin"]
    assert caller.instruction["id"] == "s1:1"
    caller.send("answer", exit="wrong", values={}, speech=say("密码错误"))
    assert caller.instruction["do"] == "play"
    assert "4711" not in str(caller.session)
    caller.send("played")
    assert caller.instruction["do"] == "collect"
    caller.press("4712", "terminator")
    caller.send("answer", exit="ok", values={"name": "王"})
    assert caller.variables["name"] == "王"
    assert caller.path == ["pin:****:ok", "check::wrong", "pin:****:ok", "check::ok", "end::"]


def test_an_unknown_node_reaches_the_fallback():
    caller = Caller({"hello": {"op": "play", "speech": say("您好"), "exits": {"next": "nowhere"}}})
    assert caller.send("played")["do"] == "fallback"
    assert caller.instruction["reason"] == "unknown_node"
    assert caller.session["ended"] == "fallback"


def test_flows_can_be_left_for_another():
    other = make_document({"bye": {**END, "speech": say("另一个")}}, flow="night")
    caller = Caller(
        {"hello": {"op": "play", "speech": say("您好"), "exits": {"next": "flow:night"}}}, other
    )
    caller.send("played")
    assert caller.said == ["另一个"]


def test_a_circle_without_the_caller_ends_in_the_fallback():
    caller = Caller(
        {
            "a": {"op": "set", "values": {"x": 1}, "exits": {"next": "b"}},
            "b": {"op": "set", "values": {"x": 2}, "exits": {"next": "a"}},
        }
    )
    assert caller.instruction["do"] == "fallback"
    assert caller.instruction["reason"] == "endless"
