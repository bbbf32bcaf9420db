from odoo import api, fields, models
from odoo.tools import SQL

FOLLOWED = {"gb_call_id", "partner_id", "source_id", "medium_id", "campaign_id", "company_id"}


class SaleOrder(models.Model):
    """Which broadcast an order came from: its call, its tags, or an earlier call of the customer (docs/adr/051)."""

    _inherit = "sale.order"

    gb_broadcast_id = fields.Many2one(
        "gb.media.broadcast",
        string="Broadcast",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    gb_broadcast_reason = fields.Selection(
        [
            ("call", "Call"),
            ("tags", "Tags of the link"),
            ("customer", "Earlier call of the customer"),
        ],
        string="Attributed by",
        readonly=True,
        copy=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._gb_follow_broadcasts()
        return orders

    def write(self, vals):
        """Which broadcast it came from follows what is changed."""
        result = super().write(vals)
        if FOLLOWED & vals.keys():
            self._gb_follow_broadcasts()
        return result

    def _gb_follow_broadcasts(self):
        """Attribute these orders again: one statement, and none that changes nothing."""
        if not self.ids:
            return
        self.flush_recordset(
            [*FOLLOWED, "date_order", "create_date", "gb_broadcast_id", "gb_broadcast_reason"]
        )
        self.env["gb.call"].flush_model(["gb_broadcast_id", "partner_id", "offered_at"])
        self.env["gb.media.broadcast"].flush_model(
            ["ad_id", "company_id", "start_at", "counts_until", "is_cancelled"]
        )
        self.env["gb.media.ad"].flush_model(["utm_source_id", "utm_medium_id", "utm_campaign_id"])
        self.env.execute_query(
            SQL(
                """UPDATE sale_order SET gb_broadcast_id = new.broadcast_id, gb_broadcast_reason = new.reason
                     FROM (SELECT o.id, COALESCE(own.gb_broadcast_id, tagged.id, earlier.id) AS broadcast_id,
                                  CASE WHEN own.gb_broadcast_id IS NOT NULL THEN 'call'
                                       WHEN tagged.id IS NOT NULL THEN 'tags'
                                       WHEN earlier.id IS NOT NULL THEN 'customer' END AS reason
                             FROM (SELECT *, least(create_date, date_order) AS at FROM sale_order WHERE id = ANY(%(ids)s)) o
                             JOIN res_partner p ON p.id = o.partner_id
                             LEFT JOIN gb_call own ON own.id = o.gb_call_id
                             LEFT JOIN LATERAL (
                               SELECT b.id FROM gb_media_ad a JOIN gb_media_broadcast b ON b.ad_id = a.id
                                WHERE own.gb_broadcast_id IS NULL
                                  AND COALESCE(a.utm_source_id, a.utm_campaign_id) IS NOT NULL
                                  AND COALESCE(a.utm_source_id = o.source_id, a.utm_source_id IS NULL)
                                  AND COALESCE(a.utm_medium_id = o.medium_id, a.utm_medium_id IS NULL)
                                  AND COALESCE(a.utm_campaign_id = o.campaign_id, a.utm_campaign_id IS NULL)
                                  AND b.company_id = o.company_id AND b.is_cancelled IS NOT TRUE AND b.start_at <= o.at
                                ORDER BY num_nonnulls(a.utm_source_id, a.utm_medium_id, a.utm_campaign_id) DESC,
                                         b.start_at DESC, b.id DESC LIMIT 1) tagged ON TRUE
                             LEFT JOIN LATERAL (
                               SELECT b.id FROM res_partner family
                                 JOIN gb_call c ON c.partner_id = family.id
                                 JOIN gb_media_broadcast b ON b.id = c.gb_broadcast_id
                                WHERE own.gb_broadcast_id IS NULL AND tagged.id IS NULL
                                  AND family.commercial_partner_id = p.commercial_partner_id
                                  AND c.company_id = o.company_id AND c.offered_at <= o.at
                                  AND tsrange(b.start_at, b.counts_until) @> o.at
                                ORDER BY c.offered_at DESC, c.id DESC LIMIT 1) earlier ON TRUE) AS new
                    WHERE sale_order.id = new.id
                      AND (sale_order.gb_broadcast_id, sale_order.gb_broadcast_reason)
                          IS DISTINCT FROM (new.broadcast_id, new.reason)
                RETURNING sale_order.id""",
                ids=self.ids,
            )
        )
        self.invalidate_recordset(["gb_broadcast_id", "gb_broadcast_reason"], flush=False)

    @api.model
    def _get_gb_concerned(self, broadcasts, calls):
        """Orders that count for ``broadcasts`` or ``calls``, or may.

        :param broadcasts: gb.media.broadcast that have been added or changed
        :param calls: gb.call whose broadcast has changed
        :return: sale.order
        """
        if not broadcasts and not calls:
            return self.browse()
        self.flush_model([*FOLLOWED, "date_order", "gb_broadcast_id"])
        self.env["gb.media.ad"].flush_model(["utm_source_id", "utm_campaign_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM sale_order WHERE gb_broadcast_id = ANY(%(broadcasts)s)
                   UNION SELECT id FROM sale_order WHERE gb_call_id = ANY(%(calls)s)
                   UNION SELECT o.id FROM gb_call c
                           JOIN res_partner p ON p.id = c.partner_id
                           JOIN res_partner family ON family.commercial_partner_id = p.commercial_partner_id
                           JOIN sale_order o ON o.partner_id = family.id
                          WHERE (c.id = ANY(%(calls)s) OR c.gb_broadcast_id = ANY(%(broadcasts)s))
                            AND least(o.create_date, o.date_order) >= c.offered_at
                   UNION SELECT o.id FROM gb_media_broadcast b JOIN gb_media_ad a ON a.id = b.ad_id
                           JOIN sale_order o ON o.source_id = a.utm_source_id OR o.campaign_id = a.utm_campaign_id
                          WHERE b.id = ANY(%(broadcasts)s)""",
                broadcasts=broadcasts.ids,
                calls=calls.ids,
            )
        )
        return self.browse(order_id for (order_id,) in rows)
