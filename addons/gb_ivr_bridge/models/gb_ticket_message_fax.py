from odoo import models
from odoo.exceptions import UserError


class GbTicketMessage(models.Model):
    """Answers by fax: a page with the text, then the attachments."""

    _inherit = "gb.ticket.message"

    def _deliver_fax(self):
        """Put the answer into the queue of faxes; the fax tells what becomes of it."""
        self.ensure_one()
        ticket = self.ticket_id
        try:
            fax = self.env["gb.fax"]._queue_document(
                [self._render_fax(), *self.sudo().attachment_ids.mapped("raw")],
                self.address,
                subject=self.subject or ticket.display_name,
                partner_id=ticket.partner_id.id,
                company_id=ticket.company_id.id,
                res_model=ticket._name,
                res_id=ticket.id,
            )
        except UserError as error:
            self._set_delivery("failed", str(error))
            return
        fax.ticket_message_id = self

    def _render_fax(self):
        """:return: bytes of a PDF"""
        reports_sudo = self.env["ir.actions.report"].sudo()  # handlers may not read reports
        lang = self.ticket_id._get_customer_lang()
        content, _kind = reports_sudo.with_context(lang=lang)._render_qweb_pdf(
            "gb_ivr_bridge.gb_ticket_message_fax_report", self.ids
        )
        return content
