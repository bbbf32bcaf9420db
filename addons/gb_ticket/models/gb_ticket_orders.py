from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import URGENCIES


class HrDepartment(models.Model):
    _inherit = "hr.department"

    gb_is_logistics = fields.Boolean(
        string="Intercepts parcels",
        help="Gets the task when a parcel that is packed or on its way has to be stopped or redirected.",
    )


class GbTicket(models.Model):
    """What is done to the order and its delivery: expedite, change, cancel."""

    _inherit = "gb.ticket"

    picking_id = fields.Many2one(
        "stock.picking",
        compute="_compute_picking_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
    )
    change_applied_at = fields.Datetime(string="Change applied", readonly=True, copy=False)

    @api.depends("order_id", "type_id")
    def _compute_picking_id(self):
        for ticket in self:
            if (
                ticket.kind in ("expedite", "order_change")
                and ticket.picking_id.sale_id != ticket.order_id
            ):
                ticket.picking_id = ticket._get_deliveries()[:1]
            elif not ticket.picking_id:
                ticket.picking_id = False

    def _get_deliveries(self):
        """:return: transfers of the order to the customer, as superuser: open ones first, the next one before others"""
        pickings = self.sudo().order_id.picking_ids.filtered(
            lambda picking: picking.state != "cancel" and picking.picking_type_id.code == "outgoing"
        )
        return pickings.sorted(
            lambda picking: (picking.state == "done", picking.scheduled_date or picking.create_date)
        )

    def _get_open_transfers(self):
        """:return: transfers of the order that are not done: picking, packing, delivery"""
        return self.sudo().order_id.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel") and not self._is_return(picking)
        )

    def _get_left_transfers(self):
        """:return: transfers of the order whose goods were picked or sent and did not come back"""
        return self.sudo().order_id.picking_ids.filtered(
            lambda picking: (
                picking.state == "done"
                and not self._is_return(picking)
                and any(
                    move.product_uom.compare(
                        move.quantity,
                        sum(
                            back.quantity if back.state == "done" else back.product_uom_qty
                            for back in move.returned_move_ids
                            if back.state != "cancel"
                        ),
                    )
                    > 0
                    for move in picking.move_ids
                    if move.state == "done"
                )
            )
        )

    def _check_order(self):
        if not self.order_id:
            raise UserError(self.env._("Choose the order first."))

    # ------------------------------------------------------------
    # Expedite
    # ------------------------------------------------------------
    def action_expedite(self):
        """Put the delivery first: priority, the wished date, a note for the warehouse.

        :raises UserError: when there is no delivery
        """
        self.ensure_one()
        ticket = self._begin_document()
        ticket._check_order()
        if not ticket.picking_id:
            ticket.picking_id = ticket._get_deliveries()[:1]
        if not ticket.picking_id:
            raise UserError(
                self.env._(
                    "%(order)s has no delivery that could be expedited.", order=ticket.order_id.name
                )
            )
        ticket._expedite()
        return True

    def _expedite(self):
        picking = self.picking_id
        if picking.state == "done":
            note = self.env._(
                "The customer waits for this delivery, which has left: ask the carrier. %(ticket)s",
                ticket=self._get_html_link(),
            )
        else:
            chain = self._get_open_transfers() or picking
            chain.write({"priority": "1"})
            if self.new_delivery_at:
                chain.write({"scheduled_date": self.new_delivery_at})
            note = self.env._(
                "The customer waits for this delivery: please send it first. %(ticket)s",
                ticket=self._get_html_link(),
            )
        picking.message_post(body=note)
        self.message_post(
            body=self.env._("Expedited: %(picking)s", picking=picking._get_html_link())
        )

    def _raise_urgency_of_repeat(self):
        """A repeated wish for the same delivery is more urgent than the first one."""
        repeats = self.search_count(
            [
                ("id", "<", self.id),
                ("kind", "=", "expedite"),
                ("order_id", "=", self.order_id.id),
                ("accepted_at", "!=", False),
            ]
        )
        if repeats:
            top = URGENCIES[-1][0]
            self.urgency = str(min(int(self.urgency or "0") + 1, int(top)))
            self.message_post(
                body=self.env._(
                    "The customer has asked for this delivery %(count)s times before: more urgent now.",
                    count=repeats,
                )
            )
            self._retarget_clocks()

    # ------------------------------------------------------------
    # Change
    # ------------------------------------------------------------
    def action_apply_change(self, department_id=None):
        """Apply the new address or delivery time: to the order before anything of it was picked, else logistics gets the
        task to intercept the parcel.

        :param department_id: id of the hr.department that intercepts; the company's logistics by default
        :return: action that tells which
        """
        self.ensure_one()
        ticket = self._begin_document()
        ticket._check_order()
        if not ticket.new_address_id and not ticket.new_delivery_at:
            raise UserError(self.env._("Enter the new address or the new delivery time first."))
        if ticket.order_id.state == "cancel":
            raise UserError(self.env._("%(order)s is cancelled.", order=ticket.order_id.name))
        if ticket.new_delivery_at and ticket.new_delivery_at < fields.Datetime.now():
            raise UserError(self.env._("The new delivery time is in the past."))
        left = ticket._get_left_transfers()
        if not left:
            ticket._change_order()
            return self._tell(self.env._("The order and its delivery are changed."))
        task = ticket._intercept(left, department_id)
        return self._tell(
            self.env._(
                "%(pickings)s is picked already: %(department)s has the task to intercept it.",
                pickings=", ".join(left.mapped("name")),
                department=task.department_id.name,
            ),
            style="warning",
        )

    def _change_order(self):
        transfers = self._get_open_transfers()
        order = self.order_id.with_context(mail_activity_automation_skip=True)
        told = []
        if self.new_address_id:
            transfers.filtered("partner_id").write({"partner_id": self.new_address_id.id})
            order.partner_shipping_id = self.new_address_id
            told.append(
                self.env._("New address: %(address)s", address=self.new_address_id.display_name)
            )
        if self.new_delivery_at:
            order.commitment_date = self.new_delivery_at
            transfers.write({"scheduled_date": self.new_delivery_at})
            told.append(
                self.env._(
                    "New delivery time: %(at)s",
                    at=fields.Datetime.to_string(
                        fields.Datetime.context_timestamp(self, self.new_delivery_at)
                    ),
                )
            )
        self.change_applied_at = fields.Datetime.now()
        for body in told:
            self.message_post(body=body)
            for document in (self.order_id, *transfers):
                document.message_post(body=body)

    def _intercept(self, pickings, department_id=None):
        """:return: the task for logistics to stop or redirect ``pickings``"""
        departments = self.env["hr.department"]
        department = departments.browse(department_id or 0) or departments.search(
            [("gb_is_logistics", "=", True), ("company_id", "in", (self.company_id.id, False))],
            limit=1,
        )
        if not department:
            raise UserError(
                self.env._(
                    "Choose the department that intercepts parcels (or mark one as doing so)."
                )
            )
        name = self.env._("Intercept %(pickings)s", pickings=", ".join(pickings.mapped("name")))
        if self.task_ids.filtered(
            lambda task: task.name == name and task.state in ("open", "doing")
        ):
            raise UserError(self.env._("The parcel is being intercepted already."))
        task = self.env["gb.ticket.task"].create(
            {
                "ticket_id": self.id,
                "department_id": department.id,
                "name": name,
                "is_blocking": True,
            }
        )
        task._run_clock()
        for document in (self, *pickings):
            document.message_post(
                body=self.env._(
                    "%(department)s is to intercept %(pickings)s: %(ticket)s",
                    department=department.name,
                    pickings=", ".join(pickings.mapped("name")),
                    ticket=self._get_html_link(),
                )
            )
        return task

    # ------------------------------------------------------------
    # Cancel
    # ------------------------------------------------------------
    def action_cancel_order(self, reason=None):
        """Cancel the order before it was sent and ask for the refund of what was paid; afterwards the goods come back as a
        return.

        :return: action that tells what was done, or opens the return
        """
        self.ensure_one()
        ticket = self._begin_document()
        ticket._check_order()
        order = ticket.order_id
        if order.state == "cancel":
            raise UserError(self.env._("%(order)s is cancelled already.", order=order.name))
        if ticket._get_delivered_moves():
            plan = ticket._plan_return()
            self._check_eligible("return")
            order.picking_ids.filtered(
                lambda picking: (
                    picking.state not in ("done", "cancel") and not self._is_return(picking)
                )
            ).action_cancel()
            returns = ticket._return_goods(plan)
            return self._open_documents(returns.with_env(self.env))
        if order.locked:
            order.action_unlock()
        unpaid = ticket._get_invoices().filtered(lambda move: move.payment_state == "not_paid")
        order.action_cancel()
        if order.state != "cancel":
            order._action_cancel()
        order.message_post(
            body=self.env._(
                "Cancelled for the work order %(ticket)s.", ticket=ticket._get_html_link()
            )
        )
        ticket.message_post(body=self.env._("Cancelled: %(order)s", order=order._get_html_link()))
        ticket.decision = "granted"
        for invoice in unpaid:
            # nobody has paid: setting it off moves no money
            credit = ticket._reverse(invoice, reason).new_move_ids
            credit.action_post()
            (credit | invoice).line_ids.filtered(
                lambda line: (
                    line.account_id.account_type == "asset_receivable" and not line.reconciled
                )
            ).reconcile()
            ticket._link_documents(credit)
        paid = sum(ticket._get_refundable().values())
        if paid:
            self._ask_refund(paid, reason)
            return self._tell(self.env._("The order is cancelled; the refund waits for approval."))
        return self._tell(self.env._("The order is cancelled."))
