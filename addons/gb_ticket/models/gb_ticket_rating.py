import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

BAD_SCORE = 2


class GbTicketRating(models.Model):
    """One question to a customer whether the matter is solved and how satisfied he is: one per work order and cycle,
    answered once, on whatever channel he answers first.

    ``asked`` → ``reminded`` (once) → ``expired``; ``answered`` from any of them: a late answer is an answer.
    """

    _name = "gb.ticket.rating"
    _description = "Satisfaction with a work order"
    _order = "id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="ticket_id.partner_id", string="Customer")
    cycle = fields.Integer(default=1)
    channel = fields.Selection(
        [
            ("phone", "Telephone"),
            ("sms", "SMS"),
            ("email", "E-mail"),
            ("web", "Progress page"),
            ("ivr", "Key press"),
        ]
    )
    state = fields.Selection(
        [
            ("asked", "Asked"),
            ("reminded", "Reminded"),
            ("answered", "Answered"),
            ("expired", "No answer"),
        ],
        default="asked",
        required=True,
        index=True,
    )
    token = fields.Char(
        groups="base.group_system", copy=False, default=lambda self: str(uuid.uuid4())
    )
    solved = fields.Selection([("yes", "Solved"), ("partly", "Partly"), ("no", "Not solved")])
    score = fields.Selection(
        [
            ("5", "Very satisfied"),
            ("4", "Satisfied"),
            ("3", "So-so"),
            ("2", "Dissatisfied"),
            ("1", "Very dissatisfied"),
        ]
    )
    comment = fields.Text()
    asked_at = fields.Datetime(default=fields.Datetime.now)
    reminded_at = fields.Datetime()
    answered_at = fields.Datetime()

    _cycle_uniq = models.UniqueIndex(
        "(ticket_id, cycle)", "The customer was asked about this work order already."
    )
    _token_uniq = models.UniqueIndex("(token) WHERE token IS NOT NULL")
    _open_idx = models.Index("(asked_at) WHERE state IN ('asked', 'reminded')")

    # ------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------
    def _answer(self, solved, score, comment=None, channel=None):
        """Take the customer's answer; the first one counts. The caller has checked that it is the customer.

        In the call-back it also moves the work order: closed when solved and not dissatisfied, else once more into
        processing. After closing, a bad answer reopens it or makes one that follows.

        :param solved: ``yes``, ``partly``, ``no``, or None when only a score was asked for (a key press)
        :param score: "1" (very dissatisfied) to "5", or None when only ``solved`` was asked for
        :param channel: where he answered; where he was asked by default
        :return: whether this answer counts: False when there was one before
        """
        self.ensure_one()
        rating = self.sudo()
        rating.lock_for_update()
        if rating.state == "answered":
            return False
        score = str(score) if score else False
        if not solved:
            solved = "yes" if score and int(score) > BAD_SCORE else "no"
        rating._store_answer(solved, score, comment, channel)
        rating.ticket_id._take_answer(rating)
        return True

    @api.model
    def _check_entered(self, solved, score):
        """:raises UserError: unless both are among the answers"""
        solutions, scores = (dict(self._fields[name].selection) for name in ("solved", "score"))
        if solved not in solutions or score not in scores:
            raise UserError(
                self.env._("Please tell us whether it is solved, and how satisfied you are.")
            )

    def _store_answer(self, solved, score, comment, channel):
        self.write(
            {
                "state": "answered",
                "answered_at": fields.Datetime.now(),
                "solved": solved,
                "score": score,
                "comment": (comment or "").strip() or False,
                "channel": channel or self.channel,
            }
        )

    def _is_bad(self):
        """Whether the answer asks for more to be done: not solved, or dissatisfied."""
        self.ensure_one()
        limit = self.env["gb.ticket"]._get_parameter("bad_score", BAD_SCORE)
        return self.solved == "no" or bool(self.score and int(self.score) <= limit)

    @api.model
    def _rate_by_key(self, number, digit):
        """Take an answer by key press, for telephone systems: "press 1 to 5, 5 is very satisfied".

        :param number: the caller's number in any spelling, or a gb.ticket whose customer is on the line
        :param digit: the key, "1" to "5"
        :return: whether an open question to this customer was found and answered
        """
        digit = str(digit)
        if digit not in dict(self._fields["score"].selection):
            return False
        ratings = self.sudo()
        domain = [("state", "in", ("asked", "reminded"))]
        if isinstance(number, str):
            partners = ratings.env["gb.phone"]._find(number).partner_id
            domain.append(("ticket_id.partner_id", "in", partners.ids))
        else:
            domain.append(("ticket_id", "in", number.ids))
        rating = ratings.search(domain, order="asked_at desc, id desc", limit=1)
        return bool(rating) and rating._answer(None, digit, channel="ivr")

    # ------------------------------------------------------------
    # Reminders and expiry
    # ------------------------------------------------------------
    @api.model
    def _cron_remind_and_expire(self, limit=500):
        """Remind of open questions once, and let those expire that stay without an answer.

        System parameters ``gb_ticket.rating_reminder_days`` (2) and ``gb_ticket.rating_expiry_days`` (7), both counted
        from the question.
        """
        tickets = self.env["gb.ticket"]
        now = fields.Datetime.now()
        remind = now - timedelta(days=tickets._get_parameter("rating_reminder_days", 2))
        expire = now - timedelta(days=tickets._get_parameter("rating_expiry_days", 7))
        domain = [
            "|",
            "&",
            ("state", "=", "asked"),
            ("asked_at", "<=", remind),
            "&",
            ("state", "=", "reminded"),
            ("asked_at", "<=", expire),
        ]
        ratings = self.search(domain, limit=limit, order="asked_at")
        cron = self.env["ir.cron"]
        left = len(ratings) if len(ratings) < limit else self.search_count(domain)
        cron._commit_progress(remaining=left)
        for rating in ratings:
            rating = rating.try_lock_for_update().filtered_domain(domain)
            if rating.asked_at and rating.asked_at <= expire:
                rating.state = "expired"
            elif rating:
                rating._remind()
            left -= 1
            if not cron._commit_progress(1, remaining=max(left, 0)):
                break

    def _remind(self):
        self.ensure_one()
        self.write({"state": "reminded", "reminded_at": fields.Datetime.now()})
        channel = self.channel if self.channel in ("email", "sms") else None
        self.ticket_id._notify_customer("rating", channel)
