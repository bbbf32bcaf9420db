from odoo import fields, models
from odoo.fields import Domain

from ..tools.ivr_speech import join, say, word

HISTORY = 3
MAX_HISTORY = 9
SPOKEN_DIGITS = 4
SPOKEN_GOODS = 3


class GbIvrSession(models.Model):
    """Orders of the caller. How far one is, is told to whom we know by his number; what it has and costs, and what else he
    ordered, only to whom has given his PIN."""

    _inherit = "gb.ivr.session"

    def _answer_order_status(self, args):
        if refusal := self._get_refusal():
            return refusal
        typed = "".join(filter(str.isdigit, args.get("order") or ""))
        order = self._find_order(typed)
        if not order:
            return self._reply("none", speech=[say("orders.not_found" if typed else "orders.none")])
        values, speech = self._tell_order(order, "order_")
        values["order_name"] = order.name
        return self._reply("found", values, speech)

    def _answer_order_history(self, args):
        if refusal := self._get_refusal(needs_pin=True):
            return refusal
        limit = self._get_number_arg(args, "limit", HISTORY, MAX_HISTORY)
        orders = self.env["sale.order"].search(
            self._get_own_orders_domain(), order="date_order desc, id desc", limit=limit
        )
        if not orders:
            return self._reply("none", speech=[say("orders.none")])
        values = {"order_count": str(len(orders)), "orders_spoken": self._get_count(len(orders))}
        speech = [say("orders.count")]
        for number, order in enumerate(orders, 1):
            row_values, row_speech = self._tell_order(order, f"order{number}_")
            values.update(row_values)
            speech += row_speech
        return self._reply("found", values, speech)

    def _get_own_orders_domain(self):
        return (
            Domain("partner_id", "in", self._get_family_ids())
            & Domain("company_id", "=", self.company_id.id)
            # a cart is no order; one that was cancelled before it became one is nothing to tell
            & (
                Domain("state", "in", ("sent", "sale"))
                | (Domain("state", "=", "cancel") & Domain("gb_desk_key", "=", False))
            )
        )

    def _find_order(self, typed):
        """:param str typed: the digits of an order's number, or its last ones (at least four); empty: the last order"""
        domain = self._get_own_orders_domain()
        orders = self.env["sale.order"]
        if not typed:
            return orders.search(domain, order="date_order desc, id desc", limit=1)
        domain &= Domain("name", "like", typed[-SPOKEN_DIGITS:])
        found = orders.search(domain, order="date_order desc, id desc")
        return self._match_digits(found, typed)

    def _match_digits(self, records, typed):
        """:return: the record whose number has these digits, leading zeros aside, or ends with them when there are enough"""
        exact = records.filtered(
            lambda record: self._get_digits(record.name).lstrip("0") == typed.lstrip("0")
        )
        if not exact and len(typed) >= SPOKEN_DIGITS:
            exact = records.filtered(lambda record: self._get_digits(record.name).endswith(typed))
        return exact[:1]

    @staticmethod
    def _get_digits(name):
        return "".join(filter(str.isdigit, name or ""))

    def _tell_order(self, order, prefix):
        """:return: values, whose names begin with ``prefix``, and speech"""
        stage = order._get_gb_stage()
        day = fields.Datetime.context_timestamp(self, order.date_order).date()
        values = {
            f"{prefix}digits": self._get_digits(order.name)[-SPOKEN_DIGITS:],
            f"{prefix}date": fields.Date.to_string(day),
            f"{prefix}state": word(f"stage.{stage}", self._get_language()),
        }
        speech = [say("orders.row", prefix)]
        if self.is_verified:
            goods = order._get_gb_goods().product_id[:SPOKEN_GOODS]
            values[f"{prefix}total"] = f"{order.amount_total:.2f}"
            values[f"{prefix}goods"] = self._get_list(goods.mapped("name"))
            speech += [say("orders.amount", prefix)]
            if goods:
                speech += [say("orders.goods", prefix)]
            parcel = order._get_gb_parcels().sorted("id")[-1:]
            if stage in ("partly", "shipped") and parcel.carrier_id:
                tracking = self._get_digits(parcel.carrier_tracking_ref)[-SPOKEN_DIGITS:]
                values[f"{prefix}carrier"] = parcel.carrier_id.name
                values[f"{prefix}tracking"] = tracking
                speech.append(say("orders.parcel" if tracking else "orders.parcel_carrier", prefix))
        return values, [join(*speech)]

    def _get_list(self, names):
        return ("、" if self._get_language() == "zh_CN" else ", ").join(filter(None, names))
