from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from .stock_picking import INSPECTIONS


class GbTicket(models.Model):
    """Goods that come back and goods that go out again: Odoo's return transfer, its exchange, a replacement order."""

    _inherit = "gb.ticket"

    exchange_product_id = fields.Many2one(
        "product.product",
        string="Exchange for",
        copy=False,
        help="Another product or variant for the same price; empty means the same again.",
    )

    @api.model
    def _is_return(self, picking):
        return picking.location_id.usage == "customer"

    def _get_returns(self):
        """:return: return transfers of this work order that are not cancelled"""
        return self.transfer_ids.filtered(
            lambda picking: picking.state != "cancel" and self._is_return(picking)
        )

    def _get_redeliveries(self):
        """:return: deliveries of this work order that replace something, not cancelled"""
        made = self.transfer_ids | self.replacement_ids.picking_ids
        return made.filtered(
            lambda picking: picking.state != "cancel" and not self._is_return(picking)
        )

    # ------------------------------------------------------------
    # What was delivered, what can come back
    # ------------------------------------------------------------
    def _get_order_lines(self):
        """:return: the order line concerned, all lines of the order when none is chosen; as superuser"""
        self.ensure_one()
        sudo = self.sudo()
        return sudo.order_line_id or sudo.order_id.order_line

    def _get_delivered_moves(self):
        """:return: done stock.move that brought the goods to the customer, as superuser"""
        return self._get_order_lines().move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        )

    def _get_returnable(self):
        """:return: {stock.move: quantity in its unit that is still with the customer}"""
        returnable = {}
        for move in self._get_delivered_moves():
            back = sum(
                other.quantity if other.state == "done" else other.product_uom_qty
                for other in move.returned_move_ids
                if other.state != "cancel"
            )
            left = move.product_uom.round(move.quantity - back)
            if left > 0:
                returnable[move] = left
        return returnable

    def _plan_return(self, quantity=None):
        """Divide a quantity over the deliveries.

        :return: {stock.picking: {stock.move: quantity}}
        :raises UserError: when nothing was delivered, all of it came back, or less is left than wanted
        """
        if not self._get_order_lines():
            raise UserError(self.env._("Choose the order line that is to come back."))
        if not self._get_delivered_moves():
            raise UserError(
                self.env._(
                    "Nothing of %(order)s was delivered yet, so there is nothing to return.",
                    order=self.sudo().order_id.name,
                )
            )
        returnable = self._get_returnable()
        left = sum(returnable.values())
        if not left:
            raise UserError(
                self.env._("The whole quantity was returned already, or is on its way back.")
            )
        if quantity is None:
            quantity = self.quantity if self.order_line_id else left
        if quantity <= 0:
            raise UserError(self.env._("Say how many are to come back."))
        if next(iter(returnable)).product_uom.compare(quantity, left) > 0:
            raise UserError(
                self.env._(
                    "Only %(left)g can still be returned, not %(wanted)g.",
                    left=left,
                    wanted=quantity,
                )
            )
        plan = defaultdict(dict)
        for move, available in returnable.items():
            part = min(available, quantity)
            if part > 0:
                plan[move.picking_id][move] = part
                quantity -= part
        return plan

    # ------------------------------------------------------------
    # Return
    # ------------------------------------------------------------
    def action_create_return(self, quantity=None):
        """Make the return transfer of the delivered goods.

        :param quantity: in the unit of the delivery; the work order's by default
        :return: action that opens it
        :raises UserError: when the rules do not grant it, or there is nothing to return
        """
        self.ensure_one()
        ticket = self._begin_document()
        plan = ticket._plan_return(quantity)
        self._check_eligible("return")
        returns = ticket._return_goods(plan)
        return self._open_documents(returns.with_env(self.env))

    def _return_goods(self, plan, **line_values):
        """:return: the return transfers, linked. ``line_values``: further fields of Odoo's return lines"""
        returns = self.env["stock.picking"]
        for picking, parts in plan.items():
            wizard = self._prepare_return_wizard(picking, parts, **line_values)
            returns |= returns.browse(wizard.action_create_returns()["res_id"])
        self._link_documents(returns)
        self.decision = "granted"
        return returns

    def _prepare_return_wizard(self, picking, parts, **line_values):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(
                active_model="stock.picking", active_id=picking.id, active_ids=picking.ids
            )
            .create({"picking_id": picking.id})
        )
        for line in wizard.product_return_moves:
            line.write({"quantity": parts.get(line.move_id, 0.0), **line_values})
        return wizard

    def action_inspect(self, outcome, note=None):
        """Record in which condition the returned goods came back.

        :param outcome: one of stock.picking's ``gb_inspection``
        :raises UserError: before they were received
        """
        self.ensure_one()
        ticket = self._begin_document()
        if outcome not in dict(INSPECTIONS):
            raise UserError(self.env._("Choose the outcome of the inspection."))
        received = ticket._get_returns().filtered(lambda picking: picking.state == "done")
        if not received:
            raise UserError(
                self.env._("The goods were not received yet: the return transfer is not done.")
            )
        open_ones = received.filtered(lambda picking: not picking.gb_inspection) or received[-1:]
        open_ones.write({"gb_inspection": outcome, "gb_inspection_note": note})
        labels = dict(open_ones._fields["gb_inspection"]._description_selection(self.env))
        ticket.message_post(
            body=self.env._(
                "Inspected: %(outcome)s. %(note)s", outcome=labels[outcome], note=note or ""
            )
        )
        for picking in open_ones:
            picking.message_post(
                body=self.env._(
                    "Inspected: %(outcome)s. %(note)s", outcome=labels[outcome], note=note or ""
                )
            )
        return True

    def _check_returned(self):
        """:raises UserError: unless the returned goods were received and inspected"""
        returns = self._get_returns()
        if not returns:
            raise UserError(self.env._("Make the return transfer first, or refuse the claim."))
        waiting = returns.filtered(lambda picking: picking.state != "done")
        if waiting:
            raise UserError(
                self.env._("Not received yet: %(names)s.", names=", ".join(waiting.mapped("name")))
            )
        if not all(returns.mapped("gb_inspection")):
            raise UserError(self.env._("Inspect the returned goods and record the outcome first."))

    # ------------------------------------------------------------
    # Exchange and replacement
    # ------------------------------------------------------------
    def _get_stock(self, product):
        """:return: quantity that can be promised in the order's warehouse; None for goods whose stock is not kept"""
        if not product.is_storable:
            return None
        product_sudo = (
            product.sudo()
            .with_company(self.company_id)
            .with_context(warehouse_id=self.sudo().order_id.warehouse_id.id)
        )
        # a change of quants alone leaves the cached quantity as it was
        product_sudo.invalidate_recordset(["free_qty"])
        return product_sudo.free_qty

    def _check_stock(self, product, quantity):
        stock = self._get_stock(product)
        if stock is not None and product.uom_id.compare(stock, quantity) < 0:
            raise UserError(
                self.env._(
                    "There are only %(stock)g of %(product)s in stock. Offer a refund or another product.",
                    stock=max(stock, 0.0),
                    product=product.display_name,
                )
            )

    def action_create_exchange(self, quantity=None, product_id=None):
        """Take the goods back and deliver the same again, or another product for the same price.

        :param product_id: id of product.product; the work order's ``exchange_product_id``, else the same by default
        :return: action that opens the transfers
        :raises UserError: when the rules do not grant it, nothing can come back, or it is out of stock
        """
        self.ensure_one()
        ticket = self._begin_document()
        if not ticket.order_line_id:
            raise UserError(self.env._("Choose the order line that is to be exchanged."))
        plan = ticket._plan_return(quantity)
        self._check_eligible("exchange")
        quantity = sum(sum(parts.values()) for parts in plan.values())
        same = ticket.order_line_id.product_id
        product = ticket.env["product.product"].browse(product_id or 0) or (
            ticket.exchange_product_id or same
        )
        ticket._check_stock(product, quantity)
        if product == same:
            transfers = ticket._exchange_goods(plan)
        else:
            ticket.exchange_product_id = product
            # the order line stays delivered and paid: the other product takes its place
            transfers = ticket._return_goods(plan, to_refund=False)
            transfers |= ticket._replace(product, quantity).picking_ids
        return self._open_documents(transfers.with_env(self.env))

    def _exchange_goods(self, plan):
        """:return: return transfers and new deliveries of the same product, linked"""
        line = self.order_line_id
        known = line.move_ids
        for picking, parts in plan.items():
            self._prepare_return_wizard(picking, parts).action_create_exchanges()
        line.invalidate_recordset(["move_ids"])
        transfers = (line.move_ids - known).picking_id
        self._link_documents(transfers)
        self.decision = "granted"
        return transfers

    def action_create_replacement(self, quantity=None, product_id=None):
        """Send goods once more, free of charge, with a sales order of its own (lost, wrong or faulty goods).

        :return: action that opens the order
        :raises UserError: when as much was replaced already, or it is out of stock
        """
        self.ensure_one()
        ticket = self._begin_document()
        product = ticket.env["product.product"].browse(product_id or 0) or ticket._get_product()
        if not product:
            raise UserError(self.env._("Choose the order line or the product first."))
        quantity = ticket.quantity if quantity is None else quantity
        if quantity <= 0:
            raise UserError(self.env._("Say how many are to be sent."))
        line = ticket.order_line_id
        if line:
            replaced = sum(
                other.product_uom_qty
                for other in self.env["gb.ticket"]
                .sudo()
                .search([("order_line_id", "=", line.id)])
                .replacement_ids.filtered(lambda order: order.state != "cancel")
                .order_line
            )
            if quantity + replaced > line.product_uom_qty:
                raise UserError(
                    self.env._(
                        "%(ordered)g were ordered and %(replaced)g replaced already: not %(wanted)g more.",
                        ordered=line.product_uom_qty,
                        replaced=replaced,
                        wanted=quantity,
                    )
                )
        ticket._check_stock(product, quantity)
        return self._open_documents(ticket._replace(product, quantity).with_env(self.env))

    def _replace(self, product, quantity):
        """:return: the confirmed sales order free of charge, linked"""
        order = self.env["sale.order"].create(self._prepare_replacement_values(product, quantity))
        order.action_confirm()
        self._link_documents(order)
        return order

    def _prepare_replacement_values(self, product, quantity):
        """:return: values of the replacement order; addons that need more on it extend them"""
        order = self.order_id
        return {
            "partner_id": (order.partner_id or self.partner_id).id,
            **(
                {
                    "partner_shipping_id": order.partner_shipping_id.id,
                    "warehouse_id": order.warehouse_id.id,
                }
                if order
                else {}
            ),
            "company_id": self.company_id.id,
            "origin": f"{self.name} {order.name or ''}".strip(),
            "gb_ticket_id": self.id,
            "order_line": [
                (
                    0,
                    0,
                    {"product_id": product.id, "product_uom_qty": quantity, "price_unit": 0.0},
                )
            ],
        }
