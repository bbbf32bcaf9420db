from odoo import fields, models


class GbMediaResponse(models.Model):
    """How quickly people react to a broadcast: its calls, by quarters of an hour since its start."""

    _name = "gb.media.response"
    _description = "Responses after broadcasts"
    _auto = False
    _order = "minute, id"

    broadcast_id = fields.Many2one("gb.media.broadcast", readonly=True)
    media_id = fields.Many2one("gb.media", string="Medium", readonly=True)
    ad_id = fields.Many2one("gb.media.ad", string="Advertisement", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    start_at = fields.Datetime(string="Start of the broadcast", readonly=True)
    # text: views group by it
    minute = fields.Char(
        string="Minutes after the start",
        readonly=True,
        help="The quarter of an hour in which the call came in, by its first minute.",
    )
    call_count = fields.Integer(string="Calls", readonly=True)
    answered_count = fields.Integer(string="Answered", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)

    @property
    def _table_query(self):
        # later than a day is another day's business: a magazine has no curve
        return """
            SELECT c.id, b.id AS broadcast_id, b.media_id, b.ad_id, b.company_id, b.start_at,
                   lpad((15 * floor(extract(epoch FROM c.offered_at - b.start_at) / 900)::integer)::text, 4, '0') AS minute,
                   1 AS call_count, CASE WHEN c.answered_at IS NULL THEN 0 ELSE 1 END AS answered_count,
                   (SELECT count(*) FROM sale_order o WHERE o.gb_call_id = c.id AND o.state = 'sale') AS order_count
              FROM gb_call c JOIN gb_media_broadcast b ON b.id = c.gb_broadcast_id
             WHERE c.offered_at < b.start_at + interval '1 day'"""
