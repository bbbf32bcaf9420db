import json

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from odoo.addons.gb_callcenter.tools.call_facts import TURNED_AWAY, to_moment

OUTCOMES = {"caller": "left", "transfer": "agent", "fallback": "agent", "hangup": "end"}
# while these last, the caller waits for an agent or talks with one
WITH_AGENT = {"transfer"}
SESSION_COLUMNS = {
    "company_id": "int",
    "call_id": "int",
    "linked_id": "text",
    "flow_id": "int",
    "hotline_id": "int",
    "number": "text",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "end_reason": "text",
    "step_count": "int",
    "last_label": "text",
    "seconds": "int",
    "is_self_served": "bool",
    "self_service_percent": "float8",
}
# what a question may know before any event; events know better, as soon as they know it at all
KEPT = ("flow_id", "hotline_id", "number")
STEP_COLUMNS = {
    "company_id": "int",
    "call_id": "int",
    "flow_id": "int",
    "version": "int",
    "node": "text",
    "node_type": "text",
    "label": "text",
    "input": "text",
    "exit": "text",
    "outcome": "text",
    "left_percent": "float8",
    "at": "timestamp",
    "left_at": "timestamp",
    "seconds": "float8",
}


class GbIvrSession(models.Model):
    """Sessions and their steps follow the calls: derived from the events, in whatever order and however often they come.
    All sessions of a batch take one statement, all their steps another; what is the same already is not written."""

    _inherit = "gb.ivr.session"

    @api.model
    def _follow(self, provider, accounts):
        """Bring the sessions of these calls up to date.

        :param provider: ``gb.telephony.provider``, superuser
        :param accounts: pairs of ``gb.call`` and its ``tools.call_facts.CallAccount``
        """
        flow_ids = self._get_flow_ids(
            {step["flow"] for _call, account in accounts for step in account.steps}
        )
        sessions, steps = {}, []
        for call, account in accounts:
            ends = {note["session"]: note for note in account.notes if note["kind"] == "end"}
            by_session = {reference: [] for reference in ends}
            for step in account.steps:
                by_session.setdefault(step["session"], []).append(step)
            for reference, own in by_session.items():
                # what was told twice in different words is told once
                own = list({step["n"]: step for step in own}.values())
                own.sort(key=lambda step: step["n"])
                session = self._prepare_followed_values(
                    call, account, own, ends.get(reference), flow_ids
                )
                sessions[reference] = session
                steps += self._prepare_step_rows(reference, session, own, flow_ids)
        if not sessions:
            return
        self.env.flush_all()
        ids = self._upsert_sessions(provider, sessions)
        self._upsert_steps(ids, steps)
        self.invalidate_model(flush=False)
        self.env["gb.ivr.step"].invalidate_model(flush=False)
        waiting = self.browse(ids.values()).filtered(lambda session: session.pending_checks)
        for session in waiting:
            session._enter()._on_call_found()

    @api.model
    def _get_flow_ids(self, codes):
        flows = self.env["gb.ivr.flow"].with_context(active_test=False)
        return {
            flow.code: flow.id
            for flow in flows.search_fetch([("code", "in", list(codes))], ["code"])
        }

    @api.model
    def _prepare_followed_values(self, call, account, steps, end, flow_ids):
        begin = min((step["at"] for step in steps), default=end and end["at"])
        seconds = sum(step["left"] - step["at"] for step in steps if step["type"] not in WITH_AGENT)
        wanted_agent = account.queued_at is not None or any(
            leg.role == "seat" for leg in account.legs
        )
        turned_away = any(note["kind"] in TURNED_AWAY for note in account.notes)
        reason = end["reason"] if end and end.get("reason") in OUTCOMES else None
        is_self_served = reason in ("caller", "hangup") and not wanted_agent and not turned_away
        return {
            "company_id": call.company_id.id,
            "call_id": call.id,
            "linked_id": call.linked_id,
            "flow_id": flow_ids.get(steps[0]["flow"]) if steps else None,
            "hotline_id": call.hotline_id.id or None,
            "number": call.number or None,
            "started_at": str(to_moment(begin)),
            "ended_at": str(to_moment(end["at"])) if end else None,
            "end_reason": reason,
            "step_count": len(steps),
            "last_label": steps[-1]["label"] if steps else None,
            "seconds": round(seconds),
            "is_self_served": is_self_served,
            # an open session is in no average
            "self_service_percent": 100.0 * is_self_served if end else None,
        }

    @api.model
    def _prepare_step_rows(self, reference, session, steps, flow_ids):
        rows = []
        for step in steps:
            is_last = step is steps[-1]
            outcome = OUTCOMES.get(session["end_reason"], "next") if is_last else "next"
            rows.append(
                {
                    "reference": reference,
                    "number": step["n"],
                    "company_id": session["company_id"],
                    "call_id": session["call_id"],
                    "flow_id": flow_ids.get(step["flow"]),
                    "version": step["version"],
                    "node": step["node"],
                    "node_type": step["type"],
                    "label": step["label"],
                    "input": step["input"] or None,
                    "exit": step["exit"] or None,
                    "outcome": outcome,
                    "left_percent": 100.0 * (outcome == "left"),
                    "at": str(to_moment(step["at"])),
                    "left_at": str(to_moment(step["left"])),
                    "seconds": round(step["left"] - step["at"], 3),
                }
            )
        return rows

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    @api.model
    def _upsert_sessions(self, provider, sessions):
        """:return: {reference: id}"""
        rows = [{"reference": reference, **values} for reference, values in sessions.items()]
        changes = [
            (
                name,
                SQL("COALESCE(EXCLUDED.%s, session.%s)", SQL.identifier(name), SQL.identifier(name))
                if name in KEPT
                else SQL("EXCLUDED.%s", SQL.identifier(name)),
            )
            for name in SESSION_COLUMNS
        ]
        self.env.execute_query(
            SQL(
                """INSERT INTO gb_ivr_session AS session
                          (provider_id, reference, %(names)s, create_uid, write_uid, create_date, write_date)
                   SELECT %(provider)s, reference, %(names)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                     FROM json_to_recordset(%(rows)s) AS row(reference text, %(types)s)
                    ORDER BY reference
                   ON CONFLICT (provider_id, reference) DO UPDATE SET %(changes)s
                    WHERE (%(old)s) IS DISTINCT FROM (%(new)s) RETURNING id""",
                provider=provider.id,
                names=self._join(SQL.identifier(name) for name in SESSION_COLUMNS),
                types=self._get_types(SESSION_COLUMNS),
                rows=json.dumps(rows),
                uid=SUPERUSER_ID,
                now=self.env.cr.now(),
                changes=self._join(
                    SQL("%s = %s", SQL.identifier(name), value) for name, value in changes
                ),
                old=self._join(SQL.identifier("session", name) for name in SESSION_COLUMNS),
                new=self._join(value for _name, value in changes),
            )
        )
        found = self.env.execute_query(
            SQL(
                "SELECT reference, id FROM gb_ivr_session WHERE provider_id = %s AND reference = ANY(%s)",
                provider.id,
                list(sessions),
            )
        )
        return dict(found)

    @api.model
    def _upsert_steps(self, ids, steps):
        rows = [{**step, "session_id": ids[step["reference"]]} for step in steps]
        names = self._join(SQL.identifier(name) for name in STEP_COLUMNS)
        self.env.execute_query(
            SQL(
                """INSERT INTO gb_ivr_step AS step (session_id, number, %(names)s)
                   SELECT session_id, number, %(names)s
                     FROM json_to_recordset(%(rows)s) AS row(session_id int, number int, %(types)s)
                    ORDER BY session_id, number
                   ON CONFLICT (session_id, number) DO UPDATE SET (%(names)s) = ROW(%(new)s)
                    WHERE (%(old)s) IS DISTINCT FROM (%(new)s) RETURNING id""",
                names=names,
                types=self._get_types(STEP_COLUMNS),
                rows=json.dumps(rows),
                old=self._join(SQL.identifier("step", name) for name in STEP_COLUMNS),
                new=self._join(SQL("EXCLUDED.%s", SQL.identifier(name)) for name in STEP_COLUMNS),
            )
        )

    @staticmethod
    def _join(parts):
        return SQL(", ").join(parts)

    @staticmethod
    def _get_types(columns):
        return SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind))  # pylint: disable=sql-injection
            for name, kind in columns.items()
        )
