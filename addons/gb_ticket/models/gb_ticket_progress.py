from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

MAX_MESSAGES_SHOWN = 100
MAX_MESSAGES_PER_HOUR = 20


class GbTicket(models.Model):
    """The customer's page: what it shows and what it offers. Plain data, so that a page can show nothing else."""

    _inherit = "gb.ticket"

    def _get_progress(self):
        """What the customer's page shows of this work order, in the language of the context.

        :return: dict of plain values. Nothing internal is in it: no chatter, no notes of moves, no names of colleagues
            beside the one who wrote to the customer.
        """
        self.ensure_one()
        ticket = self.sudo()
        rating = ticket._get_rating()
        lang = self.env.lang
        return {
            "number": ticket.name if ticket.name != "/" else False,
            "subject": ticket.subject,
            "type": ticket.type_id.name,
            "description": ticket.description,
            "stage": ticket.state_id.customer_name or ticket.state_id.name,
            "phase": ticket.phase,
            "is_open": ticket.is_open,
            "department": ticket.department_id.name,
            "due": ticket.is_open and ticket._format_for_customer(ticket.due_at, lang),
            "merged_into": ticket.merged_into_id.name,
            "result": ticket._get_result_for_customer(),
            "timeline": ticket._get_timeline(lang),
            "messages": ticket._get_messages_for_customer(lang),
            "offers": ticket._get_offers(),
            "chase_refusal": ticket._is_being_worked_on() and ticket._get_chase_refusal(),
            "rating": rating.state == "answered"
            and {"solved": rating.solved, "score": rating.score, "comment": rating.comment},
            "reopen_days": ticket.process_id.reopen_days,
        }

    def _get_result_for_customer(self):
        """:return: the result (text) as soon as it was checked"""
        if self.state_code not in ("call_back", "closed"):
            return False
        return self.solution or self.answer

    def _get_timeline(self, lang):
        """:return: [{name, at, is_current}] of the stages so far, oldest first"""
        stages = []
        for step in self.step_ids.sorted("id"):
            name = step.state_id.customer_name or step.state_id.name
            if not stages or stages[-1]["name"] != name:
                at = self._format_for_customer(step.started_at, lang)
                stages.append({"name": name, "at": at, "is_current": False})
        if stages:
            stages[-1]["is_current"] = True
        return stages

    def _get_messages_for_customer(self, lang):
        """:return: [{is_mine, kind, channel, by, at, title, body, state, files: [{id, name}]}], newest first"""
        messages = self.env["gb.ticket.message"].search(
            [("ticket_id", "=", self.id)], limit=MAX_MESSAGES_SHOWN
        )
        channels = dict(messages._fields["channel"]._description_selection(self.env))
        events = dict(self.env["gb.ticket.template"]._selection_event())
        return [
            {
                "is_mine": message.direction == "in",
                "kind": message.kind,
                "channel": channels[message.channel],
                "by": message.direction == "out"
                and (message.author_id.name or self.company_id.name),
                "at": self._format_for_customer(message.at, lang),
                "title": events.get(message.event) or message.subject or channels[message.channel],
                "body": message.body,
                "state": message.state,
                "files": [
                    {"id": attachment.id, "name": attachment.name}
                    for attachment in message.attachment_ids
                ],
            }
            for message in messages
        ]

    def _get_offers(self):
        """What the customer may do now.

        :return: set of ``message``, ``chase``, ``cancel``, ``answer`` (accept or reject the result, rate), ``reopen``,
            or after the days for that ``follow``
        """
        self.ensure_one()
        codes = set(self._get_moves("customer").mapped("code"))
        offers = codes & {"cancel"}
        if self.phase != "void":
            offers.add("message")
        if not self._get_chase_refusal():
            offers.add("chase")
        is_answered = self._get_rating().state == "answered"
        if not is_answered and (self.phase == "closed" or codes & {"close", "reject"}):
            offers.add("answer")
        if self.phase == "closed" and self.closing != "final_position":
            reopenable = "reopen" in codes and self._is_reopenable()
            offers.add("reopen" if reopenable else "follow")
        return offers

    def _is_reopenable(self):
        try:
            self._guard_reopen(self.env["gb.ticket.transition"], {})
        except UserError:
            return False
        return True

    # ------------------------------------------------------------
    # What the customer does there. The caller has checked who he is.
    # ------------------------------------------------------------
    def _customer_writes(self, text, attachment_ids=(), author=None, key=None):
        """A message from the page. :param key: any unique text; the same key writes once"""
        self._check_offer("message")
        self._check_not_flooding()
        if not (text or "").strip() and not attachment_ids:
            raise UserError(self.env._("Please write something, or add a file."))
        return self._receive(
            "web",
            text,
            author=author,
            attachment_ids=attachment_ids,
            external_id=key and f"web:{key}",
        )

    def _customer_chases(self, text=None, author=None, key=None):
        self._lock()  # two clicks at once count once
        refusal = self._get_chase_refusal()
        if refusal:
            raise UserError(refusal)
        return self._chase("web", text, author=author, external_id=key and f"web:{key}")

    def _customer_cancels(self, reason):
        self._check_offer("cancel")
        if not (reason or "").strip():
            raise UserError(self.env._("Please tell us why you do not need it any more."))
        return self._transition("cancel", note=reason, actor="customer")

    def _customer_reopens(self, reason):
        self._check_offer("reopen")
        if not (reason or "").strip():
            raise UserError(self.env._("Please tell us what is still open."))
        return self._transition("reopen", note=reason, actor="customer")

    def _customer_follows(self, reason):
        """The same matter after the days for reopening. :return: the work order that goes on with it"""
        self._check_offer("follow")
        if not (reason or "").strip():
            raise UserError(self.env._("Please tell us what is still open."))
        self._lock()  # two clicks at once make one
        follower = self.search([("parent_id", "=", self.id), ("is_open", "=", True)], limit=1)
        if not follower:
            follower = self._create_follower(
                reason, subject=self.subject, urgency=self.urgency, channel="web"
            )
            follower._accept_automatically()
        return follower

    def _customer_answers(self, solved, score, comment):
        self._check_offer("answer")
        self.env["gb.ticket.rating"]._check_entered(solved, score)
        if solved != "yes" and self.is_open and not (comment or "").strip():
            raise UserError(self.env._("Please tell us what is still open."))
        return self._accept_result(solved, score, comment, channel="web")

    def _check_offer(self, name):
        if name not in self._get_offers():
            raise AccessError(
                self.env._("This is not possible any more. Please look at the page again.")
            )

    def _check_not_flooding(self):
        since = fields.Datetime.now() - timedelta(hours=1)
        recent = self.env["gb.ticket.message"].search_count(
            [("ticket_id", "=", self.id), ("direction", "=", "in"), ("at", ">=", since)]
        )
        if recent >= MAX_MESSAGES_PER_HOUR:
            raise UserError(
                self.env._("You have sent many messages. Please wait a while, or telephone us.")
            )
