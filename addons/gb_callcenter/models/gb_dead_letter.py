import json

from odoo import api, fields, models
from odoo.exceptions import AccessError


def _to_storable(value):
    """``value`` as text without what PostgreSQL refuses: NUL and halves of surrogate pairs."""
    return str(value).encode("utf-8", "replace").decode().replace("\x00", "")


class GbDeadLetter(models.Model):
    """An event that could not be taken in: kept whole, with the reason, until somebody looks at it."""

    _name = "gb.dead.letter"
    _description = "Event that could not be taken in"
    _order = "id desc"
    _rec_name = "reason"

    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, ondelete="cascade", readonly=True, index=True
    )
    event_id = fields.Char(string="Event id", readonly=True)
    payload = fields.Text(
        string="Event",
        readonly=True,
        help="As it came, as JSON: also what no database column takes.",
    )
    reason = fields.Char(required=True, readonly=True)
    is_done = fields.Boolean(string="Dealt with")
    count = fields.Integer(default=1, readonly=True, help="How often it was sent.")

    _event_uniq = models.UniqueIndex("(provider_id, event_id)")

    @api.model
    def _put(self, provider, event, reason):
        """Keep an event that was refused. The same event sent again only counts up."""
        reason = _to_storable(reason)[:500]
        event_id = _to_storable(event.get("id"))[:80] if isinstance(event, dict) else False
        letter = event_id and self.search(
            [("provider_id", "=", provider.id), ("event_id", "=", event_id)], limit=1
        )
        if letter:
            letter.write({"count": letter.count + 1, "reason": reason})
            return letter
        return self.create(
            {
                "provider_id": provider.id,
                "event_id": event_id,
                "payload": json.dumps(event),
                "reason": reason,
            }
        )

    def action_retry(self):
        """Take these events in again, after their cause has been mended."""
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only call centre managers may do this."))
        self.check_access("write")
        for letter in self.filtered(lambda letter: not letter.is_done):
            answer = (
                self.env["gb.call"]
                .sudo()
                ._ingest(letter.provider_id.sudo(), [json.loads(letter.payload)])
            )
            if not answer["rejected"]:
                letter.is_done = True
