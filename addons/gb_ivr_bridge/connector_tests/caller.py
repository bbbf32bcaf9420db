"""A caller in a flow: documents, a session, and what he does."""

import copy
import json

from ivr.interpreter import new_session, step

AT = 1795327200  # 2026-11-22 06:00 UTC, a Sunday


def make_document(nodes, flow="main", **values):
    """A document that begins at its first node."""
    return {
        "format": 1,
        "flow": flow,
        "version": 3,
        "language": "zh_CN",
        "languages": ["zh_CN", "en_US"],
        "start": next(iter(nodes), ""),
        "variables": {},
        "nodes": nodes,
        **values,
    }


def say(chinese, english=None):
    """A speech of one text."""
    return [{"text": {"zh_CN": chinese, **({"en_US": english} if english else {})}}]


class Caller:
    """Takes a session from event to event; what a step must never do is checked at each."""

    def __init__(self, nodes, *more, start=True, **values):
        documents = [make_document(nodes, **values), *more]
        self.documents = {document["flow"]: document for document in documents}
        call = {"id": "s1", "hotline": "8000", "caller": "+8613800138000", "at": AT}
        self.session = new_session(call)
        self.instruction = None
        self.track = []
        self.at = AT
        if start:
            self.send("start", flow="main")

    def send(self, kind, **values):
        """An event; the instruction that follows."""
        event = {"type": kind, "at": self.at, **values}
        before = copy.deepcopy((self.documents, self.session, event))
        again = json.loads(json.dumps(self.session))
        self.session, self.instruction, track = step(self.documents, self.session, event)
        assert before[0] == self.documents and before[2] == event
        assert json.loads(json.dumps(self.session)) == self.session
        assert step(before[0], again, event) == (self.session, self.instruction, track)
        self.track += track
        self.at += 2
        return self.instruction

    def press(self, digits, ended="full"):
        """Keys pressed."""
        return self.send("digits", digits=digits, ended=ended)

    def wait(self):
        """Nothing is pressed."""
        return self.press("", "timeout")

    @property
    def variables(self):
        """The flow's variables."""
        return self.session["variables"]

    @property
    def said(self):
        """The texts of the instruction's speech."""
        return [part.get("say") or part.get("audio") for part in self.instruction["speech"]]

    @property
    def path(self):
        """``node:input:exit`` of the track."""
        return [f"{entry['node']}:{entry['input']}:{entry['exit']}" for entry in self.track]
