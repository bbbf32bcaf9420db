from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.gb_callcenter.tools.call_facts import to_moment


class GbCall(models.Model):
    """Which broadcast a call came from: by the number called and the time (docs/adr/051)."""

    _inherit = "gb.call"

    gb_broadcast_id = fields.Many2one(
        "gb.media.broadcast",
        string="Broadcast",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The last broadcast that showed the number called and whose response window was open.",
    )

    @api.model
    def _get_derive_context(self, provider, accounts):
        accounts = list(accounts)
        context = super()._get_derive_context(provider, accounts)
        moments = {
            (context["hotlines"][account.dialled].id, to_moment(account.offered_at))
            for account in accounts
            if account.direction == "inbound" and account.dialled in context["hotlines"]
        }
        context["broadcasts"] = self.env["gb.media.broadcast"]._find(context["company"], moments)
        return context

    @api.model
    def _prepare_call_values(self, provider, account, context):
        values = super()._prepare_call_values(provider, account, context)
        values["gb_broadcast_id"] = context["broadcasts"].get(
            (values["hotline_id"], values["offered_at"]), False
        )
        return values

    @api.model
    def _gb_follow_broadcasts(self, spans):
        """Attribute the calls within ``spans`` again.

        :param list spans: of ``gb.media.broadcast._get_spans``
        :return: the calls whose broadcast has changed
        """
        if not spans:
            return self.browse()
        broadcasts = self.env["gb.media.broadcast"]
        broadcasts.flush_model(
            ["hotline_id", "company_id", "start_at", "counts_until", "is_cancelled"]
        )
        self.flush_model(["gb_broadcast_id", "hotline_id", "offered_at"])
        rows = self.env.execute_query(
            SQL(
                """UPDATE gb_call SET gb_broadcast_id = new.broadcast_id
                     FROM (SELECT c.id, c.gb_broadcast_id AS old_id,
                                  %(found)s AS broadcast_id
                             FROM gb_call c
                            WHERE c.direction = 'inbound' AND c.id IN (
                                  SELECT s.id FROM (VALUES %(spans)s) AS span(company_id, hotline_id, start_at, until_at)
                                    JOIN gb_call s ON s.company_id = span.company_id AND s.hotline_id = span.hotline_id
                                     AND s.offered_at >= span.start_at
                                     AND s.offered_at < COALESCE(span.until_at, 'infinity'))) AS new
                    WHERE gb_call.id = new.id AND new.old_id IS DISTINCT FROM new.broadcast_id
                RETURNING gb_call.id""",
                found=broadcasts._sql_last_touch(
                    SQL("c.company_id"), SQL("c.hotline_id"), SQL("c.offered_at")
                ),
                spans=SQL(", ").join(
                    SQL("(%s, %s, %s::timestamp, %s::timestamp)", *span) for span in set(spans)
                ),
            )
        )
        self.invalidate_model(["gb_broadcast_id"], flush=False)
        return self.browse(call_id for (call_id,) in rows)
