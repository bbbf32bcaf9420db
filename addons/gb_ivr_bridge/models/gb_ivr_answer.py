from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

KEPT = timedelta(days=1)
VACUUM_LIMIT = 50_000


class GbIvrAnswer(models.Model):
    """What a flow was answered: asked again with the same id, it hears the same and nothing is done twice.

    Answers are about customers: nobody reads them, and after a day they are gone.
    """

    _name = "gb.ivr.answer"
    _description = "Answer to an IVR flow"
    _log_access = False
    _rec_name = "ask_id"

    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, ondelete="cascade", groups=NO_ACCESS
    )
    ask_id = fields.Char(required=True, groups=NO_ACCESS)
    answer = fields.Json(groups=NO_ACCESS)
    at = fields.Datetime(required=True, groups=NO_ACCESS)

    _ask_uniq = models.UniqueIndex("(provider_id, ask_id)")
    _at_idx = models.Index("(at)")

    @api.model
    def _claim(self, provider, ask_id):
        """Take a question on. Of two requests at once PostgreSQL refuses the second, which then finds the first one's
        answer.

        :return: id of the row to be filled, and None; or None and the answer that was given
        """
        ((row_id,),) = self.env.execute_query(
            SQL(
                """WITH new AS (
                       INSERT INTO gb_ivr_answer (provider_id, ask_id, at)
                       VALUES (%s, %s, now() AT TIME ZONE 'UTC')
                       ON CONFLICT (provider_id, ask_id) DO NOTHING RETURNING id)
                   SELECT (SELECT id FROM new)""",
                provider.id,
                ask_id,
            )
        )
        if row_id:
            return row_id, None
        answer_sudo = self.sudo().search(
            [("provider_id", "=", provider.id), ("ask_id", "=", ask_id)]
        )
        return None, answer_sudo.answer or {"exit": "failed", "values": {}, "speech": []}

    @api.model
    def _keep(self, row_id, answer):
        """Keep the answer of a question taken on; None: it could not be answered, and may be asked again."""
        row_sudo = self.sudo().browse(row_id)
        if answer is None:
            row_sudo.unlink()
        else:
            row_sudo.answer = answer

    @api.autovacuum
    def _gc_answers(self):
        rows = self.sudo().search(
            [("at", "<", fields.Datetime.now() - KEPT)], limit=VACUUM_LIMIT, order="at"
        )
        rows.unlink()
        return len(rows), len(rows) == VACUUM_LIMIT
