from odoo import fields, models


class GbTargetMember(models.Model):
    """A customer who belonged to a target group when it was drawn. Written by sets, never changed."""

    _name = "gb.target.member"
    _description = "Customer in a snapshot"
    _rec_name = "partner_id"
    _log_access = False
    _order = "id"

    snapshot_id = fields.Many2one(
        "gb.target.snapshot", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="snapshot_id.company_id")
    phone = fields.Char(related="partner_id.phone")
    city = fields.Char(related="partner_id.city")
    level_id = fields.Many2one(related="partner_id.gb_level_id")
    life_cycle = fields.Selection(related="partner_id.gb_life_cycle")
    last_order_at = fields.Datetime(related="partner_id.gb_last_order_at", string="Last order")
    last_contact_at = fields.Datetime(
        related="partner_id.gb_last_contact_at", string="Last contact"
    )
    owner_id = fields.Many2one(related="partner_id.gb_owner_id")

    # also what finds the members of a snapshot
    _partner_uniq = models.UniqueIndex(
        "(snapshot_id, partner_id)", "This customer is in the snapshot already."
    )
