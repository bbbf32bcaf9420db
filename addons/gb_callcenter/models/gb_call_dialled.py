import logging

from odoo import api, models

from .gb_call_ingest import RETRIED

_logger = logging.getLogger(__name__)


class GbCall(models.Model):
    """Numbers that the telephone system dials for somebody: what it says of them reaches who wants them."""

    _inherit = "gb.call"

    @api.model
    def _take_in_facts(self, provider, rows, rejected):
        # before the calls are derived: whoever follows them knows their linked ids then
        refused = []
        for row in rows:
            for fact in row["facts"]:
                if fact.kind == "dialled" and not self._follow_dialled(
                    provider, row, fact, rejected
                ):
                    refused.append(row)
        return super()._take_in_facts(
            provider, [row for row in rows if row not in refused], rejected
        )

    @api.model
    def _follow_dialled(self, provider, row, fact, rejected):
        info = fact.info
        try:
            with self.env.cr.savepoint():
                provider._on_dial(info["reference"], info["state"], fact.moment(), info["linkedid"])
        except RETRIED:
            raise
        except Exception as error:
            self.env.invalidate_all()
            _logger.exception("%s: a dialled number could not be followed", provider.reference)
            rejected.append((self._to_event(row), f"dialled: {type(error).__name__}"))
            return False
        return True
