from odoo import fields, models

CHANNELS = [
    ("phone", "Telephone"),
    ("chat", "Chat"),
    ("sms", "SMS"),
    ("email", "E-mail"),
    ("fax", "Fax"),
    ("web", "Web form"),
    ("walk_in", "Walk-in"),
    ("internet_call", "Internet call"),
]


class GbContact(models.Model):
    """One contact with a customer on any channel. One row for each source record (call, message, chat …)."""

    _name = "gb.contact"
    _description = "Contact"
    _order = "at desc, id desc"
    _rec_name = "subject"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    channel = fields.Selection(CHANNELS, required=True)
    direction = fields.Selection(
        [("inbound", "Inbound"), ("outbound", "Outbound")], required=True, default="inbound"
    )
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="Agent", index="btree_not_null")
    subject = fields.Char()
    summary = fields.Text()
    score = fields.Integer(help="The customer's satisfaction, 1 to 5; 0: none given.")
    res_model = fields.Char(string="Source model", readonly=True)
    res_id = fields.Many2oneReference(string="Source", model_field="res_model", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
