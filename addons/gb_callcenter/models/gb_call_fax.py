import logging

from odoo import api, models

from .gb_call_ingest import RETRIED

_logger = logging.getLogger(__name__)


class GbCall(models.Model):
    """Faxes that came in or went out during a call, and those that the telephone system has sent by itself."""

    _inherit = "gb.call"

    @api.model
    def _follow_notes(self, call, notes):
        result = super()._follow_notes(call, notes)
        for note in notes:
            if note["kind"] == "fax":
                self.env["gb.fax"]._follow(call.provider_id, note, call)
        return result

    def _prepare_contact_values(self):
        """On a fax line the fax is the contact, not the call that brought it."""
        values = super()._prepare_contact_values()
        if self.hotline_id.is_fax_line and not self.queue_id:
            values["partner_id"] = False
        return values

    @api.model
    def _take_in_facts(self, provider, rows, rejected):
        faxes = [(row, fact) for row in rows for fact in row["facts"] if fact.kind == "fax"]
        result = super()._take_in_facts(provider, rows, rejected)
        for row, fact in faxes:  # no call of an agent's: nothing to derive
            try:
                with self.env.cr.savepoint():
                    self.env["gb.fax"]._follow(provider, {**fact.info, "at": fact.at})
            except RETRIED:
                raise
            except Exception as error:
                self.env.invalidate_all()
                _logger.exception("%s: a fax could not be taken in", provider.reference)
                rejected.append((self._to_event(row), f"fax: {type(error).__name__}"))
        return result
