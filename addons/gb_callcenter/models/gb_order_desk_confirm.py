from odoo import api, fields, models
from odoo.exceptions import UserError

KEY_SIZE = 64


class GbOrderDesk(models.AbstractModel):
    """Payment means and the confirmation: once, however often it is asked for."""

    _inherit = "gb.order.desk"

    # ------------------------------------------------------------------
    # Payment
    # ------------------------------------------------------------------

    def _get_means_values(self, order_sudo):
        """Payment means with the reason why one cannot be had: ``[{"key", "label", "refusal", "hint"}]``"""
        means = order_sudo._fields["gb_payment_means"]._description_selection(self.env)
        return [
            {
                "key": key,
                "label": label,
                "refusal": self._get_means_refusal(order_sudo, key),
                "hint": self._get_means_hint(order_sudo, key),
            }
            for key, label in means
        ]

    def _get_means_hint(self, order_sudo, means):
        if means != "balance" or not self._is_caller_checked(order_sudo):
            return ""
        balance = self._get_balance(order_sudo)
        currency = order_sudo.company_id.currency_id
        return self.env._("Balance: %(amount)s", amount=currency.format(balance))

    def _get_means_refusal(self, order_sudo, means):
        """Why this order cannot be paid so; empty when it can. Override to add conditions.

        :param str means: key of ``gb_payment_means``
        """
        partner = order_sudo.partner_id
        if means == "cash_on_delivery":
            if order_sudo.carrier_id and not order_sudo.carrier_id.allow_cash_on_delivery:
                return self.env._(
                    "%(carrier)s does not collect money.", carrier=order_sudo.carrier_id.name
                )
            if partner.gb_is_blacklisted:
                return self.env._("Not for customers on the black list.")
        elif means == "payment_link" and not self._get_channel(order_sudo):
            return self.env._("The customer has neither a mobile number nor an e-mail address.")
        elif means == "balance":
            if order_sudo.currency_id != order_sudo.company_id.currency_id:
                return self.env._(
                    "Only orders in the company's currency are paid from the balance."
                )
            if not self._is_caller_checked(order_sudo):
                return self.env._("Check who is calling first.")
            balance = self._get_balance(order_sudo)
            if order_sudo.currency_id.compare_amounts(balance, order_sudo.amount_total) < 0:
                return self.env._("The balance is not enough.")
        return ""

    def _get_payment_problems(self, order_sudo):
        if order_sudo.currency_id.is_zero(order_sudo.amount_total):
            return []
        means = order_sudo.gb_payment_means
        if not means:
            return [self.env._("Choose how the customer pays.")]
        problems = [self._get_means_refusal(order_sudo, means)]
        if means == "payment_link":
            problems.append(self._get_channel_refusal(order_sudo))
        if order_sudo.gb_invoice_wanted and not order_sudo.gb_invoice_title:
            problems.append(self.env._("Ask for the title of the invoice."))
        return [problem for problem in problems if problem]

    def _get_channel(self, order_sudo):
        """By what the customer can be written to: SMS before e-mail. :return: "sms", "email" or False"""
        if self._get_mobile(order_sudo):
            return "sms"
        return "email" if order_sudo.partner_id.email else False

    def _get_channel_refusal(self, order_sudo):
        channel = order_sudo.gb_payment_channel or self._get_channel(order_sudo)
        if channel == "sms" and not self._get_mobile(order_sudo):
            return self.env._("The customer has no number for an SMS.")
        if channel == "email" and not order_sudo.partner_id.email:
            return self.env._("The customer has no e-mail address.")
        return ""

    def _get_mobile(self, order_sudo):
        """Number for an SMS in international form: of the customer, else of the consignee."""
        for partner in order_sudo.partner_id | order_sudo.partner_shipping_id:
            parsed = self.env["gb.phone"]._parse(partner.phone, partner.country_id.code or None)
            if parsed.state == "ok" and parsed.e164:
                return parsed.e164
        return False

    def _get_balance(self, order_sudo):
        """What the customer may spend, in the company's currency."""
        return order_sudo.partner_invoice_id._get_gb_balance(order_sudo.company_id)

    # ------------------------------------------------------------------
    # Confirmation
    # ------------------------------------------------------------------

    @api.model
    def confirm(self, order_id, key, total=None):
        """Turn the draft into an order by Odoo's own confirmation. The same order is confirmed once.

        :param str key: unique for each attempt; a retry sends the same
        :param float total: what the customer was told; when it is another by now, nothing happens
        :return: ``{"confirmed": bool, "order": …, …}``: the cart with its messages when something is in the way, else what
            `_get_confirmation` says
        """
        order_sudo = self._get_order(order_id)
        key = str(key or "")[:KEY_SIZE]
        if not key:
            raise UserError(self.env._("A confirmation needs its key."))
        if order_sudo.state != "sale" or order_sudo.gb_confirm_key != key:
            self._check_draft_shown(order_sudo)
        if order_sudo.state == "sale":
            return self._get_confirmation(order_sudo)
        if order_sudo.state != "draft":
            raise UserError(self.env._("%(order)s has been cancelled.", order=order_sudo.name))
        # The update comes first: of two requests at once PostgreSQL refuses the second one, Odoo runs it again, and it
        # finds the order confirmed (docs/adr/002).
        order_sudo.gb_confirm_key = key
        order_sudo.flush_recordset(["gb_confirm_key"])
        self._renew_prices(order_sudo)
        self._refresh(order_sudo)
        if notes := self._get_obstacles(order_sudo, total):
            return {"confirmed": False, "order": self._get_cart(order_sudo, notes)}
        order_sudo.write(self._prepare_confirmation(order_sudo))
        order_sudo.action_confirm()
        for picking in order_sudo.picking_ids.filtered(lambda picking: picking.state != "cancel"):
            if order_sudo.gb_note:
                picking.note = order_sudo.gb_note
        order_sudo._gb_start_payment()
        self._log_confirmation(order_sudo)
        return self._get_confirmation(order_sudo)

    def _get_obstacles(self, order_sudo, total):
        """Messages that say why the order cannot be confirmed now; none when it can."""
        notes = []
        currency = order_sudo.currency_id
        if total is not None and currency.compare_amounts(order_sudo.amount_total, float(total)):
            text = self.env._(
                "The amount has changed to %(amount)s. Tell the customer, then confirm again.",
                amount=currency.format(order_sudo.amount_total),
            )
            notes.append(self._message("danger", text))
        goods = self._get_goods_lines(order_sudo)
        stock = self._get_stock(goods.product_id, order_sudo.warehouse_id)
        stopped = any(
            message["type"] == "danger" for message in self._get_messages(order_sudo, stock)
        )
        missing = self._get_missing(order_sudo)
        notes.extend(self._message("danger", row["text"]) for row in missing)
        if stopped and not notes:
            notes.append(
                self._message("danger", self.env._("The order has products that cannot be sold."))
            )
        return notes

    def _prepare_confirmation(self, order_sudo):
        """Values written just before the order is confirmed."""
        values = {"gb_desk_key": False, "gb_payment_channel": order_sudo.gb_payment_channel}
        if order_sudo.gb_payment_means == "payment_link" and not order_sudo.gb_payment_channel:
            values["gb_payment_channel"] = self._get_channel(order_sudo)
        if commitment := order_sudo._get_gb_commitment_date():
            values["commitment_date"] = commitment
        return values

    def _log_confirmation(self, order_sudo):
        """Note in the order where it came from. (Among the contacts with the customer the call itself is one.)"""
        call = order_sudo.gb_call_id
        agent = {"agent": order_sudo.gb_agent_id.name, "call": call.display_name}
        if call:
            body = self.env._("Taken by telephone by %(agent)s in the call %(call)s.", **agent)
        else:
            body = self.env._("Taken by telephone by %(agent)s.", **agent)
        order_sudo.message_post(body=body)

    def _get_confirmation(self, order_sudo):
        """What the agent tells the customer at the end."""
        carrier = order_sudo.carrier_id.with_context(lang=self.env.lang)
        pickings = order_sudo.picking_ids.filtered(lambda picking: picking.state != "cancel")
        invoices = order_sudo.invoice_ids.filtered(lambda move: move.state == "posted")
        return {
            "confirmed": True,
            "order": {
                "id": order_sudo.id,
                "name": order_sudo.name,
                "total_text": order_sudo.currency_id.format(order_sudo.amount_total),
                "partner_id": order_sudo.partner_id.id,
                "carrier": carrier.name or "",
                "pickings": pickings.mapped("name"),
                "invoices": invoices.mapped("name"),
            },
            "next": self._get_next_steps(order_sudo, invoices),
        }

    def _get_next_steps(self, order_sudo, invoices):
        """Sentences about what happens now."""
        steps = []
        day = order_sudo.gb_delivery_date or self._get_promised_date(order_sudo)
        names = {
            "carrier": order_sudo.carrier_id.with_context(lang=self.env.lang).name,
            "date": fields.Date.to_string(day),
        }
        if day:
            steps.append(self.env._("%(carrier)s brings the parcel, from %(date)s on.", **names))
        else:
            steps.append(
                self.env._("%(carrier)s brings the parcel when everything is there.", **names)
            )
        amount = order_sudo.currency_id.format(order_sudo.amount_total)
        match order_sudo.gb_payment_means:
            case "cash_on_delivery":
                steps.append(
                    self.env._("The customer pays %(amount)s to the carrier.", amount=amount)
                )
            case "payment_link":
                channel = dict(
                    order_sudo._fields["gb_payment_channel"]._description_selection(self.env)
                ).get(order_sudo.gb_payment_channel, "")
                steps.append(
                    self.env._(
                        "A payment link for %(amount)s was sent by %(channel)s. The parcel leaves when it is paid.",
                        amount=amount,
                        channel=channel,
                    )
                )
            case "bank_transfer":
                steps.append(
                    self.env._(
                        "The customer transfers %(amount)s and quotes %(reference)s. The parcel leaves when the money is there.",
                        amount=amount,
                        reference=invoices[:1].payment_reference or order_sudo.name,
                    )
                )
            case "balance":
                steps.append(
                    self.env._("%(amount)s was taken from the customer's balance.", amount=amount)
                )
        if order_sudo.gb_invoice_wanted:
            steps.append(
                self.env._(
                    "The invoice for %(title)s comes with the parcel.",
                    title=order_sudo.gb_invoice_title,
                )
            )
        return steps

    def _get_promised_date(self, order_sudo):
        dates = [date for date in order_sudo.picking_ids.mapped("scheduled_date") if date]
        if not dates:
            return False
        from_warehouse = fields.Datetime.context_timestamp(self, max(dates)).date()
        return fields.Date.add(from_warehouse, days=order_sudo.carrier_id.gb_delivery_days)
