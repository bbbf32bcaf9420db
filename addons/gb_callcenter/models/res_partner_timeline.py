from datetime import datetime

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = ("contact", "order", "delivery", "return", "invoice", "payment")
CHANNEL_ICONS = {
    "phone": "fa-phone",
    "internet_call": "fa-headphones",
    "chat": "fa-comments",
    "sms": "fa-commenting-o",
    "email": "fa-envelope-o",
    "fax": "fa-fax",
    "web": "fa-globe",
    "walk_in": "fa-street-view",
}


class ResPartner(models.Model):
    """Timeline of the 360: everything between the customer and us, newest first, page by page.

    Each kind of row comes from its own table, sorted and cut by the database; a page is merged from the newest rows of
    each. A page begins after the last row of the page before (``at``, ``kind``, ``id``), so that rows that come in
    meanwhile shift nothing.
    """

    _inherit = "res.partner"

    def _get_gb_timeline(self, view, filters, limit, before):
        """:return: dict(rows, next) of ``get_gb_timeline``"""
        before = self._read_gb_cursor(before)
        rows = self._get_gb_timeline_rows(view, filters, limit + 1, before)
        rows.sort(key=lambda row: (row["at"], row["kind"], row["id"]), reverse=True)
        page, rest = rows[:limit], rows[limit:]
        last = page[-1] if rest else None
        # an order is shown by the order desk to those who have no right in the sales app
        openable = {
            model: model == "sale.order" or self.env[model].has_access("read")
            for model in {row["model"] for row in page}
        }
        return {
            "rows": [
                {
                    **row,
                    "key": f"{row['kind']}-{row['id']}",
                    "at": fields.Datetime.to_string(row["at"]),
                    "can_open": openable[row["model"]],
                }
                for row in page
            ],
            "next": [last["at"].isoformat(), last["kind"], last["id"]] if last else False,
        }

    def _get_gb_timeline_kinds(self):
        """What the timeline can be filtered by, in this order. Override and add to the list.

        :return: list of dicts: ``name``, ``label``, ``kinds`` (of rows)
        """
        return [
            {"name": "contacts", "label": self.env._("Contacts"), "kinds": ["contact"]},
            {"name": "orders", "label": self.env._("Orders"), "kinds": ["order"]},
            {
                "name": "deliveries",
                "label": self.env._("Deliveries and returns"),
                "kinds": ["delivery", "return"],
            },
            {
                "name": "money",
                "label": self.env._("Invoices and payments"),
                "kinds": ["invoice", "payment"],
            },
        ]

    def _read_gb_cursor(self, before):
        if not before:
            return None
        try:
            at, kind, row_id = before
            return datetime.fromisoformat(at), str(kind), int(row_id)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("The timeline cannot go on from here; reload it.")
            ) from error

    def _get_gb_timeline_rows(self, view, filters, limit, before):
        """The newest rows of all kinds. Override and add those of your own models.

        Each kind brings at most ``limit`` rows that come after ``before`` (``_is_gb_before``), however many there are;
        the rows need not be sorted. Leave out what ``filters`` does not ask for (``_is_gb_kind_wanted``) and, unless
        ``view["is_verified"]``, what the identity check protects.

        :param dict view: of ``_open_gb_360``
        :param dict filters: of ``get_gb_timeline``
        :param int limit: rows of each kind
        :param before: (datetime, kind, id) or None
        :return: list of dicts: ``kind``, ``id`` (of the record), ``model``, ``at`` (datetime, UTC), ``icon`` (class of
            Font Awesome), ``title``; ``text``, ``state``, ``agent``, ``amount``, ``direction``, ``channel``,
            ``score`` where there are such
        """
        rows = []
        for kind in KINDS:
            if self._is_gb_kind_wanted(kind, filters):
                rows += getattr(self, f"_get_gb_timeline_{kind}")(view, filters, limit, before)
        return rows

    @staticmethod
    def _is_gb_kind_wanted(kind, filters):
        wanted = filters.get("kinds")
        return (not wanted or kind in wanted) and (not filters.get("channels") or kind == "contact")

    @staticmethod
    def _is_gb_before(kind, at, row_id, before):
        """Condition that a row comes after the cursor, for a query of one kind ordered by time and id, both down.

        :param SQL at: column of the time
        :param SQL row_id: column of the id
        """
        if not before:
            return SQL("TRUE")
        moment, last_kind, last_id = before
        if kind == last_kind:
            return SQL("(%s, %s) < (%s, %s)", at, row_id, moment, last_id)
        if kind < last_kind:
            return SQL("%s <= %s", at, moment)
        return SQL("%s < %s", at, moment)

    def _find_gb_timeline(self, kind, model, at, where, view, limit, before):
        """The newest records of a model with a customer and a company, for one kind of rows.

        :param str at: its field with the time or day
        :param SQL where: which of them
        :return: records, as superuser
        """
        model_sudo = self.env[model].sudo()
        at, row_id = SQL.identifier(at), SQL("id")
        found = self.env.execute_query(
            SQL(
                """SELECT id FROM %s WHERE partner_id = ANY(%s) AND company_id = ANY(%s) AND %s AND %s
                    ORDER BY %s DESC, id DESC LIMIT %s""",
                SQL.identifier(model_sudo._table),
                view["family"],
                view["companies"],
                where,
                self._is_gb_before(kind, SQL("%s::timestamp", at), row_id, before),
                at,
                limit,
            )
        )
        return model_sudo.browse(found_id for (found_id,) in found)

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _get_gb_timeline_contact(self, view, filters, limit, before):
        channels = filters.get("channels")
        where = SQL("channel = ANY(%s)", list(channels)) if channels else SQL("TRUE")
        # who sees the customer sees that there was a contact, also of a call that he may not open
        contacts_sudo = self._find_gb_timeline(
            "contact", "gb.contact", "at", where, view, limit, before
        )
        return self._get_gb_contact_rows(contacts_sudo)

    def _get_gb_contact_rows(self, contacts):
        """:param contacts: gb.contact with sudo"""
        channels = dict(contacts._fields["channel"]._description_selection(self.env))
        calls = (
            self.env["gb.call"]
            .sudo()
            .browse(contact.res_id for contact in contacts if contact.res_model == "gb.call")
            .exists()
        )
        results = dict(calls._fields["result"]._description_selection(self.env))
        by_id = {call.id: call for call in calls}
        rows = []
        for contact in contacts:
            call = by_id.get(contact.res_id) if contact.res_model == "gb.call" else None
            title, state, seconds = contact.subject or "", "", 0
            if call:
                title = call.disposition_id.name or call.hotline_id.name or ""
                state, seconds = results.get(call.result, ""), call.talk_seconds
            rows.append(
                {
                    "kind": "contact",
                    "id": contact.id,
                    "model": "gb.contact",
                    "at": contact.at,
                    "icon": CHANNEL_ICONS.get(contact.channel, "fa-comment-o"),
                    "title": title,
                    "text": contact.summary or "",
                    "state": state,
                    "seconds": seconds,
                    "agent": contact.user_id.name or "",
                    "direction": contact.direction,
                    "channel": contact.channel,
                    "channel_label": channels[contact.channel],
                    "score": contact.score,
                    "has_source": bool(contact.res_id),
                    "amount": False,
                }
            )
        return rows

    # ------------------------------------------------------------------
    # Orders, deliveries, returns
    # ------------------------------------------------------------------

    def _get_gb_timeline_order(self, view, filters, limit, before):
        orders_sudo = self._find_gb_timeline(
            "order", "sale.order", "date_order", SQL("TRUE"), view, limit, before
        )
        orders_sudo.fetch(["name", "date_order", "state", "amount_total", "currency_id", "user_id"])
        states = dict(orders_sudo._fields["state"]._description_selection(self.env))
        sources = dict(orders_sudo._fields["gb_source"]._description_selection(self.env))
        return [
            {
                "kind": "order",
                "id": order.id,
                "model": "sale.order",
                "at": order.date_order,
                "icon": "fa-shopping-cart",
                "title": order.name,
                "text": sources.get(order.gb_source, "") if order.gb_source != "other" else "",
                "state": states[order.state],
                "agent": order.user_id.name or "",
                "amount": view["is_verified"] and order.currency_id.format(order.amount_total),
            }
            for order in orders_sudo
        ]

    def _get_gb_timeline_delivery(self, view, filters, limit, before):
        return self._get_gb_picking_rows(view, "delivery", "outgoing", limit, before)

    def _get_gb_timeline_return(self, view, filters, limit, before):
        return self._get_gb_picking_rows(view, "return", "incoming", limit, before)

    def _get_gb_picking_rows(self, view, kind, code, limit, before):
        found = self.env.execute_query(
            SQL(
                """SELECT picking.id
                     FROM stock_picking AS picking
                     JOIN stock_picking_type AS picking_type ON picking_type.id = picking.picking_type_id
                    WHERE picking.sale_id IN (SELECT id FROM sale_order WHERE partner_id = ANY(%s))
                      AND picking.company_id = ANY(%s) AND picking.state = 'done' AND picking_type.code = %s AND %s
                    ORDER BY picking.date_done DESC, picking.id DESC LIMIT %s""",
                view["family"],
                view["companies"],
                code,
                self._is_gb_before(kind, SQL("picking.date_done"), SQL("picking.id"), before),
                limit,
            )
        )
        pickings_sudo = self.env["stock.picking"].sudo().browse(row_id for (row_id,) in found)
        pickings_sudo.fetch(["name", "date_done", "sale_id", "carrier_id", "carrier_tracking_ref"])
        title = (
            self.env._("Delivery of %(order)s", order="%s")
            if kind == "delivery"
            else self.env._("Return of %(order)s", order="%s")
        )
        return [
            {
                "kind": kind,
                "id": picking.id,
                "model": "stock.picking",
                "at": picking.date_done,
                "icon": "fa-truck" if kind == "delivery" else "fa-reply",
                "title": title % picking.sale_id.name,
                "text": " ".join(
                    filter(None, (picking.carrier_id.name, picking.carrier_tracking_ref))
                ),
                "state": "",
                "agent": "",
                "amount": False,
            }
            for picking in pickings_sudo
        ]

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------

    def _get_gb_timeline_invoice(self, view, filters, limit, before):
        if not view["is_verified"]:
            return []
        where = SQL("state = 'posted' AND move_type IN ('out_invoice', 'out_refund')")
        moves_sudo = self._find_gb_timeline(
            "invoice", "account.move", "invoice_date", where, view, limit, before
        )
        moves_sudo.fetch(["name", "invoice_date", "payment_state", "amount_total", "move_type"])
        states = dict(moves_sudo._fields["payment_state"]._description_selection(self.env))
        types = dict(moves_sudo._fields["move_type"]._description_selection(self.env))
        return [
            {
                "kind": "invoice",
                "id": move.id,
                "model": "account.move",
                "at": fields.Datetime.to_datetime(move.invoice_date),
                "is_day": True,
                "icon": "fa-file-text-o",
                "title": f"{types[move.move_type]} {move.name}",
                "text": "",
                "state": states.get(move.payment_state, ""),
                "agent": "",
                "amount": move.currency_id.format(move.amount_total),
            }
            for move in moves_sudo
        ]

    def _get_gb_timeline_payment(self, view, filters, limit, before):
        if not view["is_verified"]:
            return []
        where = SQL("partner_type = 'customer' AND state IN ('in_process', 'paid')")
        payments_sudo = self._find_gb_timeline(
            "payment", "account.payment", "date", where, view, limit, before
        )
        return [
            {
                "kind": "payment",
                "id": payment.id,
                "model": "account.payment",
                "at": fields.Datetime.to_datetime(payment.date),
                "is_day": True,
                "icon": "fa-money",
                "title": self.env._("Payment received")
                if payment.payment_type == "inbound"
                else self.env._("Money paid back"),
                "text": payment.memo or "",
                "state": payment.payment_method_line_id.name or "",
                "agent": "",
                "amount": payment.currency_id.format(payment.amount),
            }
            for payment in payments_sudo
        ]
