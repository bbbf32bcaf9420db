from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..tools.tax_number import clean_tax_number, is_tax_number

COUPON_PROGRAMS = ("coupons", "gift_card", "next_order_coupons")


class GbTicketApproval(models.Model):
    _inherit = "gb.ticket.approval"

    kind = fields.Selection(
        selection_add=[("refund", "Refund"), ("reissue", "Invoice made out anew")],
        ondelete={"refund": "cascade", "reissue": "cascade"},
    )
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")


class GbTicket(models.Model):
    """Money and papers: refunds by credit note (one asks, another approves, the payment confirms), invoices, coupons."""

    _inherit = "gb.ticket"

    refundable_amount = fields.Monetary(
        string="Can be refunded",
        compute="_compute_refundable_amount",
        compute_sudo=True,
        help="Paid for the order and not refunded yet.",
    )

    _refund_amount_check = models.Constraint(
        "CHECK(refund_amount >= 0 AND compensation >= 0)", "Amounts cannot be negative."
    )

    @api.depends("order_id", "document_count")
    def _compute_refundable_amount(self):
        for ticket in self:
            ticket.refundable_amount = sum(ticket._get_refundable().values())

    @api.constrains("tax_number")
    def _check_tax_number(self):
        for ticket in self.filtered("tax_number"):
            if not is_tax_number(clean_tax_number(ticket.tax_number)):
                raise ValidationError(
                    self.env._(
                        "%(number)s is no tax number: it has 15, 18 or 20 characters, and the last one of 18 must fit "
                        "the others. Leave it empty for a private person.",
                        number=ticket.tax_number,
                    )
                )

    # ------------------------------------------------------------
    # Refund
    # ------------------------------------------------------------
    def _get_invoices(self):
        """:return: posted invoices of the order that were not made undone, as superuser"""
        return self.sudo().order_id.invoice_ids.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and move.payment_state != "reversed"
            )
        )

    def _get_refundable(self):
        """Money of the order's invoices that was paid and not refunded yet.

        :return: {account.move: amount in the company's currency}, the invoice of the order line first
        """
        self.ensure_one()
        line = self.sudo().order_line_id
        invoices = self._get_invoices().sorted(
            lambda move: (line not in move.invoice_line_ids.sale_line_ids, move.id)
        )
        refundable = {}
        for invoice in invoices:
            credits = invoice.reversal_move_ids.filtered(lambda move: move.state != "cancel")
            back = 0.0
            for credit in credits:
                # what was set off against the invoice itself was never money
                set_off = abs(credit.amount_total_signed) - abs(credit.amount_residual_signed)
                back += abs(credit.amount_total_signed) - max(set_off - credit._get_gb_paid(), 0.0)
            left = invoice.company_currency_id.round(invoice._get_gb_paid() - back)
            if left > 0:
                refundable[invoice] = left
        return refundable

    def _check_refund(self, amount):
        """:raises UserError: when there is nothing to credit, or the amount is more than was paid"""
        if not self.order_id:
            raise UserError(self.env._("Choose the order whose payment is to be refunded."))
        if not self._get_invoices():
            raise UserError(
                self.env._(
                    "There is no posted invoice to credit for %(order)s.",
                    order=self.sudo().order_id.name,
                )
            )
        if not amount or amount <= 0:
            raise UserError(self.env._("Say how much is to be refunded."))
        left = sum(self._get_refundable().values())
        currency = self.company_id.currency_id
        if currency.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than was paid and not refunded yet: %(left)s.",
                    amount=currency.format(amount),
                    left=currency.format(left),
                )
            )

    def action_create_credit_note(self, amount=None, reason=None):
        """Ask for a refund. Somebody else, a team lead or the department's lead, approves; then the credit note is posted.

        :param amount: in the company's currency; the work order's ``refund_amount`` by default
        :return: action that tells so
        :raises UserError: when it is more than was paid, or nothing was invoiced
        """
        self.ensure_one()
        ticket = self._begin_document()
        amount = ticket.refund_amount if amount is None else amount
        ticket._check_refund(amount)
        self._ask_refund(amount, reason)
        return self._tell(self.env._("The refund waits for approval by somebody else."))

    def _ask_refund(self, amount, reason=None):
        """:return: the approval that was asked for, as superuser"""
        self.ensure_one()
        self.sudo().refund_amount = amount
        return self._ask_approval(
            "refund",
            payload={"amount": amount},
            amount=amount,
            reason=reason or self.remedy or self.subject,
            group=self.env.ref("gb_callcenter.group_gb_lead"),
        )

    def _approve_refund(self, approval):
        """Make and post the credit note. Who asked for a refund does not approve it, whatever his role."""
        self._check_is_another(approval)
        ticket = self.sudo().with_company(self.company_id)
        amount = approval.payload["amount"]
        ticket._hold_order()
        ticket._check_refund(amount)
        ticket._refund(amount, approval.reason)

    def _hold_order(self):
        """Of two refunds of one order that are approved at once, the second is run again and sees what is left.

        A lock would not do: after the first has committed, the second still has its older snapshot (ADR 002).
        """
        self.env.cr.execute(
            SQL("UPDATE sale_order SET write_date = write_date WHERE id = %s", self.order_id.id)
        )

    def _check_is_another(self, approval):
        if approval.sudo().requested_by_id == self.env.user:
            raise AccessError(
                self.env._("You asked for this yourself: somebody else approves it (four eyes).")
            )

    def _refund(self, amount, reason):
        """:return: posted credit notes of ``amount``, linked"""
        credit_notes = self.env["account.move"]
        for invoice, available in self._get_refundable().items():
            part = min(available, amount)
            if self.company_id.currency_id.is_zero(part):
                break
            credit_notes |= self._credit(invoice, part, reason)
            amount -= part
        credit_notes.action_post()
        self._link_documents(credit_notes)
        self.decision = "granted"
        return credit_notes

    def _credit(self, invoice, amount, reason):
        """:return: draft credit note of ``invoice`` over ``amount`` in the company's currency, taxes in proportion"""
        credit = self._reverse(invoice, reason).new_move_ids
        currency = self.company_id.currency_id
        if currency.compare_amounts(abs(credit.amount_total_signed), amount) == 0:
            return credit
        # first the goods themselves: the order then knows that they are not invoiced any more
        lines = credit.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        mine = lines.filtered(
            lambda line: self.order_line_id and self.order_line_id in line.sale_line_ids
        )
        if mine:
            (lines - mine).unlink()
            if len(mine) == 1 and 0 < self.quantity < mine.quantity:
                mine.quantity = self.quantity
            lines = mine
            if currency.compare_amounts(abs(credit.amount_total_signed), amount) == 0:
                return credit
        # else a sum of money in recognition: the quantities of the order stay as they are
        factor = amount / abs(credit.amount_total_signed)
        for line in lines:
            line.write(
                {
                    "price_unit": line.price_unit * line.quantity * factor,
                    "quantity": 1,
                    "sale_line_ids": [(5,)],
                }
            )
        # what rounding adds is taken off the last line: never more than was approved
        unit = credit.currency_id.rounding
        for _attempt in range(len(lines) + 2):
            if currency.compare_amounts(abs(credit.amount_total_signed), amount) <= 0:
                break
            lines[-1:].price_unit -= unit
        return credit

    def _reverse(self, invoice, reason, modify=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"reason": reason or self.name, "journal_id": invoice.journal_id.id})
        )
        wizard.reverse_moves(is_modify=modify)
        return wizard

    def _get_credit_notes(self):
        """:return: credit notes of this work order that are not cancelled"""
        return self.account_move_ids.filtered(
            lambda move: move.move_type == "out_refund" and move.state != "cancel"
        )

    def _check_refunded(self):
        """:raises UserError: unless a credit note was made and the customer has got the money"""
        credit_notes = self._get_credit_notes()
        pending = self.approval_ids.filtered(
            lambda approval: approval.kind == "refund" and approval.state == "pending"
        )
        if pending:
            raise UserError(self.env._("The refund still waits for approval."))
        if not credit_notes:
            raise UserError(
                self.env._("There is no credit note yet: ask for the refund, or refuse the claim.")
            )
        unpaid = credit_notes.filtered(lambda move: move.payment_state not in ("paid", "reversed"))
        if unpaid:
            raise UserError(
                self.env._(
                    "The payment of %(names)s to the customer is not confirmed yet.",
                    names=", ".join(unpaid.mapped("display_name")),
                )
            )

    # ------------------------------------------------------------
    # Invoice
    # ------------------------------------------------------------
    def action_create_invoice(self):
        """Make the missing invoice of the order, as a draft that the accountants post.

        :return: action that opens it
        :raises UserError: when there is an invoice already (credit it first), or nothing to invoice
        """
        self.ensure_one()
        ticket = self._begin_document()
        ticket._check_invoice_data()
        if not ticket.order_id:
            raise UserError(self.env._("Choose the order that the invoice is for."))
        if ticket.order_id.state != "sale":
            raise UserError(
                self.env._("%(order)s is not a confirmed order.", order=ticket.order_id.name)
            )
        there = ticket.order_id.invoice_ids.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state != "cancel"
                and move.payment_state != "reversed"
            )
        )
        if there:
            raise UserError(
                self.env._(
                    "%(invoice)s is there already. Before an invoice is made out anew it has to be credited: use "
                    "“Make out anew”.",
                    invoice=", ".join(there.mapped("display_name")),
                )
            )
        invoices = ticket.order_id._create_invoices()
        ticket._address_invoices(invoices)
        return self._open_documents(invoices.with_env(self.env))

    def action_reissue_invoice(self, reason=None):
        """Ask for the invoice to be credited and made out anew; somebody else approves.

        :raises UserError: when there is no posted invoice, or the new particulars are missing
        """
        self.ensure_one()
        ticket = self._begin_document()
        ticket._check_invoice_data()
        ticket._get_invoice_to_reissue()
        self._ask_approval(
            "reissue",
            reason=reason or self.subject,
            group=self.env.ref("gb_callcenter.group_gb_lead"),
        )
        return self._tell(self.env._("The new invoice waits for approval by somebody else."))

    def _get_invoice_to_reissue(self):
        """:return: the posted invoice that is made out anew: the one chosen, else the only one of the order"""
        invoices = self._get_invoices()
        if self.invoice_id:
            invoices &= self.invoice_id
        if not invoices:
            raise UserError(self.env._("There is no posted invoice that could be credited."))
        if len(invoices) > 1:
            raise UserError(
                self.env._("The order has several invoices: choose one on the work order.")
            )
        return invoices

    def _approve_reissue(self, approval):
        """Credit the invoice and make the new one as a draft with the new particulars."""
        self._check_is_another(approval)
        ticket = self.sudo().with_company(self.company_id)
        invoice = ticket._get_invoice_to_reissue()
        new = ticket._reverse(invoice, approval.reason, modify=True).new_move_ids
        ticket._link_documents(
            invoice.reversal_move_ids.filtered(lambda move: not move.gb_ticket_id)
        )
        ticket._address_invoices(new)

    def _address_invoices(self, invoices):
        """Put the particulars on the invoices and link them."""
        invoices.write(
            {
                "narration": self.env._(
                    "Made out to: %(title)s. Tax number: %(number)s",
                    title=self.invoice_title,
                    number=clean_tax_number(self.tax_number) or "–",
                )
            }
        )
        self._link_documents(invoices)
        self.invoice_id = invoices[:1]

    def _check_invoice_data(self):
        """:raises UserError: when the title is missing, or a company's tax number"""
        if not (self.invoice_title or "").strip():
            raise UserError(self.env._("Write down to whom the invoice is made out."))
        if self.partner_id.is_company and not self.tax_number:
            raise UserError(self.env._("An invoice to a company needs its tax number."))

    # ------------------------------------------------------------
    # Coupon
    # ------------------------------------------------------------
    def action_create_coupon(self, program_id, points=1.0, valid_until=None):
        """Give the customer a coupon or gift card.

        :param program_id: id of a loyalty.program of coupons or gift cards
        :param points: what is granted, in the program's points or money
        :return: action that opens the coupon
        """
        self.ensure_one()
        ticket = self._begin_document()
        program = ticket.env["loyalty.program"].browse(program_id).exists()
        if (
            not program.active
            or program.program_type not in COUPON_PROGRAMS
            or (program.company_id and program.company_id != ticket.company_id)
        ):
            raise UserError(self.env._("Choose a running program of coupons or gift cards."))
        if not ticket.partner_id:
            raise UserError(self.env._("Choose the customer first."))
        if points <= 0:
            raise UserError(self.env._("Say how much is granted."))
        if valid_until and fields.Date.to_date(valid_until) < fields.Date.context_today(self):
            raise UserError(self.env._("The coupon would have expired already."))
        coupons = (
            ticket.env["loyalty.generate.wizard"]
            .create(
                {
                    "program_id": program.id,
                    "mode": "selected",
                    "customer_ids": [(6, 0, ticket.partner_id.ids)],
                    "points_granted": points,
                    "valid_until": valid_until,
                    "description": ticket.name,
                }
            )
            .generate_coupons()
        )
        ticket._link_documents(coupons)
        return self._open_documents(coupons.with_env(self.env))
