from odoo import fields, models


class GbIvrSession(models.Model):
    """A caller's way through a menu: who he is, what he has ordered. Answers the flow's questions (``_answer_<name>``)."""

    _name = "gb.ivr.session"
    _description = "Session of an IVR flow"
    _order = "started_at desc, id desc"
    _rec_name = "reference"

    provider_id = fields.Many2one("gb.telephony.provider", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    reference = fields.Char(required=True, readonly=True)
    call_id = fields.Many2one("gb.call", ondelete="set null", index="btree_not_null")
    linked_id = fields.Char(readonly=True)
    flow_id = fields.Many2one("gb.ivr.flow", ondelete="set null", index="btree_not_null")
    hotline_id = fields.Many2one("gb.hotline", ondelete="set null")
    number = fields.Char(string="Caller's number", readonly=True)
    language = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", ondelete="set null", index="btree_not_null")
    is_verified = fields.Boolean(help="The caller has given the right PIN.")
    order_id = fields.Many2one("sale.order", string="Order", ondelete="set null")
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    end_reason = fields.Char(readonly=True)
    step_ids = fields.One2many("gb.ivr.step", "session_id", string="Steps")

    _reference_uniq = models.UniqueIndex("(provider_id, reference)")
