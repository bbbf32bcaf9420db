from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import mute_logger

from ..tools.call_facts import to_moment

OPEN = ("asked", "dialling")
# what people may write; the rest follows from calls and from the buttons
AGENT_FIELDS = {"number", "partner_id", "queue_id", "team_id", "company_id", "note", "due_at"}
STATES = [
    ("asked", "To be called"),
    ("dialling", "Being called"),
    ("reached", "Reached"),
    ("failed", "Not reached"),
    ("done", "Settled"),
    ("cancelled", "Cancelled"),
]
ORIGINS = [
    ("caller", "Asked for while waiting"),
    ("menu", "Asked for in the menu"),
    ("missed", "Missed call"),
    ("agent", "Noted by an agent"),
]


class GbCallback(models.Model):
    """A customer to be called back. One at a time for a number and queue.

    ::

        asked ──agent dials──► dialling ──answered──► reached
          ▲                       │
          └── not answered ───────┴── too often ──► failed          done, cancelled: an agent says so

    What a caller has asked for while waiting is dialled by the telephone system when it is his turn (``reference``); an agent
    who takes it over takes it out of the queue first, so that nobody is called twice.
    """

    _name = "gb.callback"
    _description = "Call-back"
    _order = "due_at, id"
    _rec_names_search = ["partner_id", "number", "number_key"]
    _gb_masked_fields = ("number", "number_key")

    number = fields.Char(required=True)
    number_key = fields.Char(
        string="Identity", compute="_compute_number_key", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index="btree_not_null")
    queue_id = fields.Many2one("gb.queue", index="btree_not_null", check_company=True)
    team_id = fields.Many2one(
        "gb.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    origin = fields.Selection(ORIGINS, required=True, readonly=True, default="agent")
    state = fields.Selection(
        STATES, required=True, readonly=True, default="asked", copy=False, group_expand=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who has taken it over.",
    )
    claimed_at = fields.Datetime(string="Taken over", readonly=True, copy=False)
    asked_at = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now, copy=False
    )
    due_at = fields.Datetime(string="Due", required=True, default=fields.Datetime.now, copy=False)
    done_at = fields.Datetime(string="Settled at", readonly=True, copy=False)
    tries = fields.Integer(
        readonly=True, copy=False, help="How often the customer was rung in vain."
    )
    missed_count = fields.Integer(
        string="Missed calls",
        readonly=True,
        copy=False,
        help="How often the customer has rung in vain.",
    )
    missed_call_ids = fields.One2many("gb.call", "callback_id", string="Missed", readonly=True)
    call_id = fields.Many2one(
        "gb.call", string="Latest call", readonly=True, copy=False, index="btree_not_null"
    )
    reference = fields.Char(
        string="Id in the PBX", readonly=True, copy=False, index="btree_not_null"
    )
    is_in_queue = fields.Boolean(
        string="Keeps his place",
        readonly=True,
        copy=False,
        help="The telephone system calls this customer when it is his turn.",
    )
    note = fields.Text()

    _open_uniq = models.UniqueIndex(
        "(company_id, COALESCE(queue_id, 0), number_key) WHERE state IN ('asked', 'dialling')",
        "This customer is on the list of this queue already.",
    )
    _list_idx = models.Index("(company_id, due_at, id) WHERE state IN ('asked', 'dialling')")

    @api.depends("number")
    def _compute_number_key(self):
        for row in self:
            row.number_key = self.env["gb.phone"]._parse(row.number).key or row.number

    @api.depends("queue_id")
    def _compute_team_id(self):
        for row in self:
            row.team_id = row.queue_id.team_id or row.team_id

    @api.depends("partner_id", "number")
    @api.depends_context("uid")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.partner_id.name or self.env["gb.phone"]._mask(row.number)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_fields(vals)
        rows = super().create(vals_list)
        for row in rows.filtered(lambda row: not row.partner_id):
            partners = self.env["gb.phone"]._find(row.number).partner_id
            row.partner_id = partners if len(partners) == 1 else False
        return rows

    def write(self, vals):
        self._check_fields(vals)
        return super().write(vals)

    @api.model
    def _check_fields(self, vals):
        if not self.env.su and vals.keys() - AGENT_FIELDS:
            raise AccessError(
                self.env._("Call-backs move by their buttons and by calls; they cannot be edited.")
            )

    # ------------------------------------------------------------------
    # Agents
    # ------------------------------------------------------------------

    def _check_agent(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only call centre agents call customers back."))
        self.check_access("read")

    def action_claim(self):
        """Take these call-backs over: of two agents at once one gets each of them.

        :raise UserError: when somebody else has it, or it is no longer open
        """
        self._check_agent()
        for row_sudo in self.sudo():  # agents may not write what others rely on
            row_sudo._take(self.env.user)
        return True

    def _take(self, user):
        """Lock the row, look who has it now, take it. Needs sudo."""
        self.ensure_one()
        if not self.try_lock_for_update():
            raise UserError(self.env._("Somebody is taking this call-back over just now."))
        self.invalidate_recordset(["state", "user_id"])
        if self.state not in OPEN:
            raise UserError(
                self.env._("%(name)s need not be called any more.", name=self.display_name)
            )
        if self.user_id and self.user_id != user:
            raise UserError(
                self.env._(
                    "%(agent)s has taken this call-back over already.", agent=self.user_id.name
                )
            )
        if self.is_in_queue:
            # the telephone system must not call him as well; it says when it is just doing so
            self._get_provider()._command("callback.cancel", {"reference": self.reference})
            self.is_in_queue = False
        self.write({"user_id": user.id, "claimed_at": fields.Datetime.now()})

    def action_release(self):
        """Give these call-backs back to the list: the agent himself, or a lead."""
        self._check_agent()
        is_lead = self.env.user.has_group("gb_callcenter.group_gb_lead")
        for row_sudo in self.sudo():
            if row_sudo.user_id not in (self.env.user, self.env["res.users"]) and not is_lead:
                raise AccessError(self.env._("Only the agent himself or a lead gives it back."))
            if row_sudo.state in OPEN:
                row_sudo.write({"user_id": False, "claimed_at": False, "state": "asked"})
        return True

    def action_dial(self):
        """Ring the current user's seat, then the customer. Takes the call-back over if nobody has."""
        self.ensure_one()
        self.action_claim()
        self.env["gb.seat"].panel_dial(
            "", f"callback-{self.id}-{self.env.cr.now()}", self._name, self.id
        )
        self.sudo().state = "dialling"
        return True

    def action_done(self):
        """It is settled otherwise: he has written, has been in the shop …"""
        return self._settle("done")

    def action_cancel(self):
        """He need not be called."""
        return self._settle("cancelled")

    def action_reopen(self):
        """Put it on the list again."""
        self._check_agent()
        for row_sudo in self.sudo().filtered(lambda row: row.state not in OPEN):
            row_sudo.write(
                {
                    "state": "asked",
                    "user_id": False,
                    "tries": 0,
                    "done_at": False,
                    "due_at": fields.Datetime.now(),
                }
            )
        return True

    def _settle(self, state):
        self._check_agent()
        for row_sudo in self.sudo().filtered(lambda row: row.state in OPEN):
            row_sudo._take(self.env.user)
            row_sudo.write({"state": state, "done_at": fields.Datetime.now()})
        return True

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "views": [[False, "form"]],
            "res_id": self.partner_id.id,
        }

    @api.model
    def get_open_count(self):
        """How many call-backs are due that the current user may take over.

        :rtype: int
        """
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only call centre agents call customers back."))
        return self.search_count(
            [
                ("state", "=", "asked"),
                ("due_at", "<=", fields.Datetime.now()),
                ("user_id", "in", (False, self.env.uid)),
            ],
            limit=100,
        )

    def _get_provider(self):
        return (
            self.queue_id.provider_id or self.env["gb.telephony.provider"]._get_default()
        ).sudo()

    # ------------------------------------------------------------------
    # What calls do to them (needs sudo)
    # ------------------------------------------------------------------

    @api.model
    def _follow_calls(self, talks, failures, misses):
        """Bring the list in line with calls that have ended; the same calls again change nothing.

        :param talks: gb.call, somebody has talked with the customer
        :param failures: gb.call, an agent has rung him in vain
        :param misses: gb.call, the customer has rung a queue in vain
        """
        keys = set((talks | failures | misses).mapped("number_key"))
        if not keys:
            return
        rows = self.search([("number_key", "in", list(keys)), ("state", "in", OPEN)])
        by_customer = rows.grouped(lambda row: (row.company_id, row.number_key))
        for call in talks:
            found = by_customer.get((call.company_id, call.number_key), self.browse())
            found.filtered(lambda row: row.asked_at <= call.ended_at)._note_talk(call)  # noqa: B023
        for call in failures:
            found = by_customer.get((call.company_id, call.number_key), self.browse())
            found.filtered(lambda row: row.asked_at <= call.ended_at)._note_no_answer(call)  # noqa: B023
        if misses:
            self._note_misses(misses, by_customer)

    @api.model
    def _note_misses(self, misses, by_customer):
        """On the list, each customer once for a queue, unless he was reached since."""
        reached = {
            (company, key): answered_at
            for company, key, answered_at in self.env["gb.call"]._read_group(
                [
                    ("number_key", "in", misses.mapped("number_key")),
                    ("result", "=", "answered"),
                    ("answered_at", ">=", min(misses.mapped("offered_at"))),
                ],
                ["company_id", "number_key"],
                ["answered_at:max"],
            )
        }
        waiting = {}
        for call in misses.sorted("ended_at"):
            since = reached.get((call.company_id, call.number_key))
            if not (since and since >= call.offered_at):
                waiting.setdefault((call.company_id, call.number_key, call.queue_id), []).append(
                    call
                )
        for (company, key, queue), calls in waiting.items():
            row = by_customer.get((company, key), self.browse()).filtered(
                lambda row: row.queue_id == queue and row.state in OPEN  # noqa: B023
            )
            if not row:
                row = self._create_once(
                    {
                        "number": key,
                        "partner_id": calls[-1].partner_id.id,
                        "queue_id": queue.id,
                        "company_id": company.id,
                        "origin": "missed",
                        "asked_at": calls[0].ended_at,
                        "due_at": calls[0].ended_at,
                    }
                )
            row.write({"missed_count": row.missed_count + len(calls), "call_id": calls[-1].id})
            for call in calls:
                call.with_context(gb_call_facts=True).callback_id = row

    @api.model
    def _forget_misses(self, calls):
        """These calls were no missed ones after all: events came late, or out of order."""
        for row, mistaken in calls.grouped("callback_id").items():
            mistaken.with_context(gb_call_facts=True).callback_id = False
            row.missed_count -= len(mistaken)
            is_untouched = row.origin == "missed" and not (row.user_id or row.tries or row.note)
            if is_untouched and row.missed_count <= 0 and row.state in OPEN:
                row.unlink()

    @api.model
    def _create_once(self, values):
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                row = self.create(values)
                row.flush_recordset()
            return row
        except UniqueViolation as error:
            # another transaction has just put him on the list: this one is run again
            raise ConcurrencyError("this customer is on the list already") from error

    def _note_talk(self, call):
        """Somebody has talked with the customer: what he was to be called for is settled."""
        for row in self:
            if row.is_in_queue and row.call_id != call:
                row._get_provider()._send_after_commit(
                    [("callback.cancel", {"reference": row.reference})]
                )
        self.write(
            {
                "state": "reached",
                "done_at": call.ended_at,
                "call_id": call.id,
                "is_in_queue": False,
            }
        )

    def _note_no_answer(self, call):
        """An agent has rung the customer in vain: again later, at the most as often as the queue says."""
        for row in self:
            if row.call_id == call or row.is_in_queue or row.state not in OPEN:
                continue
            tries = row.tries + 1
            is_last = tries >= (row.queue_id.callback_tries or 3)
            pause = timedelta(minutes=row.queue_id.callback_retry_minutes or 10)
            row.write(
                {
                    "tries": tries,
                    "call_id": call.id,
                    "state": "failed" if is_last else "asked",
                    "due_at": call.ended_at + pause,
                    "done_at": call.ended_at if is_last else False,
                }
            )

    @api.model
    def _follow_pbx(self, call, note):
        """Take over what the telephone system says of a call-back that it carries out itself.

        :param call: gb.call that the note belongs to, with sudo
        :param dict note: reference, state, number, queue, at; of a failure tries and final
        """
        reference, state, at = note.get("reference"), note.get("state"), to_moment(note["at"])
        if not reference or not note.get("number"):
            return
        row = self.search([("reference", "=", reference)], limit=1)
        if not row:
            queue = self.env["gb.queue"].search(
                [("provider_id", "=", call.provider_id.id), ("code", "=", note.get("queue"))],
                limit=1,
            )
            known = self.search(
                [
                    ("company_id", "=", call.company_id.id),
                    ("number_key", "=", note["number"]),
                    ("queue_id", "=", queue.id),
                    ("state", "in", OPEN),
                ]
            )
            values = {
                "reference": reference,
                "is_in_queue": True,
                "origin": "menu" if note.get("session") else "caller",
            }
            if known:
                # he was on the list already and has asked now
                row = known[0]
                row.write(values)
            else:
                row = self._create_once(
                    {
                        **values,
                        "number": note["number"],
                        "partner_id": call.partner_id.id
                        if call.number_key == note["number"]
                        else False,
                        "queue_id": queue.id,
                        "company_id": call.company_id.id,
                        "asked_at": at,
                        "due_at": at,
                    }
                )
        row._follow_state(call, state, at, note)

    def _follow_state(self, call, state, at, note):
        """One step, in whatever order the steps are told: what is settled stays so."""
        if self.state not in OPEN:
            return
        values = {}
        if state == "asked" and not self.call_id:
            values = {"call_id": call.id}
        elif state == "dialling":
            values = {"state": "dialling", "call_id": call.id, "user_id": call.user_id.id}
        elif state == "answered":
            values = {
                "state": "reached",
                "call_id": call.id,
                "user_id": call.user_id.id,
                "done_at": at,
                "is_in_queue": False,
            }
        elif state == "failed":
            is_last = bool(note.get("final"))
            values = {
                "state": "failed" if is_last else "asked",
                "tries": max(self.tries, int(note.get("tries") or 0)),
                "done_at": at if is_last else False,
                "user_id": False,
                "is_in_queue": not is_last,
            }
        elif state == "cancelled" and self.is_in_queue:
            values = {"state": "cancelled", "done_at": at, "is_in_queue": False}
        if values:
            self.write(values)
