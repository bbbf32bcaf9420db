from odoo import fields, models

from .sale_order import PAYMENT_MEANS


class GbDailyClosingLine(models.Model):
    """Figures of one carrier and payment means."""

    _name = "gb.daily.closing.line"
    _description = "Figures of a daily closing"
    _order = "closing_id, id"

    closing_id = fields.Many2one("gb.daily.closing", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="closing_id.company_id", store=True)
    currency_id = fields.Many2one(related="closing_id.currency_id")
    carrier_id = fields.Many2one("gb.carrier", index="btree_not_null")
    means = fields.Selection(PAYMENT_MEANS, string="Payment means")
    order_count = fields.Integer(string="Orders")
    order_amount = fields.Monetary(string="Ordered")
    delivery_count = fields.Integer(string="Sent")
    delivered_count = fields.Integer(string="Received")
    refused_count = fields.Integer(string="Refused")
    collected = fields.Monetary()
    refunded = fields.Monetary(string="Paid back")
    outstanding = fields.Monetary()

    def _get_means_label(self):
        labels = dict(self._fields["means"]._description_selection(self.env))
        return labels.get(self.means, "")
