from odoo import api, fields, models


class GbAccessLog(models.Model):
    """Who looked at what is sensitive. Written by the server, changed by nobody."""

    _name = "gb.access.log"
    _description = "Access to sensitive data"
    _order = "id desc"
    _rec_name = "kind"

    create_date = fields.Datetime(string="When", readonly=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("recording", "Recording played"),
            ("export", "Data exported"),
            ("erasure", "Personal data erased"),
            ("listen", "Listened to a call"),
            ("whisper", "Whispered to an agent"),
            ("barge", "Joined a call"),
            ("take", "Took a call over"),
            ("force", "Changed an agent's seat"),
        ],
        required=True,
        readonly=True,
        string="What",
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    label = fields.Char(readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    details = fields.Text(readonly=True)
    ip_address = fields.Char(string="IP address", readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, default=lambda self: self.env.company
    )

    _record_idx = models.Index("(res_model, res_id)")

    @api.model
    def _note(self, kind, record, ip_address=None, **values):
        """Note that the current user saw ``record``, or what else ``kind`` says."""
        return self.sudo().create(
            {
                "user_id": self.env.uid,
                "kind": kind,
                "res_model": record._name,
                "res_id": record.id,
                "label": record.display_name,
                "ip_address": ip_address,
                **values,
            }
        )
