from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _gb_start_return(self, change):
        """What was delivered comes back by a work order: its rules decide whether, and who pays. A return that somebody
        works on already is gone on with; without a type for returns there is only the transfer."""
        tickets = self.env["gb.ticket"].with_company(self.company_id)
        kind = self.env["gb.ticket.type"].search([("kind", "=", "return")], limit=1)
        if not kind:
            return super()._gb_start_return(change)
        ticket = tickets.search(
            [("order_id", "=", self.id), ("kind", "=", "return"), ("is_open", "=", True)], limit=1
        ) or tickets.create(self._prepare_gb_return_values(kind, change))
        change.hint = self.env._(
            "The return is handled as the work order %(ticket)s.", ticket=ticket.display_name
        )
        return ticket

    def _prepare_gb_return_values(self, kind, change):
        """:return: values of the work order about goods that a customer wants to give back; override to fill in more"""
        lines = self._get_gb_goods()
        line = lines if len(lines) == 1 else lines.browse()
        return {
            "type_id": kind.id,
            "subject": self.env._("Return: %(order)s", order=self.name),
            "description": "\n".join(filter(None, (change.reason_id.name, change.note))),
            "channel": "phone",
            "call_ids": [(4, change.call_id.id)] if change.call_id else [],
            "partner_id": self.partner_id.id,
            "order_id": self.id,
            "order_line_id": line.id,
            "product_id": line.product_id.id,
            "quantity": line.qty_delivered or 1,
            "company_id": self.company_id.id,
        }
