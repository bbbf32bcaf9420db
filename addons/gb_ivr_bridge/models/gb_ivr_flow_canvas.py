from odoo import models
from odoo.exceptions import UserError


class GbIvrFlow(models.Model):
    _inherit = "gb.ivr.flow"

    def action_open_canvas(self):
        """Show the draft as a picture, without one what callers hear; managers get a first draft.

        :return: action
        """
        self.ensure_one()
        self.check_access("read")
        version = self.draft_id or self.published_id or self.version_ids[:1]
        if not version:
            if not self.has_access("write"):
                raise UserError(self.env._("This flow is still empty."))
            version = self.env["gb.ivr.version"].create({"flow_id": self.id})
        return version.action_open_canvas()
