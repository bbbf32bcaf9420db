import math
from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Command, Domain

from ..tools.phone_number import MASK

MAX_QUANTITY = 9999
ADDRESS_FIELDS = ("name", "phone", "state_id", "city", "street", "street2", "zip")
MAX_NOTE = 2000
DRAFT_LIMIT = 10


class GbOrderDesk(models.AbstractModel):
    """The cart: a draft ``sale.order`` for an agent, a customer and a call. Every method returns the whole cart."""

    _inherit = "gb.order.desk"

    # ------------------------------------------------------------------
    # Drafts
    # ------------------------------------------------------------------

    @api.model
    def get_desk(self, partner_id=False, call_id=False, order_id=False):
        """What the screen needs when it opens.

        :return: ``{"partner": customer | False, "order": cart | False, "drafts": […], "categories": […], "states": […],
            "means": […], "windows": […], "today": date}``
        """
        partner = self._check_desk_access(partner_id or None)
        orders = self.env["sale.order"]
        order_sudo = orders.sudo()
        if order_id:
            order_sudo = self._get_order(order_id, is_own=False)
            partner = partner or self._check_desk_access(order_sudo.partner_id)
        elif partner:
            order_sudo = self._find_draft(partner, call_id)
        call = self._browse_call(call_id)
        is_verified = bool(partner) and bool(self._get_verified_heads(partner, call))
        cart = False
        if (
            order_sudo
            and order_sudo.state == "draft"
            and order_sudo.gb_agent_id == self.env.user
            and self._is_draft_shown(order_sudo, call)
        ):
            cart = self._get_cart(order_sudo)
        country = self.env.company.country_id
        windows = orders._fields["gb_delivery_window"]._description_selection(self.env)
        return {
            "partner": bool(partner) and self._get_partner_values(partner, is_verified),
            "order": cart,
            "drafts": self.get_drafts(partner.id, call_id) if partner else [],
            "categories": self.get_categories(),
            "states": [
                {"id": state.id, "name": state.name} for state in country.state_ids.sorted("name")
            ],
            "windows": [{"key": key, "label": label} for key, label in windows],
            "today": fields.Date.to_string(fields.Date.context_today(self)),
        }

    @api.model
    def get_drafts(self, partner_id, call_id=False):
        """Drafts for this customer, of any agent: a call that dropped is taken up again by whoever answers the next.

        :param call_id: the call in which the customer's identity may have been checked
        :return: list of ``{"id", "name", "at", "amount", "is_shown", "is_mine", "agent", "products"}``, newest first; what
            is not shown before the identity check has neither agent nor products
        """
        partner = self._check_desk_access(partner_id)
        call = self._browse_call(call_id)
        drafts_sudo = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", self.env.company.id),
                    ("state", "=", "draft"),
                    ("gb_desk_key", "!=", False),
                    ("order_line", "!=", False),
                ],
                order="write_date desc, id desc",
                limit=DRAFT_LIMIT,
            )
        )
        is_verified = bool(self._get_verified_heads(partner, call))
        return [
            self._get_draft_values(draft, is_verified or self._is_draft_shown(draft, call))
            for draft in drafts_sudo
        ]

    def _get_draft_values(self, draft, is_shown):
        names = self._get_goods_lines(draft).product_id.mapped("name") if is_shown else []
        return {
            "id": draft.id,
            "name": draft.name,
            "at": fields.Datetime.to_string(draft.write_date),
            "amount": draft.currency_id.format(draft.amount_total),
            "is_shown": is_shown,
            "is_mine": is_shown and draft.gb_agent_id == self.env.user,
            "agent": is_shown and draft.gb_agent_id.name or "",
            "products": ", ".join(names[:3]),
        }

    @api.model
    def open_draft(self, partner_id, call_id=False):
        """The draft of this agent for this customer and call; made when there is none. One of an earlier contact that may
        not be shown before the identity check is set aside, among the drafts. :return: cart"""
        partner = self._check_desk_access(partner_id)
        call = self._check_call(call_id)
        order_sudo = self._find_draft(partner, call.id)
        if order_sudo and not self._is_draft_shown(order_sudo, call):
            order_sudo.gb_desk_key = f"{order_sudo.gb_desk_key}-{order_sudo.id}"
            order_sudo.flush_recordset()
            order_sudo = order_sudo.browse()
        if not order_sudo:
            orders_sudo = self.env["sale.order"].sudo().with_context(tracking_disable=True)
            try:
                order_sudo = orders_sudo.create(self._prepare_draft_values(partner, call))
                order_sudo.flush_recordset()
            except UniqueViolation as error:
                # made by another request at this moment: run again, it is found then
                raise ConcurrencyError("another request has just opened this draft") from error
        return self._get_cart(order_sudo)

    @api.model
    def resume_draft(self, order_id, call_id=False):
        """Go on with a draft, in the call of now. Another agent's draft becomes one's own. :return: cart"""
        call = self._check_call(call_id)
        order_sudo = self._get_draft(order_id, is_own=False, call=call)
        key = self._get_draft_key(order_sudo.partner_id, call.id)
        taken = self._find_draft(order_sudo.partner_id, call.id) - order_sudo
        if taken and self._get_goods_lines(taken):
            raise UserError(
                self.env._(
                    "You have begun %(order)s in this call. Discard it first.", order=taken.name
                )
            )
        taken.unlink()
        order_sudo.write(
            {
                "gb_agent_id": self.env.uid,
                "user_id": self.env.uid,
                "gb_call_id": call.id or order_sudo.gb_call_id.id,
                "gb_desk_key": key,
            }
        )
        self._renew_prices(order_sudo)
        self._refresh(order_sudo)
        return self._get_cart(order_sudo)

    @api.model
    def discard(self, order_id):
        """Throw a draft away. :return: True"""
        order_sudo = self._get_draft(order_id)
        order_sudo.order_line.filtered("is_reward_line").unlink()
        order_sudo.unlink()
        return True

    @api.model
    def get_draft(self, order_id):
        """:return: cart of one's own draft"""
        return self._get_cart(self._get_draft(order_id))

    def _prepare_draft_values(self, partner, call):
        """Values of a new draft. Override to add what depends on customer or call.

        :param partner: ``res.partner``
        :param call: ``gb.call``, may be empty
        """
        return {
            "partner_id": partner.id,
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
            "gb_source": "phone",
            "gb_agent_id": self.env.uid,
            "gb_call_id": call.id,
            "gb_desk_key": self._get_draft_key(partner, call.id),
        }

    def _get_draft_key(self, partner, call_id):
        return f"{self.env.company.id}-{self.env.uid}-{partner.id}-{call_id or 0}"

    def _find_draft(self, partner, call_id):
        return (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    ("gb_desk_key", "=", self._get_draft_key(partner, call_id)),
                    ("state", "=", "draft"),
                ],
                limit=1,
            )
        )

    def _check_call(self, call_id):
        """The call, when it is one of the user's own."""
        if not call_id:
            return self.env["gb.call"]
        return self.env["gb.seat"]._get_own_call(int(call_id))

    def _get_order(self, order_id, is_own=True):
        """An order taken at the desk, whose customer the current user serves.

        :raise UserError: when it is gone or another agent's draft
        """
        self._check_desk_access()
        order_sudo = self.env["sale.order"].sudo().browse(int(order_id)).exists()
        if not order_sudo or order_sudo.gb_source != "phone":
            raise UserError(self.env._("This draft does not exist any more."))
        if order_sudo.company_id != self.env.company:
            raise AccessError(self.env._("This order belongs to another company."))
        self._check_desk_access(order_sudo.partner_id)
        if is_own and order_sudo.gb_agent_id != self.env.user:
            raise AccessError(
                self.env._(
                    "%(agent)s is working on this draft. Take it over first.",
                    agent=order_sudo.gb_agent_id.name or self.env._("Somebody else"),
                )
            )
        return order_sudo.with_company(order_sudo.company_id).with_context(tracking_disable=True)

    def _get_draft(self, order_id, is_own=True, call=None):
        order_sudo = self._get_order(order_id, is_own)
        if order_sudo.state != "draft":
            raise UserError(
                self.env._("%(order)s has been confirmed or cancelled.", order=order_sudo.name)
            )
        self._check_draft_shown(order_sudo, call)
        return order_sudo

    def _is_draft_shown(self, order_sudo, call=None):
        """Whether the current user may see what is in an order of the desk: he knows who is calling, or has written it down
        himself, in the call of now; without a call, in the last minutes.

        :param call: the call that the agent is working on; by default the one that he is in
        """
        call = call or self._get_desk_call(order_sudo)
        if self._get_verified_heads(order_sudo.partner_id, call):
            return True
        if order_sudo.gb_agent_id != self.env.user:
            return False
        if call and order_sudo.gb_call_id:
            return order_sudo.gb_call_id == call
        if call:
            return order_sudo.create_date >= call.create_date
        # one that was set aside is of an earlier contact
        key = self._get_draft_key(order_sudo.partner_id, order_sudo.gb_call_id.id)
        since = self.env["res.partner"]._get_gb_identity_since()
        return order_sudo.gb_desk_key in (key, False) and order_sudo.write_date >= since

    def _check_draft_shown(self, order_sudo, call=None):
        if not self._is_draft_shown(order_sudo, call):
            raise UserError(
                self.env._(
                    "Check who is calling first, then go on with %(order)s.",
                    order=order_sudo.name,
                )
            )

    # ------------------------------------------------------------------
    # Products
    # ------------------------------------------------------------------

    @api.model
    def set_line(self, order_id, product_id, quantity, is_added=False):
        """Let the cart have this quantity of a product; 0 takes it out. The price is the customer's, never the agent's.

        :param float quantity: in the product's unit
        :param bool is_added: add to what the cart has
        :return: cart
        """
        order_sudo = self._get_draft(order_id)
        product_sudo = self._get_products_sudo().browse(int(product_id)).exists()
        line_sudo = self._get_goods_lines(order_sudo).filtered(
            lambda line: line.product_id == product_sudo
        )[:1]
        quantity = self._check_quantity(quantity)
        if is_added:
            quantity += line_sudo.product_uom_qty
        if quantity > MAX_QUANTITY:
            raise UserError(
                self.env._(
                    "More than %(number)s of one product is a matter for sales.",
                    number=MAX_QUANTITY,
                )
            )
        notes = []
        if quantity and not (product_sudo and product_sudo._gb_is_for_sale()):
            raise UserError(
                self.env._(
                    "%(product)s is off sale.",
                    product=product_sudo.display_name or self.env._("This product"),
                )
            )
        if quantity:
            quantity, notes = self._limit_quantity(product_sudo, quantity)
        if not quantity:
            line_sudo.unlink()
        elif line_sudo:
            line_sudo.product_uom_qty = quantity
        else:
            order_sudo.order_line = [
                Command.create({"product_id": product_sudo.id, "product_uom_qty": quantity})
            ]
        self._refresh(order_sudo)
        return self._get_cart(order_sudo, notes)

    @api.model
    def remove_line(self, order_id, line_id):
        """Take a line out of the cart: a product, or a promotion that the customer does not want. :return: cart"""
        order_sudo = self._get_draft(order_id)
        line_sudo = order_sudo.order_line.filtered(lambda line: line.id == int(line_id))
        if line_sudo.is_delivery:
            raise UserError(self.env._("Choose another carrier instead."))
        # website_sale_loyalty: this promotion does not come back by itself
        line_sudo.with_context(website_sale_loyalty_delete=True).unlink()
        self._refresh(order_sudo)
        return self._get_cart(order_sudo)

    def _check_quantity(self, quantity):
        try:
            number = float(quantity)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number) or number < 0:
            raise UserError(self.env._("A quantity is a number from 0."))
        return number

    def _limit_quantity(self, product_sudo, quantity):
        """At most what is there, for products that are not sold without stock.

        :return: quantity, list of messages
        """
        if not product_sudo.is_storable or product_sudo.allow_out_of_stock_order:
            return quantity, []
        free = self._get_stock(product_sudo)[product_sudo.id]["free"]
        if quantity <= free:
            return quantity, []
        names = {"product": product_sudo.display_name, "number": f"{free:g}"}
        if free:
            text = self.env._("Only %(number)s of %(product)s are there.", **names)
        else:
            text = self.env._("%(product)s is out of stock.", product=names["product"])
        return free, [self._message("warning", text, product_sudo)]

    @api.model
    def _message(self, kind, text, product=None):
        return {"type": kind, "text": text, "product_id": product.id if product else False}

    def _get_goods_lines(self, order_sudo):
        """What the customer orders: no rewards, delivery, sections."""
        return order_sudo.order_line.filtered(
            lambda line: (
                line.product_id
                and not line.display_type
                and not line.is_reward_line
                and not line.is_delivery
            )
        )

    def _renew_prices(self, order_sudo):
        """Prices of now, for drafts that lay about. A price that somebody with the right has set stays."""
        lines = order_sudo._get_update_prices_lines().filtered(
            lambda line: (
                not line.is_reward_line
                and not line.currency_id.compare_amounts(line.technical_price_unit, line.price_unit)
            )
        )
        lines.invalidate_recordset(["pricelist_item_id"])
        lines._compute_price_unit()
        lines._compute_discount()

    def _refresh(self, order_sudo):
        """After every change: promotions, then the carrier's price."""
        order_sudo._update_programs_and_rewards()
        order_sudo._auto_apply_rewards()
        carrier = order_sudo.carrier_id
        if not carrier:
            return
        rate = self._rate(order_sudo, carrier)
        if not rate or not self._get_goods_lines(order_sudo):
            order_sudo._remove_delivery_line()
            order_sudo.carrier_id = False
            return
        line = order_sudo.order_line.filtered("is_delivery")[:1]
        if not line or line.currency_id.compare_amounts(line.price_unit, rate["price"]):
            order_sudo.set_delivery_line(carrier, rate["price"])
        order_sudo.recompute_delivery_price = False

    # ------------------------------------------------------------------
    # Address and carrier
    # ------------------------------------------------------------------

    @api.model
    def set_address(self, order_id, address_id=False, values=None):
        """Choose where the parcel goes, or write down a new address.

        :param int address_id: the customer or one of his addresses
        :param dict values: name, phone, state_id, city, street, street2, zip: of a new address; with ``address_id`` it is
            put right
        :return: cart
        :raise UserError: with all that is missing
        """
        order_sudo = self._get_draft(order_id)
        address = self.env["res.partner"]
        if address_id:
            address = self._get_shown_addresses(order_sudo).filtered(
                lambda partner: partner.id == int(address_id)
            )
            if not address:
                raise UserError(self.env._("This is not an address of the customer."))
        if values:
            address = self._save_address(order_sudo.partner_id, address, values)
        problems = self._get_address_problems(address)
        if problems:
            raise UserError(
                self.env._("The address is not complete: %(missing)s", missing=", ".join(problems))
            )
        order_sudo.partner_shipping_id = address.id
        self._refresh(order_sudo)
        return self._get_cart(order_sudo)

    def _get_addresses(self, partner):
        """The customer himself and the delivery addresses below him, as the current user sees them."""
        partners = self.env["res.partner"]
        partner = partner.with_env(self.env)
        children = partners.search(
            [
                ("parent_id", "=", partner.commercial_partner_id.id),
                ("type", "in", ("delivery", "other")),
            ],
            order="id desc",
            limit=30,
        )
        return partner | children

    def _get_desk_call(self, order_sudo):
        """:return: the call that the current user is in, or the one of his order of which he does the rest; may be empty"""
        partners = self.env["res.partner"]
        if call := partners._get_gb_live_call():
            return call
        call_sudo = order_sudo.gb_call_id
        ended = call_sudo.ended_at
        if order_sudo.gb_agent_id != self.env.user or (
            ended and ended < partners._get_gb_identity_since()
        ):
            call_sudo = call_sudo.browse()
        return call_sudo.with_env(self.env)

    def _is_caller_checked(self, order_sudo):
        """:return: whether the caller was checked to be the customer, or one of his family"""
        call = self._get_desk_call(order_sudo)
        return bool(self._get_verified_heads(order_sudo.partner_id, call))

    def _get_shown_addresses(self, order_sudo):
        """All addresses of the customer; until it was checked who is calling only those that the agent has just written
        down himself."""
        addresses = self._get_addresses(order_sudo.partner_id)
        if self._is_caller_checked(order_sudo):
            return addresses
        call_sudo = self._get_desk_call(order_sudo).sudo()
        since = call_sudo.create_date or min(
            order_sudo.create_date, self.env["res.partner"]._get_gb_identity_since()
        )
        return addresses.filtered(
            lambda one: (
                not any(one[name] for name in ("city", "street", "street2", "zip"))
                or (one.create_uid == self.env.user and one.create_date >= since)
            )
        )

    def _save_address(self, partner, address, values):
        values = {
            name: values[name].strip() if isinstance(values[name], str) else values[name]
            for name in ADDRESS_FIELDS
            if name in values
        }
        shown = values.get("phone") or ""
        if MASK in shown:
            known = address or partner
            values["phone"] = known._get_gb_masked_form(shown, known.phone)
            if not values["phone"]:
                self._refuse_gb_mask(shown)
        state = self.env["res.country.state"].browse(int(values.get("state_id") or 0)).exists()
        values["state_id"] = state.id
        country = (
            state.country_id
            or address.country_id
            or partner.country_id
            or self.env.company.country_id
        )
        values["country_id"] = country.id
        # a number of the consignee does not tell who is calling: no row in the number index
        addresses = self.env["res.partner"].with_context(gb_phone_sync=True)
        draft = addresses.new({**values, "phone": values.get("phone") or address.phone})
        if problems := self._get_address_problems(draft):
            raise UserError(
                self.env._("The address is not complete: %(missing)s", missing=", ".join(problems))
            )
        if address and address != partner:
            address.with_context(gb_phone_sync=True).write(values)
            return address
        parent = partner.with_env(self.env).commercial_partner_id
        return addresses.create(
            {
                **values,
                "parent_id": parent.id,
                "type": "delivery",
                "gb_team_id": parent.gb_team_id.id,
            }
        ).with_env(self.env)

    def _get_address_problems(self, address):
        """Labels of what an address lacks for a parcel to arrive, in the order of a Chinese address."""
        country = address.country_id
        labels = {
            "state_id": self.env._("Province"),
            "city": self.env._("City"),
            "street": self.env._("Street"),
            "name": self.env._("Recipient"),
        }
        if country and not country.state_ids:
            del labels["state_id"]
        problems = [label for name, label in labels.items() if not address[name]]
        phone = address.phone or ""
        parsed = self.env["gb.phone"]._parse(phone, country.code or None)
        if parsed.state != "ok":
            problems.append(self.env._("a telephone number that can be called"))
        return problems

    def _get_shown_number(self, partner):
        return self.env["gb.phone"]._to_gb_shown(partner.phone) or ""

    def _get_address_values(self, address):
        return {
            "id": address.id,
            "name": address.name or "",
            "phone": self._get_shown_number(address),
            "state_id": address.state_id.id or False,
            "state": address.state_id.name or "",
            "city": address.city or "",
            "street": address.street or "",
            "street2": address.street2 or "",
            "zip": address.zip or "",
            "text": " ".join(
                filter(None, (address.state_id.name, address.city, address.street, address.street2))
            ),
            "problems": self._get_address_problems(address),
        }

    @api.model
    def get_carriers(self, order_id):
        """Carriers that go to the address with these goods.

        :return: list of ``{"id", "name", "price", "price_text", "date", "date_known", "note", "cash_on_delivery"}``
        """
        order_sudo = self._get_draft(order_id)
        return self._get_carrier_values(order_sudo)

    @api.model
    def set_carrier(self, order_id, carrier_id):
        """One carrier brings the whole order. :return: cart"""
        order_sudo = self._get_draft(order_id)
        carrier = self._get_available_carriers(order_sudo).filtered(
            lambda carrier: carrier.id == int(carrier_id)
        )
        rate = carrier and self._rate(order_sudo, carrier)
        if not rate:
            raise UserError(self.env._("This carrier does not go there. Choose another one."))
        order_sudo.set_delivery_line(carrier, rate["price"])
        order_sudo.delivery_message = rate["warning_message"]
        self._refresh(order_sudo)
        return self._get_cart(order_sudo)

    def _get_available_carriers(self, order_sudo):
        carriers_sudo = self.env["delivery.carrier"].sudo()
        return carriers_sudo.search(
            carriers_sudo._check_company_domain(order_sudo.company_id)
        ).available_carriers(order_sudo.partner_shipping_id, order_sudo)

    def _rate(self, order_sudo, carrier):
        """:return: what `delivery.carrier.rate_shipment` says, or False"""
        if not carrier._match(order_sudo.partner_shipping_id, order_sudo):
            return False
        rate = carrier.rate_shipment(order_sudo)
        return rate if rate.get("success") else False

    def _get_carrier_values(self, order_sudo):
        rows = []
        for carrier in self._get_available_carriers(order_sudo).with_context(lang=self.env.lang):
            rate = self._rate(order_sudo, carrier)
            if not rate:
                continue
            earliest = self._get_earliest_date(order_sudo, carrier)
            rows.append(
                {
                    "id": carrier.id,
                    "name": carrier.name,
                    "price": rate["price"],
                    "price_text": order_sudo.currency_id.format(rate["price"]),
                    "is_free": order_sudo.currency_id.is_zero(rate["price"]),
                    "date": fields.Date.to_string(earliest) if earliest else False,
                    "note": carrier.carrier_description or "",
                    "cash_on_delivery": carrier.allow_cash_on_delivery,
                }
            )
        return rows

    def _get_earliest_date(self, order_sudo, carrier):
        """The first day on which everything can be there, False when nobody knows (out of stock, nothing on its way)."""
        today = fields.Date.context_today(self)
        lines = self._get_goods_lines(order_sudo)
        stock = self._get_stock(lines.product_id, order_sudo.warehouse_id)
        ready = today
        for line in lines:
            free, arrival = stock[line.product_id.id]["free"], stock[line.product_id.id]["arrival"]
            day = today + timedelta(days=math.ceil(line.customer_lead or 0.0))
            if free is not None and free < line.product_uom_qty:
                if not arrival:
                    return False
                day = max(day, arrival)
            ready = max(ready, day)
        return ready + timedelta(days=carrier.gb_delivery_days)

    # ------------------------------------------------------------------
    # Coupons, points, payment, invoice
    # ------------------------------------------------------------------

    @api.model
    def apply_code(self, order_id, code):
        """A coupon or promotion code that the customer reads out. What it gives is taken at once when there is no choice.

        :return: cart
        """
        order_sudo = self._get_draft(order_id)
        code = str(code or "").strip()
        if not code:
            raise UserError(self.env._("Type the code first."))
        status = order_sudo._try_apply_code(code)
        if "error" in status:
            raise UserError(status["error"])
        if len(status) == 1:
            ((coupon, rewards),) = status.items()
            if len(rewards) == 1 and not rewards.multi_product:
                self._claim(order_sudo, rewards, coupon)
        self._refresh(order_sudo)
        return self._get_cart(order_sudo)

    @api.model
    def claim_reward(self, order_id, reward_id, coupon_id, product_id=False):
        """Spend points, or choose among what a promotion gives. :return: cart"""
        order_sudo = self._get_draft(order_id)
        for coupon, rewards in self._get_claimable_rewards(order_sudo).items():
            reward = rewards.filtered(lambda reward: reward.id == int(reward_id))
            if coupon.id == int(coupon_id) and reward:
                product = reward.reward_product_ids.filtered(
                    lambda product: product.id == int(product_id or 0)
                )
                self._claim(order_sudo, reward, coupon, product)
                self._refresh(order_sudo)
                return self._get_cart(order_sudo)
        raise UserError(self.env._("This is not available for the order any more."))

    def _claim(self, order_sudo, reward, coupon, product=None):
        if reward.reward_type == "product":
            product = product or reward.reward_product_ids[:1]
        result = order_sudo._apply_program_reward(reward, coupon, product=product or None)
        if result.get("error"):
            raise UserError(result["error"])

    def _get_claimable_rewards(self, order_sudo):
        if not self._get_goods_lines(order_sudo):
            return {}
        claimable = order_sudo._get_claimable_rewards()
        if self._is_caller_checked(order_sudo):
            return claimable
        # the customer's own points and money are for the customer
        return {
            coupon: rewards
            for coupon, rewards in claimable.items()
            if not coupon.program_id.is_nominative
        }

    @api.model
    def set_details(self, order_id, values):
        """What else was agreed: payment means, invoice, wished time, note.

        :param dict values: payment_means, payment_channel, delivery_date, delivery_window, invoice_wanted,
            invoice_title, invoice_tax_number, note
        :return: cart
        """
        order_sudo = self._get_draft(order_id)
        order_sudo.write(self._prepare_details(order_sudo, dict(values)))
        return self._get_cart(order_sudo)

    def _prepare_details(self, order_sudo, values):
        prepared = {}
        for name in ("payment_means", "payment_channel", "delivery_window"):
            if name in values:
                allowed = dict(order_sudo._fields[f"gb_{name}"]._description_selection(self.env))
                if values[name] and values[name] not in allowed:
                    raise UserError(self.env._("Choose one of the list."))
                prepared[f"gb_{name}"] = values[name] or False
        if "delivery_date" in values:
            prepared["gb_delivery_date"] = self._check_delivery_date(values["delivery_date"])
        if "invoice_wanted" in values:
            prepared["gb_invoice_wanted"] = bool(values["invoice_wanted"])
        for name, size in (("invoice_title", 120), ("invoice_tax_number", 30)):
            if name in values:
                prepared[f"gb_{name}"] = str(values[name] or "").strip()[:size] or False
        if "note" in values:
            prepared["gb_note"] = str(values["note"] or "").strip()[:MAX_NOTE] or False
        return prepared

    def _check_delivery_date(self, value):
        if not value:
            return False
        try:
            day = fields.Date.to_date(value)
        except ValueError:
            day = False
        today = fields.Date.context_today(self)
        if not isinstance(day, date) or not today <= day <= today + timedelta(days=180):
            raise UserError(self.env._("Choose a day within the next six months."))
        return day

    # ------------------------------------------------------------------
    # The cart as the screen shows it
    # ------------------------------------------------------------------

    def _get_partner_values(self, partner, is_verified):
        partner_sudo = partner.sudo()
        card = partner._get_gb_customer_card()[0]
        return {
            **card,
            "is_verified": is_verified,
            "city": card["city"] if is_verified else "",
            "phone": self._get_shown_number(partner),
            "level": partner_sudo.gb_level_id.name or "",
            "is_blacklisted": partner_sudo.gb_is_blacklisted,
        }

    def _get_cart(self, order_sudo, notes=()):
        """The whole cart (docs/architecture.md, "Order desk"). Override to add keys."""
        currency = order_sudo.currency_id
        goods = self._get_goods_lines(order_sudo)
        stock = self._get_stock(goods.product_id, order_sudo.warehouse_id)
        missing = self._get_missing(order_sudo)
        addresses = self._get_shown_addresses(order_sudo)
        carriers = self._get_carrier_values(order_sudo) if goods else []
        return {
            "id": order_sudo.id,
            "name": order_sudo.name,
            "state": order_sudo.state,
            "partner_id": order_sudo.partner_id.id,
            "call_id": order_sudo.gb_call_id.id or False,
            "lines": [self._get_line_values(line, stock) for line in order_sudo.order_line],
            "total": order_sudo.amount_total,
            "total_text": currency.format(order_sudo.amount_total),
            "goods_text": currency.format(sum(goods.mapped("price_total"))),
            "delivery_text": currency.format(
                sum(order_sudo.order_line.filtered("is_delivery").mapped("price_total"))
            ),
            "saved_text": self._get_saved_text(order_sudo),
            "tax_text": currency.format(order_sudo.amount_tax),
            "address": self._get_chosen_address(order_sudo, addresses),
            "addresses": [self._get_address_values(address) for address in addresses],
            "carrier_id": order_sudo.carrier_id.id or False,
            "carriers": carriers,
            "delivery_date": fields.Date.to_string(order_sudo.gb_delivery_date) or False,
            "delivery_window": order_sudo.gb_delivery_window or "any",
            "rewards": self._get_reward_values(order_sudo),
            "points": self._get_point_values(order_sudo),
            "codes": order_sudo.code_enabled_rule_ids.mapped("code")
            + order_sudo.applied_coupon_ids.filtered(
                lambda card: not card.program_id.is_nominative
            ).mapped("code"),
            "means": self._get_means_values(order_sudo),
            "payment_means": order_sudo.gb_payment_means or False,
            "payment_channel": order_sudo.gb_payment_channel or self._get_channel(order_sudo),
            "invoice_wanted": order_sudo.gb_invoice_wanted,
            "invoice_title": order_sudo.gb_invoice_title or "",
            "invoice_tax_number": order_sudo.gb_invoice_tax_number or "",
            "note": order_sudo.gb_note or "",
            "messages": [*notes, *self._get_messages(order_sudo, stock)],
            "missing": missing,
            "is_verified": self._is_caller_checked(order_sudo),
        }

    def _get_chosen_address(self, order_sudo, addresses):
        address = order_sudo.partner_shipping_id.with_env(self.env)
        return self._get_address_values(address) if address in addresses else False

    def _get_line_values(self, line, stock):
        product = line.product_id.with_context(lang=self.env.lang)
        kind = (
            "reward"
            if line.is_reward_line
            else "delivery"
            if line.is_delivery
            else "product"
            if product
            else "text"
        )
        values = {
            "id": line.id,
            "kind": kind,
            "product_id": product.id or False,
            "name": product.name if kind == "product" else line.name,
            "variant": "",
            "quantity": line.product_uom_qty,
            "unit": line.product_uom_id.with_context(lang=self.env.lang).name or "",
            "price_text": line.currency_id.format(line.price_reduce_taxinc),
            "total_text": line.currency_id.format(line.price_total),
        }
        if kind == "product":
            values.update(
                code=product.default_code or "",
                variant=", ".join(product.product_template_attribute_value_ids.mapped("name")),
                image=self._get_image_url(product),
                is_for_sale=product._gb_is_for_sale(),
                can_backorder=product.allow_out_of_stock_order,
                **self._get_stock_values(stock[product.id]),
            )
        return values

    def _get_saved_text(self, order_sudo):
        """What the customer saves by promotions, points and his prices; empty when nothing."""
        rewards = -sum(order_sudo.order_line.filtered("is_reward_line").mapped("price_total"))
        discounts = sum(
            line.price_total * line.discount / (100 - line.discount)
            for line in self._get_goods_lines(order_sudo)
            if 0 < line.discount < 100
        )
        saved = rewards + discounts
        currency = order_sudo.currency_id
        return currency.format(saved) if currency.compare_amounts(saved, 0) > 0 else ""

    def _get_reward_values(self, order_sudo):
        return [
            {
                "id": reward.id,
                "coupon_id": coupon.id,
                "program": coupon.program_id.name,
                "name": reward.description or "",
                "cost": reward.required_points if coupon.program_id.is_nominative else 0,
                "point_name": reward.point_name or "",
                "products": [
                    {"id": product.id, "name": product.display_name}
                    for product in reward.reward_product_ids
                ]
                if reward.multi_product
                else [],
            }
            for coupon, rewards in self._get_claimable_rewards(order_sudo).items()
            for reward in rewards
        ]

    def _get_point_values(self, order_sudo):
        if not self._is_caller_checked(order_sudo):
            return []
        cards_sudo = (
            self.env["loyalty.card"]
            .sudo()
            .search(
                Domain("partner_id", "=", order_sudo.partner_id.id)
                & Domain("program_id.program_type", "in", ("loyalty", "ewallet"))
                & Domain("program_id.active", "=", True)
                & Domain("company_id", "in", (order_sudo.company_id.id, False))
            )
        )
        return [
            {
                "name": card.program_id.name,
                "balance": card.points_display,
                "earned": card._format_points(earned) if earned else "",
            }
            for card in cards_sudo
            for earned in [
                sum(
                    order_sudo.coupon_point_ids.filtered(
                        lambda point: point.coupon_id == card  # noqa: B023
                    ).mapped("points")
                )
            ]
        ]

    def _get_messages(self, order_sudo, stock):
        """What the agent should tell the customer, or think of."""
        messages = []
        for line in self._get_goods_lines(order_sudo):
            product = line.product_id
            values = stock[product.id]
            name = {"product": product.with_context(lang=self.env.lang).display_name}
            if not product._gb_is_for_sale():
                text = self.env._("%(product)s is off sale now. Take it out.", **name)
                messages.append(self._message("danger", text, product))
            elif values["free"] is not None and values["free"] < line.product_uom_qty:
                if values["arrival"]:
                    day = fields.Date.to_string(values["arrival"])
                    text = self.env._(
                        "%(product)s: only %(number)s there, more on %(date)s.",
                        number=f"{values['free']:g}",
                        date=day,
                        **name,
                    )
                else:
                    text = self.env._(
                        "%(product)s: only %(number)s there, nothing on its way.",
                        number=f"{values['free']:g}",
                        **name,
                    )
                kind = "warning" if product.allow_out_of_stock_order else "danger"
                messages.append(self._message(kind, text, product))
        if order_sudo.partner_credit_warning and self._is_caller_checked(order_sudo):
            messages.append(self._message("warning", order_sudo.partner_credit_warning))
        if order_sudo.partner_id.gb_is_blacklisted:
            messages.append(
                self._message("warning", self.env._("This customer is on the black list."))
            )
        return messages

    def _get_missing(self, order_sudo):
        """Steps that are not done: ``[{"step", "text"}]``, in their order."""
        missing = []
        if not self._get_goods_lines(order_sudo):
            missing.append({"step": "cart", "text": self.env._("Add a product.")})
        addresses = self._get_shown_addresses(order_sudo)
        address = order_sudo.partner_shipping_id.with_env(self.env)
        if address not in addresses or self._get_address_problems(address):
            missing.append({"step": "address", "text": self.env._("Choose the delivery address.")})
        earliest = False
        if not order_sudo.carrier_id:
            missing.append({"step": "carrier", "text": self.env._("Choose the carrier.")})
        else:
            earliest = self._get_earliest_date(order_sudo, order_sudo.carrier_id)
        if earliest and order_sudo.gb_delivery_date and order_sudo.gb_delivery_date < earliest:
            text = self.env._(
                "The parcel cannot be there before %(date)s.", date=fields.Date.to_string(earliest)
            )
            missing.append({"step": "carrier", "text": text})
        missing.extend(
            {"step": "payment", "text": text} for text in self._get_payment_problems(order_sudo)
        )
        return missing
