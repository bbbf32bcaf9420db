from dateutil.relativedelta import relativedelta

from odoo import models


class GbIvrSession(models.Model):
    _inherit = "gb.ivr.session"

    def _answer_warranty(self, args):
        """The warranty runs from the day on which the serial number came to the company."""
        lot = self.env["stock.lot"].search(
            [("name", "=", args.get("serial")), ("company_id", "in", [self.company_id.id, False])],
            limit=1,
        )
        if not args.get("serial") or not lot:
            return self._reply("none")
        months = self._get_number_arg(args, "months", 12, 120)
        until = lot.create_date + relativedelta(months=months)
        return self._reply("found", {"warranty_until": until.date().isoformat()})
