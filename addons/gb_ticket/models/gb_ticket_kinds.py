from odoo import fields, models
from odoo.exceptions import UserError

# What the dialog for the result asks for beside the solution: (required, offered)
RESULT_FIELDS = {
    "consultation": (("answer",), ()),
    "complaint": (
        ("cause_id", "responsible_department_id", "compensation_decision"),
        ("compensation",),
    ),
    "suggestion": (("adoption",), ()),
    "repair": ((), ("cause_id", "decision", "remedy_choice")),
    "return": (("decision",), ("cause_id", "responsible_department_id")),
    "exchange": (("decision",), ("cause_id", "responsible_department_id")),
    "refund": (("decision",), ("cause_id", "responsible_department_id")),
    "expedite": ((), ("cause_id",)),
    "order_change": ((), ("cause_id",)),
    "cancellation": ((), ("cause_id", "decision")),
    "invoice": ((), ("cause_id",)),
    "message": ((), ("answer",)),
}


class GbTicket(models.Model):
    """What the kinds of work orders do on their way, and their conditions for a result (``_check_result_<kind>``)."""

    _inherit = "gb.ticket"

    decision = fields.Selection(
        [("granted", "Granted"), ("refused", "Refused")],
        copy=False,
        help="Whether the customer gets what he claims. A refused claim needs no documents, but a solution that "
        "tells why.",
    )
    compensation_decision = fields.Selection(
        [("none", "None"), ("granted", "Granted")],
        string="Compensation decided",
        copy=False,
        help="A complaint is not settled before somebody has decided.",
    )

    _quantity_check = models.Constraint("CHECK(quantity > 0)", "The quantity must be positive.")

    def _after_move(self, move, step):
        result = super()._after_move(move, step)
        if move.effect == "accept":
            begin = getattr(self, f"_begin_{self.kind}", None)
            if begin:
                begin()
        elif move.effect == "dispatch" and self.kind == "consultation" and not self.answer:
            self.is_knowledge_gap = True
            # what nobody could answer at once is what an article is missing for
            self.env["gb.article.query"].sudo()._log(self.subject)
        elif move.effect in ("next_cycle", "reopen"):
            self._note_remedy_offered()
        return result

    def _begin_repair(self):
        self._note_remedy_offered()

    def _begin_expedite(self):
        if self.picking_id:
            self._expedite()
        self._raise_urgency_of_repeat()

    # ------------------------------------------------------------
    # Conditions for a result
    # ------------------------------------------------------------
    def _require(self, *names):
        """:raises UserError: naming the fields of ``names`` that are empty"""
        missing = [
            self._fields[name]._description_string(self.env) for name in names if not self[name]
        ]
        if missing:
            raise UserError(self.env._("The result needs: %(names)s.", names=", ".join(missing)))

    def _check_result_consultation(self):
        self._require("answer")

    def _check_result_complaint(self):
        self._require("cause_id", "responsible_department_id", "compensation_decision")
        if self.compensation_decision == "granted" and not self.compensation:
            raise UserError(self.env._("Enter the compensation that is granted."))
        if self.compensation_decision == "none" and self.compensation:
            raise UserError(
                self.env._("There is an amount of compensation, but the decision says none.")
            )

    def _check_result_suggestion(self):
        self._require("adoption")

    def _check_result_repair(self):
        if self.decision == "refused":
            return
        if self.is_remedy_offered and not self.remedy_choice:
            raise UserError(
                self.env._(
                    "%(count)s repairs under warranty have failed. Offer an exchange or a refund and record what the "
                    "customer chose.",
                    count=self.failed_repair_count,
                )
            )
        if self.remedy_choice == "exchange":
            self._check_exchanged()
        elif self.remedy_choice == "refund":
            self._check_refunded()
        elif not self.repair_ids.filtered(
            lambda repair: repair.state == "done" and repair.gb_cycle == self.cycle
        ):
            self._check_replaced_instead()

    def _check_replaced_instead(self):
        """:raises UserError: unless goods or money were given instead of the repair"""
        if not self._get_redeliveries() and not self._get_credit_notes():
            raise UserError(
                self.env._("Finish the repair first, or exchange or refund the product instead.")
            )

    def _check_result_return(self):
        self._require("decision")
        if self.decision == "granted":
            self._check_returned()

    def _check_result_exchange(self):
        self._require("decision")
        if self.decision == "granted":
            self._check_returned()
            self._check_exchanged()

    def _check_exchanged(self):
        if not self._get_redeliveries() and not self._get_credit_notes():
            raise UserError(
                self.env._(
                    "There is no delivery in exchange yet. Without stock, refund it instead."
                )
            )

    def _check_result_refund(self):
        self._require("decision")
        if self.decision == "granted":
            self._check_refunded()

    def _check_result_expedite(self):
        if not self.picking_id:
            raise UserError(self.env._("Choose the delivery that is expedited."))
        if self.picking_id.state not in ("done", "cancel") and self.picking_id.priority != "1":
            raise UserError(
                self.env._("%(picking)s is not expedited yet.", picking=self.picking_id.name)
            )

    def _check_result_order_change(self):
        if not self.new_address_id and not self.new_delivery_at:
            return
        intercepted = self.task_ids.filtered(lambda task: task.state == "done")
        if not self.change_applied_at and not intercepted:
            raise UserError(self.env._("Apply the change to the order first."))

    def _check_result_cancellation(self):
        if self.decision == "refused":
            return
        if self._get_returns():
            self._check_returned()
        elif self.order_id.state != "cancel":
            raise UserError(self.env._("%(order)s is not cancelled yet.", order=self.order_id.name))
        if self._get_credit_notes() or self.approval_ids.filtered(
            lambda approval: approval.kind == "refund" and approval.state == "pending"
        ):
            self._check_refunded()
        elif self._get_refundable() and not self._get_returns():
            raise UserError(self.env._("The customer has paid: refund it first."))

    def _check_result_invoice(self):
        self._check_invoice_data()
        if self.approval_ids.filtered(
            lambda approval: approval.kind == "reissue" and approval.state == "pending"
        ):
            raise UserError(self.env._("The new invoice still waits for approval."))
        if not self.invoice_id or self.invoice_id.state != "posted":
            raise UserError(self.env._("The invoice is not posted yet."))
        if self.invoice_id.payment_state == "reversed":
            raise UserError(
                self.env._(
                    "%(invoice)s was credited; make the new one.", invoice=self.invoice_id.name
                )
            )

    def _check_result_message(self):
        contacted = self.first_contact_at or self.gb_message_ids.filtered(
            lambda message: (
                message.direction == "out"
                and message.kind in ("message", "attempt")
                and message.state in ("queued", "sent", "reached")
            )
        )
        if not contacted:
            raise UserError(self.env._("Contact the customer first: call back or write."))


class GbTicketTransition(models.Model):
    _inherit = "gb.ticket.transition"

    def _get_asked_fields(self, ticket):
        required, optional = super()._get_asked_fields(ticket)
        if self.effect == "result":
            more_required, more = RESULT_FIELDS.get(ticket.kind, ((), ()))
            get_field = self.env["ir.model.fields"].sudo()._get
            for name in more_required:
                required |= get_field("gb.ticket", name)
            for name in more:
                optional |= get_field("gb.ticket", name)
        return required, optional - required
