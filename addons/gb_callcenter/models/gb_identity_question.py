from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import get_lang

from ..tools.identity_answer import (
    DATE_TOLERANCE_DAYS,
    same_amount,
    same_date,
    same_digits,
    same_name,
)

SAMPLE = 10
PHONE_DIGITS = 4


class GbIdentityQuestion(models.Model):
    """A fact that only the customer is likely to know. Its kind names what the answer is compared with.

    A kind ``x`` brings ``_get_facts_x(partner, call)``, the right answers as a list (empty: the question
    cannot be put to this customer), and ``_matches_x(answer, fact)``, or is one of ``SHOWN_KINDS``: the agent then
    sees the fact and judges what he hears. Addons add kinds with ``selection_add`` and these methods.
    """

    _name = "gb.identity.question"
    _description = "Identity question"
    _order = "sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    kind = fields.Selection(
        [
            ("birth_date", "Customer: date of birth"),
            ("phone", "Customer: last 4 digits of another number"),
            ("email", "Customer: e-mail"),
            ("member_number", "Membership: number"),
            ("child_name", "Child: name"),
            ("child_birth", "Child: date of birth"),
            ("order_amount", "Last order: amount"),
            ("order_date", "Last order: date"),
            ("order_product", "Last order: product"),
            ("address", "Customer: address"),
        ],
        string="Compared with",
        required=True,
    )
    hint = fields.Char(
        translate=True,
        help="Shown to the agent below the question, such as how to type the answer.",
    )
    is_shown = fields.Boolean(
        string="The agent compares",
        compute="_compute_is_shown",
        help="The right answer is shown and the agent judges what the customer says. "
        "Otherwise the agent types the answer and never sees the right one.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: all companies.", index="btree_not_null"
    )

    SHOWN_KINDS = ("address", "order_product")

    @api.depends("kind")
    def _compute_is_shown(self):
        for question in self:
            question.is_shown = question.kind in self.SHOWN_KINDS

    @api.model
    def _get_for(self, partner, call=None):
        """The questions that can be put to a customer, with their right answers.

        :return: list of (gb.identity.question, list of facts), in the order in which they are asked
        """
        questions = self.sudo().search(
            Domain("company_id", "in", [False, (call or self).env.company.id])
        )
        pairs = ((question, question._get_facts(partner, call)) for question in questions)
        return [(question, facts) for question, facts in pairs if facts]

    def _get_facts(self, partner, call=None):
        """The right answers to this question; empty when nothing is known.

        :param partner: res.partner (superuser)
        :param call: gb.call or None
        """
        self.ensure_one()
        facts = getattr(self, f"_get_facts_{self.kind}")(partner, call)
        return [fact for fact in facts if fact]

    def _is_right(self, answer, facts):
        """Whether ``answer`` is one of ``facts``; for shown questions it is the agent's judgement.

        :param answer: text, or bool for a question whose fact was shown
        """
        self.ensure_one()
        if self.is_shown:
            return answer is True
        if not isinstance(answer, str):
            return False
        matches = getattr(self, f"_matches_{self.kind}")
        return any(matches(answer, fact) for fact in facts)

    # ------------------------------------------------------------------
    # Kinds
    # ------------------------------------------------------------------

    def _is_day_first(self):
        date_format = get_lang(self.env).date_format
        return date_format.find("%d") < date_format.find("%m")

    def _get_facts_birth_date(self, partner, call):
        return [partner.gb_birth_date]

    def _matches_birth_date(self, answer, fact):
        return same_date(answer, fact, self._is_day_first())

    def _get_facts_phone(self, partner, call):
        """Ends of the numbers that he is not calling from: the agent's screen shows that one."""
        calling = call.number_key if call else False
        keys = partner.gb_phone_ids.filtered(lambda phone: phone.number_key != calling)
        return [key[-PHONE_DIGITS:] for key in keys.mapped("number_key")]

    def _matches_phone(self, answer, fact):
        return same_digits(answer, fact)

    def _get_facts_email(self, partner, call):
        return [partner.email_normalized]

    def _matches_email(self, answer, fact):
        return same_name(answer, fact)

    def _get_facts_member_number(self, partner, call):
        return [partner.gb_member_number]

    def _matches_member_number(self, answer, fact):
        return same_digits(answer, fact)

    def _get_facts_child_name(self, partner, call):
        return partner.gb_child_ids.mapped("name")

    def _matches_child_name(self, answer, fact):
        return same_name(answer, fact)

    def _get_facts_child_birth(self, partner, call):
        return partner.gb_child_ids.mapped("birth_date")

    def _matches_child_birth(self, answer, fact):
        return same_date(answer, fact, self._is_day_first())

    def _get_last_order(self, partner):
        """The customer's last confirmed order in the companies at hand."""
        return self.env["sale.order"].search(
            [
                ("partner_id", "child_of", partner.commercial_partner_id.id),
                ("state", "=", "sale"),
                ("company_id", "in", self.env.companies.ids),
            ],
            order="date_order desc, id desc",
            limit=1,
        )

    def _get_facts_order_amount(self, partner, call):
        return [self._get_last_order(partner).amount_total]

    def _matches_order_amount(self, answer, fact):
        return same_amount(answer, fact)

    def _get_facts_order_date(self, partner, call):
        order = self._get_last_order(partner)
        return [
            order and fields.Datetime.context_timestamp(self, order.date_order).date(),
        ]

    def _matches_order_date(self, answer, fact):
        return same_date(answer, fact, self._is_day_first(), DATE_TOLERANCE_DAYS)

    def _get_facts_order_product(self, partner, call):
        lines = self._get_last_order(partner).order_line.filtered(
            lambda line: line.product_id and not line.is_delivery
        )
        names = lines.product_id.mapped("display_name")
        return [", ".join(names[:SAMPLE])]

    def _get_facts_address(self, partner, call):
        address = partner._display_address(without_company=True)
        return [" ".join(address.split()) if partner.street or partner.city else False]
