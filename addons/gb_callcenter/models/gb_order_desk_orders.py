from datetime import datetime, time

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

PAGE = 20
MAX_PAGE = 100
FOUND_LIMIT = 20
MIN_TEXT = 3
PERIODS = ("date_from", "date_to")


class GbOrderDesk(models.AbstractModel):
    """Orders afterwards: look them up, change, cancel. Telephone and web-shop orders are treated alike."""

    _inherit = "gb.order.desk"

    # ------------------------------------------------------------
    # Look up
    # ------------------------------------------------------------
    @api.model
    def get_orders(self, partner_id=False, filters=None, limit=PAGE, before=None, call_id=False):
        """Orders of a customer and his family, newest first; without a customer those that a number finds.

        :param partner_id: id of res.partner, or False to look for an order or parcel by its number
        :param dict filters: text (number of order or parcel, the shop's reference, product), source, stage
            ("open", "sale", "cancel"), product_id, date_from, date_to (days)
        :param int limit: how many
        :param list before: ``next`` of the answer before, to go on from there
        :param call_id: the call in which the customer's identity may have been checked
        :return: {"orders": [{id, name, source, date, amount, lines, payment, stage, parcels, …}], "next": list or False,
            "is_verified": bool}; of customers whose identity was not checked only number, date, state and amount, and
            ``text`` does not look for their products
        :raises AccessError: for others than agents, or when the customer is not theirs
        :raises UserError: when there is neither a customer nor a number of at least three characters; when ``product_id``
            is asked for of a customer whose identity was not checked
        """
        partner = self._check_desk_access(partner_id or None)
        filters = filters or {}
        limit = min(max(int(limit), 1), MAX_PAGE)
        call = self._browse_call(call_id)
        is_verified = bool(partner) and bool(self._get_verified_heads(partner, call))
        if filters.get("product_id") and not is_verified:
            # which orders are found would tell what they hold
            raise UserError(
                self.env._(
                    "Check who is calling first. Orders are found by their number until then."
                )
            )
        families = []
        if partner:
            # as superuser by ids: the family may hold contacts that the agent does not look up
            families = (
                partner.sudo()
                .search([("id", "child_of", partner.sudo().commercial_partner_id.id)])
                .ids
            )
        elif len((filters.get("text") or "").strip()) < MIN_TEXT:
            raise UserError(
                self.env._("Enter at least three characters of the number of an order or parcel.")
            )
        domain = self._get_orders_domain(filters, families, is_verified)
        if before:
            at, last_id = before
            domain &= Domain("date_order", "<", at) | (
                Domain("date_order", "=", at) & Domain("id", "<", last_id)
            )
        orders_sudo = (
            self.env["sale.order"]
            .sudo()
            .search(domain, order="date_order desc, id desc", limit=limit + 1)
        )
        if not partner:
            # a number may be that of somebody else's customer
            readable = orders_sudo.partner_id.with_env(self.env)._filtered_access("read")
            orders_sudo = orders_sudo.filtered(lambda order: order.partner_id.id in readable._ids)
        page = orders_sudo[:limit]
        verified = self._filter_verified_orders(page, call)
        self._prefetch_orders(verified)
        last = page[-1:]
        return {
            "orders": [
                self._get_order_row(order) if order in verified else self._get_order_summary(order)
                for order in page
            ],
            "next": [fields.Datetime.to_string(last.date_order), last.id]
            if len(orders_sudo) > limit
            else False,
            "is_verified": is_verified,
        }

    def _get_orders_domain(self, filters, families=(), is_verified=False):
        """:return: Domain on sale.order for the filters of ``get_orders``, in the current company; each part of it finds
        its rows by an index, among the customers ``families`` (ids) or among all orders; products are looked for only
        when ``is_verified``"""
        domain = Domain("company_id", "=", self.env.company.id)
        if families:
            domain &= Domain("partner_id", "in", families)
        text = (filters.get("text") or "").strip()
        if text:
            found = Domain("name", "ilike", text)
            found |= Domain("id", "in", self._find_by_tracking(text))
            if families:
                found |= Domain("client_order_ref", "ilike", text)
            if is_verified:
                found |= Domain("id", "in", self._find_by_product(text, families))
            domain &= found
        if filters.get("product_id"):
            domain &= Domain("order_line.product_id", "=", filters["product_id"])
        if filters.get("source"):
            domain &= Domain("gb_source", "=", filters["source"])
        if filters.get("date_from"):
            domain &= Domain("date_order", ">=", self._get_day_start(filters["date_from"]))
        if filters.get("date_to"):
            domain &= Domain("date_order", "<", self._get_day_start(filters["date_to"], 1))
        stage = filters.get("stage")
        if stage == "open":
            domain &= Domain("state", "in", ("draft", "sent")) | (
                Domain("state", "=", "sale") & Domain("delivery_status", "!=", "full")
            )
        elif stage:
            domain &= Domain("state", "=", stage)
        return domain

    def _get_day_start(self, day, offset=0):
        """:return: the beginning of a day of the user's time zone, UTC"""
        date = fields.Date.add(fields.Date.to_date(day), days=offset)
        zone = timezone(self.env.user.tz or "UTC")
        return zone.localize(datetime.combine(date, time.min)).astimezone(utc).replace(tzinfo=None)

    def _find_by_tracking(self, text):
        pickings_sudo = (
            self.env["stock.picking"]
            .sudo()
            .search(
                [
                    ("carrier_tracking_ref", "in", list({text, text.upper(), text.lower()})),
                    ("company_id", "=", self.env.company.id),
                ],
                limit=FOUND_LIMIT,
            )
        )
        return pickings_sudo.sale_id.ids

    def _find_by_product(self, text, families):
        lines_sudo = (
            self.env["sale.order.line"]
            .sudo()
            .search(
                Domain("order_partner_id", "in", families)
                & (
                    Domain("product_id.name", "ilike", text)
                    | Domain("product_id.default_code", "ilike", text)
                )
            )
        )
        return lines_sudo.order_id.ids

    def _prefetch_orders(self, orders_sudo):
        """Read at once what the rows of a page take."""
        orders_sudo.order_line.product_id.mapped("display_name")
        orders_sudo.picking_ids.move_ids.mapped("picked")
        orders_sudo.picking_ids.move_ids.mapped("returned_move_ids.state")
        orders_sudo.picking_ids.carrier_id.mapped("name")
        orders_sudo.invoice_ids.mapped("payment_state")
        orders_sudo.transaction_ids.mapped("state")
        orders_sudo.gb_change_ids.mapped("kind")

    def _filter_verified_orders(self, orders_sudo, call):
        """:return: the orders whose customer, or one of his family, was checked to be the caller"""
        heads_sudo = self._get_verified_heads(orders_sudo.partner_id, call)
        return orders_sudo.filtered(
            lambda order: order.partner_id.commercial_partner_id in heads_sudo
        )

    def _get_order_summary(self, order_sudo):
        """What may be told of an order before it is known who is calling."""
        stage = order_sudo._get_gb_stage()
        return {
            "id": order_sudo.id,
            "name": order_sudo.name,
            "partner": {"id": order_sudo.partner_id.id, "name": order_sudo.partner_id.display_name},
            "date": fields.Datetime.to_string(order_sudo.date_order),
            "amount": order_sudo.currency_id.format(order_sudo.amount_total),
            "stage": stage,
            "stage_label": order_sudo._get_gb_stage_labels()[stage],
            "is_verified": False,
        }

    def _get_order_row(self, order_sudo):
        """What the list shows of an order; addons that know more extend it."""
        sources = dict(order_sudo._fields["gb_source"]._description_selection(self.env))
        goods = order_sudo._get_gb_goods()
        return {
            **self._get_order_summary(order_sudo),
            "is_verified": True,
            "reference": order_sudo.client_order_ref or "",
            "source": order_sudo.gb_source,
            "source_label": sources.get(order_sudo.gb_source, ""),
            "goods": [
                {"name": line.product_id.display_name, "quantity": line.product_uom_qty}
                for line in goods[:3]
            ],
            "line_count": len(goods),
            "payment": self._get_order_payment(order_sudo),
            "parcels": [
                self._get_order_parcel(one) for one in self._get_order_pickings(order_sudo)
            ],
            "is_changed": bool(order_sudo.gb_change_ids),
        }

    @staticmethod
    def _get_order_pickings(order_sudo):
        """:return: deliveries to the customer and returns, open and done"""
        return order_sudo.picking_ids.filtered(
            lambda picking: (
                picking.state != "cancel"
                and "customer" in (picking.location_dest_id.usage, picking.location_id.usage)
            )
        ).sorted("id")

    def _get_order_parcel(self, picking_sudo):
        told = picking_sudo.sale_id._get_gb_parcel_state(picking_sudo)
        field = picking_sudo._fields["gb_delivery_state" if told else "state"]
        states = dict(field._description_selection(self.env))
        return {
            "id": picking_sudo.id,
            "name": picking_sudo.name,
            "is_return": picking_sudo.location_id.usage == "customer",
            "state": told or picking_sudo.state,
            "state_label": states.get(told or picking_sudo.state, ""),
            "carrier": picking_sudo.carrier_id.name or "",
            "tracking": picking_sudo.carrier_tracking_ref or "",
            "tracking_url": picking_sudo.carrier_tracking_url or "",
            "scheduled": fields.Datetime.to_string(picking_sudo.scheduled_date),
            "done": fields.Datetime.to_string(picking_sudo.date_done),
        }

    def _get_order_payment(self, order_sudo):
        """:return: {"state": paid, partial, refunded, cash_on_delivery or open, "label", "means"}"""
        means = dict(order_sudo._fields["gb_payment_means"]._description_selection(self.env))
        paid = order_sudo._get_gb_paid()
        currency = order_sudo.currency_id
        invoices = order_sudo.invoice_ids.filtered(lambda move: move.state == "posted")
        if invoices and all(move.payment_state == "reversed" for move in invoices):
            state, label = "refunded", self.env._("Credited")
        elif currency.compare_amounts(paid, order_sudo.amount_total) >= 0 and (
            paid or order_sudo.state == "sale"
        ):
            state, label = "paid", self.env._("Paid")
        elif paid:
            state, label = (
                "partial",
                self.env._("%(amount)s paid", amount=currency.format(paid)),
            )
        elif order_sudo.gb_payment_means == "cash_on_delivery":
            state, label = "cash_on_delivery", means["cash_on_delivery"]
        else:
            state, label = "open", self.env._("Not paid")
        return {
            "state": state,
            "label": label,
            "means": means.get(order_sudo.gb_payment_means, ""),
        }

    def _browse_order(self, order_id):
        """:return: the order as superuser, when the current user may serve its customer here
        :raises AccessError, UserError:"""
        self._check_desk_access()
        order_sudo = self.env["sale.order"].sudo().browse(int(order_id)).exists()
        if not order_sudo:
            raise UserError(self.env._("This order does not exist any more."))
        if order_sudo.company_id != self.env.company:
            raise AccessError(
                self.env._(
                    "%(order)s belongs to %(company)s. Switch to that company first.",
                    order=order_sudo.name,
                    company=order_sudo.company_id.name,
                )
            )
        self._check_desk_access(order_sudo.partner_id.id)
        return order_sudo

    @api.model
    def get_order(self, order_id, call_id=False):
        """An order with all that the agent needs to change it.

        :param call_id: the call in which the customer's identity may have been checked
        :return: the row of ``get_orders`` with ``lines``, ``address``, ``addresses``, ``carriers``, ``changeable``
            (``sale.order._get_gb_changeable``), ``reasons``, ``changes`` …; until it was checked who is calling, only
            number, date, state and amount
        """
        order_sudo = self._browse_order(order_id)
        if not self._filter_verified_orders(order_sudo, self._browse_call(call_id)):
            return self._get_order_summary(order_sudo)
        changeable = order_sudo._get_gb_changeable()
        goods = order_sudo._get_gb_goods()
        windows = order_sudo._fields["gb_delivery_window"]._description_selection(self.env)
        family = order_sudo.partner_id.commercial_partner_id
        addresses = family | family.child_ids.filtered(
            lambda one: one.type in ("delivery", "other", "contact")
        )
        addresses |= order_sudo.partner_shipping_id
        return {
            **self._get_order_row(order_sudo),
            "changeable": changeable,
            "lines": [
                self._get_order_line(line, line in goods)
                for line in order_sudo.order_line
                if line.product_id
            ],
            "address": self._get_order_address(order_sudo.partner_shipping_id),
            "addresses": [
                self._get_order_address(one)
                for one in addresses.with_env(self.env)._filtered_access("read").sudo()
            ],
            "carrier": {
                "id": order_sudo.carrier_id.id,
                "name": order_sudo.carrier_id.name or "",
            },
            "carriers": self._get_order_carriers(order_sudo)
            if changeable["carrier"]["allowed"]
            else [],
            "date": fields.Date.to_string(order_sudo.gb_delivery_date) or "",
            "wished": order_sudo._get_gb_wished_delivery(),
            "window": order_sudo.gb_delivery_window or "any",
            "windows": [{"code": code, "label": label} for code, label in windows],
            "invoice": {
                "title": order_sudo.gb_invoice_title or "",
                "tax_number": order_sudo.gb_invoice_tax_number or "",
            },
            "amounts": {
                "untaxed": order_sudo.currency_id.format(order_sudo.amount_untaxed),
                "tax": order_sudo.currency_id.format(order_sudo.amount_tax),
                "total": order_sudo.currency_id.format(order_sudo.amount_total),
            },
            "reasons": self._get_order_reasons(),
            "changes": [self._get_order_change(change) for change in order_sudo.gb_change_ids],
        }

    def _get_order_line(self, line_sudo, is_goods):
        return {
            "id": line_sudo.id,
            "product_id": line_sudo.product_id.id,
            "name": line_sudo.product_id.display_name,
            "quantity": line_sudo.product_uom_qty,
            "delivered": line_sudo.qty_delivered,
            "unit": line_sudo.product_uom_id.name,
            "price": line_sudo.currency_id.format(line_sudo.price_unit),
            "amount": line_sudo.currency_id.format(line_sudo.price_total),
            "is_goods": is_goods,
        }

    @staticmethod
    def _get_order_address(partner_sudo):
        return {
            "id": partner_sudo.id,
            "name": partner_sudo.display_name,
            "text": ", ".join(
                filter(
                    None,
                    (
                        partner_sudo.state_id.name,
                        partner_sudo.city,
                        partner_sudo.street,
                        partner_sudo.street2,
                        partner_sudo.zip,
                    ),
                )
            ),
        }

    def _get_order_carriers(self, order_sudo):
        return [
            {"id": carrier.id, "name": carrier.name}
            for carrier in self._get_available_carriers(order_sudo).with_context(lang=self.env.lang)
        ]

    def _get_order_reasons(self):
        rows = {"change": [], "cancel": [], "refuse": []}
        for reason in self.env["gb.order.reason"].search([]):
            rows[reason.kind].append({"id": reason.id, "name": reason.name})
        return rows

    def _get_order_change(self, change_sudo):
        kinds = dict(change_sudo._fields["kind"]._description_selection(self.env))
        return {
            "id": change_sudo.id,
            "kind": change_sudo.kind,
            "kind_label": kinds[change_sudo.kind],
            "at": fields.Datetime.to_string(change_sudo.at),
            "user": change_sudo.user_id.name,
            "reason": change_sudo.reason_id.name or "",
            "note": change_sudo.note or "",
            "summary": change_sudo.summary or "",
            "hint": change_sudo.hint or "",
        }

    # ------------------------------------------------------------
    # Change
    # ------------------------------------------------------------
    @api.model
    def change_order(
        self, order_id, changes, reason_id=False, note=False, key=False, call_id=False
    ):
        """Change an order as far as its delivery allows.

        :param dict changes: see ``sale.order._gb_change``
        :param reason_id: id of gb.order.reason
        :param str key: of the request; sent again, it changes nothing and gives the first answer
        :return: {"order": ``get_order``, "change": what was changed, with ``hint`` for the customer}
        :raises UserError: when it may not be changed any more, with the reason; or nobody has checked who is calling
        """
        return self._do_once(
            order_id,
            key,
            lambda order_sudo: order_sudo._gb_change(
                changes,
                self._browse_reason(reason_id, "change"),
                note,
                key,
                self._browse_call(call_id),
            ),
            call_id,
        )

    @api.model
    def cancel_order(self, order_id, reason_id, note=False, key=False, call_id=False):
        """Cancel an order; when it has left, register that the parcel is refused, or begin the return.

        :param reason_id: id of gb.order.reason of the kind "cancel" or "refuse"; required
        :return: as ``change_order``
        """

        def cancel(order_sudo):
            how = order_sudo._get_gb_changeable()["cancel"]["how"]
            reason = self._browse_reason(reason_id, "cancel" if how == "cancel" else "refuse")
            if how and not reason:
                raise UserError(self.env._("Choose the reason."))
            return order_sudo._gb_cancel(reason, note, key, self._browse_call(call_id))

        return self._do_once(order_id, key, cancel, call_id)

    def _do_once(self, order_id, key, do, call_id=False):
        """``do`` with the order, unless this ``key`` was done on it. Two requests at once: the second is run again by Odoo
        after the first has committed, because both update the order's row."""
        order_sudo = self._browse_order(order_id)
        if not self._filter_verified_orders(order_sudo, self._browse_call(call_id)):
            raise UserError(self.env._("Check who is calling first."))
        change_sudo = order_sudo.gb_change_ids.filtered(lambda one: key and one.key == key)
        if not change_sudo:
            order_sudo._gb_claim()
            change_sudo = do(order_sudo)
        return {
            "order": self.get_order(order_id, call_id),
            "change": self._get_order_change(change_sudo),
        }

    def _browse_reason(self, reason_id, kind):
        reason = self.env["gb.order.reason"].browse(int(reason_id or 0)).exists()
        if reason and reason.kind != kind and {reason.kind, kind} != {"cancel", "refuse"}:
            raise UserError(self.env._("This reason is none for that."))
        return reason

    def _browse_call(self, call_id):
        """:return: the call, when the agent may see it; none otherwise"""
        call = self.env["gb.call"].browse(int(call_id or 0)).exists()
        return call._filtered_access("read")
