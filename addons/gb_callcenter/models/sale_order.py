from datetime import datetime, time

from pytz import UTC, timezone

from odoo import api, fields, models

PAYMENT_MEANS = [
    ("cash_on_delivery", "Cash on delivery"),
    ("payment_link", "Payment link"),
    ("bank_transfer", "Bank transfer"),
    ("balance", "Customer's balance"),
]
PREPAID_MEANS = ("payment_link", "bank_transfer")
WINDOW_HOURS = {"any": 9, "morning": 9, "afternoon": 12, "evening": 18}
DELIVERY_WINDOWS = [
    ("any", "Any time"),
    ("morning", "9–12"),
    ("afternoon", "12–18"),
    ("evening", "18–21"),
]


class SaleOrder(models.Model):
    """Where an order came from, and what was agreed with the customer on the telephone."""

    _inherit = "sale.order"

    gb_source = fields.Selection(
        [("phone", "Telephone"), ("web", "Web shop"), ("chat", "Chat"), ("other", "Other")],
        string="Order source",
        compute="_compute_gb_source",
        store=True,
        readonly=False,
        precompute=True,
    )
    gb_call_id = fields.Many2one(
        "gb.call", string="Call", readonly=True, copy=False, index="btree_not_null"
    )
    gb_agent_id = fields.Many2one(
        "res.users", string="Agent", readonly=True, copy=False, index="btree_not_null"
    )
    gb_desk_key = fields.Char(
        string="Draft of the order desk",
        readonly=True,
        copy=False,
        help="Agent, customer and call of a draft at the order desk: there is one draft for them.",
    )
    gb_confirm_key = fields.Char(
        string="Confirmation",
        readonly=True,
        copy=False,
        help="Sent with the confirmation: the same one confirms once.",
    )
    gb_payment_means = fields.Selection(PAYMENT_MEANS, string="Payment means", copy=False)
    gb_payment_link = fields.Char(string="Payment link", readonly=True, copy=False)
    gb_payment_channel = fields.Selection(
        [("sms", "SMS"), ("email", "E-mail")], string="Payment link by", copy=False
    )
    gb_ship_unpaid = fields.Boolean(
        string="Send before it is paid",
        copy=False,
        help="Parcels of orders by payment link or bank transfer leave when the order is paid, unless this is set.",
    )
    gb_delivery_date = fields.Date(string="Wished delivery", copy=False)
    gb_delivery_window = fields.Selection(
        DELIVERY_WINDOWS, string="Wished time", default="any", copy=False
    )
    gb_note = fields.Text(
        string="Agent's note",
        copy=False,
        help="For warehouse and carrier; not shown to the customer.",
    )
    gb_invoice_wanted = fields.Boolean(string="Invoice with the parcel", copy=False)
    gb_invoice_title = fields.Char(string="Invoice title", copy=False)
    gb_invoice_tax_number = fields.Char(string="Invoice tax number", copy=False)

    _gb_desk_key_uniq = models.UniqueIndex(
        "(gb_desk_key) WHERE gb_desk_key IS NOT NULL", "There is such a draft already."
    )
    _gb_confirm_key_uniq = models.UniqueIndex(
        "(gb_confirm_key) WHERE gb_confirm_key IS NOT NULL",
        "This confirmation belongs to another order.",
    )

    @api.depends("website_id")
    def _compute_gb_source(self):
        for order in self:
            order.gb_source = "web" if order.website_id else order.gb_source or "other"

    # ------------------------------------------------------------------
    # Delivery
    # ------------------------------------------------------------------

    def _get_gb_commitment_date(self):
        """When the wished delivery begins, as UTC, False without a wish."""
        self.ensure_one()
        if not self.gb_delivery_date:
            return False
        zone = timezone(self.company_id.partner_id.tz or self.env.user.tz or "UTC")
        hour = WINDOW_HOURS[self.gb_delivery_window or "any"]
        local = zone.localize(datetime.combine(self.gb_delivery_date, time(hour)))
        return local.astimezone(UTC).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # Payment
    # ------------------------------------------------------------------

    def _gb_start_payment(self):
        """Begin what the payment means of a confirmed order asks for.

        Cash on delivery and payment links are invoiced when the parcel leaves (`_gb_invoice_sent`): what is refused or
        never paid needs no credit note. A transfer is invoiced at once, because the customer quotes the invoice's payment
        reference, by which the bank statement is matched; a balance, because that binds the money.
        """
        for order in self.filtered("gb_payment_means"):
            if order.currency_id.is_zero(order.amount_total):
                continue
            if order.gb_payment_means == "payment_link":
                order.gb_payment_link = order._get_gb_payment_link()
                order._gb_send_payment_link()
            elif order.gb_payment_means == "bank_transfer":
                order._gb_invoice_now()
            elif order.gb_payment_means == "balance":
                order._gb_pay_from_balance()
                order._gb_invoice_now()  # takes what was reserved

    def _gb_invoice_now(self):
        """Invoice all that was ordered, posted. :return: account.move"""
        self.ensure_one()
        self._force_lines_to_invoice_policy_order()
        invoice = self._create_invoices(final=True)
        invoice.action_post()
        return invoice

    def _gb_invoice_sent(self):
        """Invoice, posted, what can be invoiced of orders whose parcel has just left."""
        for order in self.filtered(lambda order: order.gb_payment_means and order.state == "sale"):
            if order.invoice_status == "to invoice":
                order._create_invoices(final=True).action_post()

    def _get_gb_payment_link(self):
        """Odoo's own payment link for what is still to be paid. :rtype: str"""
        self.ensure_one()
        wizard = (
            self.env["payment.link.wizard"]
            .with_context(active_model=self._name, active_id=self.id)
            .create({})
        )
        return wizard.link

    def _gb_send_payment_link(self):
        """Send the link by the channel agreed. Override for further channels."""
        self.ensure_one()
        order = self.with_context(lang=self.partner_id.lang or self.env.lang)
        values = {
            "order": order.name,
            "company": order.company_id.name,
            "amount": order.currency_id.format(order.amount_total),
            "link": order.gb_payment_link,
        }
        if order.gb_payment_channel == "email":
            order.message_post(
                subject=order.env._("%(company)s: pay order %(order)s", **values),
                body=order.env._(
                    "Thank you for order %(order)s. Please pay %(amount)s here: %(link)s", **values
                ),
                partner_ids=order.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
            return
        number = self.env["gb.order.desk"]._get_mobile(order)
        order._message_sms(
            order.env._(
                "%(company)s: please pay %(amount)s for order %(order)s: %(link)s", **values
            ),
            partner_ids=[],
            sms_numbers=[number],
            put_in_queue=True,
        )

    def _is_gb_paid(self):
        """Whether all of this order is paid, by a payment provider or by its invoices. :rtype: bool"""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount_paid, self.amount_total) >= 0:
            return True
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted")
        paid = invoices.filtered(lambda move: move.payment_state in ("paid", "in_payment"))
        return (
            self.currency_id.compare_amounts(
                sum(paid.mapped("amount_total_signed")), self.amount_total
            )
            >= 0
        )

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        if self.gb_invoice_title or self.gb_invoice_tax_number:
            values["gb_invoice_title"] = self.gb_invoice_title
            values["gb_invoice_tax_number"] = self.gb_invoice_tax_number
        return values
