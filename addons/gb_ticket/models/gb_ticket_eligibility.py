from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..const import REMEDIES

GROUNDS = [
    ("no_reason", "No reason given"),
    ("fault", "Faulty"),
    ("wrong", "Wrong or damaged on arrival"),
    ("refused", "Refused at the door"),
]
# what a claim may rely on: who claims a fault also has what is granted without reason
GROUNDS_OF_RULES = {
    "no_reason": ("no_reason",),
    "fault": ("fault", "no_reason"),
    "wrong": ("fault", "no_reason"),
    "refused": ("no_reason",),
}
ABOUT_GOODS = ("complaint", "repair", "return", "exchange", "refund", "cancellation")


class GbTicket(models.Model):
    """What the customer may ask for, and why: computed from the rules of ``gb.eligibility.rule``."""

    _inherit = "gb.ticket"

    ground = fields.Selection(
        GROUNDS,
        string="Grounds",
        compute="_compute_ground",
        store=True,
        readonly=False,
        precompute=True,
        help="Why the customer wants it; decides which rules of eligibility apply.",
    )
    is_opened = fields.Boolean(
        string="Package opened", help="Some goods cannot be returned once opened."
    )
    received_at = fields.Datetime(
        string="Received",
        compute="_compute_received_at",
        compute_sudo=True,
        help="When the customer got the goods: as the carrier told, else when the delivery left.",
    )
    failed_repair_count = fields.Integer(
        string="Failed repairs",
        compute="_compute_failed_repair_count",
        compute_sudo=True,
        help="Finished repairs under warranty of the same product, before the present fault.",
    )
    warranty_until = fields.Date(
        compute="_compute_warranty_until", store=True, readonly=False, precompute=True
    )
    eligibility = fields.Json(
        compute="_compute_eligibility",
        help="Of each remedy whether the customer may ask for it, and why: "
        "list of {remedy, label, allowed, overridden, reason, rule, rule_name, source, until}.",
    )

    @api.depends("type_id")
    def _compute_ground(self):
        for ticket in self:
            ticket.ground = "fault" if ticket.kind == "repair" else ticket.ground or "no_reason"

    @api.depends("order_line_id")
    def _compute_received_at(self):
        for ticket in self:
            ticket.received_at = ticket._get_received_at()

    def _get_received_at(self):
        """:return: datetime of the last delivery of the order line to the customer, False before"""
        line = self.sudo().order_line_id
        if line.product_id.type == "service":
            return line.order_id.date_order
        deliveries = self._get_delivered_moves().picking_id
        return max(
            (
                picking.gb_delivered_at or picking.date_done
                for picking in deliveries
                if picking.gb_delivered_at or picking.date_done
            ),
            default=False,
        )

    @api.depends("order_line_id", "product_id", "partner_id", "cycle")
    def _compute_failed_repair_count(self):
        for ticket in self:
            ticket.failed_repair_count = len(ticket._get_failed_repairs())

    def _get_failed_repairs(self):
        """A repair under warranty has failed when the same product is brought again: on a later work order, or in a later
        cycle of the same one.

        :return: repair.order as superuser
        """
        self.ensure_one()
        repairs_sudo = self.env["repair.order"].sudo()
        product = self._get_product()
        if not product or not self.partner_id:
            return repairs_sudo
        repairs = repairs_sudo.search(
            [
                ("gb_ticket_id", "!=", False),
                ("product_id", "=", product.id),
                ("state", "=", "done"),
                ("under_warranty", "=", True),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "child_of", self.sudo().partner_id.commercial_partner_id.id),
            ]
        )
        line = self.sudo().order_line_id
        this = self._origin or self
        return repairs.filtered(
            lambda repair: (
                (not line or repair.gb_ticket_id.order_line_id in (line, line.browse()))
                and (
                    repair.gb_cycle < self.cycle
                    if repair.gb_ticket_id == this
                    else not this.id or repair.gb_ticket_id.id < this.id
                )
            )
        )

    @api.depends("order_line_id")
    def _compute_warranty_until(self):
        for ticket in self:
            ticket.warranty_until = ticket._get_warranty_until()

    def _get_warranty_until(self):
        """:return: last date of free repair by the rules, False when goods or receipt are not known"""
        received_on = self._to_local_date(self._get_received_at())
        if not received_on:
            return False
        rules = self._get_eligibility_rules().filtered(
            lambda rule: (
                rule.remedy == "repair" and not rule.is_exclusion and not rule.failed_repairs
            )
        )
        return max((received_on + timedelta(days=rule.days) for rule in rules), default=False)

    @api.depends(
        "order_line_id",
        "product_id",
        "partner_id",
        "ground",
        "is_opened",
        "cycle",
        "approval_ids.state",
    )
    @api.depends_context("lang")
    def _compute_eligibility(self):
        for ticket in self:
            if ticket.kind in ABOUT_GOODS:
                ticket.eligibility = ticket._get_eligibility()
            else:
                ticket.eligibility = False

    # ------------------------------------------------------------
    # Assessing
    # ------------------------------------------------------------
    def _get_product(self):
        self.ensure_one()
        return self.sudo().order_line_id.product_id or self.sudo().product_id

    def _get_timezone(self):
        return pytz.timezone(self.sudo().company_id.resource_calendar_id.tz or "Asia/Shanghai")

    def _to_local_date(self, at):
        """:return: date of a naive UTC datetime where the company is; False for none"""
        return at and pytz.utc.localize(at).astimezone(self._get_timezone()).date()

    def _get_eligibility_rules(self):
        """:return: rules in force when the goods were ordered, as superuser"""
        order = self.sudo().order_line_id.order_id or self.sudo().order_id
        ordered_on = self._to_local_date(order.date_order or fields.Datetime.now())
        return (
            self.env["gb.eligibility.rule"]
            .sudo()
            ._get_for(self._get_product(), self.sudo().company_id, ordered_on)
        )

    def _get_eligibility(self):
        """Which remedies the customer may ask for today.

        :return: a dict for each remedy: ``remedy``, ``label``, ``allowed``, ``overridden``, ``reason`` (full sentences with
            dates), ``rule`` (id of gb.eligibility.rule or False), ``rule_name``, ``source``, ``until`` (date as text or
            False: the last day)
        """
        self.ensure_one()
        labels = dict(
            self.env["gb.eligibility.rule"]._fields["remedy"]._description_selection(self.env)
        )
        rules = self._get_eligibility_rules()
        return [
            {"remedy": remedy, "label": labels[remedy], **self._assess(remedy, rules)}
            for remedy, _label in REMEDIES
        ]

    def _assess(self, remedy, rules):
        override = self._get_override(remedy)
        if override:
            return self._verdict(
                True,
                self.env._(
                    "Exception granted by %(who)s on %(date)s: %(reason)s",
                    who=override.decided_by_id.name,
                    date=format_date(self.env, self._to_local_date(override.decided_at)),
                    reason=override.reason,
                ),
                overridden=True,
            )
        if not self._get_product():
            return self._verdict(False, self.env._("Choose the order line or the product first."))
        if self.ground == "refused" and remedy in ("return", "refund"):
            return self._verdict(
                True,
                self.env._("The customer refused the goods at the door: they come back unused."),
            )
        received_on = self._to_local_date(self._get_received_at())
        if not received_on:
            order = self.sudo().order_id
            return self._verdict(
                False,
                self.env._("Nothing of %(order)s was delivered yet.", order=order.name)
                if order
                else self.env._("The day of the receipt is not known: choose the order line."),
            )
        return self._assess_by_rules(remedy, rules, received_on)

    def _assess_by_rules(self, remedy, rules, received_on):
        grants = rules.filtered(lambda rule: rule.remedy == remedy and not rule.is_exclusion)
        mine = GROUNDS_OF_RULES[self.ground or "no_reason"]
        today = self._to_local_date(fields.Datetime.now())
        failed = len(self._get_failed_repairs())
        verdicts = []  # ((how good an explanation it is, last day, on the ground claimed), verdict)
        for rule in grants:
            until = received_on + timedelta(days=rule.days)
            exclusion = self._find_exclusion(rule, rules)
            if rule.ground not in mine:
                if until < today or failed < rule.failed_repairs:
                    continue
                rank, verdict = 1, self._verdict(False, self._tell_ground(until), rule)
            elif exclusion:
                rank, verdict = 3, self._verdict(False, exclusion._tell(), exclusion)
            elif until < today:
                reason = self._tell_expired(rule, received_on, until)
                rank, verdict = 2, self._verdict(False, reason, rule, until)
            elif failed < rule.failed_repairs:
                rank, verdict = 0, self._verdict(False, self._tell_repairs(rule, failed), rule)
            else:
                reason = self._tell_allowed(rule, received_on, until)
                rank, verdict = 9, self._verdict(True, reason, rule, until)
            verdicts.append(((rank, until, rule.ground == mine[0]), verdict))
        if not verdicts:
            return self._verdict(False, self.env._("No rule grants this for these goods."))
        verdicts.sort(key=lambda item: item[0], reverse=True)
        best = verdicts[0][1]
        if not best["allowed"]:
            # why not, and what would be possible nevertheless
            hints = [verdict["reason"] for key, verdict in verdicts[1:] if key[0] in (0, 1)]
            best["reason"] = " ".join([best["reason"], *hints[:1]])
        return best

    @api.model
    def _verdict(self, allowed, reason, rule=None, until=None, overridden=False):
        return {
            "allowed": allowed,
            "overridden": overridden,
            "reason": reason,
            "rule": rule.id if rule else False,
            "rule_name": rule.name if rule else False,
            "source": rule.source if rule else False,
            "until": fields.Date.to_string(until) if until else False,
        }

    def _find_exclusion(self, rule, rules):
        return rules.filtered(
            lambda other: (
                other.is_exclusion
                and other.ground == rule.ground
                and other.remedy in (False, rule.remedy)
                and (self.is_opened or not other.only_opened)
            )
        )[:1]

    def _tell_allowed(self, rule, received_on, until):
        return self.env._(
            "%(rule)s: received on %(received)s, possible until %(until)s.",
            rule=rule.reason or rule.name,
            received=format_date(self.env, received_on),
            until=format_date(self.env, until),
        )

    def _tell_expired(self, rule, received_on, until):
        return self.env._(
            "%(rule)s: received on %(received)s, the %(days)s days ended on %(until)s.",
            rule=rule.reason or rule.name,
            received=format_date(self.env, received_on),
            days=rule.days,
            until=format_date(self.env, until),
        )

    def _tell_ground(self, until):
        return self.env._(
            "For a fault it would be possible until %(until)s.", until=format_date(self.env, until)
        )

    def _tell_repairs(self, rule, failed):
        return self.env._(
            "After %(needed)s failed repairs under warranty it is possible; so far there were %(failed)s.",
            needed=rule.failed_repairs,
            failed=failed,
        )

    def _check_eligible(self, remedy):
        """:raises UserError: when the rules do not grant ``remedy`` and nobody has made an exception"""
        verdict = next(row for row in self._get_eligibility() if row["remedy"] == remedy)
        if not verdict["allowed"]:
            raise UserError(
                self.env._(
                    "%(reason)s A team lead can make an exception, with a reason.",
                    reason=verdict["reason"],
                )
            )

    # ------------------------------------------------------------
    # Exceptions
    # ------------------------------------------------------------
    def _get_override(self, remedy):
        """:return: the approved gb.ticket.approval that grants ``remedy`` against the rules, as superuser, or empty"""
        return self.sudo().approval_ids.filtered(
            lambda approval: (
                approval.kind == "override"
                and approval.state == "approved"
                and (approval.payload or {}).get("remedy") == remedy
            )
        )[:1]

    def action_ask_override(self, remedy, reason):
        """Ask a team lead for an exception from the rules; a lead who asks has granted it by that.

        :param remedy: return, exchange, repair or refund
        :return: the gb.ticket.approval
        :raises UserError: without a reason, or when there is nothing to override
        """
        self.ensure_one()
        self._check_may_act()
        if remedy not in dict(REMEDIES):
            raise UserError(self.env._("There is no remedy “%(remedy)s”.", remedy=remedy))
        if not (reason or "").strip():
            raise UserError(self.env._("An exception needs a reason."))
        if any(row["allowed"] for row in self._get_eligibility() if row["remedy"] == remedy):
            raise UserError(self.env._("The rules grant this already."))
        group = self.env.ref("gb_callcenter.group_gb_lead")
        approval = self._ask_approval(
            "override", payload={"remedy": remedy}, reason=reason, group=group
        )
        if self.env.user.has_group("gb_callcenter.group_gb_lead"):
            self._approve_override(approval)
            approval._decide("approved", None)
        return approval.with_env(self.env)

    def _approve_override(self, approval):
        """Note the exception; ``_get_eligibility`` reads it from the approval."""
        labels = dict(
            self.env["gb.eligibility.rule"]._fields["remedy"]._description_selection(self.env)
        )
        self.sudo().message_post(
            body=self.env._(
                "Exception from the rules: %(remedy)s. %(reason)s",
                remedy=labels[approval.payload["remedy"]],
                reason=approval.reason,
            )
        )


class GbEligibilityRule(models.Model):
    _inherit = "gb.eligibility.rule"

    def _tell(self):
        """:return: why these goods are left out (sentence)"""
        return self.env._("Left out: %(reason)s.", reason=(self.reason or self.name).rstrip(".。"))
