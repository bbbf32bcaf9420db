from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    gb_ticket_ids = fields.One2many("gb.ticket", "partner_id", string="Work orders")
    gb_ticket_count = fields.Integer(compute="_compute_gb_ticket_count")

    def _compute_gb_ticket_count(self):
        counts = dict(
            self.env["gb.ticket"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.gb_ticket_count = counts.get(partner, 0)

    def action_gb_view_tickets(self):
        """Open the customer's work orders, ended ones too."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_ticket.gb_ticket_action")
        return {
            **action,
            "view_mode": "list,kanban,form",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("partner_id", "child_of", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
