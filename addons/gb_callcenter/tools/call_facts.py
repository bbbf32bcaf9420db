"""From facts to calls: what happened, told in any order and any number of times, gives one account.

Pure functions, no ORM. A *fact* is one thing that happened on one channel of one telephone system; a
*call* is all facts whose linked ids hang together through shared channels.

=============  ===============================================================================
kind           info
=============  ===============================================================================
``start``      role: ``outside`` | ``seat`` | ``other``; number (the other party's), dialled,
               extension (of a seat); consult (bool): a seat asks somebody else, nobody waits on it;
               placed (bool): rung by us before there was an agent, who comes from a queue
``answer``     –
``hangup``     cause (int, Q.850), by: ``self`` | ``other`` | ``''``
``queue``      queue (its name in the PBX); exact (bool: time has a fraction)
``unqueue``    reason: ``abandoned`` | ``timeout`` | ``empty`` | ``connected`` | ``agent`` | ``caller``
               | ``transfer``; extension; the last three name who ended a queue call
``ring_over``  extension: the PBX gave up ringing this seat
``dial``       number: the channel dials; outside (bool); wanted (bool: asked for, never dialled)
``hold``, ``unhold``  on the channel of either party
``transfer``   transfer_kind: ``blind`` | ``attended``; target
``consult``    phase: ``begin`` | ``complete`` | ``cancel`` | ``conference`` | ``swap``, on the seat's channel
``track``      label: a step in the menu; where the menu tells more: session, n (its number there), flow, version,
               node, type, input, exit, at, left (Unix times), quiet (nothing that people want to see)
``note``       kind: something that happened in the menu and is kept elsewhere (``voicemail``, ``rating``, ``end`` of
               the session, ``blocked``, ``limit`` …), with its details
``seat_hangup``  the agent ended this channel on his screen; what it did shows in other facts
``dialled``    reference, state, linkedid: how a number goes on that was dialled for somebody (no linked id: no part of
               the call's account)
``over``       the linked id is over
``pbx_up``     the telephone system was started afresh: no older call can be alive
``gone``       the telephone system was asked and knows the call no more: its end was lost
``recording``  name, sha256, size, duration
``agent``      what the agent wrote: disposition_id, note, partner_id, wrap_end (True); by (user id)
=============  ===============================================================================
"""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import NamedTuple

# facts of the same moment in the order in which they make sense
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            "pbx_up",
            "start",
            "answer",
            "track",
            "note",
            "queue",
            "dial",
            "hold",
            "unhold",
            "consult",
            "ring_over",
            "transfer",
            "unqueue",
            "seat_hangup",
            "hangup",
            "over",
            "gone",
            "recording",
            "agent",
        )
    )
}
# clocks of two sources on one machine, and the time between an application's start and its log line
JOIN_SLACK = 0.5
# seconds in which an agent's hang-up on his screen ends the call
HANGUP_SLACK = 5
# facts that are no sign of life of the call itself
NO_PHONE = {"agent", "note", "recording", "pbx_up", "gone"}
# seconds between the end of one leg and the beginning of another that takes its place
HAND_OVER_SLACK = 1
SCORES = set("12345")
# how customers leave a queue without an agent and without hanging up
LEFT_QUEUE = {"timeout", "empty", "key"}
# why callers were turned away before they reached menu or queue
TURNED_AWAY = ("blocked", "limit")
CAUSE_BUSY = 17
CAUSES_NO_ANSWER = {16, 18, 19}
CAUSE_REJECTED = 21
CAUSE_ELSEWHERE = 26


class Fact(NamedTuple):
    """One thing that happened. ``at`` is Unix time; ``channel`` the channel that it happened on."""

    kind: str
    at: float
    linked: str
    channel: str
    info: dict

    def moment(self):
        """``at`` as naive UTC datetime in whole seconds."""
        return to_moment(self.at)


def to_moment(at):
    """Unix time as naive UTC datetime in whole seconds; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(int(at), timezone.utc).replace(tzinfo=None)


@dataclass
class Leg:
    """One party that the PBX rang for the call."""

    channel: str
    role: str
    extension: str = ""
    number: str = ""
    queue: str = ""
    ring_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    result: str = ""
    hold_seconds: int = 0
    is_held: bool = False
    talk_seconds: int = 0
    consult_seconds: int = 0
    # asked by another seat, and has not talked with the customer (yet)
    is_consult: bool = False
    transfer_kind: str = ""
    transfer_target: str = ""
    cause: int = 0
    hangup_by: str = ""

    @property
    def is_open(self):
        return self.ended_at is None


@dataclass
class CallAccount:
    """All that is known of a call. Times are Unix times or None, durations whole seconds."""

    linked: str
    direction: str = "inbound"
    number: str = ""
    dialled: str = ""
    state: str = "ivr"
    result: str = ""
    offered_at: float | None = None
    ivr_at: float | None = None
    ivr_end_at: float | None = None
    queued_at: float | None = None
    ring_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    wrap_end_at: float | None = None
    queue: str = ""
    hangup_by: str = ""
    wait_seconds: int = 0
    talk_seconds: int = 0
    hold_seconds: int = 0
    wrap_seconds: int = 0
    legs: list = field(default_factory=list)
    lost_reason: str = ""
    score: int = 0
    track: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    recordings: list = field(default_factory=list)
    agent: dict = field(default_factory=dict)
    filed_by: list = field(default_factory=list)


def group_linked(pairs):
    """Group linked ids that share a channel.

    :param pairs: iterable of (linked id, channel)
    :return: dict linked id → name of its group; the name is one of its linked ids, the same for any
        order of the pairs
    """
    parent = {}

    def find(node):
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    linked_ids = set()
    for linked, channel in pairs:
        linked_ids.add(linked)
        one, other = find(linked), find(channel or linked)
        if one != other:
            parent[one] = other
    names = {}
    for linked in sorted(linked_ids, key=_linked_order):
        names.setdefault(find(linked), linked)
    return {linked: names[find(linked)] for linked in linked_ids}


def _linked_order(linked):
    """Sort key of linked ids: PBXs number channels upwards, so the shorter, then the smaller is older."""
    return len(linked), linked


def derive(facts):
    """Derive the account of one call from all of its facts, given in any order and any number of times.

    :param facts: iterable of ``Fact``
    :rtype: CallAccount
    """
    facts = sorted(
        {_identity(fact): fact for fact in facts}.values(),
        key=lambda fact: (
            fact.at,
            _RANK.get(fact.kind, 99),
            fact.channel,
            sorted(map(str, fact.info.items())),
        ),
    )
    by_kind = {}
    for fact in facts:
        by_kind.setdefault(fact.kind, []).append(fact)
    phone_facts = [fact for fact in facts if fact.kind not in NO_PHONE]
    account = CallAccount(
        linked=min((fact.linked for fact in phone_facts or facts), key=_linked_order)
    )
    if not phone_facts:
        _read_agent(account, by_kind)
        return account
    starts = _first_by_channel(by_kind.get("start", ()))
    answers = _first_by_channel(by_kind.get("answer", ()))
    hangups = _first_by_channel(by_kind.get("hangup", ()))
    account.offered_at = min((fact.at for fact in starts.values()), default=phone_facts[0].at)
    account.ended_at = _get_end(by_kind, starts, hangups, phone_facts)
    first = min(starts.values(), key=lambda fact: (fact.at, fact.channel), default=None)
    _read_direction(account, first, starts, by_kind)
    _read_queue(account, by_kind)
    customer = first.channel if first and account.direction == "inbound" else ""
    account.legs = _get_legs(account, customer, starts, answers, hangups, by_kind)
    account.notes = [{**fact.info, "at": fact.at} for fact in by_kind.get("note", ())]
    _read_menu(account, answers.get(customer), by_kind.get("track", ()))
    _read_talk(account, by_kind)
    _read_outcome(account, customer, hangups, by_kind)
    _read_agent(account, by_kind)
    account.recordings = [fact.info for fact in by_kind.get("recording", ())]
    return account


def _identity(fact):
    return fact.kind, fact.at, fact.linked, fact.channel, tuple(sorted(map(str, fact.info.items())))


def _first_by_channel(facts):
    found = {}
    for fact in facts:
        found.setdefault(fact.channel, fact)
    return found


def _get_end(by_kind, starts, hangups, phone_facts):
    """When the call was over: all its linked ids said so, or all its channels hung up, or the
    telephone system was started afresh and nothing was heard of the call since."""
    open_linked = {fact.linked for fact in starts.values()} - {
        fact.linked for fact in by_kind.get("over", ())
    }
    if by_kind.get("over") and not open_linked:
        return max(fact.at for fact in by_kind["over"])
    if starts and not starts.keys() - hangups.keys():
        return max(fact.at for fact in hangups.values())
    # queue_log has whole seconds: what carries the same second may be older than the start
    for fact in by_kind.get("pbx_up", ()):
        if phone_facts[-1].at < fact.at + 1:
            return max(fact.at, phone_facts[-1].at)
    for fact in by_kind.get("gone", ()):
        if phone_facts[-1].at <= fact.at:
            return phone_facts[-1].at
    return None


def _read_direction(account, first, starts, by_kind):
    dials = [fact for fact in by_kind.get("dial", ()) if not fact.info.get("wanted")]
    # a seat that never answered its own outbound call: the number was wanted, not dialled
    dials = dials or list(by_kind.get("dial", ()))
    outside = [fact for fact in starts.values() if fact.info.get("role") == "outside"]
    if first is None:
        return
    if first.info.get("role") == "outside" and not first.info.get("placed"):
        account.direction = "inbound"
        account.number = first.info.get("number", "")
        account.dialled = first.info.get("dialled", "")
    elif outside or any(dial.info.get("outside") for dial in dials):
        account.direction = "outbound"
        numbers = [dial.info["number"] for dial in dials if dial.info.get("number")]
        account.number = numbers[0] if numbers else outside[0].info.get("number", "")
        account.dialled = account.number
    else:
        account.direction = "internal"
        account.number = first.info.get("extension", "")
        account.dialled = next(
            (dial.info["number"] for dial in dials if dial.info.get("number")), ""
        )


def _read_queue(account, by_kind):
    joins = [join for join in _get_joins(by_kind) if join.channel not in _get_consult(by_kind)]
    if joins:
        account.queued_at = joins[0].at
        account.queue = joins[-1].info["queue"]


def _get_consult(by_kind):
    """Channels on which a seat asks somebody else: what they do is not the customer's doing."""
    return {fact.channel for fact in by_kind.get("start", ()) if fact.info.get("consult")}


def _get_joins(by_kind):
    """The queues that the customer joined, in order.

    Two sources tell of it: one that is sure but knows whole seconds only, and one that is exact
    but also speaks when a channel merely comes back into the queue's application (after hold).
    An exact one counts when a sure one confirms it, or, as long as none has arrived, when it names
    another queue than the one before.
    """
    facts = by_kind.get("queue", ())
    exact = [fact for fact in facts if fact.info.get("exact")]
    joins, used = [], set()
    for sure in (fact for fact in facts if not fact.info.get("exact")):
        match = next(
            (
                fact
                for fact in exact
                if id(fact) not in used
                and fact.info["queue"] == sure.info["queue"]
                and -JOIN_SLACK <= fact.at - sure.at < 1 + JOIN_SLACK
            ),
            None,
        )
        if match:
            used.add(id(match))
        joins.append(match or sure)
    joins.sort(key=lambda fact: fact.at)
    for fact in exact:
        if id(fact) in used:
            continue
        before = [join for join in joins if join.at <= fact.at]
        if not before or before[-1].info["queue"] != fact.info["queue"]:
            joins.append(fact)
            joins.sort(key=lambda join: join.at)
    return joins


def _read_menu(account, answer, tracks):
    """Fill in the way through the menu and its times: until the customer is queued, a seat rings or the menu is over."""
    steps = sorted(tracks, key=lambda fact: (fact.at, fact.info.get("n", 0)))
    account.steps = [fact.info for fact in steps if fact.info.get("session")]
    account.track = [_get_shown_step(fact) for fact in steps if not fact.info.get("quiet")]
    account.score = next(
        (
            int(note["score"])
            for note in reversed(account.notes)
            if note["kind"] == "rating" and str(note.get("score")) in SCORES
        ),
        0,
    )
    begins = [answer.at] if answer else []
    begins += [fact.info.get("at", fact.at) for fact in steps]
    if account.direction != "inbound" or not begins or not (answer or account.steps):
        return
    account.ivr_at = min(begins)
    ends = [account.queued_at, account.ended_at, *(leg.ring_at for leg in account.legs)]
    ends += [note["at"] for note in account.notes if note["kind"] == "end"]
    account.ivr_end_at = min(
        (at for at in ends if at is not None and at >= account.ivr_at), default=None
    )


def _get_shown_step(fact):
    step = {
        "at": to_moment(fact.info.get("at", fact.at)).isoformat(" "),
        "label": fact.info["label"],
    }
    return {**step, "input": fact.info["input"]} if fact.info.get("input") else step


def _get_legs(account, customer, starts, answers, hangups, by_kind):
    legs = []
    joins = _get_joins(by_kind)
    transfers = by_kind.get("transfer", ())
    outside_dials = [fact for fact in by_kind.get("dial", ()) if fact.info.get("outside")]
    for start in sorted(starts.values(), key=lambda fact: (fact.at, fact.channel)):
        if start.channel == customer or start.info.get("role") == "other":
            continue
        leg = Leg(
            channel=start.channel,
            role=start.info["role"],
            extension=start.info.get("extension", ""),
            number=start.info.get("number", ""),
            ring_at=start.at,
        )
        if start.channel in answers:
            leg.answered_at = answers[start.channel].at
        hangup = hangups.get(start.channel)
        if hangup:
            leg.ended_at, leg.cause = hangup.at, hangup.info.get("cause", 0)
            leg.hangup_by = hangup.info.get("by", "")
        elif account.ended_at is not None:
            leg.ended_at = account.ended_at
        if leg.role == "seat":
            leg.queue = _get_queue_at(joins, transfers, start.at)
        if leg.role == "outside" and not leg.number:
            dials = [fact for fact in outside_dials if fact.at <= start.at]
            leg.number = dials[-1].info["number"] if dials else ""
        for transfer in transfers:
            if transfer.channel == start.channel and not _is_conference(transfer, by_kind):
                leg.transfer_kind = transfer.info.get("transfer_kind", "blind")
                leg.transfer_target = transfer.info.get("target", "")
                if leg.transfer_kind == "attended" and leg.ended_at is not None:
                    # the channel may linger until the other one has answered
                    leg.ended_at = min(leg.ended_at, transfer.at)
        legs.append(leg)
    return legs


def _is_conference(transfer, by_kind):
    """Whether this attended transfer is only how three came to talk: the seat has stayed."""
    return any(
        fact.channel == transfer.channel
        and fact.info.get("phase") == "conference"
        and abs(fact.at - transfer.at) < HANGUP_SLACK
        for fact in by_kind.get("consult", ())
    )


def _get_queue_at(joins, transfers, at):
    """The queue on whose behalf a seat rings at ``at``: the last one joined, unless a transfer led
    elsewhere since."""
    joined = [fact for fact in joins if fact.at <= at]
    if not joined:
        return ""
    last = joined[-1]
    moved = any(last.at < transfer.at <= at for transfer in transfers)
    return "" if moved else last.info["queue"]


def _read_talk(account, by_kind):
    """Fill in talk, hold and answer times of legs and call. Held time is not talk time."""
    outside_answer = None
    if account.direction == "outbound":
        outside_answer = min(
            (leg.answered_at for leg in account.legs if leg.role == "outside" and leg.answered_at),
            default=None,
        )
    joined = _get_joined(account, outside_answer, by_kind)
    asked = _get_consult(by_kind)
    asked_queues = [join for join in _get_joins(by_kind) if join.channel in asked]
    for leg in account.legs:
        leg.is_consult = joined.get(leg.channel, 0) is None
        if leg.channel in joined:
            # asked by a colleague: no work of the customer's queue
            leg.queue = _get_queue_at(asked_queues, (), leg.ring_at)
        if leg.answered_at is None:
            continue
        begin, end = leg.answered_at, leg.ended_at
        if leg.channel in joined:
            since = joined[leg.channel]
            until = end if leg.is_consult else since
            leg.consult_seconds = max(0, round(until - begin)) if until is not None else 0
            if leg.is_consult:
                continue
            begin = max(begin, since)
        if account.direction == "outbound" and leg.role == "seat":
            if outside_answer is None or (end is not None and end <= outside_answer):
                continue
            begin = max(begin, outside_answer)
        if leg.role == "seat":
            held, leg.is_held = _get_held(by_kind, begin, end)
            leg.hold_seconds = round(held)
        if end is not None:
            leg.talk_seconds = max(0, round(end - begin) - leg.hold_seconds)
    seats = [leg for leg in account.legs if leg.role == "seat"]
    if account.direction == "outbound":
        account.answered_at = outside_answer
        if _is_placed(by_kind):
            # whom no agent has talked with was not served, whether he has answered or not
            talks = [leg.answered_at for leg in seats if leg.answered_at and outside_answer]
            account.answered_at = max(outside_answer, min(talks)) if talks else None
    elif account.direction == "internal":
        answered = sorted(leg.answered_at for leg in seats if leg.answered_at)
        account.answered_at = answered[1] if len(answered) > 1 else None
        for leg in seats:
            if account.answered_at is None:
                leg.talk_seconds = 0
    else:
        account.answered_at = min(
            (leg.answered_at for leg in account.legs if leg.answered_at), default=None
        )
    account.ring_at = min((leg.ring_at for leg in account.legs), default=None)
    account.talk_seconds = sum(leg.talk_seconds for leg in seats)
    account.hold_seconds = sum(leg.hold_seconds for leg in seats)


def _is_placed(by_kind):
    """Whether we have rung the customer before there was an agent for him."""
    return any(fact.info.get("placed") for fact in by_kind.get("start", ()))


def _get_joined(account, outside_answer, by_kind):
    """Legs that another seat rang to consult them: channel → when they began to talk with the customer, or None.

    A leg is one when it rang while a seat was talking and went on to. It joins the customer by an attended transfer
    or a conference, or when the seat leaves the two alone.
    """
    if account.direction == "outbound":
        since = outside_answer
    else:
        since = min((leg.answered_at for leg in account.legs if leg.answered_at), default=None)
    if since is None:
        return {}
    moves = [
        *(
            fact
            for fact in by_kind.get("transfer", ())
            if fact.info.get("transfer_kind") == "attended"
        ),
        *(fact for fact in by_kind.get("consult", ()) if fact.info.get("phase") == "conference"),
    ]
    blind = {
        fact.channel: fact.at
        for fact in by_kind.get("transfer", ())
        if fact.info.get("transfer_kind") == "blind"
    }
    joined = {}
    for leg in account.legs:
        if leg.ring_at <= since:
            continue
        for other in account.legs:
            if (
                other is leg
                or other.role != "seat"
                or other.answered_at is None
                or not other.answered_at <= leg.ring_at
                or (other.ended_at or leg.ring_at + 9) < leg.ring_at + HAND_OVER_SLACK
                or blind.get(other.channel, leg.ring_at + 9) < leg.ring_at + HAND_OVER_SLACK
            ):
                continue
            end = leg.ended_at
            times = [
                fact.at
                for fact in moves
                if fact.channel == other.channel
                and leg.ring_at <= fact.at
                and (end is None or fact.at <= end)
            ]
            if other.ended_at is not None and (
                end is not None
                and end > other.ended_at + HAND_OVER_SLACK
                or end is None
                and account.ended_at is None
            ):
                times.append(other.ended_at)
            joined[leg.channel] = min(times, default=None)
    return joined


def _get_held(by_kind, begin, end):
    """Seconds of hold between ``begin`` and ``end`` and whether the hold still lasts."""
    total, since = 0.0, None
    moves = sorted(
        [*by_kind.get("hold", ()), *by_kind.get("unhold", ())],
        key=lambda fact: (fact.at, fact.kind == "unhold"),
    )
    for fact in moves:
        if fact.at < begin or (end is not None and fact.at > end):
            continue
        if fact.kind == "hold":
            since = fact.at if since is None else since
        elif since is not None:
            total += fact.at - since
            since = None
    if since is not None and end is not None:
        total += end - since
        since = None
    return total, since is not None


def _read_outcome(account, customer, hangups, by_kind):
    asked = _get_consult(by_kind)
    unqueues = [fact for fact in by_kind.get("unqueue", ()) if fact.channel not in asked]
    reasons = [fact.info["reason"] for fact in unqueues]
    answered = account.answered_at is not None
    gave_up = not answered and (
        "abandoned" in reasons
        or (
            account.queued_at is not None
            and account.ended_at is not None
            and not LEFT_QUEUE & set(reasons)
        )
    )
    for leg in account.legs:
        if not leg.is_open:
            leg.result = _get_leg_result(leg, account, by_kind, gave_up)
    is_placed = _is_placed(by_kind)
    if (account.direction == "inbound" or is_placed) and account.queued_at is not None:
        exits = [fact.at for fact in unqueues if fact.info["reason"] in LEFT_QUEUE]
        until = account.answered_at or (max(exits) if exits and not gave_up else account.ended_at)
        if until is not None:
            account.wait_seconds = max(0, round(until - account.queued_at))
    open_legs = [leg for leg in account.legs if leg.is_open]
    if account.ended_at is not None:
        account.state = "ended"
        account.result = _get_result(account, reasons, gave_up, is_placed)
        account.hangup_by = _get_hangup_by(account, customer, hangups, by_kind, reasons)
        account.lost_reason = _get_lost_reason(account, reasons, gave_up)
    elif any(leg.role == "seat" and leg.answered_at for leg in open_legs) and (
        account.direction == "inbound" or answered
    ):
        account.state = "talking"
    elif open_legs:
        account.state = "ringing"
    elif _is_queued(by_kind, unqueues):
        account.state = "queued"
    else:
        account.state = "ivr"


def _is_queued(by_kind, unqueues):
    """Whether the customer still is in the queue that he joined last: he may have come back to the menu since."""
    joins = _get_joins(by_kind)
    return bool(joins) and not any(
        fact.at >= int(joins[-1].at)
        and fact.info.get("queue") in (None, "", joins[-1].info["queue"])
        for fact in unqueues
    )


def _get_leg_result(leg, account, by_kind, gave_up):
    if leg.answered_at is not None:
        return "answered"
    if leg.cause in (CAUSE_BUSY, CAUSE_REJECTED) or _was_hung_up(leg, by_kind):
        return "refused"
    given_up = any(
        fact.info.get("extension") == leg.extension
        and leg.ring_at - 1 <= fact.at <= leg.ended_at + 2
        for fact in by_kind.get("ring_over", ())
    )
    others = [other for other in account.legs if other is not leg and other.answered_at]
    if leg.cause == CAUSE_ELSEWHERE or any(
        abs(other.answered_at - leg.ended_at) < 1 for other in others
    ):
        return "elsewhere"
    if given_up or leg.cause in (18, 19):
        return "no_answer"
    if gave_up and account.ended_at is not None and abs(account.ended_at - leg.ended_at) < 1:
        return "gave_up"
    return "no_answer" if leg.cause in CAUSES_NO_ANSWER or not leg.cause else "failed"


def _was_hung_up(leg, by_kind):
    """Whether the agent ended this leg on his screen."""
    return leg.ended_at is not None and any(
        fact.channel == leg.channel and 0 <= leg.ended_at - fact.at < HANGUP_SLACK
        for fact in by_kind.get("seat_hangup", ())
    )


def _get_result(account, reasons, gave_up, is_placed=False):
    if account.answered_at is not None:
        return "answered"
    if account.direction == "inbound":
        if account.queued_at is None:
            if any(note["kind"] in TURNED_AWAY for note in account.notes):
                return "refused"
            # the menu has put him through to a seat
            return "not_served" if account.legs else "ivr_only"
        return "abandoned" if gave_up else "not_served"
    if is_placed and any(leg.role == "outside" and leg.answered_at for leg in account.legs):
        return "abandoned" if gave_up else "not_served"
    called = account.legs[-1] if account.legs else None
    if called is None or (account.direction == "outbound" and called.role == "seat"):
        return "failed"
    if called.cause == CAUSE_BUSY or called.result == "refused":
        return "busy"
    return "no_answer" if called.result in ("no_answer", "gave_up") else "failed"


def _get_lost_reason(account, reasons, gave_up):
    """Why nobody talked with an inbound caller; '' when somebody did, or the caller wanted nobody."""
    if account.direction != "inbound" or account.answered_at is not None:
        return ""
    for note in account.notes:
        if note["kind"] in TURNED_AWAY:
            return note["kind"]
    if account.result == "ivr_only":
        return ""
    if not gave_up:
        for reason in ("key", "timeout", "empty"):
            if reason in reasons:
                return reason
    results = {leg.result for leg in account.legs if leg.role == "seat"}
    for result in ("refused", "no_answer"):
        if result in results:
            return result
    return "ringing" if "gave_up" in results else "waiting"


def _get_hangup_by(account, customer, hangups, by_kind, reasons):
    """``customer``, ``agent``, ``system``, or '' when nothing tells."""
    if "abandoned" in reasons:
        return "customer"
    if customer in hangups and hangups[customer].info.get("by") == "self":
        return "customer"
    for leg in account.legs:
        if leg.hangup_by == "self" and not leg.transfer_kind and not leg.is_consult:
            return "agent" if leg.role == "seat" else "customer"
    if any(_was_hung_up(leg, by_kind) and leg.answered_at for leg in account.legs):
        return "agent"
    # a queue takes every end after hold for the caller's
    if "hold" not in by_kind:
        if "agent" in reasons:
            return "agent"
        if "caller" in reasons:
            return "customer"
    return (
        "system"
        if {"timeout", "empty"} & set(reasons) or {"pbx_up", "gone"} & by_kind.keys()
        else ""
    )


def _read_agent(account, by_kind):
    """Take over what the agent wrote, the latest of each kind."""
    for fact in by_kind.get("agent", ()):
        values = dict(fact.info)
        if values.pop("wrap_end", False):
            account.wrap_end_at = fact.at
        by = values.pop("by", None)
        if values.get("disposition_id"):
            account.filed_by.append(by)
        account.agent.update(values)
    queue_legs = [
        leg for leg in account.legs if leg.role == "seat" and leg.answered_at and leg.queue
    ]
    if account.wrap_end_at and queue_legs and queue_legs[-1].ended_at:
        account.wrap_seconds = max(0, round(account.wrap_end_at - queue_legs[-1].ended_at))
