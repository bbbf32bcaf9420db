from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # size of a target group from stored classes without reading the customers themselves
    _gb_target_idx = models.Index(
        "(gb_life_cycle, gb_rfm_segment, gb_level_id)"
        " INCLUDE (id, active, partner_share, commercial_partner_id, company_id, gb_team_id, gb_is_blacklisted, gb_rfm_r, gb_rfm_f, gb_rfm_m,"
        " gb_net_value, gb_order_count, gb_last_order_at, state_id, gb_sex)"
        " WHERE active IS TRUE AND partner_share IS TRUE AND gb_erased_at IS NULL"
        " AND CASE WHEN commercial_partner_id = id THEN TRUE END"
    )
    # whose orders, contacts and work orders are somebody else's: contacts of companies, addresses
    _gb_family_idx = models.Index(
        "(id) INCLUDE (commercial_partner_id) WHERE commercial_partner_id <> id"
    )

    def _gb_erase_related(self):
        """Who wanted to be forgotten is in no snapshot."""
        self.env["gb.target.member"].search([("partner_id", "in", self.ids)]).unlink()
        return super()._gb_erase_related()
