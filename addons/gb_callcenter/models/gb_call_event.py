import json

from odoo import api, fields, models
from odoo.tools import SQL


class GbCallEvent(models.Model):
    """The ledger of what was said about calls: append-only, in the words of whoever said it.

    Calls are derived from it (``gb.call._derive``); a row is never changed but for ``call_id``.
    """

    _name = "gb.call.event"
    _description = "Call event"
    _order = "at, id"
    _rec_name = "kind"
    _log_access = False
    _gb_masked_fields = ("payload",)

    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, ondelete="restrict", readonly=True
    )
    event_id = fields.Char(string="Event id", required=True, readonly=True)
    source = fields.Char(required=True, readonly=True)
    kind = fields.Char(string="Event", readonly=True, help="In the words of the source.")
    at = fields.Datetime(required=True, readonly=True)
    at_epoch = fields.Float(
        string="Unix time", digits=0, readonly=True, help="The same with microseconds."
    )
    linked_id = fields.Char(readonly=True)
    channel = fields.Char(readonly=True)
    payload = fields.Json(readonly=True)
    call_id = fields.Many2one("gb.call", ondelete="set null", readonly=True)
    received_at = fields.Datetime(readonly=True)

    _event_uniq = models.UniqueIndex("(provider_id, event_id)")
    _linked_idx = models.Index("(provider_id, linked_id)")
    _channel_idx = models.Index("(provider_id, channel) WHERE channel != linked_id")
    _restart_idx = models.Index("(provider_id, at_epoch) WHERE kind = 'PBX_UP'")
    _call_idx = models.Index("(call_id)")

    @api.model
    def _get_known(self, provider, event_ids):
        """Which of these events are in the ledger. :return: set of event ids"""
        rows = self.env.execute_query(
            SQL(
                "SELECT event_id FROM gb_call_event WHERE provider_id = %s AND event_id = ANY(%s)",
                provider.id,
                list(event_ids),
            )
        )
        return {event_id for (event_id,) in rows}

    @api.model
    def _append(self, provider, rows):
        """Append rows in one statement.

        A row that another transaction has appended meanwhile makes PostgreSQL refuse this one
        (REPEATABLE READ), and Odoo runs it again.

        Times are numeric all the way: PostgreSQL's float8 would lose microseconds on becoming one, and events of the same
        moment would change places.

        :param list rows: dicts with event_id, source, kind, at (float, Unix), linked_id, channel, payload (JSON
            text), call_id (or None)
        """
        if not rows:
            return
        names = ("event_id", "source", "kind", "at", "linked_id", "channel", "payload", "call_id")
        self.env.execute_query(
            SQL(
                """INSERT INTO gb_call_event (provider_id, event_id, source, kind, at, at_epoch, linked_id, channel,
                                              payload, call_id, received_at)
                   SELECT %s, event_id, source, kind, to_timestamp(at) AT TIME ZONE 'UTC', at, linked_id, channel,
                          payload::jsonb, call_id, now() AT TIME ZONE 'UTC'
                     FROM json_to_recordset(%s) AS row(event_id text, source text, kind text, at numeric, linked_id text,
                                                       channel text, payload text, call_id int)
                   ON CONFLICT (provider_id, event_id) DO NOTHING RETURNING id""",
                provider.id,
                json.dumps([{name: row.get(name) for name in names} for row in rows]),
            )
        )
        self.env["gb.call"].invalidate_model(["event_ids"], flush=False)

    @api.model
    def _get_call_ids(self, provider, linked_ids):
        """Calls of linked ids, as far as they are known. :return: dict linked id → call id"""
        rows = self.env.execute_query(
            SQL(
                """SELECT linked_id, min(call_id) FROM gb_call_event
                    WHERE provider_id = %s AND linked_id = ANY(%s) AND call_id IS NOT NULL GROUP BY linked_id""",
                provider.id,
                list(linked_ids),
            )
        )
        return dict(rows)

    @api.model
    def _get_restarts(self, provider, since):
        """When the PBX was started afresh. :return: Unix times from ``since`` on, in order"""
        rows = self.env.execute_query(
            SQL(
                """SELECT at_epoch FROM gb_call_event
                    WHERE provider_id = %s AND kind = 'PBX_UP' AND at_epoch >= %s ORDER BY at_epoch""",
                provider.id,
                since,
            )
        )
        return [at for (at,) in rows]
