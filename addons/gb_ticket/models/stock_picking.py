from odoo import fields, models

INSPECTIONS = [
    ("unused", "Complete and unused"),
    ("opened", "Opened or used"),
    ("faulty", "Fault confirmed"),
    ("no_fault", "No fault found"),
    ("damaged", "Damaged by the customer"),
    ("incomplete", "Incomplete"),
    ("other", "Other goods than sent"),
]


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gb_ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", index="btree_not_null", copy=False, readonly=True
    )
    gb_inspection = fields.Selection(
        INSPECTIONS, string="Inspection", copy=False, help="In which condition the goods came back."
    )
    gb_inspection_note = fields.Char(string="Findings", copy=False)
    gb_inspected_by_id = fields.Many2one(
        "res.users", string="Inspected by", copy=False, readonly=True
    )
    gb_inspected_at = fields.Datetime(string="Inspected", copy=False, readonly=True)

    def write(self, vals):
        if vals.get("gb_inspection") and "gb_inspected_by_id" not in vals:
            vals = {
                **vals,
                "gb_inspected_by_id": self.env.uid,
                "gb_inspected_at": fields.Datetime.now(),
            }
        return super().write(vals)

    def _on_gb_delivery_event(self, event):
        result = super()._on_gb_delivery_event(event)
        if self.gb_delivery_state == "refused":
            self._gb_open_refusal()
        return result

    def _gb_open_refusal(self):
        """A parcel that was refused at the door becomes a work order: the call centre asks the customer why. One is made
        for an order; a return that somebody works on already counts.

        :return: the new gb.ticket, empty when there is one or the company has no type for returns
        """
        tickets = self.env["gb.ticket"].with_company(self.company_id)
        order = self.sale_id
        kind = self.env["gb.ticket.type"].search([("kind", "=", "return")], limit=1)
        if not order or not kind:
            return tickets
        if tickets.search_count(
            [("order_id", "=", order.id), ("kind", "=", "return"), ("is_open", "=", True)], limit=1
        ):
            return tickets
        if tickets.search_count([("order_id", "=", order.id), ("ground", "=", "refused")], limit=1):
            return tickets
        ticket = tickets.create(self._prepare_gb_refusal_values(kind))
        returns = self.return_ids.filtered(
            lambda picking: picking.state != "cancel" and not picking.gb_ticket_id
        )
        if returns:
            ticket._link_documents(returns)
        return ticket

    def _prepare_gb_refusal_values(self, kind):
        """:return: values of the work order about a refused parcel; override to fill in more"""
        order = self.sale_id
        lines = self.move_ids.sale_line_id
        return {
            "type_id": kind.id,
            "subject": self.env._("Refused: %(order)s", order=order.name),
            "description": self.env._(
                "The carrier says that the customer refused the parcel %(number)s of %(delivery)s. "
                "Ask why, and whether the customer still wants the goods.",
                number=self.carrier_tracking_ref,
                delivery=self.name,
            ),
            "channel": "api",
            "partner_id": order.partner_id.id,
            "order_id": order.id,
            "order_line_id": lines[:1].id,
            "product_id": lines[:1].product_id.id,
            "quantity": lines[:1].qty_delivered or lines[:1].product_uom_qty,
            "ground": "refused",
            "company_id": self.company_id.id,
        }
