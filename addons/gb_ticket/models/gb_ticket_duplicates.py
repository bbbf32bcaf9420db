from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..const import MAX_LEVEL
from ..tools.similarity import get_similarity

CANDIDATES = 50
# points, of 100; text alone never decides
SAME_LINE, SAME_PROBLEM, STILL_OPEN, SAME_TEXT = 40, 25, 15, 10
AGES = ((3, 10), (7, 6), (30, 3))  # (days at most, points)
MUST_ANSWER, LISTED = 65, 40
TEXT_LENGTH = 2000
# a draft is no work order yet; what ended without result is nothing to add to
COMPARED_PHASES = ("open", "waiting", "checking", "closed")
SCORED_FIELDS = (
    "name", "subject", "description", "type_id", "category_id", "state_id", "phase", "is_open", "process_id",
    "order_id", "order_line_id", "accepted_at", "create_date", "closed_at",
)  # fmt: skip
# how a draft's channel is called among the ways of messages
MESSAGE_CHANNELS = {
    "voicemail": "phone",
    "walk_in": "phone",
    "portal": "web",
    "api": "web",
}


class UnansweredDuplicate(UserError):
    """A likely duplicate that nobody has answered."""


class GbTicket(models.Model):
    """The same matter twice: found while it is typed, answered before acceptance, marked as repeat, merged and unmerged."""

    _inherit = "gb.ticket"

    _gb_masked_fields = ("contact_number_key",)

    contact_number_key = fields.Char(
        string="Contact number's identity",
        compute="_compute_contact_number_key",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="What every spelling of the contact's number has in common.",
    )
    duplicate_answer = fields.Selection(
        [("append", "Added to the other"), ("chase", "Chased the other"), ("new", "A new matter")],
        string="Likely duplicate",
        readonly=True,
        copy=False,
    )
    duplicate_of_id = fields.Many2one(
        "gb.ticket", string="Same matter as", readonly=True, copy=False, index="btree_not_null"
    )
    duplicate_reason = fields.Text(string="Why it is a new matter", readonly=True, copy=False)
    duplicate_compared_ids = fields.Many2many(
        "gb.ticket",
        "gb_ticket_duplicate_rel",
        "ticket_id",
        "other_id",
        string="Not the same as",
        readonly=True,
        copy=False,
    )
    is_repeat = fields.Boolean(
        string="Repeat",
        readonly=True,
        copy=False,
        help="The same matter was closed only a few days before.",
    )
    repeat_of_id = fields.Many2one(
        "gb.ticket", string="Repeat of", readonly=True, copy=False, index="btree_not_null"
    )
    merge_undo = fields.Json(
        readonly=True,
        copy=False,
        help="What the merge has cancelled, to be reopened when it is taken back.",
    )
    merged_message_ids = fields.Many2many(
        "gb.ticket.message",
        string="Messages of the merged",
        compute="_compute_merged",
        compute_sudo=True,
    )
    merged_call_ids = fields.Many2many(
        "gb.call", string="Calls of the merged", compute="_compute_merged", compute_sudo=True
    )
    merged_attachment_ids = fields.Many2many(
        "ir.attachment", string="Files of the merged", compute="_compute_merged", compute_sudo=True
    )
    department_ids = fields.Many2many(recursive=True)

    @api.model
    def _get_gb_number_domain(self, name, text, digits):
        if name == "contact_phone":
            name = "contact_number_key"
        return super()._get_gb_number_domain(name, text, digits)

    @api.depends("contact_phone", "company_id")
    def _compute_contact_number_key(self):
        Phone = self.env["gb.phone"]
        for ticket in self:
            number = ticket.contact_phone
            ticket.contact_number_key = (
                Phone._parse(number, ticket.company_id.country_id.code).key or False
                if number
                else False
            )

    @api.depends("merged_into_id.department_ids")
    def _compute_department_ids(self):
        result = super()._compute_department_ids()
        # whoever works on the target may read what was merged into it
        for ticket in self.filtered("merged_into_id"):
            ticket.department_ids |= ticket.merged_into_id.department_ids
        return result

    @api.depends("merged_ids")
    def _compute_merged(self):
        for ticket in self:
            merged_sudo = ticket.sudo()._get_merged()
            messages_sudo = merged_sudo.gb_message_ids
            files_sudo = messages_sudo.attachment_ids
            if merged_sudo:
                files_sudo |= files_sudo.search(
                    [("res_model", "=", self._name), ("res_id", "in", merged_sudo.ids)]
                )
            for name, found_sudo in (
                ("merged_message_ids", messages_sudo),
                ("merged_call_ids", merged_sudo.call_ids),
                ("merged_attachment_ids", files_sudo),
            ):
                ticket[name] = found_sudo.with_env(self.env)._filtered_access("read")

    # ------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------
    @api.model
    def find_duplicates(self, values):
        """Work orders that may be about the same matter, for the panel beside the form that is being filled in.

        :param dict values: what is known so far, all optional: ``partner_id``, ``contact_phone``, ``order_id``,
            ``order_line_id``, ``type_id``, ``category_id`` (ids), ``subject``, ``description``, and ``id`` of the draft
        :return: list of {id, name, subject, type, state, accepted_at, score (of 100), must_answer, is_repeat,
            why: [sentences]}, likeliest first, of those that the user may read; only with 40 points or more
        """
        self.check_access("read")
        return [
            {
                "id": found["ticket"].id,
                "name": found["ticket"].name,
                "subject": found["ticket"].subject,
                "type": found["ticket"].type_id.sudo().name,
                "state": found["ticket"].state_id.sudo().name,
                "accepted_at": fields.Datetime.to_string(found["ticket"].accepted_at) or False,
                "score": found["score"],
                "must_answer": found["must_answer"],
                "is_repeat": found["is_repeat"],
                "why": found["why"],
            }
            for found in self._find_duplicates(values)
        ]

    @api.model
    def _find_duplicates(self, matter):
        """:return: list of {ticket, score, must_answer, is_repeat, why}, likeliest first, newest first among equals"""
        scored = [
            ticket._score_duplicate(matter) for ticket in self._get_duplicate_candidates(matter)
        ]
        return sorted(
            (found for found in scored if found["score"] >= LISTED),
            key=lambda found: (-found["score"], -found["ticket"].id),
        )

    @api.model
    def _get_duplicate_candidates(self, matter):
        """The newest work orders of the customer (with everyone of his company) or of the number.

        A number without a customer also stands for the customers who have it.
        """
        draft = self.sudo().browse(matter.get("id") or []).exists()
        company = draft.company_id or self.env.company
        partners = self.env["res.partner"].sudo().browse(matter.get("partner_id") or []).exists()
        number = matter.get("contact_phone")
        key = number and self.env["gb.phone"]._parse(number, company.country_id.code).key
        if key and not partners:
            phones_sudo = (
                self.env["gb.phone"].sudo().search([("number_key", "=", key)], limit=CANDIDATES)
            )
            partners = phones_sudo.partner_id
        ways = []
        if partners:
            # as list of ids: a sub-query makes the planner walk all work orders of the company
            family = partners.with_context(active_test=False).search(
                [("commercial_partner_id", "in", partners.commercial_partner_id.ids)]
            )
            ways.append(Domain("partner_id", "in", family.ids))
        if key:
            ways.append(Domain("contact_number_key", "=", key))
        compared = (
            Domain("company_id", "=", company.id)
            & Domain("phase", "in", COMPARED_PHASES)
            & Domain("id", "not in", draft.ids)
        )
        found = self.browse()
        for way in ways:
            found |= self.search_fetch(
                way & compared, SCORED_FIELDS, order="id desc", limit=CANDIDATES
            )
        return found.sorted("id", reverse=True)[:CANDIDATES]

    def _score_duplicate(self, matter):
        """Compare this work order with what is known of another one."""
        self.ensure_one()
        score, why = 0, []

        def add(points, sentence):
            nonlocal score
            score += points
            why.append(sentence)

        if self.order_line_id and self.order_line_id.id == matter.get("order_line_id"):
            add(
                SAME_LINE,
                self.env._(
                    "The same line of the order %(order)s.", order=self.order_id.sudo().name
                ),
            )
        # without a problem on either side the type is all that there is to compare
        if self.type_id.id == matter.get("type_id") and self.category_id.id == (
            matter.get("category_id") or False
        ):
            add(SAME_PROBLEM, self.env._("The same type and problem."))
        if self.is_open:
            add(STILL_OPEN, self.env._("It is still open."))
        accepted_at = self.accepted_at or self.create_date
        age = fields.Datetime.now() - accepted_at
        points = next((points for days, points in AGES if age <= timedelta(days=days)), 0)
        if points:
            add(points, self.env._("It is of %(date)s.", date=format_date(self.env, accepted_at)))
        if score + SAME_TEXT >= LISTED:
            similarity = get_similarity(
                f"{self.subject} {self.description or ''}"[:TEXT_LENGTH],
                f"{matter.get('subject') or ''} {matter.get('description') or ''}"[:TEXT_LENGTH],
            )
            if points := round(SAME_TEXT * similarity):
                add(
                    points,
                    self.env._("The text is %(percent)s%% alike.", percent=round(similarity * 100)),
                )
        must_answer = score >= MUST_ANSWER
        is_repeat = must_answer and self._is_closed_lately()
        if is_repeat:
            why.append(
                self.env._(
                    "It was closed on %(date)s: the matter has come back.",
                    date=format_date(self.env, self.closed_at),
                )
            )
        return {
            "ticket": self,
            "score": score,
            "must_answer": must_answer,
            "is_repeat": is_repeat,
            "why": why,
        }

    def _is_closed_lately(self):
        limit = timedelta(days=self.process_id.sudo().reopen_days)
        return self.phase == "closed" and self.closed_at >= fields.Datetime.now() - limit

    def _get_matter(self):
        """:return: what ``find_duplicates`` compares, of this work order"""
        self.ensure_one()
        return {
            "id": self.id,
            "partner_id": self.partner_id.id,
            "contact_phone": self.contact_phone,
            "order_id": self.order_id.id,
            "order_line_id": self.order_line_id.id,
            "type_id": self.type_id.id,
            "category_id": self.category_id.id,
            "subject": self.subject,
            "description": self.description,
        }

    # ------------------------------------------------------------
    # Answering
    # ------------------------------------------------------------
    def action_answer_duplicate(self, answer, ticket_id=None, reason=None):
        """Answer the panel of likely duplicates for this draft.

        :param answer: ``append`` (what the draft says is added to the other, a lately closed one is reopened),
            ``chase`` (the other one is chased) – with both the draft is merged into the other –
            or ``new`` (another matter than all that are shown)
        :param ticket_id: the other work order, for ``append`` and ``chase``
        :param reason: why it is a new matter; for the others a remark
        :return: action that opens the other work order; False when it is a new matter
        :raises UserError: when the reason is missing, or the other one is ended, or of another customer
        """
        self.ensure_one()
        self.check_access("write")
        if self.phase != "draft":
            raise UserError(
                self.env._("%(number)s was accepted already: use “Merge”.", number=self.name)
            )
        reason = (reason or "").strip()
        if answer == "new":
            return self._answer_new(reason)
        if answer not in ("append", "chase"):
            raise UserError(self.env._("Answer with append, chase or new."))
        other = self.browse(ticket_id or []).exists()
        if not other:
            raise UserError(self.env._("Choose the work order that it is the same as."))
        other.check_access("read")
        if other == self:
            raise UserError(self.env._("A work order is no duplicate of itself."))
        self._join(other, answer, reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": other.id,
            "views": [(False, "form")],
        }

    def _answer_new(self, reason):
        if not reason:
            raise UserError(self.env._("Say why this is a new matter."))
        draft_sudo = self.sudo()
        likely = [
            found["ticket"].id
            for found in draft_sudo._find_duplicates(draft_sudo._get_matter())
            if found["must_answer"]
        ]
        draft_sudo.write(
            {
                "duplicate_answer": "new",
                "duplicate_reason": reason,
                "duplicate_compared_ids": [fields.Command.link(other) for other in likely],
            }
        )
        return False

    def _join(self, other, answer, reason):
        """Tell the other one what this draft says, and merge the draft into it."""
        draft_sudo = self.sudo()
        values = {"duplicate_answer": answer, "duplicate_of_id": other.id}
        if reason:
            values["duplicate_reason"] = reason
        if not self.partner_id:
            values["partner_id"] = other.sudo().partner_id.id
        draft_sudo.write(values)
        text = f"{self.subject}\n{self.description}" if self.description else self.subject
        if answer == "append" and other.phase == "closed":
            other._transition("reopen", note=reason or text)
        if not other.is_open:
            raise UserError(
                self.env._(
                    "%(number)s is ended and cannot be chased: add to it, or say why this is a new matter.",
                    number=other.name,
                )
            )
        channel = MESSAGE_CHANNELS.get(self.channel, self.channel)
        if answer == "append":
            other.sudo()._receive(channel, text, author=draft_sudo.partner_id)
        else:
            other.sudo()._chase(channel, text)
        self._transition("merge", {"merged_into_id": other.id}, note=reason or None)

    def _check_duplicates_answered(self):
        result = super()._check_duplicates_answered()
        ticket_sudo = self.sudo()
        for found in ticket_sudo._find_duplicates(ticket_sudo._get_matter()):
            if found["must_answer"] and found["ticket"] not in ticket_sudo.duplicate_compared_ids:
                raise UnansweredDuplicate(
                    self.env._(
                        "%(number)s “%(subject)s” looks like the same matter: %(why)s Add to it, chase it, or say why "
                        "this is a new matter.",
                        number=found["ticket"].name,
                        subject=found["ticket"].subject,
                        why=" ".join(found["why"]),
                    )
                )
        return result

    def _move(self, code, values, note, actor, revision=None, approval=None):
        if actor == "user":
            try:
                return super()._move(code, values, note, actor, revision, approval)
            except UnansweredDuplicate as likely:
                # clients know the message of a plain UserError
                raise UserError(str(likely)) from likely
        if self.phase != "draft":
            return super()._move(code, values, note, actor, revision, approval)
        try:
            with self.env.cr.savepoint():
                return super()._move(code, values, note, actor, revision, approval)
        except UnansweredDuplicate as likely:
            # nobody is there to answer: what a customer has sent must not get lost, so it waits for an agent
            self.sudo()._message_log(body=str(likely))
            return False

    # ------------------------------------------------------------
    # Repeats
    # ------------------------------------------------------------
    def _effect_accept(self, move, from_state, note):
        result = super()._effect_accept(move, from_state, note)
        # all likely ones have been answered by now
        former = self._get_repeated()
        if former:
            self.write(
                {
                    "is_repeat": True,
                    "repeat_of_id": former.id,
                    "level": min(max(self.level, former.level) + 1, MAX_LEVEL),
                }
            )
        return result

    def _get_repeated(self):
        """:return: the work order of the same matter that was closed lately; the one closed last"""
        matter = self._get_matter()
        former = self.duplicate_compared_ids.filtered(
            lambda other: other._is_closed_lately() and other._score_duplicate(matter)["is_repeat"]
        )
        return former.sorted("closed_at", reverse=True)[:1]

    def _guard_satisfied(self, move, values):
        result = super()._guard_satisfied(move, values)
        self._check_closer(values)
        return result

    def _guard_answer(self, move, values):
        result = super()._guard_answer(move, values)
        self._check_closer(values)
        return result

    def _check_closer(self, values):
        """:raises UserError: when the user has closed the work order that this one repeats"""
        former = self.repeat_of_id
        last = former.step_ids.filtered(lambda step: not step.state_id.is_open)[:1]
        if values["_actor"] == "user" and last.actor_id and last.actor_id == self.env.user:
            raise UserError(
                self.env._(
                    "You closed %(number)s, and the matter has come back: somebody else closes this one.",
                    number=former.name,
                )
            )

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------
    def _effect_merge(self, _move, from_state, _note):
        tasks = self.task_ids.filtered(lambda task: task.state in ("open", "doing"))
        approvals = self.approval_ids.filtered(lambda approval: approval.state == "pending")
        self.merge_undo = {
            "tasks": {str(task.id): task.state for task in tasks},
            "approvals": approvals.ids,
        }
        self._close_tasks()
        if from_state.phase == "draft":
            body = self.env._("“%(subject)s” was merged into this one.", subject=self.subject)
        else:
            body = self.env._("%(number)s was merged into this one.", number=self.name)
        self.merged_into_id.message_post(body=body)

    def _effect_unmerge(self, _move, _from_state, _note):
        target, undo = self.merged_into_id, self.merge_undo or {}
        for task in self.task_ids.filtered(lambda task: str(task.id) in undo.get("tasks", {})):
            task._set_state(undo["tasks"][str(task.id)])
        self.approval_ids.filtered(
            lambda approval: approval.id in undo.get("approvals", ()) and approval.state == "void"
        ).state = "pending"
        self.write(
            {
                "merged_into_id": False,
                "merge_undo": False,
                "duplicate_answer": False,
                "duplicate_of_id": False,
                "duplicate_reason": False,
            }
        )
        target.message_post(
            body=self.env._("%(number)s is on its own again.", number=self.display_name)
        )

    def _get_merged(self):
        """:return: all work orders that were merged into these, also by way of others"""
        found, newest = self.browse(), self
        while newest := newest.merged_ids - found:
            found |= newest
        return found

    def _get_merge_target(self):
        """:return: the work order that this one goes on in; itself when it was not merged"""
        self.ensure_one()
        target = self.sudo()
        while target.merged_into_id:
            target = target.merged_into_id
        return target.with_env(self.env)

    # what comes for a merged work order belongs to the one that it goes on in
    def _receive(self, *args, **kwargs):
        target = self._get_merge_target()
        if target == self:
            return super()._receive(*args, **kwargs)
        if external_id := kwargs.get("external_id"):
            known = self.gb_message_ids.sudo().filtered(
                lambda message: message.external_id == external_id
            )
            if known:  # it came before the merge already
                return known
        return target._receive(*args, **kwargs)

    def _chase(self, *args, **kwargs):
        target = self._get_merge_target()
        if target == self:
            return super()._chase(*args, **kwargs)
        return target._chase(*args, **kwargs)

    def _notify_customer(self, event, *args, **kwargs):
        # a draft that was joined with another work order has never been told to the customer
        told = self.filtered("accepted_at") if event == "merged" else self
        return super(GbTicket, told)._notify_customer(event, *args, **kwargs)
