import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import str2bool

from .gb_ticket_guards import SURVEY_DAYS

# Closings after which the customer is asked: in the others he has been asked, or has had our last word.
ASKED_CLOSINGS = ("satisfied", "on_the_spot")


class GbTicket(models.Model):
    """Is the customer satisfied? Asked in the call-back, and after closing where nobody asked."""

    _inherit = "gb.ticket"

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------
    def action_request_rating(self):
        """Ask the customer by SMS (call-back clerk, when he cannot be reached)."""
        self.ensure_one()
        self._check_may_reply()
        if self.state_code not in ("call_back", "closed"):
            raise UserError(self.env._("The customer is asked when there is a result."))
        channel = "sms" if self.sudo()._get_address("sms") else "email"
        if not self.sudo()._get_address(channel):
            raise UserError(self._get_address_refusal("sms"))
        if self._request_rating(channel).state == "answered":
            raise UserError(self.env._("The customer has answered already."))
        return True

    def _request_rating(self, channel=None):
        """Ask the customer whether it is solved and how satisfied he is. Asking again in the same cycle, e.g. by SMS after
        an e-mail, goes on with the same question and starts its days anew.

        :param channel: ``email`` or ``sms``; what the customer wished by default
        :return: gb.ticket.rating as superuser, answered if he has answered in this cycle
        """
        self.ensure_one()
        ticket = self.sudo()
        if not channel:
            channel = next(
                (name for name in ticket._get_channels_of_choice() if ticket._get_address(name)),
                "web",
            )
        rating = ticket._get_rating()
        if rating.state == "answered":
            return rating
        values = {"channel": channel, "asked_at": fields.Datetime.now(), "state": "asked"}
        if rating:
            rating.write({**values, "reminded_at": False})
        else:
            rating = rating.create({**values, "ticket_id": ticket.id, "cycle": ticket.cycle})
        if channel != "web":
            ticket._notify_customer("rating", channel)
        return rating

    def _get_rating(self):
        """:return: the question of the present cycle (gb.ticket.rating), or empty"""
        self.ensure_one()
        ratings = self.env["gb.ticket.rating"].sudo()
        return ratings.search([("ticket_id", "=", self.id), ("cycle", "=", self.cycle)], limit=1)

    def _get_rating_url(self):
        """:return: address of the page with the question of the present cycle; the progress page before it is asked"""
        self.ensure_one()
        token = self._get_rating().token
        if not token:
            return self._get_progress_url()
        return f"{self.get_base_url()}/gb/rate/{token}"

    def _after_move(self, move, step):
        if move.effect == "close" and self._is_rating_due():
            self._request_rating()
        return super()._after_move(move, step)

    def _is_rating_due(self):
        """Whether the customer of a work order that is being closed is asked: not if he has answered in the call-back,
        else the share that its type says."""
        self.ensure_one()
        if self.closing not in ASKED_CLOSINGS or self.solved:
            return False
        return self._get_sample() < self.type_id.call_back_percent

    def _get_sample(self):
        """:return: 0 to 99, always the same for a work order, evenly spread"""
        digest = hashlib.sha256(f"gb.ticket,{self.id}".encode()).digest()
        return int.from_bytes(digest[:4]) % 100

    def _send_notice(self, event, channel=None):
        # the question says that it is closed: one message instead of two
        if event == "closed" and self._get_rating().state == "asked":
            return self.env["gb.ticket.message"]
        return super()._send_notice(event, channel)

    # ------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------
    def _effect_close(self, move, from_state, note):
        self._record_answer(note)
        return super()._effect_close(move, from_state, note)

    def _effect_next_cycle(self, move, from_state, note):
        self._record_answer(note)
        return super()._effect_next_cycle(move, from_state, note)

    def _record_answer(self, comment):
        """What the customer said in the call-back becomes the answer of this cycle, for the statistics."""
        if not self.solved:
            return
        rating = self._get_rating() or self.env["gb.ticket.rating"].sudo().create(
            {"ticket_id": self.id, "cycle": self.cycle}
        )
        if rating.state != "answered":
            rating._store_answer(self.solved, self.satisfaction, comment, "phone")

    def _accept_result(self, solved, score, comment=None, channel="web"):
        """The customer answers in the call-back or after closing, without having been asked by a message.

        :return: whether the answer counts: False when there was one before
        """
        self.ensure_one()
        ticket = self.sudo()
        rating = ticket._get_rating() or self.env["gb.ticket.rating"].sudo().create(
            {"ticket_id": ticket.id, "cycle": ticket.cycle, "channel": channel}
        )
        return rating._answer(solved, score, comment, channel=channel)

    def _take_answer(self, rating):
        """Do what an answer asks for. An answer about an earlier cycle is kept and changes nothing."""
        self.ensure_one()
        if rating.cycle != self.cycle:
            return
        if self.state_code == "call_back":
            self._take_call_back_answer(rating)
        elif self.phase == "closed":
            self.write({"solved": rating.solved, "satisfaction": rating.score})
            if rating._is_bad():
                self._take_bad_answer(rating)

    def _take_call_back_answer(self, rating):
        values = {"solved": rating.solved, "satisfaction": rating.score}
        if rating.solved == "yes" and rating.score in ("3", "4", "5"):
            moved = self._try_move("close", values, rating.comment, actor="customer")
        else:
            moved = self._try_move("reject", values, self._get_reason(rating), actor="customer")
        if not moved:  # e.g. all cycles are used up: a supervisor decides
            self._tell_supervisor(rating)

    def _take_bad_answer(self, rating):
        """Reopen, or make a work order that follows when it cannot be reopened any more.

        After our final position, and with the system parameter ``gb_ticket.bad_score_reopens`` off, a supervisor is told
        and decides.
        """
        reopens = self.env["ir.config_parameter"].sudo().get_param("gb_ticket.bad_score_reopens")
        if self.closing == "final_position" or not str2bool(reopens or "1", True):
            self._tell_supervisor(rating)
        elif not self._try_move("reopen", note=self._get_reason(rating), actor="customer"):
            follower = self._create_follower(self._get_reason(rating))
            self._tell_supervisor(rating, follower)

    def _get_reason(self, rating):
        if rating.comment:
            return rating.comment
        labels = dict(rating._fields["solved"]._description_selection(self.env))
        scores = dict(rating._fields["score"]._description_selection(self.env))
        answer = ", ".join(filter(None, (labels.get(rating.solved), scores.get(rating.score))))
        return self.env._("The customer answered: %(answer)s", answer=answer)

    def _create_follower(self, reason, **values):
        """:return: a draft that goes on with this closed work order"""
        self.ensure_one()
        return self.create({**self._prepare_follower_values(reason), **values})

    def _prepare_follower_values(self, reason):
        """Values of the draft that follows a closed work order. Overridden by addons with fields to take over."""
        return {
            "parent_id": self.id,
            "company_id": self.company_id.id,
            "type_id": self.type_id.id,
            "category_id": self.category_id.id,
            "subject": self.env._("Not satisfied: %(subject)s", subject=self.subject),
            "description": reason,
            "channel": "web",
            "reply_channel": self.reply_channel,
            "urgency": "1" if self.urgency == "0" else self.urgency,
            "partner_id": self.partner_id.id,
            "contact_name": self.contact_name,
            "contact_phone": self.contact_phone,
            "contact_email": self.contact_email,
            "order_id": self.order_id.id,
            "order_line_id": self.order_line_id.id,
            "product_id": self.product_id.id,
            "remedy": self.remedy,
        }

    def _tell_supervisor(self, rating, follower=None):
        """The customer is not satisfied and nothing follows by itself: the department's leads are told."""
        self.ensure_one()
        users = self.department_id.gb_lead_ids or self.user_id or self.accepted_by_id
        users = users.filtered(lambda user: user.active and not user.share)
        if not users:
            return
        body = self._get_reason(rating)
        if follower:
            body = self.env._("%(answer)s – a draft that follows it was made.", answer=body)
        (follower or self).message_notify(
            partner_ids=users.partner_id.ids,
            subject=self.env._("%(customer)s is not satisfied: %(number)s", **self._get_names()),
            body=body,
            author_id=self.partner_id.id or self.env.user.partner_id.id,
            email_from=self.company_id.email_formatted or self.env.user.email_formatted,
        )

    # ------------------------------------------------------------
    # Customers who cannot be reached
    # ------------------------------------------------------------
    @api.model
    def _cron_close_unverified(self, limit=1000):
        """Close what waits in the call-back for a customer who neither answers the telephone nor the SMS."""
        ratings = self.env["gb.ticket.rating"].search(
            [
                ("state", "in", ("asked", "reminded", "expired")),
                ("channel", "=", "sms"),
                ("asked_at", "<=", fields.Datetime.now() - timedelta(days=SURVEY_DAYS)),
                ("ticket_id.state_id", "=", self.env["gb.ticket.state"]._get("call_back").id),
            ],
            limit=limit,
        )
        for ticket in ratings.ticket_id:
            ticket._try_move("close_unverified")
            if not self.env["ir.cron"]._commit_progress(1):
                break
