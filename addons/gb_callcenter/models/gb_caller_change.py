import time

from odoo import api, fields, models
from odoo.tools import SQL

PAGE = 5000
KEEP_SECONDS = 2 * 86400


class GbCallerChange(models.Model):
    """Numbers of which a telephone system has to learn something new: priority, last agent, black list, language.

    Telephone systems route without asking, also while the database is away; so they keep a copy and ask for what has
    changed since their cursor. A row says *that*, not *what*: what holds is read when it is asked for.

    The columns ``txid`` and ``at`` are the database's own. ``txid`` makes the cursor safe: a transaction that began earlier
    may commit later, so only what is older than every running transaction is handed out.
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
        word, *parts = (cursor or "").split(":")
        known = word in ("all", "new") and len(parts) == 5 and parts[0] == mark
        if known and all(part.isdigit() for part in parts[1:4]):
            begin, end, at = (int(part) for part in parts[1:4])
            if word == "new" and at < time.time() - KEEP_SECONDS:
                known = False
        else:
            known = False
        if not known:
            word, begin, end, at, last = "all", self._get_horizon(), 0, int(time.time()), ""
        else:
            last = parts[4]
        about = (company, days, language)
        if word == "all":
            keys = self._get_interesting_keys(last, *about)
            more = len(keys) == PAGE
            # what has changed while the pages were fetched follows
            follower = ("all", begin, 0, at, keys[-1]) if more else ("new", begin, 0, at, "")
        else:
            if not end:
                end, at = self._get_horizon(), int(time.time())
            keys, last_id = self._get_changed_keys(begin, end, int(last or 0))
            more = last_id is not None
            follower = ("new", begin, end, at, last_id) if more else ("new", end, 0, at, "")
        word, *rest = follower
        return {
            "rows": self._get_rows(keys, *about),
            "cursor": ":".join(str(part) for part in (word, mark, *rest)),
            "more": more,
        }

    @api.model
    def _get_horizon(self):
        """Everything with a lower ``txid`` is committed, or never will be."""
        self.env.cr.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
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
    def _get_interesting_keys(self, last, company, days, language):
        """Numbers after ``last`` of which there is something to know, in their order, a page at most."""
        rows = self.env.execute_query(
            SQL(
                """SELECT key FROM (
                      (SELECT DISTINCT phone.number_key AS key
                         FROM gb_phone phone JOIN res_partner partner ON partner.id = phone.partner_id
                         LEFT JOIN gb_customer_level level ON level.id = partner.gb_level_id AND level.active
                        WHERE phone.number_key > %(last)s AND partner.active
                          AND coalesce(partner.company_id, %(company)s) = %(company)s
                          AND (level.call_priority > 0 OR partner.gb_is_blacklisted OR partner.lang != %(language)s)
                        ORDER BY 1 LIMIT %(page)s)
                      UNION
                      (SELECT DISTINCT number_key FROM gb_call
                        WHERE number_key > %(last)s AND %(days)s > 0 AND company_id = %(company)s AND user_id IS NOT NULL
                          AND answered_at > now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                        ORDER BY 1 LIMIT %(page)s)
                      UNION
                      (SELECT number_key FROM gb_blocked_number
                        WHERE number_key > %(last)s AND active AND coalesce(company_id, %(company)s) = %(company)s
                        ORDER BY 1 LIMIT %(page)s)
                   ) found ORDER BY key LIMIT %(page)s""",
                last=last,
                company=company.id,
                days=days,
                language=language,
                page=PAGE,
            )
        )
        return [key for (key,) in rows]

    @api.model
    def _get_changed_keys(self, begin, end, last):
        """Numbers changed by transactions from ``begin`` on and before ``end``; the id to go on after, or None."""
        changes = self.env.execute_query(
            SQL(
                """SELECT id, number_key, partner_id FROM gb_caller_change
                    WHERE txid >= %s AND txid < %s AND id > %s ORDER BY id LIMIT %s""",
                begin,
                end,
                last,
                PAGE,
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
