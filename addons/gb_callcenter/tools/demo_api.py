"""A telephone system that exists in Odoo only: drives every screen without a PBX. No ORM."""

import time
import uuid

from .call_facts import Fact
from .provider_api import ProviderApi, ProviderError

SOURCE = "demo"


def make_event(kind, at, linked, channel="", **info):
    """A raw event of the demo provider: one fact, as the connector of a real PBX would send its own."""
    return {
        "id": uuid.uuid4().hex,
        "source": SOURCE,
        "at": at,
        "data": {"type": kind, "linkedid": linked, "channel": channel, "info": info},
    }


def inbound_start(linked, at, number, hotline, queue, extension, wait=2):
    """Events of a made-up customer up to the moment in which a seat rings.

    :param float at: Unix time at which the seat rings
    :param int wait: seconds that he waited in the queue
    """
    begin = at - wait - 3
    events = [
        make_event("start", begin, linked, linked, role="outside", number=number, dialled=hotline),
        make_event("answer", begin, linked, linked),
        make_event("track", begin + 1, linked, linked, label="welcome"),
        make_event("queue", begin + 3, linked, linked, queue=queue, exact=True),
    ]
    if extension:
        events.append(ring(linked, at, extension))
    return events


def ring(linked, at, extension):
    channel = f"{linked}-{extension}-{uuid.uuid4().hex[:6]}"
    return make_event("start", at, linked, channel, role="seat", extension=extension)


def end_of_call(linked, at, channels, by, reason=None):
    """Events of a hang-up of all ``channels`` (the customer's first)."""
    events = [
        make_event("hangup", at, linked, channel, cause=16, by="self" if index == by else "other")
        for index, channel in enumerate(channels)
    ]
    if reason:
        events.append(make_event("unqueue", at, linked, linked, reason=reason))
    return [*events, make_event("over", at, linked, linked)]


class DemoApi(ProviderApi):
    """Answers every command with the events that a real telephone system would have sent."""

    is_simulated = True

    def send(self, command, args, token=None):
        handler = getattr(self, "_do_" + command.replace(".", "_"), None)
        if handler is None:
            raise ProviderError("unknown_command", command)
        return {}, handler(args, time.time())

    @classmethod
    def read_event(cls, source, at, data):
        if source != SOURCE:
            raise ValueError(f"source {source} is not known here")
        kind = "pbx_up" if data["type"] == "PBX_UP" else data["type"]
        return [Fact(kind, at, data["linkedid"], data.get("channel", ""), dict(data["info"]))]

    # each returns the raw events that follow from the command

    def _do_ping(self, args, now):
        return []

    _do_seat_sign_in = _do_seat_sign_out = _do_seat_pause = _do_seat_queues = _do_ping
    _do_call_mute = _do_call_unmute = _do_call_dtmf = _do_ping
    _do_call_record = _do_call_spy = _do_ping

    def _do_simulate_call(self, args, now):
        linked = f"demo-{now:.6f}"
        return inbound_start(
            linked, now, args["number"], args["hotline"], args["queue"], args["extension"]
        )

    def _do_call_dial(self, args, now):
        linked = f"demo-{now:.6f}"
        own = ring(linked, now, args["extension"])
        channel = own["data"]["channel"]
        remote = linked + "-out"
        return [
            own,
            make_event("answer", now, linked, channel),
            make_event("dial", now, linked, channel, number=args["number"], outside=True),
            make_event("start", now, linked, remote, role="outside", number=args["number"]),
            make_event("answer", now, linked, remote),
        ]

    def _own_leg(self, args):
        channel = args["call"]["legs"].get(args["extension"])
        if not channel:
            raise ProviderError("no_call")
        return args["call"]["linked"], channel

    def _do_call_answer(self, args, now):
        linked, channel = self._own_leg(args)
        return [
            make_event("answer", now, linked, channel),
            make_event("unqueue", now, linked, linked, reason="connected"),
        ]

    def _do_call_hangup(self, args, now):
        linked, channel = self._own_leg(args)
        others = [other for other in args["call"]["legs"].values() if other != channel]
        if linked not in (channel, *others):
            others.insert(0, linked)
        reason = "agent" if args["call"]["queue"] else None
        return end_of_call(linked, now, [*others, channel], by=len(others), reason=reason)

    def _do_call_hold(self, args, now):
        linked, channel = self._own_leg(args)
        return [make_event("hold", now, linked, channel)]

    def _do_call_unhold(self, args, now):
        linked, channel = self._own_leg(args)
        return [make_event("unhold", now, linked, channel)]

    def _do_call_transfer(self, args, now):
        linked, channel = self._own_leg(args)
        events = [
            make_event(
                "transfer", now, linked, channel, transfer_kind="blind", target=args["target"]
            ),
            make_event("hangup", now, linked, channel, cause=16, by="self"),
        ]
        if args["target"].startswith("queue:"):
            events.append(
                make_event("queue", now, linked, linked, queue=args["target"][6:], exact=True)
            )
        else:
            events.append(ring(linked, now, args["target"]))
        return events

    def _do_call_consult(self, args, now):
        linked, channel = self._own_leg(args)
        if args["target"].startswith("queue:"):
            raise ProviderError("refused", "a simulated call consults seats and numbers only")
        # a leg that rings in the moment of the answer would be one that was rung for the customer
        asked = ring(linked, now + 0.001, args["target"])
        return [make_event("hold", now, linked, channel), asked]

    def _consulted(self, args):
        linked, channel = self._own_leg(args)
        asked = args["call"].get("consulted")
        if not asked:
            raise ProviderError("no_call")
        return linked, channel, asked

    def _do_call_complete(self, args, now):
        linked, channel, _asked = self._consulted(args)
        return [
            make_event(
                "transfer", now, linked, channel, transfer_kind="attended", target="consulted"
            ),
            make_event("hangup", now, linked, channel, cause=16, by="self"),
        ]

    def _do_call_cancel_consult(self, args, now):
        linked, channel, asked = self._consulted(args)
        return [
            make_event("hangup", now, linked, asked, cause=16, by="other"),
            make_event("unhold", now, linked, channel),
        ]

    def _do_call_conference(self, args, now):
        linked, channel, _asked = self._consulted(args)
        return [
            make_event("consult", now, linked, channel, phase="conference"),
            make_event("unhold", now, linked, channel),
        ]

    def _do_call_swap(self, args, now):
        linked, channel, _asked = self._consulted(args)
        kind = "unhold" if args["call"]["is_held"] else "hold"
        return [make_event(kind, now, linked, channel)]

    def _do_call_take(self, args, now):
        linked = args["call"]["linked"]
        theirs = args["call"]["legs"].get(args["target"])
        if not theirs:
            raise ProviderError("no_call")
        own = ring(linked, now + 0.001, args["extension"])
        return [make_event("hangup", now, linked, theirs, cause=16, by="other"), own]


def history(random, days, callers, hotlines, seats):
    """Events of made-up past calls.

    :param random: ``random.Random`` that decides everything
    :param days: list of Unix times, each the opening hour of a day
    :param list callers: numbers
    :param list hotlines: pairs (number, queue)
    :param dict seats: queue → extensions that serve it
    :return: events, and (linked id, Unix time) of answered calls to be filed by their agents
    """
    events, answered = [], []
    for opening in days:
        for index in range(random.randint(8, 14)):
            at = opening + random.randint(0, 9 * 3600)
            linked = f"demo-{at}.{index}"
            hotline, queue = random.choice(hotlines)
            number = random.choice(callers)
            fate = random.random()
            wait = int(random.expovariate(1 / 12)) + 2
            if fate < 0.12:  # gives up in the queue
                events += inbound_start(linked, at, number, hotline, queue, None, wait)
                events += end_of_call(linked, at, [linked], by=0, reason="abandoned")
                continue
            extensions = random.sample(seats[queue], k=min(2, len(seats[queue])))
            if fate < 0.24 and len(extensions) > 1:  # the first agent does not answer
                first = ring(linked, at - 12, extensions[1])
                channel = first["data"]["channel"]
                events += [
                    first,
                    make_event("hangup", at, linked, channel, cause=19, by="other"),
                    make_event("ring_over", at, linked, linked, extension=extensions[1]),
                ]
                wait += 12
            events += inbound_start(linked, at, number, hotline, queue, extensions[0], wait)
            channel = events[-1]["data"]["channel"]
            talk = int(random.lognormvariate(4.8, 0.6))
            end = at + 4 + talk
            events.append(make_event("answer", at + 4, linked, channel))
            events.append(make_event("unqueue", at + 4, linked, linked, reason="connected"))
            if fate > 0.85 and talk > 30:
                events.append(make_event("hold", at + 14, linked, channel))
                events.append(make_event("unhold", at + 14 + talk // 4, linked, channel))
            by = random.choice((0, 0, 1))
            reason = ("caller", "agent")[by]
            events += end_of_call(linked, end, [linked, channel], by=by, reason=reason)
            answered.append((linked, end))
    return events, answered
