from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .res_partner_class import SCORE_FIELDS

BATCH = 10_000  # customers whose rows a transaction holds: a second or so
RANGE = 200_000  # customers whose bands are looked through at once
ATTEMPTS = 5
THRESHOLDS_AGE = timedelta(hours=20)
SETTINGS = {"window_days", "min_gap_days", "active_days", "slipping_days", "at_risk_days"}


class GbCustomerScore(models.Model):
    """How customers are scored (one record: settings, thresholds, state), and the job that does it.

    Everything is computed in the database by sets of customers; what a score means is written down in
    docs/adr/030-customer-scores.md. A run takes the customers whose orders or credit notes have changed from the
    queue, and those whose class the calendar changes from an index; no run looks at all of them.
    """

    _name = "gb.customer.score"
    _description = "Customer scoring"

    name = fields.Char(required=True, translate=True)
    window_days = fields.Integer(
        string="Figures of the last (days)",
        default=365,
        required=True,
        help="Net value, orders, return rate and RFM are of these days.",
    )
    min_gap_days = fields.Integer(
        string="Shortest gap (days)",
        default=7,
        required=True,
        help="A customer who orders more often than this is not taken for lost after a few days of silence.",
    )
    active_days = fields.Integer(
        string="Active up to (days)",
        default=60,
        required=True,
        help="For customers with fewer than three orders, who have no gap of their own yet.",
    )
    slipping_days = fields.Integer(string="Slipping up to (days)", default=120, required=True)
    at_risk_days = fields.Integer(string="At risk up to (days)", default=180, required=True)
    threshold_ids = fields.One2many(
        "gb.customer.score.threshold", "score_id", string="Thresholds", readonly=True
    )
    thresholds_at = fields.Datetime(string="Thresholds computed", readonly=True)
    refreshed_at = fields.Datetime(string="Last run", readonly=True)
    queue_count = fields.Integer(string="Customers waiting", compute="_compute_queue_count")

    _days_check = models.Constraint(
        "CHECK (window_days > 0 AND min_gap_days > 0 AND active_days > 0"
        " AND slipping_days > active_days AND at_risk_days > slipping_days)",
        "Days must be positive and grow from active to slipping to at risk.",
    )

    def _compute_queue_count(self):
        self.env.cr.execute("SELECT count(DISTINCT partner_id) FROM gb_customer_score_queue")
        self.queue_count = self.env.cr.fetchone()[0]

    def write(self, vals):
        result = super().write(vals)
        if SETTINGS & vals.keys():
            self._queue_all()
        return result

    def action_refresh_all(self):
        """Have all customers scored anew, in the background."""
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only managers have all customers scored anew."))
        self.check_access("write")
        self.sudo()._queue_all()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("All customers are being scored anew, in the background."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # Job
    # ------------------------------------------------------------
    @api.model
    def _get(self):
        """:return: the one record"""
        return self.sudo().env.ref("gb_callcenter.gb_customer_score")

    @api.model
    def _cron_refresh(self):
        """Score what has changed; once a day see where the quintiles are now."""
        cron = self.env["ir.cron"]

        def committed(done, remaining=None):
            return cron._commit_progress(done, remaining=remaining)

        self._get()._refresh(commit=committed)

    @api.model
    def _queue_all(self):
        """Have every customer scored anew by the next runs, which are woken."""
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO gb_customer_score_queue (partner_id)
               SELECT id FROM res_partner WHERE commercial_partner_id = id OR gb_life_cycle IS NOT NULL"""
        )
        cron = self.env.ref("gb_callcenter.ir_cron_score_customers", raise_if_not_found=False)
        if cron:
            cron._trigger()

    def _refresh(self, full=False, thresholds=None, commit=None):
        """
        :param bool full: all customers, not only those whose scores may have changed
        :param bool thresholds: compute the quintiles anew; by default once a day
        :param commit: called with the number of customers done and of those left after each batch; commits and
            returns the seconds left for the job. Without it everything happens in the running transaction.
        """
        self.ensure_one()
        if full:
            self._queue_all()
        self._queue_due()
        if commit:
            commit(0, remaining=self.queue_count)
        while True:
            done, taken = self._repeated(commit, self._refresh_batch, BATCH)
            if not taken:
                break
            if commit and not commit(done):
                return
        if thresholds is None:
            thresholds = not self.thresholds_at or (
                self.thresholds_at < fields.Datetime.now() - THRESHOLDS_AGE
            )
        if thresholds:
            self._refresh_thresholds(commit)
        self.refreshed_at = fields.Datetime.now()

    def _repeated(self, commit, function, *args):
        """Call ``function``, again if somebody has saved one of the customers just now."""
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                return function(*args)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not commit or not attempts_left:
                    raise
                self.env.cr.rollback()

    def _queue_due(self):
        """Queue new customers and those whom the calendar moves."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO gb_customer_score_queue (partner_id)
                   SELECT id FROM res_partner WHERE gb_score_due_at <= %s
                   UNION
                   SELECT id FROM res_partner
                    WHERE gb_life_cycle IS NULL AND commercial_partner_id = id AND %s""",
                fields.Datetime.now(),
                self._get_scored_sql("res_partner"),
            )
        )

    @api.model
    def _get_scored_sql(self, alias):
        """:return: condition for who is a customer without having bought: neither staff nor archived"""
        partner = SQL.identifier(alias)
        return SQL("%s.partner_share IS TRUE AND %s.active IS TRUE", partner, partner)

    def _refresh_batch(self, limit):
        """Take up to ``limit`` customers out of the queue and score them.

        :return: (number of customers taken, whether there were any)
        """
        self.env.flush_all()
        self.env.cr.execute(
            """WITH taken AS (
                 DELETE FROM gb_customer_score_queue WHERE partner_id IN (
                   SELECT DISTINCT partner_id FROM gb_customer_score_queue ORDER BY partner_id LIMIT %s)
                 RETURNING partner_id)
               SELECT DISTINCT unnest(ARRAY[taken.partner_id, partner.commercial_partner_id])
                 FROM taken JOIN res_partner partner ON partner.id = taken.partner_id""",
            [limit],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        if ids:
            self._score(ids)
            return len(ids), True
        # they may all have been deleted since
        self.env.cr.execute("SELECT EXISTS (SELECT FROM gb_customer_score_queue)")
        return 0, self.env.cr.fetchone()[0]

    # ------------------------------------------------------------
    # Scores
    # ------------------------------------------------------------
    def _score(self, ids):
        """Write scores and levels of these customers, as far as they differ.

        :param ids: of res.partner; those who belong to another customer lose their scores
        :return: number of customers changed
        """
        columns = [*sorted(SCORE_FIELDS), "gb_level_id"]
        # compiling the statement takes PostgreSQL far longer than running it for a batch
        self.env.cr.execute("SET LOCAL jit = off")
        self.env.cr.execute(
            SQL(
                """WITH %(new)s,
                 changed AS (
                   UPDATE res_partner p SET (%(columns)s) = ROW(%(new_columns)s)
                     FROM new WHERE new.id = p.id AND (%(old_columns)s) IS DISTINCT FROM (%(new_columns)s)
                   RETURNING p.id, new.old_level_id, p.gb_level_id),
                 logged AS (
                   INSERT INTO gb_customer_level_change (partner_id, from_level_id, to_level_id, at, create_uid, create_date, write_uid, write_date)
                   SELECT id, old_level_id, gb_level_id, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                     FROM changed WHERE old_level_id IS DISTINCT FROM gb_level_id),
                 told AS (
                   INSERT INTO gb_caller_change (partner_id)
                   SELECT id FROM changed WHERE old_level_id IS DISTINCT FROM gb_level_id)
                 SELECT count(*) FROM changed""",
                new=self._get_scores_sql(ids),
                columns=SQL(", ").join(SQL.identifier(name) for name in columns),
                old_columns=SQL(", ").join(SQL.identifier("p", name) for name in columns),
                new_columns=SQL(", ").join(SQL.identifier("new", name) for name in columns),
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        count = self.env.cr.fetchone()[0]
        self.env["res.partner"].invalidate_model([*columns, "gb_level_change_ids"], flush=False)
        return count

    def _get_scores_sql(self, ids):
        """:return: CTEs, the last of which, ``new``, has a row for each of ``ids`` and a column for each score"""
        return SQL(
            """
            asked AS MATERIALIZED (
              SELECT id, gb_level_id, gb_level_manual, gb_level_due_at,
                     commercial_partner_id = id AS is_own, %(is_customer)s AS is_customer
                FROM res_partner WHERE id = ANY(%(ids)s)),
            bought AS (
              SELECT p.commercial_partner_id AS id, o.date_order AS at,
                     o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1) * %(order_rate)s AS amount,
                     o.date_order - lag(o.date_order) OVER (PARTITION BY p.commercial_partner_id ORDER BY o.date_order) AS gap
                FROM asked a
                JOIN res_partner p ON p.commercial_partner_id = a.id
                JOIN sale_order o ON o.partner_id = p.id
               WHERE a.is_own AND o.state = 'sale' AND o.amount_untaxed > 0),
            orders AS (
              SELECT id, max(at) AS last_at, count(*) FILTER (WHERE at > %(since)s) AS number,
                     sum(amount) FILTER (WHERE at > %(since)s) AS sold, min(at) FILTER (WHERE at > %(since)s) AS oldest,
                     CASE WHEN count(gap) FILTER (WHERE gap >= interval '1 day') > 1 THEN
                       greatest(%(min_gap)s, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM gap) / 86400)
                                             FILTER (WHERE gap >= interval '1 day'))
                     END AS gap
                FROM bought GROUP BY id),
            refunds AS (
              SELECT m.commercial_partner_id AS id, -sum(m.amount_untaxed_signed * %(refund_rate)s) AS refunded,
                     min(m.invoice_date) AS oldest
                FROM asked a JOIN account_move m ON m.commercial_partner_id = a.id
               WHERE a.is_own AND m.move_type = 'out_refund' AND m.state = 'posted' AND m.invoice_date > %(since)s
               GROUP BY 1),
            facts AS (
              SELECT a.*, o.last_at, COALESCE(o.number, 0) AS number, o.gap,
                     round((COALESCE(o.sold, 0) - COALESCE(r.refunded, 0))::numeric, 2)::float AS net,
                     CASE WHEN o.sold > 0 THEN round(least(1, COALESCE(r.refunded, 0) / o.sold)::numeric, 4)::float ELSE 0 END AS return_rate,
                     least(o.oldest, r.oldest) + %(window)s AS window_due_at,
                     -- whole days since the last order up to which he is active, slipping, at risk
                     o.last_at + (floor(COALESCE(o.gap, %(active)s)) + 1) * interval '1 day' AS active_until,
                     o.last_at + (floor(COALESCE(2 * o.gap, %(slipping)s)) + 1) * interval '1 day' AS slipping_until,
                     o.last_at + (floor(COALESCE(3 * o.gap, %(at_risk)s)) + 1) * interval '1 day' AS at_risk_until
                FROM asked a LEFT JOIN orders o ON o.id = a.id LEFT JOIN refunds r ON r.id = a.id),
            banded AS (
              SELECT f.*, %(bands)s FROM facts f),
            levelled AS (
              SELECT b.*, fit.id AS fit_id,
                     CASE WHEN b.gb_level_manual IS NOT TRUE AND is_own AND COALESCE(held.rank > COALESCE(fit.rank, held.rank - 1), FALSE)
                          THEN COALESCE(b.gb_level_due_at, %(now)s + held.keep_days * interval '1 day') END AS kept_until
                FROM banded b
                LEFT JOIN gb_customer_level held ON held.id = b.gb_level_id AND held.is_automatic AND held.active
                LEFT JOIN LATERAL (
                  SELECT l.id, l.rank FROM gb_customer_level l
                   WHERE l.active AND l.is_automatic AND b.is_own AND (b.number > 0 OR b.is_customer)
                     AND b.net >= l.min_net_value AND b.number >= l.min_order_count
                   ORDER BY l.rank DESC, l.id LIMIT 1) fit ON TRUE),
            new AS (
              SELECT id, gb_level_id AS old_level_id,
                     CASE WHEN last_at IS NOT NULL THEN
                            CASE WHEN %(now)s < active_until THEN 'active' WHEN %(now)s < slipping_until THEN 'slipping'
                                 WHEN %(now)s < at_risk_until THEN 'at_risk' ELSE 'lost' END
                          WHEN is_own AND is_customer THEN 'potential' END AS gb_life_cycle,
                     gb_rfm_r, gb_rfm_f, gb_rfm_m, %(segment)s AS gb_rfm_segment,
                     net AS gb_net_value, number::integer AS gb_order_count, return_rate AS gb_return_rate,
                     last_at AS gb_last_order_at, COALESCE(round(gap::numeric, 1)::float, 0) AS gb_purchase_gap,
                     least(CASE WHEN %(now)s < active_until THEN active_until WHEN %(now)s < slipping_until THEN slipping_until
                                WHEN %(now)s < at_risk_until THEN at_risk_until END,
                           window_due_at, CASE WHEN kept_until > %(now)s THEN kept_until END) AS gb_score_due_at,
                     CASE WHEN kept_until > %(now)s THEN kept_until END AS gb_level_due_at,
                     CASE WHEN gb_level_manual IS TRUE OR kept_until > %(now)s THEN gb_level_id ELSE fit_id END AS gb_level_id
                FROM levelled)""",
            ids=list(ids),
            is_customer=self._get_scored_sql("res_partner"),
            order_rate=self._get_rate_sql("o", "date_order"),
            refund_rate=self._get_rate_sql("m", "invoice_date"),
            since=fields.Datetime.now() - timedelta(days=self.window_days),
            window=timedelta(days=self.window_days),
            min_gap=self.min_gap_days,
            active=self.active_days,
            slipping=self.slipping_days,
            at_risk=self.at_risk_days,
            now=fields.Datetime.now(),
            bands=self._get_bands_sql(SQL("f.number"), SQL("f.last_at"), SQL("f.net")),
            segment=self._get_segment_sql(),
        )

    @api.model
    def _get_rate_sql(self, alias, date):
        """:return: what the currency of the row's company is worth in that of the first company, on its day"""
        main = self.env.ref("base.main_company")
        target = main.currency_id
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([])
        others = companies.filtered(lambda company: company.currency_id != target)
        if not others:
            return SQL("1")
        alias = SQL.identifier(alias)

        def latest(currency):
            return SQL(
                """COALESCE((SELECT rate FROM res_currency_rate
                     WHERE currency_id = %(currency)s AND (company_id IS NULL OR company_id = %(company)s)
                     ORDER BY name <= %(date)s DESC, abs(name - %(date)s), company_id LIMIT 1), 1)""",
                currency=currency.id,
                company=main.root_id.id,
                date=SQL("%s.%s::date", alias, SQL.identifier(date)),
            )

        return SQL(
            "CASE %s ELSE 1 END",
            SQL(" ").join(
                SQL(
                    "WHEN %s.company_id = %s THEN %s / %s",
                    alias,
                    company.id,
                    latest(target),
                    latest(company.currency_id),
                )
                for company in others
            ),
        )

    # ------------------------------------------------------------
    # Quintiles
    # ------------------------------------------------------------
    def _get_bands_sql(self, number, last_at, net):
        """:return: the three RFM scores as columns; 0 without an order in the window"""
        thresholds = self.threshold_ids.sorted("score")
        return SQL(
            """CASE WHEN %(number)s > 0 THEN 1 + width_bucket(%(last_at)s, %(dates)s::timestamp[]) ELSE 0 END AS gb_rfm_r,
               CASE WHEN %(number)s > 8 THEN 5 WHEN %(number)s > 4 THEN 4 WHEN %(number)s > 2 THEN 3
                    ELSE %(number)s::integer END AS gb_rfm_f,
               CASE WHEN %(number)s > 0 THEN 1 + width_bucket(%(net)s, %(values)s::float[]) ELSE 0 END AS gb_rfm_m""",
            number=number,
            last_at=last_at,
            net=net,
            dates=thresholds.mapped("last_order_from"),
            values=thresholds.mapped("net_value_from"),
        )

    @api.model
    def _get_segment_sql(self):
        """:return: the RFM segment, from the columns of the scores"""
        return SQL(
            """CASE WHEN gb_rfm_f = 0 THEN NULL
                    WHEN gb_rfm_r >= 4 AND gb_rfm_f + gb_rfm_m >= 8 THEN 'champion'
                    WHEN gb_rfm_r >= 4 AND gb_rfm_f = 1 THEN 'new'
                    WHEN gb_rfm_r >= 3 AND gb_rfm_f > 1 AND gb_rfm_f + gb_rfm_m >= 6 THEN 'loyal'
                    WHEN gb_rfm_r >= 3 THEN 'promising'
                    WHEN gb_rfm_f > 1 AND gb_rfm_f + gb_rfm_m >= 6 THEN 'endangered'
                    ELSE 'sleeping' END"""
        )

    def _refresh_thresholds(self, commit=None):
        """See where the quintiles of all customers are now and rewrite the bands of those who change theirs."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY gb_last_order_at),
                      percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY gb_net_value), max(id)
                 FROM res_partner WHERE gb_order_count > 0"""
        )
        dates, values, last_id = self.env.cr.fetchone()
        self.threshold_ids.unlink()
        self.threshold_ids = [
            (0, 0, {"score": score, "last_order_from": date, "net_value_from": value})
            for score, date, value in zip((2, 3, 4, 5), dates or (), values or (), strict=False)
        ]
        self.env.flush_all()
        if commit:
            commit(0)
        for first in range(1, (last_id or 0) + 1, RANGE):
            self._repeated(commit, self._refresh_bands, first, first + RANGE)
            if commit:
                commit(0)
        self.thresholds_at = fields.Datetime.now()
        self.env["res.partner"].invalidate_model(
            ["gb_rfm_r", "gb_rfm_m", "gb_rfm_segment"], flush=False
        )

    def _refresh_bands(self, first, end):
        self.env.cr.execute(
            SQL(
                """WITH banded AS (
                     SELECT id, %(bands)s FROM res_partner WHERE id >= %(first)s AND id < %(end)s AND gb_order_count > 0),
                   new AS (SELECT *, %(segment)s AS segment FROM banded)
                   UPDATE res_partner p SET gb_rfm_r = new.gb_rfm_r, gb_rfm_m = new.gb_rfm_m, gb_rfm_segment = new.segment
                     FROM new WHERE new.id = p.id AND (p.gb_rfm_r, p.gb_rfm_m, p.gb_rfm_segment)
                          IS DISTINCT FROM (new.gb_rfm_r, new.gb_rfm_m, new.segment)""",
                bands=self._get_bands_sql(
                    SQL("gb_order_count"), SQL("gb_last_order_at"), SQL("gb_net_value")
                ),
                segment=self._get_segment_sql(),
                first=first,
                end=end,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The settings of customer scores cannot be deleted."))
