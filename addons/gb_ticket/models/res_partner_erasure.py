from odoo import models

CONTACT_FIELDS = (
    "contact_name",
    "contact_phone",
    "contact_email",
    "address",
    "invoice_title",
    "tax_number",
)


class ResPartner(models.Model):
    """What a work order says about the person goes with him; the matter itself stays."""

    _inherit = "res.partner"

    def _get_gb_erasure_blockers(self):
        blockers = super()._get_gb_erasure_blockers()
        tickets = self.env["gb.ticket"].search(
            [("partner_id", "in", self.ids), ("is_open", "=", True)]
        )
        if tickets:
            names = ", ".join(ticket.name for ticket in tickets[:5])
            blockers.append(
                self.env._(
                    "Open work orders (%(count)s): %(names)s", count=len(tickets), names=names
                )
            )
        return blockers

    def _get_gb_erased(self):
        tickets = self.env["gb.ticket"].search_count([("partner_id", "in", self.ids)])
        return [*super()._get_gb_erased(), (self.env._("Work orders: contact"), tickets)]

    def _gb_erase(self):
        tickets = self.env["gb.ticket"].search([("partner_id", "in", self.ids)])
        silent = tickets.with_context(tracking_disable=True, mail_notrack=True)
        silent.write(dict.fromkeys(CONTACT_FIELDS, False))
        messages = self.env["gb.ticket.message"].search([("ticket_id", "in", tickets.ids)])
        messages.write({"address": False})
        ratings = self.env["gb.ticket.rating"].search([("ticket_id", "in", tickets.ids)])
        ratings.write({"comment": False})
        return super()._gb_erase()
