import re
import time

from odoo import api, fields, models
from odoo.tools import SQL

PAGE = 5000
SNAPSHOT = re.compile(r"\d{1,20}:\d{1,20}:[\d,]*")
KEEP_SECONDS = 2 * 86400


class GbCallerChange(models.Model):
    """Numbers of which a telephone system has to learn something new: priority, last agent, black list, language.

    Telephone systems route without asking, also while the database is away; so they keep a copy and ask for what has
    changed since their cursor. A row says *that*, not *what*: what holds is read when it is asked for.

    The columns ``txid`` and ``at`` are the database's own. A cursor holds the snapshot of the page before: what was not visible
    then and is now is new, in whatever order transactions began and ended.
    """

    _name = "gb.caller.change"
    _description = "Changed caller"
    _log_access = False
    _order = "id"

    number_key = fields.Char()
    partner_id = fields.Integer()

    def init(self):
        result = super().init()
        self.env.cr.execute(
            """ALTER TABLE gb_caller_change
                   ADD COLUMN IF NOT EXISTS txid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
                   ADD COLUMN IF NOT EXISTS at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')"""
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS gb_caller_change__txid_idx ON gb_caller_change (txid, id)"
        )
        return result

    # ------------------------------------------------------------------
    # Noting
    # ------------------------------------------------------------------

    @api.model
    def _note_keys(self, keys):
        """Something about these numbers has changed."""
        keys = sorted(set(filter(None, keys)))
        if keys:
            self.env.cr.execute(
                SQL("INSERT INTO gb_caller_change (number_key) SELECT unnest(%s)", keys)
            )

    @api.model
    def _note_partners(self, partners):
        """Something about these customers has changed."""
        if partners.ids:
            self.env.cr.execute(
                SQL("INSERT INTO gb_caller_change (partner_id) SELECT unnest(%s)", partners.ids)
            )

    @api.model
    def _note_levels(self, levels):
        """The priority of all customers of these levels has changed."""
        if levels.ids:
            self.env["res.partner"].flush_model(["gb_level_id"])
            self.env.cr.execute(
                SQL(
                    "INSERT INTO gb_caller_change (partner_id) SELECT id FROM res_partner WHERE gb_level_id = ANY(%s)",
                    levels.ids,
                )
            )

    @api.autovacuum
    def _gc_changes(self):
        """Forget what is old: a telephone system that has not asked for so long gets everything anew."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM gb_caller_change WHERE at < now() AT TIME ZONE 'UTC' - make_interval(secs => %s)",
                2 * KEEP_SECONDS,
            )
        )

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    @api.model
    def _get_page(self, provider, cursor):
        """What a telephone system shall know of callers, a page at a time.

        :param provider: gb.telephony.provider, with sudo
        :param str cursor: of the page before; empty, or not understood, or too old: everything from the beginning
        :return: dict(rows, cursor, more); rows: dicts key, priority, agent, agent_at, blocked, language.
            A row without anything says that nothing is to be known of the number any more.
        """
        self.env.flush_all()
        company = provider.company_id or self.env.company
        days = self._get_sticky_days(provider)
        language = company.partner_id.lang or "en_US"
        # with other settings other numbers matter: from the beginning
        mark = f"{days}-{language}"
        word, begin, end, at, last = self._read_cursor(cursor, mark)
        about = (company, days, language)
        if word == "all":
            until = self._get_window(last)
            keys = self._get_interesting_keys(last, until, *about)
            more = until is not None
            # what has changed while the pages were fetched follows
            follower = (word, begin, "", at, until) if more else ("new", begin, "", at, "")
        else:
            if not end:
                end, at = self._get_snapshot(), int(time.time())
            keys, last_id = self._get_changed_keys(begin, end, int(last or 0))
            more = last_id is not None
            follower = (word, begin, end, at, last_id) if more else (word, end, "", at, "")
        word, *rest = follower
        return {
            "rows": self._get_rows(keys, *about) if keys else [],
            "cursor": "|".join(str(part) for part in (word, mark, *rest)),
            "more": more,
        }

    @api.model
    def _read_cursor(self, cursor, mark):
        """:return: (word, snapshot from which on, snapshot up to which, Unix time, last key or id)"""
        word, *parts = (cursor or "").split("|")
        if word in ("all", "new") and len(parts) == 5 and parts[0] == mark:
            _mark, begin, end, at, last = parts
            is_well_formed = (
                SNAPSHOT.fullmatch(begin)
                and (not end or SNAPSHOT.fullmatch(end))
                and at.isdigit()
                and (word == "all" or last.isdigit() or not last)
            )
            if is_well_formed and (word == "all" or int(at) > time.time() - KEEP_SECONDS):
                return word, begin, end, int(at), last
        return "all", self._get_snapshot(), "", int(time.time()), ""

    @api.model
    def _get_snapshot(self):
        """Which transactions this one sees."""
        self.env.cr.execute("SELECT pg_current_snapshot()::text")
        return self.env.cr.fetchone()[0]

    @api.model
    def _get_sticky_days(self, provider):
        """How far back the last agent of a customer matters; 0: nowhere."""
        queues = (
            self.env["gb.queue"]
            .sudo()
            .search([("provider_id", "=", provider.id), ("sticky_seconds", ">", 0)])
        )
        return max(queues.mapped("sticky_days"), default=0)

    @api.model
    def _get_window(self, last):
        """The number up to which a page goes, None at the end: so much of each table as makes a page at most, however little of it
        is of interest."""
        tables = [
            SQL(
                "(SELECT number_key FROM %s WHERE number_key > %s ORDER BY number_key OFFSET %s LIMIT 1)",
                SQL.identifier(table),
                last,
                PAGE * share // 100 - 1,
            )
            for table, share in (("gb_phone", 60), ("gb_call", 38), ("gb_blocked_number", 2))
        ]
        return self.env.execute_query(SQL("SELECT least(%s)", SQL(", ").join(tables)))[0][0]

    @api.model
    def _get_interesting_keys(self, last, until, company, days, language):
        """Numbers after ``last`` and up to ``until`` of which there is something to know."""
        window = SQL("number_key > %s", last)
        if until is not None:
            window = SQL("%s AND number_key <= %s", window, until)
        rows = self.env.execute_query(
            SQL(
                """SELECT phone.number_key
                     FROM (SELECT number_key, partner_id FROM gb_phone WHERE %(window)s OFFSET 0) phone
                    -- the limit keeps PostgreSQL from reading all customers for some thousand
                    CROSS JOIN LATERAL (SELECT active, company_id, gb_level_id, gb_is_blacklisted, lang FROM res_partner WHERE id = phone.partner_id LIMIT 1) partner
                     LEFT JOIN gb_customer_level level ON level.id = partner.gb_level_id AND level.active
                    WHERE partner.active AND coalesce(partner.company_id, %(company)s) = %(company)s
                      AND (level.call_priority > 0 OR partner.gb_is_blacklisted OR partner.lang != %(language)s)
                    UNION
                   SELECT number_key FROM gb_call
                    WHERE %(window)s AND %(days)s > 0 AND company_id = %(company)s AND user_id IS NOT NULL
                      AND answered_at > now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                    UNION
                   SELECT number_key FROM gb_blocked_number
                    WHERE %(window)s AND active AND coalesce(company_id, %(company)s) = %(company)s""",
                window=window,
                company=company.id,
                days=days,
                language=language,
            )
        )
        return [key for (key,) in rows]

    @api.model
    def _get_changed_keys(self, begin, end, last):
        """Numbers of which the snapshot ``begin`` did not know what ``end`` knows; the id to go on after, or None."""
        changes = self.env.execute_query(
            SQL(
                """SELECT id, number_key, partner_id FROM gb_caller_change
                    WHERE txid >= pg_snapshot_xmin(%(begin)s::pg_snapshot)::text::bigint AND id > %(last)s
                      AND NOT pg_visible_in_snapshot(txid::text::xid8, %(begin)s::pg_snapshot)
                      AND pg_visible_in_snapshot(txid::text::xid8, %(end)s::pg_snapshot)
                    ORDER BY id LIMIT %(page)s""",
                begin=begin,
                end=end,
                last=last,
                page=PAGE,
            )
        )
        keys = {key for _id, key, _partner in changes if key}
        partner_ids = list({partner_id for _id, _key, partner_id in changes if partner_id})
        phones = self.env.execute_query(
            SQL("SELECT number_key FROM gb_phone WHERE partner_id = ANY(%s)", partner_ids)
        )
        keys |= {key for (key,) in phones if key}
        return sorted(keys), changes[-1][0] if len(changes) == PAGE else None

    @api.model
    def _get_rows(self, keys, company, days, language):
        """What holds of these numbers now. Of a number that several customers share: the best level, and blocked only when
        all of them are."""
        rows = self.env.execute_query(
            SQL(
                """SELECT wanted.key, coalesce(said.priority, 0), coalesce(said.is_blocked, FALSE)
                             OR EXISTS (SELECT FROM gb_blocked_number blocked
                                         WHERE blocked.number_key = wanted.key AND blocked.active
                                           AND coalesce(blocked.company_id, %(company)s) = %(company)s
                                           AND coalesce(blocked.until, 'infinity') > now() AT TIME ZONE 'UTC'),
                          coalesce(said.language, ''), coalesce(agent.user_id, 0),
                          coalesce(extract(epoch FROM agent.answered_at)::bigint, 0)
                     FROM unnest(%(keys)s::varchar[]) AS wanted (key)
                     LEFT JOIN LATERAL (
                         SELECT max(level.call_priority) AS priority, bool_and(partner.gb_is_blacklisted IS TRUE) AS is_blocked,
                                CASE WHEN min(partner.lang) = max(partner.lang) AND min(partner.lang) != %(language)s
                                     THEN min(partner.lang) END AS language
                           FROM gb_phone phone JOIN res_partner partner ON partner.id = phone.partner_id
                           LEFT JOIN gb_customer_level level ON level.id = partner.gb_level_id AND level.active
                          WHERE phone.number_key = wanted.key AND partner.active
                            AND coalesce(partner.company_id, %(company)s) = %(company)s
                     ) said ON TRUE
                     LEFT JOIN LATERAL (
                         SELECT call.user_id, call.answered_at FROM gb_call call
                          WHERE call.number_key = wanted.key AND %(days)s > 0 AND call.company_id = %(company)s
                            AND call.user_id IS NOT NULL
                            AND call.answered_at > now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                          ORDER BY call.answered_at DESC LIMIT 1
                     ) agent ON TRUE""",
                keys=keys,
                company=company.id,
                days=days,
                language=language,
            )
        )
        return [
            {
                "key": key,
                "priority": priority,
                "agent": agent,
                "agent_at": agent_at,
                "blocked": blocked,
                "language": lang,
            }
            for key, priority, blocked, lang, agent, agent_at in rows
        ]
