from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

READERS = ("gb_callcenter.group_gb_agent", "gb_callcenter.group_gb_inspector")
FAMILY_LIMIT = 200
ORDER_LIMIT = 3
ADDRESS_LIMIT = 20
CARD_LIMIT = 20
MATTER_LIMIT = 10
GUESS_LIMIT = 3
SEARCH_LIMIT = 10
REPEAT_DAYS = 7
RECENTLY_DELIVERED_DAYS = 7
UNDER_WAY = (
    "waiting",
    "ready",
    "partial",
    "accepted",
    "in_transit",
    "out_for_delivery",
    "exception",
)
FLAG_LEVELS = ("danger", "warning", "info")


class ResPartner(models.Model):
    """Customer 360: all that an agent has to know of a customer, in one answer.

    The methods beginning with ``_get_gb_`` are hooks; docs/developer.md, "Extending the 360", has an example.
    """

    _inherit = "res.partner"

    # ------------------------------------------------------------------
    # What the browser calls
    # ------------------------------------------------------------------

    @api.model
    def get_gb_360(self, partner_id, call_id=None):
        """All of the first glance and of the sections below it.

        What the identity check protects (addresses, what was ordered, money, children, points) is False as long as
        the customer has not been verified; ``protected`` names it.

        :param int partner_id: the customer
        :param int call_id: the call under way
        :return: dict, see docs/architecture.md, "Customer 360"
        :raise AccessError: for users who are no agents or inspectors, or may not see this customer
        """
        partner = self._get_gb_360_partner(partner_id)
        view = partner._open_gb_360(call_id)
        return partner._get_gb_360(view)

    @api.model
    def get_gb_timeline(self, partner_id, filters=None, before=None, call_id=None, limit=30):
        """A page of the timeline over all channels, newest first.

        :param dict filters: ``kinds`` (list of contact, order, delivery, return, invoice, payment, and what addons
            bring), ``channels`` (of contacts)
        :param list before: ``next`` of the page before
        :param int limit: rows of the page, at most 100
        :return: dict(rows, next): ``next`` is False on the last page
        """
        partner = self._get_gb_360_partner(partner_id)
        view = partner._open_gb_360(call_id)
        return partner._get_gb_timeline(view, filters or {}, max(1, min(limit, 100)), before)

    @api.model
    def search_gb_360(self, term, limit=SEARCH_LIMIT):
        """Customers by customer or member number, order number, any telephone number, or name.

        :return: list of dicts (id, name, details)
        """
        self._check_gb_360_role()
        term = (term or "").strip()
        if not term:
            return []
        found = self.search(
            Domain("gb_customer_number", "=", term) | Domain("gb_member_number", "=", term),
            limit=limit,
        )
        if not found:
            orders_sudo = (
                self.env["sale.order"]
                .sudo()  # agents have no rights in the sales app; the customer is checked below
                .search(
                    [("name", "=ilike", term), ("company_id", "in", self.env.companies.ids)],
                    limit=limit,
                )
            )
            found = self.browse(orders_sudo.partner_id.ids)._filtered_access("read")
        if not found and len(term) > 1:
            found = self.search([("display_name", "ilike", term)], limit=limit)
        rows = found[:limit].read(["display_name", "phone", "gb_customer_number"])
        return [
            {
                "id": row["id"],
                "name": row["display_name"],
                "details": " · ".join(filter(None, (row["gb_customer_number"], row["phone"]))),
            }
            for row in rows
        ]

    @api.model
    def add_gb_contact(self, partner_id, values):
        """Note a visit or a fax of this customer.

        :param dict values: ``channel``, ``subject``, ``summary``
        :return: id of the contact
        """
        partner = self._get_gb_360_partner(partner_id)
        allowed = {
            name: values.get(name) for name in ("channel", "subject", "summary", "direction")
        }
        allowed = {name: value for name, value in allowed.items() if value}
        return self.env["gb.contact"].create({**allowed, "partner_id": partner.id}).id

    def action_gb_open_360(self):
        """Open the 360 of this customer."""
        return {
            "type": "ir.actions.client",
            "tag": "gb_callcenter.customer_360",
            "params": {"partner_id": self[:1].id},
        }

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    @api.model
    def _check_gb_360_role(self):
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(
                self.env._(
                    "The customer's overview is for agents and inspectors of the call centre."
                )
            )

    @api.model
    def _get_gb_360_partner(self, partner_id):
        self._check_gb_360_role()
        partner = self.browse(int(partner_id)).exists()
        if not partner:
            raise AccessError(self.env._("There is no such customer any more."))
        partner.check_access("read")
        return partner

    def _open_gb_360(self, call_id=None):
        """What all parts of the answer share.

        :return: dict: ``call`` (gb.call that the user may see, or empty), ``is_verified``, ``family`` (ids of this
            customer and of those whom the user may see at the same company or household), ``companies`` (ids),
            ``now``, ``tz``
        """
        self.ensure_one()
        self.env.flush_all()  # most of the answer is read from the tables
        calls = self.env["gb.call"]
        call = calls.browse(int(call_id)).exists() if call_id else calls
        if call and not call.has_access("read"):
            call = calls
        family = self.with_context(active_test=False).search(
            [("commercial_partner_id", "=", self.commercial_partner_id.id)], limit=FAMILY_LIMIT
        )
        return {
            "call": call,
            "is_verified": self._is_gb_verified(call or None),
            "family": list({self.id, *family.ids}),
            "companies": self.env.companies.ids,
            "now": fields.Datetime.now(),
            "tz": pytz.timezone(self.env.user.tz or "UTC"),
        }

    # ------------------------------------------------------------------
    # First glance
    # ------------------------------------------------------------------

    def _get_gb_360(self, view):
        """The answer of ``get_gb_360``. Override to add keys of your own for a card in the browser.

        :param dict view: of ``_open_gb_360``
        """
        self.ensure_one()
        orders = self._get_gb_last_orders(view)
        flags = self._get_gb_flags(view)
        matters = self._get_gb_matters(view)
        timeline = self._get_gb_timeline(view, {}, 30, None)
        last_contact = self._get_gb_last_contact(view)
        verified = view["is_verified"]
        return {
            "id": self.id,
            "name": self.display_name,
            "is_company": self.is_company,
            "is_verified": verified,
            "protected": []
            if verified
            else ["addresses", "orders", "money", "children", "points", "interests"],
            "call": self._get_gb_360_call(view),
            "identity": self._get_gb_identity(view),
            "flags": sorted(flags, key=lambda flag: FLAG_LEVELS.index(flag["level"])),
            "figures": self._get_gb_figures(view),
            "points": verified and self._get_gb_points(view),
            "orders": orders,
            "matters": sorted(matters, key=lambda row: (not row["due_at"], row["due_at"] or ""))[
                :MATTER_LIMIT
            ],
            "last_contact": last_contact,
            "likely": self._get_gb_likely(view, orders, matters, last_contact),
            "timeline": timeline,
            "timeline_kinds": self._get_gb_timeline_kinds(),
            "addresses": verified and self._get_gb_addresses(view),
            "children": verified and self._get_gb_children(view),
            "interests": verified and self._get_gb_interests(view),
            "can_open_orders": self.env["sale.order"].has_access("read"),
        }

    def _get_gb_360_call(self, view):
        call_sudo = view["call"].sudo()  # names of hotline and queue; the call itself was checked
        if not call_sudo:
            return False
        return {
            "id": call_sudo.id,
            "state": call_sudo.state,
            "hotline": call_sudo.hotline_id.name or "",
            "queue": call_sudo.queue_id.name or "",
        }

    def _get_gb_identity(self, view):
        """Who the customer is. Numbers are read as the user may see them."""
        partner_sudo = self.sudo()  # names of level, owner and team; the customer was checked
        row = self.read(["phone", "email"])[0]
        phones = self.env["gb.phone"].search([("partner_id", "=", self.id)], limit=CARD_LIMIT)
        kinds = dict(phones._fields["kind"]._description_selection(self.env))
        life_cycles = dict(self._fields["gb_life_cycle"]._description_selection(self.env))
        languages = dict(self.env["res.lang"].get_installed())
        level, owner = partner_sudo.gb_level_id, partner_sudo.gb_owner_id
        return {
            "phone": row["phone"] or "",
            "email": row["email"] or "",
            "phones": [
                {
                    "id": phone["id"],
                    "number": phone["number"],
                    "kind": kinds.get(phone["kind"], ""),
                    "is_main": phone["is_main"],
                    "is_verified": phone["is_verified"],
                    "do_not_call": phone["do_not_call"],
                }
                for phone in phones.read(
                    ["number", "kind", "is_main", "is_verified", "do_not_call"]
                )
            ],
            "customer_number": self.gb_customer_number or "",
            "member_number": self.gb_member_number or "",
            "member_since": fields.Date.to_string(self.gb_member_since) or False,
            "level": {"id": level.id, "name": level.name, "color": level.color} if level else False,
            "life_cycle": self.gb_life_cycle or False,
            "life_cycle_label": life_cycles.get(self.gb_life_cycle, ""),
            "language": languages.get(self.lang, self.lang or ""),
            "is_foreign": bool(self.lang and self.lang != self.env.lang),
            "owner": {"id": owner.id, "name": owner.name} if owner else False,
            "is_owner": owner == self.env.user,
            "team": partner_sudo.gb_team_id.name or "",
            "parent": partner_sudo.parent_id.name or "",
        }

    def _get_gb_flags(self, view):
        """What the agent must not overlook. Override and add to the list.

        :return: list of dicts: ``key`` (unique), ``level`` (danger, warning, info), ``label``, and if there is more to
            say ``detail``, ``model`` and ``id`` of the record to open
        """
        flags = []
        if self.gb_is_blacklisted:
            flags.append(
                {"key": "black_list", "level": "danger", "label": self.env._("Black list")}
            )
        if not self.active:
            flags.append({"key": "archived", "level": "info", "label": self.env._("Archived")})
        if self.env["gb.phone"].search_count(
            [("partner_id", "=", self.id), ("do_not_call", "=", True)], limit=1
        ):
            flags.append(
                {"key": "do_not_call", "level": "danger", "label": self.env._("Do not call")}
            )
        if times := self._count_gb_contacts(view, REPEAT_DAYS):
            flags.append(
                {
                    "key": "repeat",
                    "level": "warning",
                    "label": self.env._(
                        "Contacted us %(times)s × in %(days)s days", times=times, days=REPEAT_DAYS
                    ),
                }
            )
        if view["is_verified"] and (overdue := self._get_gb_overdue(view)):
            flags.append(
                {
                    "key": "overdue",
                    "level": "warning",
                    "label": self.env._("Overdue: %(amount)s", amount=overdue),
                }
            )
        return flags

    def _count_gb_contacts(self, view, days):
        """How often the customer has come to us in the last ``days``, the call under way aside."""
        domain = [
            ("partner_id", "in", view["family"]),
            ("company_id", "in", view["companies"]),
            ("direction", "=", "inbound"),
            ("at", ">=", view["now"] - timedelta(days=days)),
        ]
        if view["call"]:
            domain += ["|", ("res_model", "!=", "gb.call"), ("res_id", "!=", view["call"].id)]
        # who contacted us is told to whoever may see the customer
        return self.env["gb.contact"].sudo().search_count(domain, limit=99)

    def _get_gb_overdue(self, view):
        rows = self.env.execute_query(
            SQL(
                """SELECT company_id, SUM(amount_residual_signed) FROM account_move
                    WHERE partner_id = ANY(%s) AND company_id = ANY(%s) AND state = 'posted'
                      AND move_type IN ('out_invoice', 'out_refund') AND invoice_date_due < %s
                      AND amount_residual != 0
                    GROUP BY company_id HAVING SUM(amount_residual_signed) > 0""",
                view["family"],
                view["companies"],
                fields.Date.context_today(self),
            )
        )
        companies = self.env["res.company"].sudo()
        return ", ".join(
            companies.browse(company_id).currency_id.format(amount) for company_id, amount in rows
        )

    def _get_gb_matters(self, view):
        """Open matters of the customer. Override and add to the list.

        :return: list of dicts: ``key``, ``kind`` (text), ``title``, ``state`` (text), ``due_at`` (UTC text or False),
            ``is_overdue``, ``model``, ``id``
        """
        waits_sudo = (
            self.env["gb.product.wait"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", view["family"]),
                    ("state", "in", ("waiting", "notified")),
                    ("company_id", "in", view["companies"]),
                ],
                limit=MATTER_LIMIT,
            )
        )
        states = dict(waits_sudo._fields["state"]._description_selection(self.env))
        return [
            {
                "key": f"wait-{wait.id}",
                "kind": self.env._("Waiting list"),
                "title": wait.product_id.display_name
                if view["is_verified"]
                else self.env._("A product that is out of stock"),
                "state": states[wait.state],
                "due_at": False,
                "is_overdue": False,
                "model": "gb.product.wait",
                "id": wait.id,
            }
            for wait in waits_sudo
        ]

    def _get_gb_figures(self, view):
        currency = self.env.company.currency_id
        last_order = self.gb_last_order_at
        return {
            "net_value": currency.format(self.gb_net_value),
            "order_count": self.gb_order_count,
            "return_rate": round(100 * self.gb_return_rate),
            "last_order_at": fields.Datetime.to_string(last_order) or False,
        }

    def _get_gb_points(self, view):
        """Points and coupons that the customer can use now."""
        today = fields.Date.context_today(self)
        cards_sudo = (
            self.env["loyalty.card"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", view["family"]),
                    ("points", ">", 0),
                    ("program_id.active", "=", True),
                    ("company_id", "in", [*view["companies"], False]),
                    "|",
                    ("expiration_date", "=", False),
                    ("expiration_date", ">=", today),
                ],
                limit=CARD_LIMIT,
            )
        )
        return [
            {
                "id": card.id,
                "is_coupon": card.program_id.program_type
                not in ("loyalty", "ewallet", "gift_card"),
                "program": card.program_id.name,
                "points": card.points_display,
                "code": card.code,
                "until": format_date(self.env, card.expiration_date)
                if card.expiration_date
                else "",
            }
            for card in cards_sudo
        ]

    def _get_gb_last_contact(self, view):
        domain = [("partner_id", "in", view["family"]), ("company_id", "in", view["companies"])]
        if view["call"]:
            domain += ["|", ("res_model", "!=", "gb.call"), ("res_id", "!=", view["call"].id)]
        contact_sudo = self.env["gb.contact"].sudo().search(domain, limit=1)
        if not contact_sudo:
            return False
        return {
            **self._get_gb_contact_rows(contact_sudo)[0],
            "at": fields.Datetime.to_string(contact_sudo.at),
        }

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    def _get_gb_last_orders(self, view):
        orders_sudo = (
            self.env["sale.order"]
            .sudo()  # agents have no rights in the sales app; the customer was checked
            .search(
                [
                    ("partner_id", "in", view["family"]),
                    ("company_id", "in", view["companies"]),
                    ("state", "!=", "cancel"),
                ],
                order="date_order desc, id desc",
                limit=ORDER_LIMIT,
            )
        )
        deliveries = self._get_gb_deliveries(orders_sudo)
        deadlines = self._get_gb_return_deadlines(
            {order: deliveries[order.id]["at"] for order in orders_sudo}
        )
        states = dict(orders_sudo._fields["state"]._description_selection(self.env))
        today = self._to_gb_day(view, view["now"])
        rows = []
        for order in orders_sudo:
            delivery = deliveries[order.id]
            until = deadlines.get(order.id)
            row = {
                "id": order.id,
                "name": order.name,
                "at": fields.Datetime.to_string(order.date_order),
                "state": order.state,
                "state_label": states[order.state],
                "delivery": {
                    **delivery,
                    "at": fields.Datetime.to_string(delivery["at"]) or False,
                    "expected_at": fields.Datetime.to_string(delivery["expected_at"]) or False,
                },
                "return_until": format_date(self.env, until) if until else "",
                "can_return": bool(until and until >= today),
                "amount": False,
                "lines": False,
            }
            if view["is_verified"]:
                row["amount"] = order.currency_id.format(order.amount_total)
                row["lines"] = [
                    self.env._(
                        "%(quantity)g × %(product)s",
                        quantity=line.product_uom_qty,
                        product=line.product_id.display_name,
                    )
                    for line in order.order_line
                    if line.product_id and not line.is_delivery and not line.is_downpayment
                ][:5]
            rows.append(row)
        return rows

    def _get_gb_deliveries(self, orders):
        """Where the goods of these orders are.

        :param orders: sale.order with sudo
        :return: dict of order ids: dict(state, label, at, expected_at); ``at``: when the last parcel arrived
        """
        pickings = orders.picking_ids.filtered(
            lambda picking: picking.picking_type_code == "outgoing" and picking.state != "cancel"
        )
        by_order = pickings.grouped("sale_id")
        result = {}
        for order in orders:
            own = by_order.get(order, pickings.browse())
            done = own.filtered(lambda picking: picking.state == "done")
            result[order.id] = {
                **self._get_gb_delivery(order, own, done),
                "at": max(filter(None, map(self._get_gb_arrival, done)), default=False),
                "expected_at": min(
                    filter(None, (own - done).mapped("scheduled_date")), default=False
                ),
            }
        return result

    @staticmethod
    def _get_gb_arrival(picking):
        """When the parcel reached the customer; what no carrier reports is there when it has left us."""
        if picking.gb_delivered_at or picking.gb_delivery_state:
            return picking.gb_delivered_at
        return picking.date_done

    def _get_gb_delivery(self, order, pickings, done):
        """:return: dict(state, label) of one order with its transfers to the customer"""
        if order.state in ("draft", "sent"):
            return {"state": "quotation", "label": self.env._("Quotation")}
        if not pickings:
            return {"state": "none", "label": self.env._("Nothing to deliver")}
        if done and done != pickings:
            return {"state": "partial", "label": self.env._("Delivered in part")}
        if order.gb_delivery_state:
            states = dict(order._fields["gb_delivery_state"]._description_selection(self.env))
            return {
                "state": order.gb_delivery_state,
                "label": states[order.gb_delivery_state],
            }
        if done:
            return {"state": "delivered", "label": self.env._("Delivered")}
        if "assigned" in pickings.mapped("state"):
            return {"state": "ready", "label": self.env._("Being packed")}
        return {"state": "waiting", "label": self.env._("Waiting for goods")}

    def _get_gb_return_deadlines(self, deliveries):
        """Until when the customer may send the goods back. Override: the call centre itself has no rules.

        :param dict deliveries: sale.order (sudo): datetime of its delivery, False before
        :return: dict of order ids: date
        """
        return {}

    # ------------------------------------------------------------------
    # What the call is likely about
    # ------------------------------------------------------------------

    def _get_gb_likely(self, view, orders, matters, last_contact):
        guesses = self._get_gb_guesses(view, orders, matters, last_contact)
        guesses.sort(key=lambda guess: -guess["weight"])
        return guesses[:GUESS_LIMIT]

    def _get_gb_guesses(self, view, orders, matters, last_contact):
        """What the customer may want, with the reason why we think so. Override and add to the list.

        :param list orders: last orders, as in the answer
        :param list matters: open matters
        :param last_contact: the last contact or False
        :return: list of dicts: ``key``, ``weight`` (the greater, the likelier), ``label``, ``reason``; ``model`` and
            ``id`` of the record in question if there is one
        """
        guesses = []
        for order in orders:
            guess = self._guess_from_order(view, order)
            if guess:
                guesses.append({**guess, "model": "sale.order", "id": order["id"]})
        overdue = [matter for matter in matters if matter["is_overdue"]]
        for matter in (overdue or matters)[:1]:
            guesses.append(
                {
                    "key": f"matter-{matter['key']}",
                    "weight": 95 if overdue else 75,
                    "label": self.env._("Asks after “%(title)s”", title=matter["title"]),
                    "reason": self.env._("Overdue: %(state)s", state=matter["state"])
                    if overdue
                    else self.env._("Open: %(state)s", state=matter["state"]),
                    "model": matter["model"],
                    "id": matter["id"],
                }
            )
        if last_contact and last_contact["direction"] == "inbound":
            at = fields.Datetime.to_datetime(last_contact["at"])
            if at >= view["now"] - timedelta(days=REPEAT_DAYS) and last_contact["title"]:
                guesses.append(
                    {
                        "key": "again",
                        "weight": 50,
                        "label": self.env._("Again: %(title)s", title=last_contact["title"]),
                        "reason": self.env._(
                            "Last contact %(when)s", when=self._tell_gb_days(view, at)
                        ),
                    }
                )
        hotline = view["call"].sudo().hotline_id
        if hotline:
            guesses.append(
                {
                    "key": "hotline",
                    "weight": 20,
                    "label": hotline.name,
                    "reason": self.env._("The customer dialled this hotline."),
                }
            )
        return guesses

    def _guess_from_order(self, view, order):
        delivery = order["delivery"]
        at = fields.Datetime.to_datetime(order["at"])
        name = order["name"]
        if delivery["state"] == "quotation":
            if at < view["now"] - timedelta(days=14):
                return False
            return {
                "key": f"quotation-{order['id']}",
                "weight": 60,
                "label": self.env._("Wants to finish order %(order)s", order=name),
                "reason": self.env._(
                    "Not confirmed yet, begun %(when)s", when=self._tell_gb_days(view, at)
                ),
            }
        if delivery["state"] in ("refused", "returned", "lost"):
            return {
                "key": f"parcel-{order['id']}",
                "weight": 85,
                "label": self.env._("What happens with order %(order)s?", order=name),
                "reason": self.env._("The carrier reports: %(state)s", state=delivery["label"]),
            }
        if delivery["state"] in UNDER_WAY:
            expected = fields.Datetime.to_datetime(delivery["expected_at"])
            late = expected and self._to_gb_day(view, expected) < self._to_gb_day(view, view["now"])
            return {
                "key": f"delivery-{order['id']}",
                "weight": 90 if late else 80,
                "label": self.env._("Where is order %(order)s?", order=name),
                "reason": self.env._(
                    "%(state)s; it should have left us %(when)s",
                    state=delivery["label"],
                    when=self._tell_gb_days(view, expected),
                )
                if late
                else self.env._(
                    "%(state)s; ordered %(when)s",
                    state=delivery["label"],
                    when=self._tell_gb_days(view, at),
                ),
            }
        arrived = fields.Datetime.to_datetime(delivery["at"])
        if (
            delivery["state"] == "delivered"
            and arrived
            and (arrived >= view["now"] - timedelta(days=RECENTLY_DELIVERED_DAYS))
        ):
            return {
                "key": f"delivered-{order['id']}",
                "weight": 70,
                "label": self.env._("About the goods of order %(order)s", order=name),
                "reason": self.env._(
                    "Delivered %(when)s; return possible until %(until)s",
                    when=self._tell_gb_days(view, arrived),
                    until=order["return_until"],
                )
                if order["return_until"]
                else self.env._("Delivered %(when)s", when=self._tell_gb_days(view, arrived)),
            }
        return False

    @staticmethod
    def _to_gb_day(view, at):
        return pytz.utc.localize(at).astimezone(view["tz"]).date()

    def _tell_gb_days(self, view, at):
        """:return: how many days ago that was, in words"""
        if not at:
            return ""
        local = self._to_gb_day(view, at)
        days = (self._to_gb_day(view, view["now"]) - local).days
        if days == 0:
            return self.env._("today")
        if days == 1:
            return self.env._("yesterday")
        if 1 < days <= 31:
            return self.env._("%(days)s days ago", days=days)
        return format_date(self.env, local)

    # ------------------------------------------------------------------
    # Family
    # ------------------------------------------------------------------

    def _get_gb_addresses(self, view):
        partners = self.browse(view["family"]).filtered("active")
        types = dict(self._fields["type"]._description_selection(self.env))
        rows = [
            {
                "id": partner.id,
                "name": partner.name or partner.parent_id.name or "",
                "type": types.get(partner.type, "")
                if partner != self
                else self.env._("Main address"),
                "address": " ".join((partner._display_address(without_company=True) or "").split()),
            }
            for partner in partners.sorted(lambda partner: (partner != self, partner.id))
        ]
        return [row for row in rows if row["address"]][:ADDRESS_LIMIT]

    def _get_gb_children(self, view):
        today = fields.Date.context_today(self)
        children_sudo = (
            self.env["gb.child"]
            .sudo()
            .search([("partner_id", "in", view["family"])], limit=CARD_LIMIT)
        )
        return [
            {
                "id": child.id,
                "name": child.name or "",
                "sex": child.sex or False,
                "birth_date": format_date(self.env, child.birth_date),
                "is_expected": child.birth_date > today,
                "stage": child.stage_id.name or "",
                "age": child.age or "",
            }
            for child in children_sudo
        ]
