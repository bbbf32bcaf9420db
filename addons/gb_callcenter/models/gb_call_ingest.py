import json
import logging
import math
import re
import uuid
from collections import defaultdict
from datetime import timedelta, timezone

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..const import SEAT_BUS_TYPE
from ..tools.call_facts import Fact, derive, group_linked, to_moment
from ..tools.phone_number import parse_number

_logger = logging.getLogger(__name__)

EVENT_ID = re.compile(r"[A-Za-z0-9_:.-]{8,80}")
SOURCE = re.compile(r"[a-z_]{1,32}")
SEAT_FACTS = {"device", "unpaused"}
# no telephone system of ours existed before, and clocks are not trusted further than a day ahead
EARLIEST = 1_577_836_800
MAX_CLOCK_LEAD = 86_400
RESTART_WINDOW = 86_400
# calls younger than this are not asked after: their events may be on the way
SWEEP_AGE = timedelta(minutes=10)
OWN_SOURCES = {"agent", "sweep"}
# Odoo runs the request again on these
RETRIED = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)


class GbCall(models.Model):
    _inherit = "gb.call"

    # ------------------------------------------------------------------
    # The one way in
    # ------------------------------------------------------------------

    @api.model
    def _ingest(self, provider, events, own=False):
        """Take in events of a telephone system: append them to the ledger, derive the calls that they
        are about, follow with the seats and tell the screens.

        Safe to repeat: an event that is known already changes nothing. An event that cannot be understood
        goes to the dead letters and does not keep the others out.

        :param provider: ``gb.telephony.provider`` record, with sudo
        :param list events: dicts of docs/architecture.md, "Events"
        :param bool own: True for events of Odoo's own, what agents wrote; no telephone system may send them
        :return: dict(ack, stored, duplicates, rejected): highest ``seq`` dealt with, counts, and
            the refused events as dicts (seq, id, reason)
        """
        rows, rejected, sequence = [], [], 0
        for event in events:
            if isinstance(event, dict) and isinstance(event.get("seq"), int):
                sequence = max(sequence, event["seq"])
            try:
                rows.append(self._read_event(provider, event, own))
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                rejected.append((event, reason))
        fresh = self._drop_known(provider, rows)
        self._take_in_facts(provider, fresh, rejected)
        for event, reason in rejected:
            self.env["gb.dead.letter"].sudo()._put(provider, event, reason)
        if sequence:
            provider._note_events(len(events))
        return {
            "ack": sequence,
            "stored": len(fresh),
            "duplicates": len(rows) - len(fresh),
            "rejected": [
                {
                    "seq": event.get("seq") if isinstance(event, dict) else None,
                    "id": event.get("id") if isinstance(event, dict) else None,
                    "reason": reason,
                }
                for event, reason in rejected
            ],
        }

    @api.model
    def _drop_known(self, provider, rows):
        """The rows that the ledger does not have, each once."""
        known = self.env["gb.call.event"]._get_known(provider, [row["event_id"] for row in rows])
        fresh = []
        for row in rows:
            if row["event_id"] not in known:
                known.add(row["event_id"])
                fresh.append(row)
        return fresh

    @api.model
    def _read_event(self, provider, event, own):
        """Check an event's form and read its facts.

        :return: row for ``gb.call.event._append`` with its ``facts``
        :raise ValueError, KeyError, TypeError: when it is malformed
        """
        if not isinstance(event, dict):
            raise ValueError("an event is an object")
        event_id, source, at, data = (event.get(key) for key in ("id", "source", "at", "data"))
        if not isinstance(event_id, str) or not EVENT_ID.fullmatch(event_id):
            raise ValueError("id: 8 to 80 letters and digits are expected")
        if not isinstance(source, str) or not SOURCE.fullmatch(source):
            raise ValueError("source: a short word is expected")
        if isinstance(at, bool) or not isinstance(at, (int, float)) or not math.isfinite(at):
            raise ValueError("at: Unix time is expected")
        if (
            not EARLIEST
            < at
            < self.env.cr.now().replace(tzinfo=timezone.utc).timestamp() + MAX_CLOCK_LEAD
        ):
            raise ValueError("at: not a time of ours")
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise ValueError("data: an object with a type is expected")
        payload = json.dumps(data, ensure_ascii=False, allow_nan=False)
        if "\\u0000" in payload:
            raise ValueError("data: NUL characters")
        payload.encode()  # halves of surrogate pairs: legal in JSON, not in PostgreSQL
        if source in OWN_SOURCES:
            if not own:
                raise ValueError(f"source {source} is for Odoo's own events")
            facts = self._read_own_event(source, at, data["linkedid"], data)
        else:
            facts = list(provider._get_api_class().read_event(source, at, data))
        linked, channel = next(
            ((fact.linked, fact.channel) for fact in facts if fact.linked),
            (data.get("linkedid") or "", data.get("uniqueid") or ""),
        )
        return {
            "event_id": event_id,
            "source": source,
            "kind": data["type"][:64],
            "at": at,
            "linked_id": linked,
            "channel": channel,
            "payload": payload,
            "facts": facts,
        }

    @api.model
    def _read_own_event(self, source, at, linked, data):
        """Facts of an event that Odoo itself has written."""
        if source == "sweep":
            return [Fact("gone", at, linked, "", {})]
        return [Fact("agent", at, linked, "", data["values"])]

    @api.model
    def _take_in_facts(self, provider, rows, rejected):
        """Let new events have their effect: on calls, then on the ledger, seats and screens."""
        linked_ids, seat_facts = [], []
        for row in rows:
            for fact in row["facts"]:
                if fact.kind in SEAT_FACTS:
                    seat_facts.append(fact)
                elif fact.kind == "alarm":
                    provider.write({"alarm": fact.info["message"], "alarm_at": fact.moment()})
                elif fact.kind == "pbx_up":
                    linked_ids += self._get_open_linked_ids(provider, fact.at)
                elif fact.linked:
                    linked_ids.append(fact.linked)
        ledger = self.env["gb.call.event"]
        ledger._append(provider, [row for row in rows if not row["linked_id"]])
        rows = [row for row in rows if row["linked_id"]]
        if linked_ids:
            rows = self._derive_all(provider, linked_ids, rows, rejected)
        if silent := {row["linked_id"] for row in rows if "call_id" not in row}:
            call_ids = ledger._get_call_ids(provider, silent)
            for row in rows:
                row.setdefault("call_id", call_ids.get(row["linked_id"]))
        ledger._append(provider, rows)
        if seat_facts:
            self.env["gb.seat"]._apply_seat_facts(provider, seat_facts)

    @api.model
    def _derive_all(self, provider, linked_ids, rows, rejected):
        """Derive calls from what is stored and the new ``rows``; what cannot be derived is rejected.

        :return: the rows that have not been rejected
        """
        try:
            with self.env.cr.savepoint():
                self._derive(provider, linked_ids, rows)
            return rows
        except RETRIED:
            raise
        except Exception:
            _logger.exception("%s: batch failed, calls are tried one by one", provider.reference)
            self.env.invalidate_all()
        by_linked = defaultdict(list)
        for row in rows:
            by_linked[row["linked_id"]].append(row)
        healthy = [row for row in rows if row["linked_id"] not in linked_ids]
        for linked in dict.fromkeys(linked_ids):
            own = by_linked[linked]
            try:
                with self.env.cr.savepoint():
                    self._derive(provider, [linked], own)
                healthy += own
            except RETRIED:
                raise
            except Exception as error:
                self.env.invalidate_all()
                reason = f"call {linked}: {type(error).__name__}: {error}"
                rejected += [(self._to_event(row), reason) for row in own]
        return healthy

    @staticmethod
    def _to_event(row):
        """The event that ``row`` was read from."""
        return {
            "id": row["event_id"],
            "source": row["source"],
            "at": row["at"],
            "data": json.loads(row["payload"]),
        }

    @api.model
    def _get_open_linked_ids(self, provider, until):
        """Linked ids of the calls that were open when the PBX was started afresh.

        :param float until: Unix time of the start
        """
        calls = self.sudo().search(
            [
                ("provider_id", "=", provider.id),
                ("ended_at", "=", False),
                ("offered_at", "<=", to_moment(until)),
                ("offered_at", ">", to_moment(until - RESTART_WINDOW)),
            ]
        )
        return calls.mapped("linked_id")

    @api.model
    def _cron_sweep_open_calls(self):
        """End calls that the telephone system knows no more although their end was never told (a full
        disk, a lost file): no agent stays on a call that is none. Should the end be told after all,
        it counts."""
        before = fields.Datetime.now() - SWEEP_AGE
        for provider in self.env["gb.telephony.provider"].search([]):
            calls = self.sudo().search(
                [
                    ("provider_id", "=", provider.id),
                    ("ended_at", "=", False),
                    ("offered_at", "<", before),
                ]
            )
            alive = provider._get_alive_linked_ids() if calls else None
            if alive is None:
                continue
            gone = calls.filtered(lambda call: call.linked_id not in alive)  # noqa: B023
            events = [
                {
                    "id": uuid.uuid4().hex,
                    "source": "sweep",
                    "at": self.env.cr.now().replace(tzinfo=timezone.utc).timestamp(),
                    "data": {"type": "GONE", "linkedid": call.linked_id},
                }
                for call in gone
            ]
            if events:
                _logger.warning("%s: %s calls had no end", provider.reference, len(events))
                self.sudo()._ingest(provider, events, own=True)

    def _prepare_agent_event(self, values, at=None):
        moment = (at or fields.Datetime.now()).replace(tzinfo=timezone.utc).timestamp()
        return {
            "id": uuid.uuid4().hex,
            "source": "agent",
            "at": moment,
            "data": {
                "type": "AGENT",
                "linkedid": self.linked_id,
                "values": {**values, "by": self.env.uid},
            },
        }

    # ------------------------------------------------------------------
    # Events → calls
    # ------------------------------------------------------------------

    @api.model
    def _derive(self, provider, linked_ids, fresh=()):
        """Build the calls of these linked ids from all of their events, again or for the first time.

        Two transactions that bring events of one call cannot see each other's. Both update the call's
        ``revision``, so PostgreSQL refuses the second, and Odoo runs it again on a fresh snapshot.

        :param fresh: rows of ``_read_event`` that are not in the ledger yet; they get their ``call_id``
        :return: the calls, ``gb.call`` with sudo
        """
        self = self.sudo().with_context(gb_call_facts=True)
        events = self._load_events(provider, linked_ids, fresh)
        self.env.execute_query(
            SQL(
                """UPDATE gb_call SET revision = revision + 1
                    WHERE provider_id = %s AND linked_id = ANY(%s) RETURNING id""",
                provider.id,
                list({row[1] for row in events}),
            )
        )
        groups = group_linked((linked, channel) for _id, linked, channel, *_rest in events)
        facts, event_ids, known = defaultdict(list), defaultdict(list), defaultdict(set)
        read_event = provider._get_api_class().read_event
        for row_id, linked, _channel, call_id, source, at, payload in events:
            group = groups[linked]
            if row_id is None:  # fresh: its facts are read already
                facts[group] += [fact for fact in payload if fact.linked]
                continue
            if call_id:
                known[group].add(call_id)
            else:
                event_ids[group].append(row_id)
            if source in OWN_SOURCES:
                facts[group] += self._read_own_event(source, at, linked, payload)
            else:
                facts[group] += [fact for fact in read_event(source, at, payload) if fact.linked]
        accounts = {group: derive(rows) for group, rows in facts.items()}
        self._end_by_restart(provider, accounts, facts)
        # a group of nothing but, say, a recording waits for the call itself
        accounts = {
            group: account for group, account in accounts.items() if account.offered_at is not None
        }
        calls, touched = self._save_accounts(provider, accounts, event_ids, known)
        for row in fresh:
            call = touched.get(groups.get(row["linked_id"]))
            if call:
                row["call_id"] = call.id
        return calls

    @api.model
    def _end_by_restart(self, provider, accounts, facts):
        """Derive those accounts again that are open although the PBX was started afresh since."""
        alive = {
            group: account
            for group, account in accounts.items()
            if account.ended_at is None and account.offered_at is not None
        }
        if not alive:
            return
        restarts = self.env["gb.call.event"]._get_restarts(
            provider, min(account.offered_at for account in alive.values())
        )
        for group, account in alive.items():
            since = [
                Fact("pbx_up", at, account.linked, "", {})
                for at in restarts
                if account.offered_at <= at < account.offered_at + RESTART_WINDOW
            ]
            if since:
                accounts[group] = derive([*facts[group], *since])

    @api.model
    def _load_events(self, provider, linked_ids, fresh):
        """All events of the calls that these linked ids belong to, stored and ``fresh`` ones.

        :return: rows (id, linked_id, channel, call_id, source, at_epoch, payload); a fresh one has no id
            and its facts instead of the payload
        """
        new = [
            (None, row["linked_id"], row["channel"], None, row["source"], row["at"], row["facts"])
            for row in fresh
        ]
        wanted = set(linked_ids)
        while True:
            stored = self.env.execute_query(
                SQL(
                    """SELECT id, linked_id, channel, call_id, source, at_epoch, payload FROM gb_call_event
                        WHERE provider_id = %(provider)s AND linked_id = ANY(%(ids)s)""",
                    provider=provider.id,
                    ids=list(wanted),
                )
            )
            rows = stored + [row for row in new if row[1] in wanted]
            channels = {row[2] for row in rows if row[2]}
            linked = self.env.execute_query(
                SQL(
                    """SELECT DISTINCT linked_id FROM gb_call_event
                        WHERE provider_id = %(provider)s AND linked_id != '' AND (linked_id = ANY(%(channels)s)
                              OR (channel != linked_id AND channel = ANY(%(all)s)))""",
                    provider=provider.id,
                    channels=list(channels - wanted),
                    all=list(channels | wanted),
                )
            )
            more = {linked_id for (linked_id,) in linked}
            more |= {row[1] for row in new if row[1] in channels or row[2] in channels | wanted}
            if not more - wanted:
                return rows
            wanted |= more

    @api.model
    def _save_accounts(self, provider, accounts, event_ids, known):
        """Write accounts to calls and legs, changing only what is different.

        :return: the calls, and the same as dict of groups
        """
        if not accounts:
            return self.browse(), {}
        self._drop_dead_choices(accounts.values())
        context = self._get_derive_context(provider, accounts.values())
        call_ids = {call_id for ids in known.values() for call_id in ids}
        existing = self.browse(call_ids).exists() if call_ids else self.browse()
        by_linked = {call.linked_id: call for call in existing}
        if missing := [
            account.linked for account in accounts.values() if account.linked not in by_linked
        ]:
            for call in self.search(
                [("provider_id", "=", provider.id), ("linked_id", "in", missing)]
            ):
                by_linked[call.linked_id] = call
        to_create, touched, before = [], {}, {}
        for group, account in accounts.items():
            values = self._prepare_call_values(provider, account, context)
            call = by_linked.get(account.linked)
            merged = existing.filtered(lambda row: row.id in known[group]) - (call or self.browse())  # noqa: B023
            if not call and merged:
                call, merged = merged[0], merged[1:]
            if call:
                before[call.id] = (call.state, call.user_id.id, call.ended_at)
                self._absorb(call, merged)
                call._write_changes(values)
                touched[group] = call
            else:
                to_create.append((group, values))
        try:
            created = self.create([values for _group, values in to_create])
            created.flush_recordset()
        except UniqueViolation as error:
            raise ConcurrencyError("another transaction has just created this call") from error
        for (group, _values), call in zip(to_create, created, strict=True):
            touched[group] = call
        legs_changed = self._save_legs(accounts, touched, context)
        self._save_recordings(accounts, touched)
        self._link_events(touched, event_ids)
        self._follow_accounts(provider, accounts, touched)
        calls = self.browse([call.id for call in touched.values()])
        self._tell_screens(calls, before, legs_changed)
        return calls, touched

    @api.model
    def _follow_accounts(self, provider, accounts, touched):
        """Let other records follow the calls that have just been derived. Override for many calls at once.

        :param dict accounts: ``tools.call_facts.CallAccount`` by group
        :param dict touched: ``gb.call`` by group
        """
        for group, account in accounts.items():
            if account.notes:
                self._follow_notes(touched[group], account.notes)

    @api.model
    def _follow_notes(self, call, notes):
        """Let other records follow what happened in the menu. Called whenever the call is derived: the same notes come
        again and must change nothing then. Override, and take the kinds that are yours.

        :param call: ``gb.call``, superuser
        :param list notes: dicts with ``kind``, ``at`` (Unix time), ``session`` and the kind's own keys, in the order in
            which they happened
        """

    def _write_changes(self, values):
        """Write those of ``values`` that differ: a derived call that is the same costs no update."""
        changes = {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_cache(value, self)
            != self._fields[name].convert_to_cache(
                self[name].id if self._fields[name].type == "many2one" else self[name], self
            )
        }
        if changes:
            self.write(changes)
        return bool(changes)

    def _absorb(self, call, merged):
        """Two calls turned out to be one: hand over what hangs on ``merged`` and remove it."""
        if not merged:
            return
        self.env["gb.seat"].sudo().search([("call_id", "in", merged.ids)]).write(
            {"call_id": call.id}
        )
        self.env.execute_query(
            SQL(
                "UPDATE gb_call_event SET call_id = %s WHERE call_id = ANY(%s) RETURNING id",
                call.id,
                merged.ids,
            )
        )
        self.env["gb.call.event"].invalidate_model(["call_id"], flush=False)
        merged.recording_ids.filtered(
            lambda recording: recording.sha256 not in call.recording_ids.mapped("sha256")
        ).call_id = call
        merged.unlink()

    @api.model
    def _get_derive_context(self, provider, accounts):
        """What deriving looks up in the database, for all accounts at once."""
        extensions, queues, numbers, keys = set(), set(), set(), {}
        region = provider._get_region()
        for account in accounts:
            numbers.add(account.dialled)
            queues.add(account.queue)
            parsed = parse_number(account.number, region)
            keys[account.number] = parsed
            for leg in account.legs:
                extensions.add(leg.extension)
                queues.add(leg.queue)
        of_provider = [("provider_id", "=", provider.id)]
        archived_too = self.with_context(active_test=False).env
        seats = archived_too["gb.seat"].search_fetch(
            [*of_provider, ("extension", "in", list(extensions - {""}))], ["extension"]
        )
        seats = {seat.extension: seat for seat in seats}
        moments = {
            (seats[leg.extension].id, to_moment(leg.answered_at or leg.ring_at))
            for account in accounts
            for leg in account.legs
            if leg.extension in seats
        }
        company = provider.company_id or self.env.company
        phones = self.env["gb.phone"].search_fetch(
            [
                ("number_key", "in", list({number.key for number in keys.values()} - {""})),
                ("partner_id.active", "=", True),
                ("partner_id.company_id", "in", [company.id, False]),
            ],
            ["number_key", "partner_id"],
        )
        return {
            "keys": keys,
            "company": company,
            "seats": seats,
            "users": self.env["gb.seat.log"]._get_users_at(moments),
            "queues": {
                queue.code: queue
                for queue in archived_too["gb.queue"].search_fetch(
                    [*of_provider, ("code", "in", list(queues - {""}))], ["code", "team_id"]
                )
            },
            "hotlines": {
                hotline.number: hotline
                for hotline in archived_too["gb.hotline"].search_fetch(
                    [*of_provider, ("number", "in", list(numbers - {""}))], ["number"]
                )
            },
            "partners": {
                key: rows.partner_id for key, rows in phones.grouped("number_key").items()
            },
        }

    @api.model
    def _prepare_call_values(self, provider, account, context):
        """Field values of a call from its account. Addons add their own fields here.

        :param account: ``tools.call_facts.CallAccount``
        :param dict context: of ``_get_derive_context``
        """
        parsed = context["keys"][account.number]
        partners = context["partners"].get(parsed.key, self.env["res.partner"])
        agent = account.agent
        partner_id = partners.id if len(partners) == 1 else False
        if "partner_id" in agent:
            partner_id = agent["partner_id"]
        if account.direction == "internal":
            number_state, partner_id = "invalid", agent.get("partner_id", False)
        elif parsed.state == "withheld":
            number_state = "withheld"
        elif partners:
            number_state = "ambiguous" if len(partners) > 1 else "known"
        else:
            number_state = "unknown" if parsed.state == "ok" else "invalid"
        seat_legs = [
            leg for leg in account.legs if leg.extension in context["seats"] and not leg.is_consult
        ]
        leg = next((leg for leg in reversed(seat_legs) if leg.answered_at), None) or (
            seat_legs[-1] if seat_legs else None
        )
        seat = context["seats"][leg.extension] if leg else self.env["gb.seat"]
        user_id = self._get_leg_user_id(leg, context) if leg else False
        queue = context["queues"].get(account.queue, self.env["gb.queue"])
        talked = any(leg.answered_at for leg in seat_legs)
        return {
            "provider_id": provider.id,
            "company_id": context["company"].id,
            "linked_id": account.linked,
            "direction": account.direction,
            "state": account.state,
            "result": account.result or False,
            "number": False if parsed.state == "withheld" else account.number,
            "number_key": parsed.key or False,
            "number_state": number_state,
            "dialled": account.dialled or False,
            "hotline_id": context["hotlines"].get(account.dialled, self.env["gb.hotline"]).id
            if account.direction == "inbound"
            else False,
            "queue_id": queue.id,
            "team_id": queue.team_id.id,
            "seat_id": seat.id,
            "user_id": user_id,
            "partner_id": partner_id,
            "disposition_id": agent.get("disposition_id") or False,
            "note": agent.get("note") or False,
            "hangup_by": account.hangup_by or False,
            "offered_at": to_moment(account.offered_at),
            "ivr_at": to_moment(account.ivr_at) or False,
            "ivr_end_at": to_moment(account.ivr_end_at) or False,
            "queued_at": to_moment(account.queued_at) or False,
            "ring_at": to_moment(account.ring_at) or False,
            "answered_at": to_moment(account.answered_at) or False,
            "ended_at": to_moment(account.ended_at) or False,
            "wrap_end_at": to_moment(account.wrap_end_at) or False,
            "wait_seconds": account.wait_seconds,
            "talk_seconds": account.talk_seconds,
            "hold_seconds": account.hold_seconds,
            "wrap_seconds": account.wrap_seconds,
            "handle_seconds": account.talk_seconds + account.hold_seconds + account.wrap_seconds,
            "track": account.track or False,
            "lost_reason": account.lost_reason or False,
            "score": account.score,
            "leg_count": len(account.legs),
            "is_wrap_up_open": bool(
                talked and account.ended_at and self._is_to_file(account, user_id, context)
            ),
        }

    @api.model
    def _is_to_file(self, account, user_id, context):
        """Whether the agent who talked last still has to file the call: before a transfer another agent
        files his own part only."""
        if not user_id:
            return False
        before = {
            self._get_leg_user_id(leg, context) for leg in account.legs if not leg.is_consult
        } - {user_id, False}
        return not any(by not in before for by in account.filed_by)

    @api.model
    def _drop_dead_choices(self, accounts):
        """Forget what agents chose that has been deleted since."""
        for name, model in (("partner_id", "res.partner"), ("disposition_id", "gb.disposition")):
            chosen = {account.agent[name] for account in accounts if account.agent.get(name)}
            alive = set(self.env[model].browse(chosen).exists().ids) if chosen else set()
            for account in accounts:
                if account.agent.get(name) and account.agent[name] not in alive:
                    account.agent[name] = False

    @api.model
    def _get_leg_user_id(self, leg, context):
        """Who sat at the leg's seat when it was answered, or rang."""
        seat = context["seats"].get(leg.extension)
        if not seat:
            return False
        at = to_moment(leg.answered_at or leg.ring_at)
        return context["users"].get((seat.id, at)) or False

    @api.model
    def _save_legs(self, accounts, touched, context):
        """Write the legs of the accounts. :return: ids of seats whose legs changed"""
        legs = self.env["gb.call.leg"].sudo()
        calls = self.browse([call.id for call in touched.values()])
        existing = {
            (leg.call_id.id, leg.channel): leg
            for leg in legs.search([("call_id", "in", calls.ids)], order="id")
        }
        to_create, seat_ids, stale = [], set(), dict(existing)
        for group, account in accounts.items():
            call = touched[group]
            for leg in account.legs:
                values = self._prepare_leg_values(call, leg, context)
                row = existing.get((call.id, leg.channel))
                stale.pop((call.id, leg.channel), None)
                if row is None:
                    to_create.append(values)
                elif not GbCall._write_changes(row, values):
                    continue
                seat_ids.add(values["seat_id"])
        for row in stale.values():
            seat_ids.add(row.seat_id.id)
            row.unlink()
        legs.create(to_create)
        return seat_ids - {False}

    @api.model
    def _prepare_leg_values(self, call, leg, context):
        """Field values of a leg (``tools.call_facts.Leg``)."""
        seat = context["seats"].get(leg.extension, self.env["gb.seat"])
        until = leg.answered_at or leg.ended_at
        return {
            "call_id": call.id,
            "company_id": context["company"].id,
            "channel": leg.channel,
            "role": leg.role,
            "number": leg.number or leg.extension or False,
            "seat_id": seat.id,
            "user_id": self._get_leg_user_id(leg, context),
            "queue_id": context["queues"].get(leg.queue, self.env["gb.queue"]).id,
            "ring_at": to_moment(leg.ring_at),
            "answered_at": to_moment(leg.answered_at) or False,
            "ended_at": to_moment(leg.ended_at) or False,
            "result": leg.result or False,
            "ring_seconds": max(0, round(until - leg.ring_at)) if until else 0,
            "talk_seconds": leg.talk_seconds,
            "hold_seconds": leg.hold_seconds,
            "consult_seconds": leg.consult_seconds,
            "is_consult": leg.is_consult,
            "is_held": leg.is_held,
            "transfer_kind": leg.transfer_kind or False,
            "transfer_target": leg.transfer_target or False,
        }

    @api.model
    def _save_recordings(self, accounts, touched):
        wanted = {
            (touched[group].id, info["sha256"]): info
            for group, account in accounts.items()
            for info in account.recordings
        }
        if not wanted:
            return
        recordings = self.env["gb.recording"].sudo()
        call_ids = list({call_id for call_id, _sha256 in wanted})
        for recording in recordings.search([("call_id", "in", call_ids)]):
            wanted.pop((recording.call_id.id, recording.sha256), None)
        recordings.create(
            [
                {
                    "call_id": call_id,
                    "name": info["name"],
                    "sha256": sha256,
                    "size": info["size"],
                    "duration": info["duration"],
                }
                for (call_id, sha256), info in wanted.items()
            ]
        )

    @api.model
    def _link_events(self, touched, event_ids):
        pairs = [
            (row_id, touched[group].id)
            for group, ids in event_ids.items()
            if group in touched
            for row_id in ids
        ]
        if pairs:
            values = SQL(", ").join(SQL("(%s, %s)", row_id, call_id) for row_id, call_id in pairs)
            self.env.execute_query(
                SQL(
                    """UPDATE gb_call_event AS event SET call_id = new.call_id FROM (VALUES %s) AS new(id, call_id)
                        WHERE event.id = new.id RETURNING event.id""",
                    values,
                )
            )
            self.env["gb.call.event"].invalidate_model(["call_id"], flush=False)

    @api.model
    def _tell_screens(self, calls, before, seat_ids):
        """Seats follow their legs; the agents concerned are told once per call."""
        # whoever else is on these calls sees who comes and goes
        seat_ids = seat_ids | set(
            self.env["gb.call.leg"]
            .sudo()
            .search([("call_id", "in", calls.ids), ("ended_at", "=", False)])
            .seat_id.ids
            if seat_ids
            else ()
        )
        seats = self.env["gb.seat"].sudo().browse(seat_ids)
        seats._follow_calls()
        for seat in seats.filtered("user_id"):
            event = {"ringing": "ring", "wrap_up": "wrap"}.get(seat.state, "call")
            seat.user_id._bus_send(
                SEAT_BUS_TYPE, {"event": event, "seat_id": seat.id, "call_id": seat.call_id.id}
            )
        others = calls.filtered(
            lambda call: (
                call.id in before
                and call.user_id
                and before[call.id] != (call.state, call.user_id.id, call.ended_at)
                and call.seat_id.id not in seat_ids
            )
        )
        for call in others:
            call.user_id._bus_send(
                SEAT_BUS_TYPE, {"event": "call", "seat_id": call.seat_id.id, "call_id": call.id}
            )
        if not seats:
            self.env["gb.seat"]._tell_board()
