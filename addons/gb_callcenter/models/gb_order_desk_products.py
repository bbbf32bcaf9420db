from odoo import api, fields, models
from odoo.exceptions import UserError

INCOMING_LIMIT = 5


class GbOrderDesk(models.AbstractModel):
    """Stock seen from the seat, and customers who wait for it."""

    _inherit = "gb.order.desk"

    @api.model
    def get_stock(self, product_id):
        """Stock and supply of a product in the current company, by warehouse.

        :return: {product, unit, is_stored, warehouses: [{name, on_hand, free, reserved, forecast, incoming: [{date,
            quantity, origin}], rule: {min, max, is_low} or False}], waiting: number of customers}
        """
        self._check_desk_access()
        product_sudo = self._browse_product(product_id)
        warehouses_sudo = (
            self.env["stock.warehouse"].sudo().search([("company_id", "=", self.env.company.id)])
        )
        incoming = self._get_incoming(product_sudo)
        rules = self._get_reorder_rules(product_sudo)
        rows = []
        for warehouse in warehouses_sudo if product_sudo.is_storable else []:
            here = product_sudo.with_context(warehouse_id=warehouse.id)
            rows.append(
                {
                    "id": warehouse.id,
                    "name": warehouse.name,
                    "on_hand": here.qty_available,
                    "free": here.free_qty,
                    "reserved": here.qty_available - here.free_qty,
                    "forecast": here.virtual_available,
                    "incoming": incoming.get(warehouse, []),
                    "rule": rules.get(warehouse, False),
                }
            )
        waiting = (
            self.env["gb.product.wait"]
            .sudo()
            .search_count(
                [
                    ("product_id", "=", product_sudo.id),
                    ("company_id", "=", self.env.company.id),
                    ("state", "=", "waiting"),
                ]
            )
        )
        return {
            "product": {"id": product_sudo.id, "name": product_sudo.display_name},
            "unit": product_sudo.uom_id.name,
            "is_stored": product_sudo.is_storable,
            "is_for_sale": product_sudo._gb_is_for_sale(),
            "warehouses": rows,
            "waiting": waiting,
        }

    def _browse_product(self, product_id):
        product_sudo = (
            self.env["product.product"]
            .browse(int(product_id))
            .exists()
            ._filtered_access("read")
            .sudo()
        )
        if not product_sudo:
            raise UserError(self.env._("This product does not exist any more."))
        return product_sudo.with_context(allowed_company_ids=self.env.company.ids)

    def _get_incoming(self, product_sudo):
        """:return: {stock.warehouse: the next receipts}"""
        moves_sudo = (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("product_id", "=", product_sudo.id),
                    ("company_id", "=", self.env.company.id),
                    ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                    ("location_id.usage", "not in", ("internal", "transit")),
                    ("location_dest_id.usage", "=", "internal"),
                ],
                order="date, id",
            )
        )
        return {
            warehouse: [
                {
                    "date": fields.Datetime.to_string(move.date),
                    "quantity": move.product_qty,
                    "origin": move.origin or move.picking_id.name or "",
                }
                for move in moves[:INCOMING_LIMIT]
            ]
            for warehouse, moves in moves_sudo.grouped(
                lambda move: move.location_dest_id.warehouse_id
            ).items()
        }

    def _get_reorder_rules(self, product_sudo):
        """:return: {stock.warehouse: its reordering rule, and whether the forecast is below its minimum}"""
        rules_sudo = (
            self.env["stock.warehouse.orderpoint"]
            .sudo()
            .search(
                [("product_id", "=", product_sudo.id), ("company_id", "=", self.env.company.id)]
            )
        )
        return {
            rule.warehouse_id: {
                "min": rule.product_min_qty,
                "max": rule.product_max_qty,
                "is_low": product_sudo.uom_id.compare(rule.qty_forecast, rule.product_min_qty) < 0,
            }
            for rule in rules_sudo
        }

    @api.model
    def wait_for_product(
        self, partner_id, product_id, call_id=False, quantity=1.0, channel="sms", until=False
    ):
        """Put a customer on the waiting list of a product. Asked again, his wish is brought up to date.

        :param str channel: sms, email or phone (an activity for the agent to ring)
        :param until: last day, sixty days from now by default
        :return: {id, state, quantity, channel, until, position: place in the line}
        :raises UserError: when the quantity or the address for the channel is missing
        """
        partner = self._check_desk_access(partner_id)
        product_sudo = self._browse_product(product_id)
        waits = self.env["gb.product.wait"]
        if channel not in dict(waits._fields["channel"].selection):
            raise UserError(self.env._("Choose how the customer wants to be told."))
        quantity = float(quantity or 0)
        if quantity <= 0:
            raise UserError(self.env._("Say how many the customer wants."))
        if channel == "sms" and not partner.sudo().phone:
            raise UserError(self.env._("The customer has no telephone number."))
        if channel == "email" and not partner.sudo().email:
            raise UserError(self.env._("The customer has no e-mail address."))
        values = {"quantity": quantity, "channel": channel, "user_id": self.env.uid}
        if until:
            values["until"] = until
        if call_id:
            values["call_id"] = self._browse_call(call_id).id
        # as superuser: whether the row exists does not depend on who made it
        wait_sudo = waits.sudo().search(
            [
                ("partner_id", "=", partner.id),
                ("product_id", "=", product_sudo.id),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "waiting"),
            ]
        )
        if wait_sudo:
            wait_sudo.write(values)
        else:
            wait_sudo = waits.sudo().create(
                {**values, "partner_id": partner.id, "product_id": product_sudo.id}
            )
        ahead = waits.sudo().search_count(
            [
                ("product_id", "=", product_sudo.id),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "waiting"),
                "|",
                ("create_date", "<", wait_sudo.create_date),
                "&",
                ("create_date", "=", wait_sudo.create_date),
                ("id", "<", wait_sudo.id),
            ]
        )
        return {
            "id": wait_sudo.id,
            "state": wait_sudo.state,
            "quantity": wait_sudo.quantity,
            "channel": wait_sudo.channel,
            "until": fields.Date.to_string(wait_sudo.until),
            "position": ahead + 1,
        }

    @api.model
    def get_waits(self, partner_id):
        """What a customer waits for; nothing until it was checked who is calling.

        :return: list of {id, product: {id, name}, quantity, state, state_label, channel, until}
        """
        partner = self._check_desk_access(partner_id)
        if not self._get_verified_heads(partner):
            return []
        waits_sudo = (
            self.env["gb.product.wait"]
            .sudo()
            .search(
                [
                    ("partner_id", "child_of", partner.sudo().commercial_partner_id.id),
                    ("company_id", "=", self.env.company.id),
                    ("state", "in", ("waiting", "notified")),
                ]
            )
        )
        states = dict(waits_sudo._fields["state"]._description_selection(self.env))
        return [
            {
                "id": wait.id,
                "product": {"id": wait.product_id.id, "name": wait.product_id.display_name},
                "quantity": wait.quantity,
                "state": wait.state,
                "state_label": states[wait.state],
                "channel": wait.channel,
                "until": fields.Date.to_string(wait.until),
            }
            for wait in waits_sudo
        ]
