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
    def _append(self, provider, rows):
        """Append rows that are not there yet, in one statement.

        :param list rows: dicts with event_id, source, kind, at (float, Unix), linked_id, channel, payload (JSON
            text)
        :return: set of the event_ids that are new
        """
        if not rows:
            return set()
        values = SQL(", ").join(
            SQL(
                "(%s, %s, %s, to_timestamp(%s) AT TIME ZONE 'UTC', %s, %s, %s, %s::jsonb, now() AT TIME ZONE 'UTC', %s)",
                provider.id,
                row["event_id"],
                row["source"],
                row["at"],
                row["at"],
                row["linked_id"],
                row["channel"],
                row["payload"],
                row["kind"],
            )
            for row in rows
        )
        found = self.env.execute_query(
            SQL(
                """INSERT INTO gb_call_event (provider_id, event_id, source, at, at_epoch, linked_id, channel,
                                              payload, received_at, kind)
                   VALUES %s ON CONFLICT (provider_id, event_id) DO NOTHING RETURNING event_id""",
                values,
            )
        )
        return {event_id for (event_id,) in found}

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

    @api.model
    def _link_silent(self, provider, linked_ids):
        """Hang events that say nothing of a call's outcome onto the calls that they belong to."""
        self.env.execute_query(
            SQL(
                """UPDATE gb_call_event AS event SET call_id = other.call_id
                     FROM (SELECT linked_id, min(call_id) AS call_id FROM gb_call_event
                            WHERE provider_id = %(provider)s AND linked_id = ANY(%(ids)s)
                            GROUP BY linked_id) AS other
                    WHERE event.provider_id = %(provider)s AND event.linked_id = other.linked_id
                      AND event.call_id IS NULL AND other.call_id IS NOT NULL
                RETURNING event.id""",
                provider=provider.id,
                ids=list(linked_ids),
            )
        )
        self.invalidate_model(["call_id"], flush=False)
