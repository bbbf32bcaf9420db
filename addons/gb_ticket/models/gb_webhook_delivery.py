import json
import logging
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.webhook_client import AddressError, Outcome, WebhookClient

_logger = logging.getLogger(__name__)
WAITING = ("queued", "failed")
BATCH = 500
LANES = 4  # connections to one address at a time
THREADS = 16
LEASE_MINUTES = 15  # what was being sent when the server died is sent again after this time
MAX_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = 30, 6 * 3600  # seconds; twelve attempts take about a day
KEEP_DAYS = 30


def back_off(failures):
    """Seconds until the next attempt: doubled each time, spread so that not all come back at once."""
    wait = min(FIRST_WAIT * 2 ** max(failures - 1, 0), LONGEST_WAIT)
    return wait * random.uniform(0.75, 1.25)


class GbWebhookDelivery(models.Model):
    """The outbox: an event that another system is to be told, written in the transaction in which it happened.

    A row is sent after that transaction, until the other side answers 2xx or twelve attempts have failed. The other side
    may get it twice and knows it by its event id. Events of one work order are sent in their order.

    queued ──► sent
      │  ▲
      ▼  │ again
    failed ──► dead
    """

    _name = "gb.webhook.delivery"
    _description = "Webhook delivery"
    _order = "id desc"
    _rec_name = "event_id"

    webhook_id = fields.Many2one("gb.webhook", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="webhook_id.company_id")
    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", readonly=True, ondelete="set null", index="btree_not_null"
    )
    event = fields.Char(required=True, readonly=True)
    event_id = fields.Char(string="Id of the event", required=True, readonly=True)
    body = fields.Text(required=True, readonly=True, help="What is sent, to the letter.")
    state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("failed", "Tried again"),
            ("sent", "Sent"),
            ("dead", "Given up"),
        ],
        default="queued",
        required=True,
        readonly=True,
    )
    attempts = fields.Integer(default=0, readonly=True, aggregator=None)
    next_at = fields.Datetime(string="Next attempt", default=fields.Datetime.now, readonly=True)
    sent_at = fields.Datetime(string="Sent", readonly=True)
    status_code = fields.Integer(string="HTTP status", readonly=True, aggregator=None)
    answer = fields.Char(readonly=True, help="Beginning of the answer, or why there was none.")
    milliseconds = fields.Integer(string="Took (ms)", readonly=True, aggregator="avg")

    _event_uniq = models.UniqueIndex("(event_id)")
    _due_idx = models.Index("(next_at, id) WHERE state IN ('queued', 'failed')")
    _order_idx = models.Index("(webhook_id, ticket_id, id) WHERE state IN ('queued', 'failed')")
    _webhook_idx = models.Index("(webhook_id, id)")

    # ------------------------------------------------------------
    # In
    # ------------------------------------------------------------
    @api.model
    def _queue(self, webhooks, event, values, ticket=None):
        """Write an event down for some webhooks.

        :param dict values: what is told about it
        :return: the new rows
        """
        now = fields.Datetime.now()
        vals_list = []
        for webhook in webhooks:
            event_id = str(uuid.uuid4())
            body = {"id": event_id, "event": event, "at": f"{now.isoformat()}Z", **values}
            vals_list.append(
                {
                    "webhook_id": webhook.id,
                    "ticket_id": ticket.id if ticket else False,
                    "event": event,
                    "event_id": event_id,
                    "body": json.dumps(body, ensure_ascii=False),
                    "next_at": now,
                }
            )
        rows = self.sudo().create(vals_list)
        self._wake()
        return rows

    @api.model
    def _wake(self, at=None):
        """Let the outbox be sent after this transaction, once however many events there are in it."""
        data = self.env.cr.precommit.data
        if at is None and data.get("gb_webhook_is_awake"):
            return
        self.env.ref("gb_ticket.ir_cron_send_webhooks").sudo()._trigger(at)
        if at is None:
            data["gb_webhook_is_awake"] = True

    # ------------------------------------------------------------
    # Out
    # ------------------------------------------------------------
    @api.model
    def _cron_send(self):
        """Send what is due. What is being sent is marked and committed first; then come the requests, outside of any
        lock; then their results."""
        commit = self.env["ir.cron"]._commit_progress
        while batch := self._claim():
            commit(remaining=self._count_due() + len(batch))
            results = self._send(batch)
            self._store(results)
            time_left = commit(len(results))
            self._judge(results)
            commit()
            if not time_left:
                break
        self._wake_later()

    @api.model
    def _wake_later(self):
        """Come back when the next of those that failed is due."""
        [[later]] = self.env.execute_query(
            SQL(
                """SELECT min(greatest(d.next_at, w.retry_at))
                     FROM gb_webhook_delivery d JOIN gb_webhook w ON w.id = d.webhook_id
                    WHERE d.state IN ('queued', 'failed') AND w.active"""
            )
        )
        if later:
            self._wake(max(later, fields.Datetime.now() + timedelta(seconds=FIRST_WAIT)))

    @api.model
    def _get_due_sql(self):
        """Rows that are due, whose webhook is not held back, and with no older one of the same work order before them."""
        return SQL(
            """  FROM gb_webhook_delivery d
                 JOIN gb_webhook w ON w.id = d.webhook_id
                WHERE d.state IN ('queued', 'failed') AND d.next_at <= %(now)s AND w.active
                  AND (w.retry_at IS NULL OR w.retry_at <= %(now)s)
                  AND NOT EXISTS (
                        SELECT FROM gb_webhook_delivery older
                         WHERE older.webhook_id = d.webhook_id AND older.ticket_id = d.ticket_id
                           AND older.id < d.id AND older.state IN ('queued', 'failed'))""",
            now=fields.Datetime.now(),
        )

    @api.model
    def _count_due(self):
        self.flush_model()
        [[count]] = self.env.execute_query(SQL("SELECT count(*) %s", self._get_due_sql()))
        return count

    @api.model
    def _claim(self, limit=BATCH):
        """Take rows to send, and mark them so that nobody else does.

        :return: gb.webhook.delivery
        """
        self.flush_model()
        self.env["gb.webhook"].flush_model()
        rows = self.env.execute_query(
            SQL("SELECT d.id %s ORDER BY d.next_at, d.id LIMIT %s", self._get_due_sql(), limit)
        )
        batch = self.browse(row_id for [row_id] in rows).try_lock_for_update(allow_referencing=True)
        batch.next_at = fields.Datetime.now() + timedelta(minutes=LEASE_MINUTES)
        return batch

    def _send(self, batch):
        """Send rows; no transaction is waited for meanwhile.

        :return: {row: Outcome, or None when it was left because the other side is down}
        """
        results = dict.fromkeys(batch)
        hosts = self.env["gb.webhook"]._get_internal_hosts()
        with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="gb_webhook") as executor:
            lanes = []
            for webhook, rows in batch.grouped("webhook_id").items():
                endpoint = (webhook.url, webhook.sudo().secret or "", hosts)
                is_down = Event()
                letters = [(row, row.body, row._get_headers()) for row in rows.sorted("id")]
                # whoever was down is asked with one request first
                count = LANES if not webhook.failure_count else 1
                lanes += [
                    executor.submit(self._send_lane, endpoint, letters[lane::count], is_down)
                    for lane in range(min(count, len(letters)))
                ]
            for lane in lanes:
                results.update(lane.result())
        return results

    def _get_headers(self):
        """:return: headers that tell the receiver what comes, beside the signature"""
        return {
            "X-GB-Event": self.event,
            "X-GB-Event-Id": self.event_id,
            "X-GB-Attempt": str(self.attempts + 1),
        }

    @staticmethod
    def _send_lane(endpoint, letters, is_down):
        """Send some rows one after another on one connection. Runs in a thread: nothing of the ORM here."""
        results = {}
        try:
            with WebhookClient(*endpoint) as client:
                for row, body, headers in letters:
                    if is_down.is_set():
                        break
                    outcome = results[row] = client.post(body, headers)
                    if outcome.is_down or outcome.is_gone:
                        is_down.set()
        except AddressError as error:
            results[letters[0][0]] = Outcome(answer=str(error))
        return results

    def _store(self, results):
        """Write down what came of the attempts, all in one statement."""
        now = fields.Datetime.now()
        rows = []
        for row, outcome in results.items():
            if outcome is None:  # not tried: due when the webhook is
                rows.append((row.id, row.state, 0, now, None, row.status_code, row.answer or "", 0))
                continue
            attempts = row.attempts + 1
            wait = max(back_off(attempts), outcome.retry_after)
            state = "sent" if outcome.is_sent else "failed"
            if outcome.is_gone or (not outcome.is_sent and attempts >= MAX_ATTEMPTS):
                state = "dead"
            rows.append(
                (
                    row.id,
                    state,
                    1,
                    now + timedelta(seconds=wait) if state == "failed" else None,
                    now if state == "sent" else None,
                    outcome.status,
                    outcome.answer,
                    outcome.milliseconds,
                )
            )
        if not rows:
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.env.cr.execute(
            """UPDATE gb_webhook_delivery d
                  SET state = r.state, attempts = d.attempts + r.tried, next_at = r.next_at, sent_at = r.sent_at,
                      status_code = r.status, answer = r.answer, milliseconds = r.ms
                 FROM unnest(%s::int[], %s::text[], %s::int[], %s::timestamp[], %s::timestamp[], %s::int[], %s::text[],
                             %s::int[]) AS r (id, state, tried, next_at, sent_at, status, answer, ms)
                WHERE d.id = r.id""",
            columns,
        )
        self.invalidate_model(
            ["state", "attempts", "next_at", "sent_at", "status_code", "answer", "milliseconds"]
        )

    def _judge(self, results):
        """Hold back webhooks whose other side is down, tell managers what does not work, forget what works again."""
        by_webhook = {}
        for row, outcome in results.items():
            if outcome is not None:
                by_webhook.setdefault(row.webhook_id, []).append((row, outcome))
        for webhook, attempts in by_webhook.items():
            down = [outcome for _row, outcome in attempts if outcome.is_down]
            dead = [row for row, _outcome in attempts if row.state == "dead"]
            if any(outcome.is_gone for _row, outcome in attempts):
                webhook.active = False
                webhook._raise_alarm(
                    self.env._(
                        "The other side does not want events any more (410). It was switched off."
                    )
                )
            elif dead:
                webhook._raise_alarm(
                    self.env._(
                        "An event was given up after %(count)s attempts: %(answer)s",
                        count=MAX_ATTEMPTS,
                        answer=f"{dead[0].status_code or ''} {dead[0].answer or ''}".strip(),
                    )
                )
            if down:
                failures = webhook.failure_count + 1
                wait = max(back_off(failures), *(outcome.retry_after for outcome in down))
                webhook.write(
                    {
                        "failure_count": failures,
                        "retry_at": fields.Datetime.now() + timedelta(seconds=wait),
                    }
                )
                _logger.warning("webhook %s is down: %s", webhook.id, down[0].answer[:200])
            elif webhook.failure_count or (webhook.alarm and not dead and webhook.active):
                webhook.write(
                    {"failure_count": 0, "retry_at": False, "alarm": False, "alarm_at": False}
                )

    # ------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------
    def action_resend(self):
        """Send again, whatever came of it before; the other side sees the same event id."""
        self._check_manager()
        self.sudo().write(
            {"state": "queued", "attempts": 0, "next_at": fields.Datetime.now(), "sent_at": False}
        )
        self.webhook_id.sudo().write({"retry_at": False})
        self._wake()

    def action_give_up(self):
        """Do not try these any more; later events of the same work orders go on."""
        self._check_manager()
        self.sudo().filtered(lambda row: row.state in WAITING).write(
            {"state": "dead", "next_at": False}
        )
        self._wake()

    def _check_manager(self):
        self.check_access("read")
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only call centre managers may do this."))

    @api.autovacuum
    def _gc_sent(self):
        """Forget what arrived a month ago."""
        self.search(
            [
                ("state", "=", "sent"),
                ("sent_at", "<", fields.Datetime.now() - timedelta(days=KEEP_DAYS)),
            ],
            limit=10000,
            order="id",
        ).unlink()
