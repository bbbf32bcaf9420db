from odoo import models
from odoo.exceptions import UserError

from odoo.addons.gb_callcenter.models.gb_order_desk_cart import MAX_QUANTITY

from ..tools.ivr_speech import join, say, word

MAX_CHOICES = 9


class GbIvrSession(models.Model):
    """Self-service ordering: a draft of the order desk (``gb.order.desk``) for the session, one step an ask.

    A caller who hangs up leaves the draft, and an agent can take it up. An order is confirmed once, whatever is repeated.
    """

    _inherit = "gb.ivr.session"

    def _get_desk(self):
        """:return: the order desk working for this session, in its company and language"""
        return self.env["gb.order.desk"].with_context(gb_ivr_session=self.id)

    def _get_draft(self):
        return self._get_desk()._find_draft(self.partner_id, self.call_id.id)

    # ------------------------------------------------------------------
    # Products
    # ------------------------------------------------------------------

    def _answer_cart_add(self, args):
        if refusal := self._get_refusal(needs_pin=True):
            return refusal
        product = self._find_product(args.get("code") or "")
        if not product:
            return self._reply("none", speech=[say("product.none")])
        quantity = self._get_number_arg(args, "quantity", 1, 10**6)
        desk = self._get_desk()
        values = {"product_name": product.name}
        before = self._get_quantity(product)
        if before + quantity > MAX_QUANTITY:
            return self._reply("refused", values, [say("cart.too_many")])
        try:
            with self.env.cr.savepoint():
                draft_id = desk.open_draft(self.partner_id.id)["id"]
                desk.set_line(draft_id, product.id, quantity, is_added=True)
        except UserError:
            self.env.invalidate_all()
            return self._reply("refused", values, [say("cart.refused")])
        added = int(self._get_quantity(product) - before)
        values.update(self._get_cart_values(), added_count=self._get_count(added))
        if not added:
            return self._reply("refused", values, [say("cart.out_of_stock")])
        return self._reply(
            "ok", values, [say("cart.added" if added == quantity else "cart.limited")]
        )

    def _get_quantity(self, product):
        lines = self._get_desk()._get_goods_lines(self._get_draft())
        return sum(
            lines.filtered(lambda line: line.product_id == product).mapped("product_uom_qty")
        )

    def _get_cart_values(self):
        draft = self._get_draft()
        goods = self._get_desk()._get_goods_lines(draft)
        return {
            "cart_count": f"{sum(goods.mapped('product_uom_qty')):g}",
            "cart_total": f"{draft.amount_total:.2f}",
            "goods_total": f"{sum(goods.mapped('price_total')):.2f}",
        }

    def _get_cart_refusal(self):
        """An answer when there is nothing to go on with; None when there is."""
        if refusal := self._get_refusal(needs_pin=True):
            return refusal
        if not self._get_desk()._get_goods_lines(self._get_draft()):
            return self._reply("empty")
        return None

    # ------------------------------------------------------------------
    # Address, carrier, payment
    # ------------------------------------------------------------------

    def _answer_cart_address(self, args):
        if refusal := self._get_cart_refusal():
            return refusal
        desk, draft = self._get_desk(), self._get_draft()
        addresses = desk._get_shown_addresses(draft).filtered(
            lambda address: not desk._get_address_problems(address)
        )
        rows = [
            {"id": address.id, "name": address.name, "text": self._get_address_text(address)}
            for address in addresses
        ]
        return self._choose(
            "address", rows, args, lambda row: desk.set_address(draft.id, row["id"])
        )

    def _get_address_text(self, address):
        parts = (address.state_id.name, address.city, address.street, address.street2)
        return ("" if self._get_language() == "zh_CN" else ", ").join(filter(None, parts))

    def _answer_cart_carrier(self, args):
        if refusal := self._get_cart_refusal():
            return refusal
        desk, draft = self._get_desk(), self._get_draft()
        rows = [
            {"id": carrier["id"], "name": carrier["name"], "price": f"{carrier['price']:.2f}"}
            for carrier in desk._get_carrier_values(draft)
        ]
        return self._choose(
            "carrier", rows, args, lambda row: desk.set_carrier(draft.id, row["id"])
        )

    def _answer_cart_payment(self, args):
        if refusal := self._get_cart_refusal():
            return refusal
        desk, draft = self._get_desk(), self._get_draft()
        if draft.currency_id.is_zero(draft.amount_total):
            return self._reply("ok", self._get_cart_values(), [say("cart.nothing_to_pay")])
        rows = [
            {"id": means["key"], "name": word(f"payment.{means['key']}", self._get_language())}
            for means in desk._get_means_values(draft)
            if not means["refusal"]
        ]
        return self._choose(
            "payment",
            rows,
            args,
            lambda row: desk.set_details(draft.id, {"payment_means": row["id"]}),
        )

    def _choose(self, what, rows, args, take):
        """Read out ``rows`` with their keys, or take the one that was chosen.

        :param str what: ``address``, ``carrier`` or ``payment``
        :param list rows: dicts of ``id`` and what is said
        :param take: function that takes a row over into the draft
        """
        rows = rows[:MAX_CHOICES]
        if not rows:
            return self._reply("none", speech=[say(f"cart.{what}_none")])
        choice = args.get("choice") or ("1" if len(rows) == 1 else "")
        if choice:
            number = int(choice) if choice.isascii() and choice.isdigit() and len(choice) < 3 else 0
            if not 1 <= number <= len(rows):
                return self._reply("invalid", {"choices": str(len(rows))})
            row = rows[number - 1]
            take(row)
            values = {f"{what}_{name}": value for name, value in row.items() if name != "id"}
            values.update(self._get_cart_values(), choices=str(len(rows)))
            return self._reply("ok", values, [say(self._get_row_text(what, row), f"{what}_")])
        values, speech = {"choices": str(len(rows)), **self._get_cart_values()}, []
        for number, row in enumerate(rows, 1):
            prefix = f"{what}{number}_"
            row = {**row, "key": str(number)}
            values.update({prefix + name: text for name, text in row.items() if name != "id"})
            speech.append(say(f"{self._get_row_text(what, row)}_choice", prefix))
        return self._reply("choose", values, speech)

    @staticmethod
    def _get_row_text(what, row):
        return f"cart.{what}_free" if row.get("price") == "0.00" else f"cart.{what}"

    # ------------------------------------------------------------------
    # Read back, confirm, cancel
    # ------------------------------------------------------------------

    def _answer_cart_read(self, args):
        if refusal := self._get_cart_refusal():
            return refusal
        desk, draft = self._get_desk(), self._get_draft()
        values, speech = self._get_cart_values(), [say("cart.read")]
        for number, line in enumerate(draft.order_line.filtered("price_total"), 1):
            prefix, is_discount = f"line{number}_", line.price_total < 0
            name = line.name if is_discount or not line.product_id else line.product_id.name
            values.update(
                {
                    f"{prefix}name": self._get_plain(name),
                    f"{prefix}quantity": self._get_count(line.product_uom_qty),
                    f"{prefix}total": f"{abs(line.price_total):.2f}",
                }
            )
            if line.is_delivery:
                continue  # told with the carrier
            speech.append(say("cart.discount" if is_discount else "cart.line", prefix))
        if desk._get_missing(draft):
            return self._reply("incomplete", values, [*speech, say("cart.incomplete")])
        address = draft.partner_shipping_id
        delivery = draft.order_line.filtered("is_delivery")
        values.update(
            address_name=address.name,
            address_text=self._get_address_text(address),
            carrier_name=draft.carrier_id.name,
            carrier_price=f"{sum(delivery.mapped('price_total')):.2f}",
        )
        carrier = self._get_row_text("carrier", {"price": values["carrier_price"]})
        speech += [say("cart.address", "address_"), say(carrier, "carrier_")]
        if draft.gb_payment_means:
            means = f"payment.{draft.gb_payment_means}"
            values["payment_name"] = word(means, self._get_language())
            speech.append(say("cart.payment", "payment_"))
        self.told_total = draft.amount_total
        return self._reply("ok", values, [*speech, say("cart.total")])

    def _answer_cart_confirm(self, args):
        if refusal := self._get_refusal(needs_pin=True):
            return refusal
        draft = self._get_draft()
        if not self._get_desk()._get_goods_lines(draft):
            # asked once more after it was confirmed: it is confirmed
            if self.order_id.state == "sale" and self.order_id.partner_id == self.partner_id:
                return self._tell_confirmed(self.order_id)
            return self._reply("empty")
        key = f"ivr-{self.id}-{draft.id}"
        try:
            with self.env.cr.savepoint():
                result = self._get_desk().confirm(draft.id, key, self.told_total)
        except UserError:
            self.env.invalidate_all()
            return self._reply("refused", self._get_cart_values(), [say("cart.not_confirmed")])
        if result["confirmed"]:
            self.write({"order_id": draft.id, "told_total": 0})
            return self._tell_confirmed(draft)
        is_changed = draft.currency_id.compare_amounts(draft.amount_total, self.told_total)
        text = "cart.changed" if is_changed else "cart.not_confirmed"
        return self._reply("refused", self._get_cart_values(), [say(text)])

    def _tell_confirmed(self, order):
        values = {
            "order_name": order.name,
            "order_digits": self._get_digits(order.name),
            "order_total": f"{order.amount_total:.2f}",
        }
        speech = [say("cart.confirmed")]
        if order.gb_payment_means and not order.currency_id.is_zero(order.amount_total):
            speech.append(say(f"cart.next.{order.gb_payment_means}"))
        return self._reply("confirmed", values, [join(*speech)])

    def _answer_cart_cancel(self, args):
        draft = self._get_draft() if self.is_verified else None
        if draft:
            self._get_desk().discard(draft.id)
        self.told_total = 0
        return self._reply("ok")
