from odoo import api, fields, models

from .gb_order_reason import KINDS


class GbOrderChange(models.Model):
    """A change, cancellation or refusal that an agent registered on an order. Written by the order desk, changed by nobody."""

    _name = "gb.order.change"
    _description = "Change of an order"
    _order = "at desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        related="order_id.partner_id", string="Customer", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    reason_id = fields.Many2one(
        "gb.order.reason", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    note = fields.Text(readonly=True)
    stage = fields.Char(readonly=True, help="How far the delivery was at that moment.")
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)
    summary = fields.Text(compute="_compute_summary")
    amount_before = fields.Monetary(string="Amount before", readonly=True)
    amount_after = fields.Monetary(string="Amount after", readonly=True)
    refund_due = fields.Monetary(
        string="To be paid back",
        readonly=True,
        help="What the customer has paid and gets back, at the time of the change.",
    )
    hint = fields.Text(readonly=True, help="What is still to be done by others.")
    user_id = fields.Many2one("res.users", string="Agent", required=True, readonly=True, index=True)
    call_id = fields.Many2one("gb.call", readonly=True, index="btree_not_null")
    at = fields.Datetime(string="When", required=True, readonly=True, default=fields.Datetime.now)
    key = fields.Char(readonly=True, copy=False, help="Makes a repeated request have no effect.")

    _key_uniq = models.UniqueIndex("(order_id, key) WHERE key IS NOT NULL")

    @api.depends("before", "after")
    def _compute_summary(self):
        """One line for each thing that changed: "Address: Nanjing Road 1 → Huaihai Road 2"."""
        for change in self:
            before, after = change.before or {}, change.after or {}
            change.summary = "\n".join(
                self.env._(
                    "%(what)s: %(before)s → %(after)s",
                    what=what,
                    before=before.get(what) or "–",
                    after=after.get(what) or "–",
                )
                for what in dict.fromkeys([*before, *after])
            )
