from odoo import fields, models


class ResPartner(models.Model):
    """What campaigns have to do with a customer."""

    _inherit = "res.partner"

    gb_campaign_row_ids = fields.One2many(
        "gb.campaign.row", "partner_id", string="Campaigns", groups="gb_callcenter.group_gb_agent"
    )

    def _get_gb_flags(self, view):
        """Whom we want to reach, or have just called: who hears from him now can settle it."""
        flags = super()._get_gb_flags(view)
        rows_sudo = (
            self.env["gb.campaign.row"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.id),
                    ("company_id", "in", view["companies"]),
                    ("state", "in", ("waiting", "claimed")),
                    ("campaign_id.state", "=", "running"),
                ],
                limit=3,
            )
        )
        if rows_sudo:
            flags.append(
                {
                    "key": "campaign",
                    "level": "info",
                    "label": self.env._(
                        "To be called: %s", ", ".join(rows_sudo.campaign_id.mapped("name"))
                    ),
                }
            )
            return flags
        attempt_sudo = (
            self.env["gb.campaign.attempt"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.id),
                    ("company_id", "in", view["companies"]),
                    ("is_reached", "=", True),
                    ("at", ">=", fields.Datetime.subtract(view["now"], days=30)),
                ],
                limit=1,
            )
        )
        if attempt_sudo:
            flags.append(
                {
                    "key": "campaign_done",
                    "level": "info",
                    "label": self.env._(
                        "%(campaign)s: %(outcome)s",
                        campaign=attempt_sudo.campaign_id.name,
                        outcome=attempt_sudo.outcome_id.with_env(self.env).sudo().name,
                    ),
                }
            )
        return flags

    def _gb_erase(self):
        """What was noted while calling goes with the customer; that he was called, and what came of it, is figures."""
        attempts = self.env["gb.campaign.attempt"].search([("partner_id", "in", self.ids)])
        attempts.write({"note": False, "answers": False, "number_id": False, "phone_id": False})
        rows = self.env["gb.campaign.row"].search([("partner_id", "in", self.ids)])
        rows.write({"note": False})
        rows.filtered(lambda row: row.state in ("waiting", "claimed"))._exclude("inactive")
        return super()._gb_erase()
