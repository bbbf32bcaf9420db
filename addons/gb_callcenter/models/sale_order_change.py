from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .sale_order import DELIVERY_WINDOWS

# what may be asked for at each stage of the delivery; all else is refused with the reason
ALLOWED = {
    "draft": {"lines", "address", "date", "carrier", "invoice", "cancel"},
    "open": {"lines", "address", "date", "carrier", "invoice", "cancel"},
    "picked": {"address", "date", "invoice", "cancel"},
    "partly": {"address", "date", "redirect", "cancel"},
    "shipped": {"redirect", "cancel"},
    "delivered": {"cancel"},
    "refused": {"cancel"},
    "returned": set(),
    "cancelled": set(),
}
# what "cancel" means then: Odoo's own cancellation, the parcel is refused at the door, or the goods come back
HOW_TO_CANCEL = {
    "draft": "cancel",
    "open": "cancel",
    "picked": "cancel",
    "partly": "refuse",
    "shipped": "refuse",
    "delivered": "return",
    "refused": "return",
}
REFUSED = {"refused", "returned"}
CHANGES = ("lines", "address", "date", "carrier", "invoice", "redirect")


class SaleOrder(models.Model):
    """What may still be done to an order, and doing it. All of it runs as superuser: the order desk checks who asks."""

    _inherit = "sale.order"

    gb_change_ids = fields.One2many("gb.order.change", "order_id", string="Changes by telephone")

    # ------------------------------------------------------------
    # How far the delivery is
    # ------------------------------------------------------------
    def _get_gb_transfers(self):
        """:return: transfers that bring the goods to the customer, not those that bring them back"""
        return self.picking_ids.filtered(
            lambda picking: picking.state != "cancel" and picking.location_id.usage != "customer"
        )

    def _get_gb_parcels(self):
        """:return: transfers that have left for the customer"""
        return self._get_gb_transfers().filtered(
            lambda picking: picking.state == "done" and picking.location_dest_id.usage == "customer"
        )

    def _get_gb_stage(self):
        """:return: one of the keys of ``ALLOWED``"""
        self.ensure_one()
        if self.state == "cancel":
            return "cancelled"
        if self.state != "sale":
            return "draft"
        transfers = self._get_gb_transfers()
        parcels = self._get_gb_parcels()
        waiting = transfers.filtered(lambda picking: picking.state != "done")
        if parcels:
            if not self._get_gb_returnable():
                return "returned"
            if waiting:
                return "partly"
            states = {self._get_gb_parcel_state(parcel) for parcel in parcels}
            if states == {"delivered"}:
                return "delivered"
            return "refused" if states <= REFUSED else "shipped"
        begun = transfers - waiting or waiting.filtered(
            lambda picking: picking.printed or any(picking.move_ids.mapped("picked"))
        )
        return "picked" if begun else "open"

    def _get_gb_parcel_state(self, parcel):
        """:return: how far the carrier is with a parcel, as he told; False while he has told nothing"""
        return parcel.gb_delivery_state

    def _get_gb_returnable(self):
        """:return: {done stock.move to the customer: quantity that neither came back nor is on its way back}"""
        returnable = {}
        for move in self._get_gb_parcels().move_ids:
            if move.state != "done":
                continue
            back = sum(
                other.quantity if other.state == "done" else other.product_uom_qty
                for other in move.returned_move_ids
                if other.state != "cancel"
            )
            left = move.product_uom.round(move.quantity - back)
            if left > 0:
                returnable[move] = left
        return returnable

    def _get_gb_stage_labels(self):
        return {
            "draft": self.env._("Not confirmed"),
            "open": self.env._("Not picked yet"),
            "picked": self.env._("Picked, not sent"),
            "partly": self.env._("Sent in part"),
            "shipped": self.env._("Sent"),
            "delivered": self.env._("Delivered"),
            "refused": self.env._("Refused"),
            "returned": self.env._("Returned"),
            "cancelled": self.env._("Cancelled"),
        }

    # ------------------------------------------------------------
    # What may still be changed
    # ------------------------------------------------------------
    def _get_gb_changeable(self):
        """What may still be changed and why the rest may not; the screen shows it, the server enforces it.

        :return: {"stage", "stage_label", and for each of lines, address, date, carrier, invoice, redirect, cancel:
            {"allowed": bool, "why": text}}; "cancel" has "how" too: cancel, refuse or return
        """
        self.ensure_one()
        stage = self._get_gb_stage()
        why = self._get_gb_stage_reasons()[stage]
        changeable = {
            name: {
                "allowed": name in ALLOWED[stage],
                "why": "" if name in ALLOWED[stage] else why,
            }
            for name in (*CHANGES, "cancel")
        }
        if stage in ("draft", "open"):
            changeable["redirect"]["why"] = self.env._("Nothing was sent yet: change the address.")
        elif stage == "picked":
            changeable["redirect"]["why"] = self.env._(
                "The parcel is still in the warehouse: change the address."
            )
        if stage in ("picked", "partly"):
            for name in ("address", "date"):
                changeable[name]["why"] = self.env._("The warehouse is told, it has begun already.")
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted")
        if invoices:
            invoiced = self.env._(
                "%(invoices)s is posted: cancel the order and take a new one.",
                invoices=", ".join(invoices.mapped("name")),
            )
            for name in ("lines", "carrier", "invoice"):
                if changeable[name]["allowed"]:
                    changeable[name] = {"allowed": False, "why": invoiced}
        changeable["cancel"]["how"] = HOW_TO_CANCEL.get(stage, False)
        if stage in ("partly", "shipped", "delivered", "refused"):
            changeable["cancel"]["why"] = {
                "refuse": self.env._("The customer refuses the parcel at the door."),
                "return": self.env._(
                    "The goods are with the customer or on their way back: a return."
                ),
            }[HOW_TO_CANCEL[stage]]
            if HOW_TO_CANCEL[stage] == "refuse" and self._is_gb_refusal_open():
                changeable["cancel"].update(
                    allowed=False, why=self.env._("It is registered that the parcel is refused.")
                )
        return {
            **changeable,
            "stage": stage,
            "stage_label": self._get_gb_stage_labels()[stage],
        }

    def _get_gb_stage_reasons(self):
        return {
            "draft": "",
            "open": "",
            "picked": self.env._("The goods are picked already."),
            "partly": self.env._("A part of the goods has left the warehouse."),
            "shipped": self.env._("The parcel has left the warehouse."),
            "delivered": self.env._("The parcel was delivered: only a return is possible."),
            "refused": self.env._("The parcel was refused: only a return is possible."),
            "returned": self.env._("The goods came back, or are on their way."),
            "cancelled": self.env._("The order is cancelled."),
        }

    def _is_gb_refusal_open(self):
        return bool(self.gb_change_ids.filtered(lambda change: change.kind == "refuse"))

    def _check_gb_changeable(self, names):
        """:raises UserError: with the reason, when one of ``names`` may not be changed any more"""
        changeable = self._get_gb_changeable()
        for name in names:
            if name not in changeable or name == "stage":
                raise UserError(self.env._("There is no such change: %(name)s.", name=name))
            if not changeable[name]["allowed"]:
                raise UserError(
                    self.env._(
                        "%(order)s (%(stage)s): %(why)s",
                        order=self.name,
                        stage=changeable["stage_label"],
                        why=changeable[name]["why"],
                    )
                )

    def _gb_claim(self):
        """Update the rows first: of two requests at once one is run again on what the other has done (docs/adr/002)."""
        self.env.cr.execute(
            SQL("UPDATE sale_order SET write_date = write_date WHERE id IN %s", tuple(self.ids))
        )

    # ------------------------------------------------------------
    # Change
    # ------------------------------------------------------------
    def _gb_change(self, changes, reason, note=False, key=False, call=None):
        """Change the order as far as its delivery allows, and note what was changed.

        :param dict changes: any of
            lines: [{line_id or product_id, quantity}], 0 takes the line away;
            address: id of res.partner; carrier: id of delivery.carrier;
            date: {date: "YYYY-MM-DD" or False, window}; invoice: {title, tax_number};
            redirect: what the carrier is asked to do
        :return: gb.order.change
        :raises UserError: when something may not be changed any more, or nothing would change
        """
        self.ensure_one()
        self._check_gb_changeable(changes)
        stage = self._get_gb_stage()
        before, amount_before = self._get_gb_snapshot(), self.amount_total
        was_locked = self.locked
        if was_locked:
            self.action_unlock()
        order = self.with_context(mail_activity_automation_skip=True)
        for name in CHANGES:
            if name in changes:
                getattr(order, f"_gb_change_{name}")(changes[name], changes)
        if was_locked:
            self.action_lock()
        after = self._get_gb_snapshot()
        if "redirect" in changes:
            what = self.env._("Asked of the carrier")
            before[what], after[what] = False, changes["redirect"]
        changed = [name for name in after if before[name] != after[name]]
        if not changed:
            raise UserError(self.env._("Nothing would change."))
        change = self.env["gb.order.change"].create(
            {
                **self._prepare_gb_change_values("change", reason, note, key, call),
                "stage": self._get_gb_stage_labels()[stage],
                "before": {name: before[name] for name in changed},
                "after": {name: after[name] for name in changed},
                "amount_before": amount_before,
                "amount_after": self.amount_total,
                "hint": self._get_gb_money_hint(amount_before),
            }
        )
        if stage in ("picked", "partly") and {"address", "date"} & changes.keys():
            self._tell_gb_warehouse(
                self._get_gb_transfers().filtered(lambda picking: picking.state != "done"),
                self.env._("The customer has changed the order: look before you send it"),
                change.summary,
            )
        if "redirect" in changes:
            parcels = self._get_gb_parcels().filtered(
                lambda picking: self._get_gb_parcel_state(picking) not in ("delivered", "returned")
            )
            self._tell_gb_warehouse(
                parcels,
                self.env._("Ask the carrier to redirect the parcel"),
                changes["redirect"],
            )
        self._log_gb_change(change)
        return change

    def _prepare_gb_change_values(self, kind, reason, note, key, call):
        return {
            "order_id": self.id,
            "kind": kind,
            "reason_id": reason.id if reason else False,
            "note": (note or "").strip() or False,
            "key": key or False,
            "call_id": call.id if call else False,
            "user_id": self.env.uid,
        }

    def _get_gb_snapshot(self):
        """:return: {label: text} of what may be changed, in the user's language"""
        address = self.partner_shipping_id
        return {
            self.env._("Goods"): ", ".join(
                f"{line.product_uom_qty:g} × {line.product_id.display_name}"
                for line in self._get_gb_goods()
                if line.product_uom_qty
            ),
            self.env._("Address"): ", ".join(
                filter(None, (address.name, address.city, address.street, address.street2))
            ),
            self.env._("Delivery date"): self._get_gb_wished_delivery(),
            self.env._("Carrier"): self.carrier_id.display_name or "",
            self.env._("Invoice title"): " ".join(
                filter(None, (self.gb_invoice_title, self.gb_invoice_tax_number))
            ),
            self.env._("Total"): self.currency_id.format(self.amount_total),
        }

    def _get_gb_wished_delivery(self):
        """:return: day and time of the day that was agreed, as text"""
        date = self.gb_delivery_date or (
            self.commitment_date and fields.Datetime.context_timestamp(self, self.commitment_date)
        )
        windows = dict(self._fields["gb_delivery_window"]._description_selection(self.env))
        window = self.gb_delivery_window
        return " ".join(
            filter(
                None,
                (
                    fields.Date.to_string(date) if date else "",
                    windows[window] if window and window != "any" else "",
                ),
            )
        )

    def _get_gb_goods(self):
        """:return: lines that the customer has chosen: no delivery, no reward, no section"""
        return self.order_line.filtered(
            lambda line: (
                line.product_id
                and not line.display_type
                and not line.is_delivery
                and not line.is_reward_line
                and not line.is_downpayment
            )
        )

    def _get_gb_money_hint(self, amount_before):
        difference = self.currency_id.round(self.amount_total - amount_before)
        paid = self._get_gb_paid()
        if not difference or not paid:
            return False
        if difference > 0:
            return self.env._(
                "%(paid)s was paid already: %(amount)s more is to be paid.",
                paid=self.currency_id.format(paid),
                amount=self.currency_id.format(max(self.amount_total - paid, 0)),
            )
        return self.env._(
            "%(paid)s was paid already: %(amount)s is to be paid back.",
            paid=self.currency_id.format(paid),
            amount=self.currency_id.format(max(paid - self.amount_total, 0)),
        )

    def _get_gb_paid(self):
        """:return: what the customer has paid for this order: with its invoices, else online"""
        invoices = self.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        by_invoice = sum(
            invoice.currency_id._convert(
                invoice.amount_total - invoice.amount_residual,
                self.currency_id,
                self.company_id,
                invoice.date,
            )
            for invoice in invoices
            if invoice.payment_state in ("paid", "in_payment", "partial")
        )
        return max(by_invoice, self.amount_paid)

    # -- one method for each kind of change; ``changes`` are all of them
    def _gb_change_lines(self, wanted, changes):
        goods = self._get_gb_goods()
        to_add = defaultdict(float)
        quantities = {}
        for row in wanted:
            quantity = self.env["gb.order.desk"]._check_quantity(row.get("quantity") or 0)
            line = goods.filtered(lambda line: line.id == row.get("line_id"))  # noqa: B023
            if row.get("line_id") and not line:
                raise UserError(
                    self.env._("A line of the order has changed meanwhile. Open it again.")
                )
            if line:
                quantities[line] = quantity
            else:
                to_add[int(row.get("product_id") or 0)] += quantity
        for product_id, quantity in to_add.items():
            line = goods.filtered(lambda line: line.product_id.id == product_id)[:1]  # noqa: B023
            if line:
                quantities[line] = quantities.get(line, line.product_uom_qty) + quantity
        added = {
            product_id: quantity
            for product_id, quantity in to_add.items()
            if quantity and product_id not in goods.product_id.ids
        }
        self._check_gb_for_sale(
            [line.product_id for line, qty in quantities.items() if qty > line.product_uom_qty]
            + list(self.env["product.product"].browse(list(added)))
        )
        self._check_gb_stock(quantities, added)
        left = sum(quantities.get(line, line.product_uom_qty) for line in goods)
        if left + sum(added.values()) <= 0:
            raise UserError(self.env._("Nothing would be left of the order: cancel it instead."))
        points = self._get_gb_points()
        for line, quantity in quantities.items():
            if quantity != line.product_uom_qty:
                if not quantity and self.state != "sale":
                    line.unlink()
                else:
                    line.product_uom_qty = quantity
        if added:
            self.write(
                {
                    "order_line": [
                        Command.create({"product_id": product_id, "product_uom_qty": quantity})
                        for product_id, quantity in added.items()
                    ]
                }
            )
        self._update_gb_rewards(points)
        if self.carrier_id and "carrier" not in changes:
            self._set_gb_carrier(self.carrier_id)

    def _check_gb_for_sale(self, products):
        for product in products:
            if not product.exists() or not product._gb_is_for_sale():
                raise UserError(
                    self.env._(
                        "%(product)s is off sale: it can be reduced or taken away, not added.",
                        product=product.display_name if product.exists() else "",
                    )
                )

    def _check_gb_stock(self, quantities, added):
        """Products that are not sold without stock: no more than there is.

        :param dict quantities: {line: new quantity}
        :param dict added: {id of product: quantity} of new lines
        """
        products = self.env["product.product"]
        more = {products.browse(product_id): quantity for product_id, quantity in added.items()}
        for line, quantity in quantities.items():
            if quantity > line.product_uom_qty:
                # a confirmed order has its goods already
                kept = line.product_uom_qty if self.state == "sale" else 0
                more[line.product_id] = quantity - kept
        short = products.union(*more).filtered(
            lambda product: product.is_storable and not product.allow_out_of_stock_order
        )
        stock = self.env["gb.order.desk"]._get_stock(short, self.warehouse_id)
        for product in short:
            free = stock[product.id]["free"]
            if more[product] > free:
                raise UserError(
                    self.env._(
                        "Only %(number)s of %(product)s are there.",
                        number=f"{free:g}",
                        product=product.display_name,
                    )
                )

    def _get_gb_points(self):
        return dict(self._get_point_changes()), {
            coupon: coupon.points
            for coupon in (self.applied_coupon_ids | self.coupon_point_ids.coupon_id)
        }

    def _update_gb_rewards(self, points):
        """Let promotions follow the new lines. On a confirmed order the cards move by the difference only."""
        if not (self.coupon_point_ids or self.applied_coupon_ids) and self.state != "sale":
            self._update_programs_and_rewards()
            return
        changes_before, cards_before = points
        self._update_programs_and_rewards()
        if self.state != "sale":
            return
        changes_after = dict(self._get_point_changes())
        for coupon in {*changes_before, *changes_after}:
            if coupon.exists():
                coupon.points = (
                    cards_before.get(coupon, 0)
                    + changes_after.get(coupon, 0)
                    - changes_before.get(coupon, 0)
                )

    def _gb_change_address(self, address_id, changes):
        address = self.env["res.partner"].browse(address_id).exists()
        if address.commercial_partner_id != self.partner_id.commercial_partner_id:
            raise UserError(self.env._("Choose one of the customer's addresses."))
        if (
            self.carrier_id
            and "carrier" not in changes
            and not self.carrier_id._match_address(address)
        ):
            raise UserError(
                self.env._(
                    "%(carrier)s does not deliver to this address: choose another carrier too.",
                    carrier=self.carrier_id.name,
                )
            )
        self.partner_shipping_id = address
        self._get_gb_transfers().filtered(
            lambda picking: picking.state != "done" and picking.partner_id
        ).partner_id = address

    def _gb_change_date(self, wanted, changes):
        date = fields.Date.to_date(wanted.get("date") or False)
        window = wanted.get("window") or "any"
        if window not in dict(DELIVERY_WINDOWS):
            raise UserError(self.env._("Choose the time of the day."))
        if date and date < fields.Date.context_today(self):
            raise UserError(self.env._("The delivery date is in the past."))
        self.write({"gb_delivery_date": date, "gb_delivery_window": window})
        self.commitment_date = moment = self._get_gb_commitment_date()
        transfers = self._get_gb_transfers().filtered(lambda picking: picking.state != "done")
        if moment and transfers:
            transfers.scheduled_date = moment

    def _gb_change_carrier(self, carrier_id, changes):
        carrier = self.env["delivery.carrier"].browse(carrier_id).exists()
        if not carrier._match(self.partner_shipping_id, self) or (
            carrier.company_id and carrier.company_id != self.company_id
        ):
            raise UserError(self.env._("This carrier does not deliver to the address."))
        if self.gb_payment_means == "cash_on_delivery" and not carrier.allow_cash_on_delivery:
            raise UserError(
                self.env._(
                    "%(carrier)s takes no cash on delivery, which was agreed for this order.",
                    carrier=carrier.name,
                )
            )
        self._set_gb_carrier(carrier)

    def _set_gb_carrier(self, carrier):
        rate = carrier.rate_shipment(self)
        if not rate.get("success"):
            raise UserError(rate.get("error_message") or self.env._("The carrier gives no price."))
        line = self.order_line.filtered("is_delivery")
        if carrier != self.carrier_id or (
            line and self.currency_id.compare_amounts(sum(line.mapped("price_unit")), rate["price"])
        ):
            self.set_delivery_line(carrier, rate["price"])

    def _gb_change_invoice(self, wanted, changes):
        title = (wanted.get("title") or "").strip()
        self.write(
            {
                "gb_invoice_wanted": bool(title),
                "gb_invoice_title": title or False,
                "gb_invoice_tax_number": (wanted.get("tax_number") or "").strip() or False,
            }
        )

    def _gb_change_redirect(self, text, changes):
        if not (text or "").strip():
            raise UserError(self.env._("Say what the carrier is asked to do."))

    # ------------------------------------------------------------
    # Cancel, refuse, return
    # ------------------------------------------------------------
    def _gb_cancel(self, reason, note=False, key=False, call=None):
        """End the order as its delivery allows: cancel it, register that the parcel is refused, or begin a return.

        :return: gb.order.change
        :raises UserError: when it is cancelled or on its way back already
        """
        self.ensure_one()
        self._check_gb_changeable(["cancel"])
        stage = self._get_gb_stage()
        how = HOW_TO_CANCEL[stage]
        values = {
            **self._prepare_gb_change_values(
                "cancel" if how == "cancel" else "refuse", reason, note, key, call
            ),
            "stage": self._get_gb_stage_labels()[stage],
            "amount_before": self.amount_total,
            "amount_after": self.amount_total,
        }
        what = self.env._("Order")
        values["before"] = {what: self._get_gb_stage_labels()[stage]}
        if how == "cancel":
            values.update(self._gb_cancel_before_shipment(stage, reason))
            values["after"] = {what: self.env._("Cancelled")}
        elif how == "refuse":
            waiting = self._get_gb_transfers().filtered(lambda picking: picking.state != "done")
            waiting.action_cancel()
            values["after"] = {what: self.env._("The parcel is refused at the door")}
            paid = self._get_gb_paid()
            values["hint"] = paid and self.env._(
                "%(amount)s was paid: it is paid back when the parcel is here again.",
                amount=self.currency_id.format(paid),
            )
            self._tell_gb_warehouse(
                self._get_gb_parcels(),
                self.env._("The customer refuses this parcel"),
                note or (reason.name if reason else ""),
            )
        else:
            values["after"] = {what: self.env._("Return")}
        change = self.env["gb.order.change"].create(values)
        if how == "return":
            self._gb_start_return(change)
        self._log_gb_change(change)
        return change

    def _gb_cancel_before_shipment(self, stage, reason):
        """Odoo's own cancellation: transfers, draft invoices, coupons and points. Posted invoices are credited."""
        begun = self._get_gb_transfers().filtered(
            lambda picking: picking.state == "done" or any(picking.move_ids.mapped("picked"))
        )
        invoices = self.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        paid = self._get_gb_paid()
        if self.locked:
            self.action_unlock()
        order = self.with_context(mail_activity_automation_skip=True, disable_cancel_warning=True)
        order._action_cancel()
        credits = self._gb_credit(invoices, reason)
        if begun:
            self._tell_gb_warehouse(
                begun,
                self.env._("The order is cancelled: put the goods back"),
                reason.name if reason else "",
            )
        hints = []
        if paid:
            hints.append(
                self.env._(
                    "%(amount)s was paid: it is to be paid back.",
                    amount=self.currency_id.format(paid),
                )
            )
            if credits.filtered(lambda move: move.state == "draft"):
                hints.append(self.env._("Accounting finds the credit note as a draft."))
        return {
            "amount_after": 0.0,
            "refund_due": paid,
            "hint": "\n".join(hints) or False,
        }

    def _gb_credit(self, invoices, reason):
        """Credit posted invoices: set off what nobody has paid; for paid ones accounting finds a draft.

        :return: the credit notes
        """
        credits = self.env["account.move"]
        for invoice in invoices.filtered(lambda move: move.payment_state != "reversed"):
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create(
                    {
                        "reason": reason.name if reason else self.name,
                        "journal_id": invoice.journal_id.id,
                    }
                )
            )
            wizard.reverse_moves()
            credit = wizard.new_move_ids
            if invoice.payment_state == "not_paid":
                # no money moves
                credit.action_post()
                (credit | invoice).line_ids.filtered(
                    lambda line: (
                        line.account_id.account_type == "asset_receivable" and not line.reconciled
                    )
                ).reconcile()
            credits |= credit
        return credits

    def _gb_start_return(self, change):
        """Begin the return of a parcel that was delivered or refused. Here: Odoo's return transfer of all that has not
        come back. Addons that have a process for it (work orders) override this.

        :param change: the gb.order.change that asks for it; its ``hint`` tells the agent what happens next
        :return: the document that was made: stock.picking, or a record of the addon
        """
        self.ensure_one()
        returns = self.env["stock.picking"]
        parts = self._get_gb_returnable()
        for picking in self._get_gb_parcels():
            wizard = (
                self.env["stock.return.picking"]
                .with_context(
                    active_model="stock.picking", active_id=picking.id, active_ids=picking.ids
                )
                .create({"picking_id": picking.id})
            )
            lines = wizard.product_return_moves.filtered(lambda line: line.move_id in parts)
            if not lines:
                continue
            for line in wizard.product_return_moves:
                line.write({"quantity": parts.get(line.move_id, 0.0), "to_refund": True})
            returns |= returns.browse(wizard.action_create_returns()["res_id"])
        if not returns:
            raise UserError(self.env._("There is nothing left that could come back."))
        change.hint = self.env._(
            "The warehouse expects the goods: %(returns)s.",
            returns=", ".join(returns.mapped("name")),
        )
        return returns

    # ------------------------------------------------------------
    # Tell
    # ------------------------------------------------------------
    def _tell_gb_warehouse(self, pickings, summary, note):
        """Leave a to-do on the transfers, for who is responsible or for whoever sends them."""
        for picking in pickings:
            picking.with_context(mail_activity_automation_skip=False).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note or "",
                user_id=picking.user_id.id,
            )
            picking.message_post(body=f"{summary}: {note}" if note else summary)

    def _log_gb_change(self, change):
        kinds = dict(change._fields["kind"]._description_selection(self.env))
        self.message_post(
            body=self.env._(
                "%(kind)s by telephone (%(reason)s): %(summary)s",
                kind=kinds[change.kind],
                reason=change.reason_id.name or "–",
                summary="; ".join(filter(None, (change.summary, change.note))),
            )
        )
