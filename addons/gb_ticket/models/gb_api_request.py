from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEEP_DAYS = 7


class GbApiRequest(models.Model):
    """What a client was answered under an idempotency key; the same request again gets the same answer."""

    _name = "gb.api.request"
    _description = "API request"
    _order = "id desc"
    _log_access = True

    client_id = fields.Many2one("gb.api.client", required=True, ondelete="cascade")
    key = fields.Char(string="Idempotency key", required=True)
    digest = fields.Char(string="Hash of the request", required=True)
    status = fields.Integer(string="HTTP status")
    answer = fields.Text()

    _key_uniq = models.UniqueIndex("(client_id, key)")
    _age_idx = models.Index("(create_date)")

    @api.model
    def _begin(self, client, key, digest):
        """Take ``key``. Two requests at once are settled by the unique index: the later one is run again by Odoo, and
        then finds the answer of the first.

        :return: (row, whether it is new)
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO gb_api_request (client_id, key, digest, create_date)
                   VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC') ON CONFLICT DO NOTHING RETURNING id""",
                client.id,
                key,
                digest,
            ),
            log_exceptions=False,  # losing the race is no error: Odoo runs the request again
        )
        if row := self.env.cr.fetchone():
            return self.browse(row[0]), True
        return self.search([("client_id", "=", client.id), ("key", "=", key)]), False

    @api.autovacuum
    def _gc_old(self):
        """Keys are remembered for a week."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.search([("create_date", "<", limit)], limit=10000, order="id").unlink()
