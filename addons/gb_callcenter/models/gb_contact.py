from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

CHANNELS = [
    ("phone", "Telephone"),
    ("chat", "Chat"),
    ("sms", "SMS"),
    ("email", "E-mail"),
    ("fax", "Fax"),
    ("web", "Web form"),
    ("walk_in", "Walk-in"),
    ("internet_call", "Internet call"),
]
HAND_CHANNELS = ("walk_in", "fax")
NOTE_FIELDS = {"subject", "summary", "channel", "direction", "at"}
SUBJECT_LENGTH = 200
SUMMARY_LENGTH = 500


class GbContact(models.Model):
    """One contact with a customer on any channel. One row for each source record (call, message, chat …).

    Rows follow their source through ``_log`` and are read-only for everybody. What no system reports (a visit, a fax)
    is noted by hand; who noted it may correct it on the same day.
    """

    _name = "gb.contact"
    _description = "Contact with a customer"
    _order = "at desc, id desc"
    _rec_name = "subject"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    channel = fields.Selection(CHANNELS, required=True, default="walk_in")
    direction = fields.Selection(
        [("inbound", "Inbound"), ("outbound", "Outbound")], required=True, default="inbound"
    )
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="Agent", index="btree_not_null", default=lambda self: self.env.user
    )
    subject = fields.Char()
    summary = fields.Text()
    score = fields.Integer(
        help="The customer's satisfaction, 1 to 5; 0: none given.", aggregator="avg"
    )
    res_model = fields.Char(string="Source model", readonly=True, copy=False)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True, copy=False
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_editable = fields.Boolean(compute="_compute_is_editable")

    _source_uniq = models.UniqueIndex("(res_model, res_id) WHERE res_id IS NOT NULL")
    _partner_at_idx = models.Index("(partner_id, at DESC, id DESC)")
    _list_idx = models.Index("(company_id, at DESC, id DESC)")

    @api.depends("partner_id.display_name", "channel", "at")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for contact in self:
            at = contact.at and fields.Datetime.context_timestamp(contact, contact.at)
            parts = (
                contact.partner_id.name,
                channels.get(contact.channel),
                at and f"{at:%Y-%m-%d %H:%M}",
            )
            contact.display_name = " · ".join(filter(None, parts))

    @api.depends("channel", "user_id", "create_date", "res_id")
    @api.depends_context("uid")
    def _compute_is_editable(self):
        for contact in self:
            contact.is_editable = not contact.id or contact._is_own_note_of_today()

    # ------------------------------------------------------------------
    # Notes by hand
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """By hand only what no system reports, in one's own name."""
        if not self.env.su:
            allowed = NOTE_FIELDS | {"partner_id", "company_id", "user_id"}
            vals_list = [
                {name: value for name, value in vals.items() if name in allowed}
                for vals in vals_list
            ]
            for vals in vals_list:
                vals["user_id"] = self.env.uid
                self._check_note(vals)
        contacts = super().create(vals_list)
        contacts._keep_last_contact(contacts.partner_id.ids)
        return contacts

    def write(self, vals):
        """Only a note of one's own, on the day on which it was made."""
        if not self.env.su:
            if not all(contact._is_own_note_of_today() for contact in self):
                raise AccessError(
                    self.env._(
                        "The contact log cannot be changed, except your own note of a visit or a fax "
                        "on the day on which you made it."
                    )
                )
            if vals.keys() - NOTE_FIELDS:
                raise AccessError(
                    self.env._("Only what was said, and when and how, can be corrected.")
                )
            self._check_note(vals)
        result = super().write(vals)
        if "at" in vals:
            self._keep_last_contact(self.partner_id.ids)
        return result

    def unlink(self):
        partner_ids = self.partner_id.ids
        result = super().unlink()
        self._keep_last_contact(partner_ids)
        return result

    @api.model
    def _check_note(self, vals):
        if vals.get("channel", "walk_in") not in HAND_CHANNELS:
            raise UserError(
                self.env._(
                    "Only visits and faxes are noted by hand; calls, chats, e-mails and SMS come in by themselves."
                )
            )
        if vals.get("at") and fields.Datetime.to_datetime(vals["at"]) > fields.Datetime.now():
            raise UserError(self.env._("A contact cannot be in the future."))

    def _is_own_note_of_today(self):
        self.ensure_one()
        if self.channel not in HAND_CHANNELS or self.res_id or self.user_id != self.env.user:
            return False
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        midnight = now.tzinfo.localize(datetime.combine(now.date(), time.min))
        return self.create_date >= midnight.astimezone(pytz.utc).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # The log follows its sources
    # ------------------------------------------------------------------

    @api.model
    def _log(self, values):
        """Let the log follow source records. Safe to repeat: a source has one row, which takes the values on; a
        source that has no customer (any more) has none. Two transactions that log the same source at once cannot make
        two rows: PostgreSQL refuses the second, and Odoo runs it again.

        :param values: dict or list of dicts with ``res_model``, ``res_id``, ``partner_id`` (id or False), ``channel``,
            ``direction``, ``at`` (datetime), ``company_id``, and if known ``user_id``, ``subject``, ``summary``,
            ``score`` (a row's score is kept when 0 comes)
        :return: gb.contact rows of these sources, with sudo
        """
        rows = [values] if isinstance(values, dict) else list(values)
        contacts_sudo = self.sudo()  # agents may not write the log
        if not rows:
            return contacts_sudo.browse()
        # what the log's rows point at must be in the database
        self.env.flush_all()
        gone = {(row["res_model"], row["res_id"]) for row in rows if not row.get("partner_id")}
        partner_ids = self._drop_sources(gone)
        # the last one of a source counts
        kept = {(row["res_model"], row["res_id"]): row for row in rows if row.get("partner_id")}
        ids = []
        if kept:
            partner_ids |= self._get_partners_of_sources(kept)
            ids = self._upsert(list(kept.values()))
            partner_ids |= {row["partner_id"] for row in kept.values()}
        contacts_sudo.invalidate_model(flush=False)
        self._keep_last_contact(partner_ids)
        return contacts_sudo.browse(ids)

    @api.model
    def _upsert(self, rows):
        now, uid, company_id = self.env.cr.now(), self.env.uid, self.env.company.id
        lines = SQL(", ").join(
            SQL(
                "(%s::int, %s, %s, %s::timestamp, %s::int, %s, %s, %s::int, %s, %s::int, %s::int, %s::int, %s::int,"
                " %s::timestamp, %s::timestamp)",
                row["partner_id"],
                row["channel"],
                row.get("direction") or "inbound",
                row["at"],
                row.get("user_id") or None,
                (row.get("subject") or "")[:SUBJECT_LENGTH] or None,
                (row.get("summary") or "")[:SUMMARY_LENGTH] or None,
                row.get("score") or 0,
                row["res_model"],
                row["res_id"],
                row.get("company_id") or company_id,
                uid,
                uid,
                now,
                now,
            )
            for row in rows
        )
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO gb_contact AS contact
                       (partner_id, channel, direction, at, user_id, subject, summary, score, res_model, res_id,
                        company_id, create_uid, write_uid, create_date, write_date)
                VALUES %s
                ON CONFLICT (res_model, res_id) WHERE res_id IS NOT NULL DO UPDATE
                   SET partner_id = EXCLUDED.partner_id, channel = EXCLUDED.channel,
                       direction = EXCLUDED.direction, at = EXCLUDED.at, user_id = EXCLUDED.user_id,
                       subject = EXCLUDED.subject, summary = EXCLUDED.summary,
                       score = COALESCE(NULLIF(EXCLUDED.score, 0), contact.score),
                       company_id = EXCLUDED.company_id, write_uid = EXCLUDED.write_uid,
                       write_date = EXCLUDED.write_date
                 WHERE (contact.partner_id, contact.channel, contact.direction, contact.at, contact.user_id,
                        contact.subject, contact.summary, contact.company_id)
                       IS DISTINCT FROM
                       (EXCLUDED.partner_id, EXCLUDED.channel, EXCLUDED.direction, EXCLUDED.at, EXCLUDED.user_id,
                        EXCLUDED.subject, EXCLUDED.summary, EXCLUDED.company_id)
                    OR EXCLUDED.score NOT IN (0, contact.score)
                RETURNING id
                """,
                lines,
            )
        )
        ids = [row_id for (row_id,) in found]
        if len(ids) < len(rows):  # the others were the same already
            ids = self.sudo()._find_sources({(row["res_model"], row["res_id"]) for row in rows}).ids
        return ids

    @api.model
    def _find_sources(self, sources):
        """:param sources: pairs (model, id). :return: their rows, as far as there are any"""
        contacts = self.browse()
        for model in {model for model, _id in sources}:
            ids = [res_id for name, res_id in sources if name == model]
            contacts |= self.search([("res_model", "=", model), ("res_id", "in", ids)])
        return contacts

    @api.model
    def _get_partners_of_sources(self, sources):
        return set(self.sudo()._find_sources(sources).partner_id.ids)

    @api.model
    def _drop_sources(self, sources):
        """Remove the rows of these sources. :return: ids of the customers concerned"""
        contacts_sudo = self.sudo()._find_sources(sources) if sources else self.sudo()
        partner_ids = set(contacts_sudo.partner_id.ids)
        contacts_sudo.unlink()
        return partner_ids

    @api.model
    def _rate(self, record, score):
        """Keep what the customer thought of the contact that ``record`` is the source of.

        :param int score: 1 to 5
        """
        self.sudo()._find_sources({(record._name, record.id)}).score = score

    @api.model
    def _keep_last_contact(self, partner_ids):
        """Bring ``gb_last_contact_at`` of these customers up to date: one index look-up each, no row written that is
        right already."""
        if not partner_ids:
            return
        self.flush_model(["partner_id", "at"])
        self.env["res.partner"].flush_model(["gb_last_contact_at"])
        changed = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner AS partner
                   SET gb_last_contact_at = last.at
                  FROM (SELECT id,
                               (SELECT at FROM gb_contact WHERE partner_id = customer.id
                                 ORDER BY at DESC LIMIT 1) AS at
                          FROM unnest(%s) AS customer(id)) AS last
                 WHERE partner.id = last.id AND partner.gb_last_contact_at IS DISTINCT FROM last.at
                RETURNING partner.id
                """,
                list(partner_ids),
            )
        )
        if changed:
            self.env["res.partner"].browse(
                partner_id for (partner_id,) in changed
            ).invalidate_recordset(["gb_last_contact_at"], flush=False)

    @api.model
    def _fill_from_calls(self):
        """Enter the calls that the log does not have yet, set-based (installation, update).

        :return: number of rows
        """
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO gb_contact (partner_id, channel, direction, at, user_id, subject, summary, score, res_model,
                                        res_id, company_id, create_uid, write_uid, create_date, write_date)
                SELECT call.partner_id, 'phone', call.direction, call.offered_at, call.user_id,
                       COALESCE(disposition.name ->> %(lang)s, disposition.name ->> 'en_US'), LEFT(call.note, %(length)s),
                       0, 'gb.call', call.id, call.company_id, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM gb_call AS call
                  LEFT JOIN gb_disposition AS disposition ON disposition.id = call.disposition_id
                 WHERE call.partner_id IS NOT NULL AND call.ended_at IS NOT NULL
                   AND (call.direction = 'inbound' OR call.direction = 'outbound' AND call.result = 'answered')
                ON CONFLICT (res_model, res_id) WHERE res_id IS NOT NULL DO NOTHING
                RETURNING partner_id
                """,
                lang=self.env.company.partner_id.lang or "en_US",
                length=SUMMARY_LENGTH,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.invalidate_model(flush=False)
        self._keep_last_contact({partner_id for (partner_id,) in found})
        return len(found)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_source(self):
        """Open the call, e-mail or chat that this contact is."""
        self.ensure_one()
        self.check_access("read")
        if not self.res_id or self.res_model not in self.env:
            raise UserError(self.env._("This contact was noted by hand; there is no more to show."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("What this contact was made from has been deleted since."))
        record.check_access("read")
        if record._name == "mail.message" and record.model and record.res_id:
            record = self.env[record.model].browse(record.res_id).exists()
        return record.get_formview_action()
