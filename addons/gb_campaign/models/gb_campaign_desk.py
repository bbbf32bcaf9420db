from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from ..const import SKIP_REASONS

ATTEMPT_LIMIT = 10
SKIP_MINUTES = 30
# what the telephone system finds out, not an agent
DIALLER_CATEGORIES = ("abandoned", "failed")
NOTE_LENGTH = 10000
# passing refusals after which he comes again later
LATER_REFUSALS = ("hours", "day_limit")


class GbCampaignDesk(models.AbstractModel):
    """What the calling screen asks for. Each method works for the current user, on the customer whom he has taken, and
    answers with the whole screen: docs/architecture.md, "Calling screen"."""

    _name = "gb.campaign.desk"
    _description = "Calling screen"

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    @api.model
    def _check_agent(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only call centre agents call customers."))

    @api.model
    def _get_campaigns(self):
        """The campaigns that the current user calls for, first ones first, with sudo."""
        return (
            self.env["gb.campaign"]
            .sudo()
            .search(
                [
                    ("agent_ids", "in", self.env.uid),
                    ("state", "=", "running"),
                    ("mode", "=", "preview"),
                    ("company_id", "in", self.env.companies.ids),
                ]
            )
        )

    @api.model
    def _get_own_row(self, row_id=None):
        """The customer whom the current user has taken, with sudo; empty if there is none.

        :raise UserError: when ``row_id`` is given and is not his any more
        """
        row_sudo = (
            self.env["gb.campaign.row"]
            .sudo()
            .search(
                [
                    ("claimed_by_id", "=", self.env.uid),
                    ("state", "=", "claimed"),
                    ("company_id", "in", self.env.companies.ids),
                ],
                order="claimed_at desc, id desc",
                limit=1,
            )
        )
        if row_id and row_sudo.id != row_id:
            raise UserError(
                self.env._("You do not have this customer any more. Take the next one.")
            )
        return row_sudo

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def get_desk(self, campaign_id=False):
        """The screen as it is: the customer whom the user has taken, if any. Nobody is taken.

        :param int campaign_id: the campaign that the user wants to call for; False: any
        :rtype: dict
        """
        self._check_agent()
        return self._get_desk(campaign_id)

    @api.model
    def _get_desk(self, campaign_id=False, message=""):
        row_sudo = self._get_own_row()
        campaigns_sudo = self._get_campaigns()
        if row_sudo:
            campaign_id = row_sudo.campaign_id.id
        if campaign_id not in campaigns_sudo.ids and not row_sudo:
            campaign_id = False
        return {
            "now": fields.Datetime.to_string(fields.Datetime.now()),
            "campaign_id": campaign_id,
            "campaigns": self._get_campaign_figures(campaigns_sudo),
            "row": self._get_row(row_sudo) if row_sudo else False,
            "next_at": False
            if row_sudo
            else self._get_next_moment(
                campaigns_sudo.filtered(lambda c: not campaign_id or c.id == campaign_id)
            ),
            "today": self._get_today(),
            "skip_reasons": self._get_skip_reasons(),
            "message": message,
        }

    @api.model
    def _get_skip_reasons(self):
        selection = self.env["gb.campaign.row"]._fields["skip_reason"]
        labels = dict(selection._description_selection(self.env))
        return [{"key": key, "label": labels[key]} for key, _label in SKIP_REASONS]

    @api.model
    def _get_campaign_figures(self, campaigns_sudo):
        counts = {
            campaign.id: count
            for campaign, count in self.env["gb.campaign.row"]
            .sudo()
            ._read_group(
                [
                    ("campaign_id", "in", campaigns_sudo.ids),
                    ("state", "=", "waiting"),
                    ("user_id", "in", (self.env.uid, False)),
                ],
                ["campaign_id"],
                ["__count"],
            )
        }
        return [
            {"id": campaign.id, "name": campaign.name, "waiting": counts.get(campaign.id, 0)}
            for campaign in campaigns_sudo
        ]

    @api.model
    def _get_next_moment(self, campaigns_sudo):
        """When the next customer is due, if nobody is now."""
        row_sudo = (
            self.env["gb.campaign.row"]
            .sudo()
            .search(
                [
                    ("campaign_id", "in", campaigns_sudo.ids),
                    ("state", "=", "waiting"),
                    ("user_id", "in", (self.env.uid, False)),
                ],
                order="next_at",
                limit=1,
            )
        )
        if not row_sudo:
            return False
        campaign = row_sudo.campaign_id
        moment = max(row_sudo.next_at, fields.Datetime.now())
        return fields.Datetime.to_string(
            campaign._get_next_calling_time(row_sudo.zone or campaign._get_own_zone(), moment)
        )

    @api.model
    def _get_today(self):
        """The agent's own figures since midnight of his time zone."""
        now = fields.Datetime.now()
        local = fields.Datetime.context_timestamp(self, now)
        since = now - (local - local.replace(hour=0, minute=0, second=0, microsecond=0))
        attempts, reached, successes = (
            self.env["gb.campaign.attempt"]
            .sudo()
            ._read_group(
                [("user_id", "=", self.env.uid), ("at", ">=", since), ("outcome_id", "!=", False)],
                [],
                ["__count", "reached_count:sum", "success_count:sum"],
            )[0]
        )
        return {"attempts": attempts, "reached": reached or 0, "successes": successes or 0}

    @api.model
    def _get_row(self, row_sudo):
        """The customer and all that is needed to call him. Numbers as the user may see them."""
        campaign_sudo = row_sudo.campaign_id
        attempt_sudo = row_sudo._get_open_attempt()
        attempt_sudo._find_call()
        next_number = row_sudo._get_number()
        phones = self.env["gb.phone"]
        kinds = dict(phones._fields["kind"]._description_selection(self.env))
        return {
            "id": row_sudo.id,
            "campaign": {
                "id": campaign_sudo.id,
                "name": campaign_sudo.name,
                "briefing": html2plaintext(campaign_sudo.description or ""),
            },
            "list": row_sudo.list_id.name,
            "is_promised": row_sudo.is_promised,
            "claimed_until": fields.Datetime.to_string(row_sudo.claimed_until),
            "note": row_sudo.note or "",
            "lead_id": row_sudo.lead_id.id,
            "customer": self._get_customer(row_sudo, attempt_sudo.call_id),
            "numbers": [
                {
                    "id": number.id,
                    "number": phones._mask(number.phone_id.number),
                    "kind": kinds.get(number.phone_id.kind, ""),
                    "attempts": number.attempt_count,
                    "is_next": number == next_number,
                    "is_spent": number.is_spent or number.phone_id.do_not_call,
                }
                for number in row_sudo.number_ids
            ],
            "attempts": [
                {
                    "id": attempt.id,
                    "at": fields.Datetime.to_string(attempt.at),
                    "agent": attempt.user_id.name or "",
                    "outcome": attempt.outcome_id.name,
                    "note": attempt.note or "",
                }
                for attempt in row_sudo.attempt_ids.filtered("outcome_id")[:ATTEMPT_LIMIT]
            ],
            "attempt": {
                "id": attempt_sudo.id,
                "number_id": attempt_sudo.number_id.id,
                "at": fields.Datetime.to_string(attempt_sudo.at),
                "call_id": attempt_sudo.call_id.id,
            }
            if attempt_sudo
            else False,
            "script": campaign_sudo.script_id.with_env(self.env)
            .sudo()
            ._get_script(row_sudo.with_env(self.env))
            if campaign_sudo.script_id
            else False,
            "outcomes": [
                {
                    "id": outcome.id,
                    "name": outcome.name,
                    "key": outcome.key or "",
                    "category": outcome.category,
                    "asks_next_at": outcome.asks_next_at,
                }
                for outcome in campaign_sudo.outcome_ids.with_env(self.env).sudo()
                if outcome.category not in DIALLER_CATEGORIES
            ],
        }

    @api.model
    def _get_customer(self, row_sudo, call_sudo):
        """Who he is: parts of his overview, with what the identity check protects left out."""
        partner = self.env["res.partner"].browse(row_sudo.partner_id.id)
        partner.check_access("read")
        view = partner._open_gb_360(call_sudo.id)
        identity = partner._get_gb_identity(view)
        sees_children = view["is_verified"] or row_sudo.campaign_id.shows_children
        contact = partner._get_gb_last_contact(view)
        return {
            "id": partner.id,
            "name": partner.display_name,
            "city": partner.city or partner.sudo().state_id.name or "",
            "is_verified": view["is_verified"],
            "level": identity["level"],
            "life_cycle": identity["life_cycle_label"],
            "member_number": identity["member_number"],
            "language": identity["language"] if identity["is_foreign"] else "",
            "owner": identity["owner"],
            "flags": [flag for flag in partner._get_gb_flags(view) if flag["key"] != "campaign"],
            "children": sees_children and partner._get_gb_children(view),
            "orders": [
                {
                    "id": order["id"],
                    "name": order["name"],
                    "at": order["at"],
                    "state": order["delivery"]["label"] or order["state_label"],
                    "amount": order["amount"],
                }
                for order in partner._get_gb_last_orders(view)
            ],
            "matters": [
                {"key": matter["key"], "title": matter["title"], "state": matter["state"]}
                for matter in partner._get_gb_matters(view)
            ],
            "last_contact": contact
            and {
                "at": contact["at"],
                "title": contact["title"],
                "text": contact["text"],
                "agent": contact["agent"],
            },
        }

    # ------------------------------------------------------------------
    # Acting
    # ------------------------------------------------------------------

    @api.model
    def get_next(self, campaign_id=False):
        """Take the next customer, or go on with the one whom the user has taken already.

        :param int campaign_id: of which campaign; False: of all that he calls for
        :return: screen; ``row`` is False when nobody can be called now
        """
        self._check_agent()
        if not self._get_own_row():
            for campaign_sudo in self._get_campaigns():
                if campaign_id and campaign_sudo.id != campaign_id:
                    continue
                if campaign_sudo._claim(1, self.env.user):
                    break
        return self._get_desk(campaign_id)

    @api.model
    def dial(self, row_id, number_id, token):
        """Ring the user's seat, then the customer. Whether he may be rung is asked again; if not, he goes back or off the
        list, and the screen says why.

        :param int number_id: gb.campaign.number of this customer
        :param str token: unique per click; the same token dials once
        :return: screen
        """
        self._check_agent()
        row_sudo = self._get_own_row(row_id)
        number_sudo = row_sudo.number_ids.filtered(lambda number: number.id == number_id)
        if not number_sudo or number_sudo.is_spent:
            raise UserError(self.env._("This number cannot be dialled. Choose another one."))
        attempts_sudo = self.env["gb.campaign.attempt"].sudo()
        token = str(token)[:64]
        if attempts_sudo.search_count(
            [("user_id", "=", self.env.uid), ("click_key", "=", token)], limit=1
        ):
            return self._get_desk()
        seat = self.env["gb.seat"]._require_own()
        now = fields.Datetime.now()
        refusal = row_sudo._get_refusal(number_sudo, now)
        if refusal:
            message = row_sudo._get_refusal_text(refusal)
            self._follow_refusal(row_sudo, number_sudo, refusal, now)
            return self._get_desk(row_sudo.campaign_id.id, message)
        open_sudo = row_sudo._get_open_attempt()
        if open_sudo.number_id:
            # rung again without an outcome: he was not reached the first time
            missed = row_sudo.campaign_id._get_outcome("no_answer")
            row_sudo._file_attempt(open_sudo, missed, at=now)
        attempt_sudo = row_sudo._begin_attempt(number_sudo, user=self.env.user, token=token, at=now)
        seat._dial(
            number_sudo.phone_id.number,
            f"campaign-{attempt_sudo.id}",
            row_sudo.campaign_id.hotline_id.number or "",
        )
        return self._get_desk()

    @api.model
    def _follow_refusal(self, row_sudo, number_sudo, refusal, now):
        """Bring a customer who must not be rung to where he belongs."""
        if refusal == "not_running":
            row_sudo._release()
        elif refusal in LATER_REFUSALS:
            later = now
            if refusal == "day_limit":
                later = row_sudo._get_midnight(now + timedelta(days=1))
            campaign = row_sudo.campaign_id
            row_sudo._release(
                campaign._get_next_calling_time(row_sudo.zone or campaign._get_own_zone(), later)
            )
        elif refusal == "total_limit":
            row_sudo._release()
            row_sudo.write({"state": "done", "done_at": now})
        else:
            number_sudo.is_spent = True
            is_about_number = refusal in ("do_not_call", "no_number") or (
                refusal == "black_list" and not row_sudo.partner_id.gb_is_blacklisted
            )
            if not (is_about_number and row_sudo._get_number()):
                row_sudo._exclude(refusal)

    @api.model
    def finish(self, row_id, outcome_id, values=None, goes_on=True):
        """File what came of it and take the next customer.

        :param dict values: ``note``; ``next_at`` (UTC text) when the customer is called again; ``answers`` to the script:
            [[question, answer], …]
        :param bool goes_on: take the next customer at once
        :return: screen
        """
        self._check_agent()
        row_sudo = self._get_own_row(row_id)
        values = values or {}
        outcome_sudo = row_sudo.campaign_id.outcome_ids.filtered(
            lambda outcome: outcome.id == outcome_id
        )
        if not outcome_sudo:
            raise UserError(
                self.env._("This campaign does not have that outcome. Choose another one.")
            )
        next_at = fields.Datetime.to_datetime(values.get("next_at") or None)
        if outcome_sudo.asks_next_at and not outcome_sudo.is_final and not next_at:
            raise UserError(self.env._("When is he to be called again?"))
        if next_at and next_at <= fields.Datetime.now():
            raise UserError(self.env._("The next contact has to be in the future."))
        note = str(values.get("note") or "")[:NOTE_LENGTH].strip()
        answers = [
            [str(question)[:500], str(answer)[:500]]
            for question, answer in (values.get("answers") or [])[:100]
        ]
        campaign_id = row_sudo.campaign_id.id
        attempt_sudo = row_sudo._finish(outcome_sudo, next_at, note, answers)
        if outcome_sudo.is_final and next_at:
            self._plan_contact(row_sudo, attempt_sudo, next_at, note)
        call_sudo = attempt_sudo.call_id
        if call_sudo and outcome_sudo.disposition_id and not call_sudo.disposition_id:
            self.env["gb.seat"].panel_wrap_up(
                call_sudo.id, outcome_sudo.disposition_id.id, note, ready=bool(call_sudo.ended_at)
            )
        return self.get_next(campaign_id) if goes_on else self._get_desk(campaign_id)

    @api.model
    def _plan_contact(self, row_sudo, attempt_sudo, next_at, note):
        """The customer is settled in the campaign and expects to hear from us: the date goes to the lead as an activity."""
        lead_sudo = row_sudo.lead_id
        if lead_sudo:
            lead_sudo.activity_schedule(
                "mail.mail_activity_data_call",
                fields.Datetime.context_timestamp(self, next_at).date(),
                summary=row_sudo.campaign_id.name,
                user_id=self.env.uid,
            )

    @api.model
    def skip(self, row_id, reason):
        """Pass the customer over: he goes back to the list, to be called a little later.

        :param str reason: key of ``const.SKIP_REASONS``
        :return: screen with the next customer
        """
        self._check_agent()
        row_sudo = self._get_own_row(row_id)
        if reason not in dict(SKIP_REASONS):
            raise UserError(self.env._("Say why you pass the customer over."))
        if row_sudo._get_open_attempt().number_id:
            raise UserError(self.env._("You have rung this customer: choose what came of it."))
        values = {"skip_count": row_sudo.skip_count + 1, "skip_reason": reason}
        if reason == "other_agent":
            values.update(user_id=False, allocated_at=False)
        row_sudo.write(values)
        row_sudo._release(fields.Datetime.add(fields.Datetime.now(), minutes=SKIP_MINUTES))
        return self.get_next(row_sudo.campaign_id.id)

    @api.model
    def give_back(self, row_id):
        """Stop calling: the customer goes back as he was. :return: screen without a customer"""
        self._check_agent()
        row_sudo = self._get_own_row(row_id)
        if row_sudo._get_open_attempt().number_id:
            raise UserError(self.env._("You have rung this customer: choose what came of it."))
        row_sudo._release()
        return self._get_desk(row_sudo.campaign_id.id)

    @api.model
    def make_lead(self, row_id, note=""):
        """Make a lead of the customer, once. :return: screen"""
        self._check_agent()
        row_sudo = self._get_own_row(row_id)
        row_sudo._make_lead(str(note or "")[:NOTE_LENGTH], self.env.user)
        return self._get_desk()

    @api.model
    def get_ticket_action(self, row_id):
        """A new work order of this customer, filled in. :return: action"""
        self._check_agent()
        row_sudo = self._get_own_row(row_id)
        call_sudo = row_sudo._get_open_attempt()._find_call()
        if call_sudo:
            return self.env["gb.call"].browse(call_sudo.id).action_gb_create_ticket()
        self.env["gb.ticket"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New work order"),
            "res_model": "gb.ticket",
            "views": [[False, "form"]],
            "context": {
                "default_partner_id": row_sudo.partner_id.id,
                "default_channel": "phone",
                "default_subject": row_sudo.campaign_id.name,
            },
        }
