import base64
import logging

from odoo import api, fields, models

from odoo.addons.gb_callcenter.models.gb_call_ingest import RETRIED

_logger = logging.getLogger(__name__)


class GbFax(models.Model):
    """Faxes that come in are work orders; those that answer a work order tell it what has become of them."""

    _inherit = "gb.fax"

    ticket_ids = fields.One2many("gb.ticket", "gb_fax_id", string="Work orders", readonly=True)
    ticket_message_id = fields.Many2one(
        "gb.ticket.message",
        string="Answer of a work order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _ticket_due_idx = models.Index("(id) WHERE direction = 'inbound'")

    def _received(self):
        result = super()._received()
        self._get_ticket()
        return result

    def _get_ticket(self):
        """The work order of this fax, made when there is none.

        :return: gb.ticket; empty when it could not be made: the cron tries again
        """
        self.ensure_one()
        tickets = self.env["gb.ticket"].sudo()
        ticket = tickets.search([("gb_fax_id", "=", self.id)], limit=1)
        if ticket:
            return ticket
        try:
            with self.env.cr.savepoint():
                return tickets._create_from_fax(self)
        except RETRIED:
            raise
        except Exception as error:
            # the pages are kept whatever happens; the work order comes later
            self.env.invalidate_all()
            _logger.error("fax %s: no work order could be made: %s", self.id, type(error).__name__)
            return tickets

    @api.model
    def _cron_make_fax_tickets(self):
        """Make the work orders of faxes for which it failed at first."""
        missing = self.sudo().search(
            [
                ("direction", "=", "inbound"),
                ("state", "=", "received"),
                ("ticket_ids", "=", False),
            ],
            limit=200,
        )
        for fax in missing:
            fax._get_ticket()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _take_document(self, note):
        """A menu has sent one of its documents, to the caller or to a number that he keyed in."""
        result = super()._take_document(note)
        documents_sudo = self.env["gb.ivr.fax.document"].sudo().with_context(active_test=False)
        document = documents_sudo.search(
            [
                ("sha256", "=", note.get("sha256")),
                ("company_id", "in", [self.company_id.id, False]),
            ],
            limit=1,
        )
        if not document:
            return result
        tiff = base64.b64decode(document.with_context(bin_size=False).tiff or b"")
        pdf = base64.b64decode(document.with_context(bin_size=False).file or b"")
        values = self._prepare_pages(tiff, pdf)
        if not pdf.startswith(b"%PDF-"):
            del values["file"]
        self.write({**values, "subject": document.name, "page_count": document.page_count})
        if self.state == "failed" and note.get("later"):
            # he waits beside his machine no more, but it is still his wish
            self._end_attempt(str(note.get("error") or "failed"))
        return result

    def _sent(self):
        result = super()._sent()
        self.ticket_message_id._set_delivery("sent", delivered=True)
        return result

    def _not_sent(self):
        result = super()._not_sent()
        self.ticket_message_id._set_delivery(
            "failed", self.error or self.env._("The fax was cancelled.")
        )
        return result
