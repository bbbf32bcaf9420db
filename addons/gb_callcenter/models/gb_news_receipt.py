from odoo import fields, models


class GbNewsReceipt(models.Model):
    """An agent has read a piece of news. Written by the server, changed by nobody."""

    _name = "gb.news.receipt"
    _description = "Read receipt"
    _order = "read_at desc, id desc"
    _rec_name = "user_id"
    _log_access = False

    news_id = fields.Many2one("gb.news", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users", string="Agent", required=True, readonly=True, index=True, ondelete="cascade"
    )
    read_at = fields.Datetime(string="Read on", required=True, readonly=True)

    _once = models.UniqueIndex("(news_id, user_id)")
