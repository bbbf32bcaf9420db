from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    """What the customer did in the telephone menu, in the timeline of the 360."""

    _inherit = "res.partner"

    def _get_gb_timeline_kinds(self):
        return [
            *super()._get_gb_timeline_kinds(),
            {"name": "menus", "label": self.env._("Telephone menu"), "kinds": ["menu"]},
        ]

    def _get_gb_timeline_rows(self, view, filters, limit, before):
        rows = super()._get_gb_timeline_rows(view, filters, limit, before)
        if not self._is_gb_kind_wanted("menu", filters):
            return rows
        found = self.env.execute_query(
            SQL(
                """SELECT session.id FROM gb_call AS call JOIN gb_ivr_session AS session ON session.call_id = call.id
                    WHERE call.partner_id = ANY(%s) AND session.company_id = ANY(%s) AND session.step_count > 0 AND %s
                    ORDER BY session.started_at DESC, session.id DESC LIMIT %s""",
                view["family"],
                view["companies"],
                self._is_gb_before(
                    "menu",
                    SQL.identifier("session", "started_at"),
                    SQL.identifier("session", "id"),
                    before,
                ),
                limit,
            )
        )
        # who sees the customer sees what he did in the menu, also in a call that he may not open
        sessions_sudo = self.env["gb.ivr.session"].sudo().browse(row_id for (row_id,) in found)
        sessions_sudo.step_ids.mapped("label")
        return [*rows, *(session._prepare_timeline_row() for session in sessions_sudo)]
