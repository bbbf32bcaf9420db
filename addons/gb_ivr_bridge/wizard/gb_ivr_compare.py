from markupsafe import Markup

from odoo import api, fields, models


class GbIvrCompare(models.TransientModel):
    """Two versions of a flow side by side."""

    _name = "gb.ivr.compare"
    _description = "Compare versions of an IVR flow"

    flow_id = fields.Many2one("gb.ivr.flow", required=True, ondelete="cascade")
    version_id = fields.Many2one(
        "gb.ivr.version",
        string="This version",
        required=True,
        ondelete="cascade",
        domain="[('flow_id', '=', flow_id)]",
    )
    other_id = fields.Many2one(
        "gb.ivr.version",
        string="Compared with",
        ondelete="cascade",
        domain="[('flow_id', '=', flow_id), ('id', '!=', version_id)]",
    )
    changes = fields.Html(compute="_compute_changes", sanitize=False)

    @api.depends("version_id", "other_id")
    def _compute_changes(self):
        for compare in self:
            if not compare.version_id or not compare.other_id:
                compare.changes = False
                continue
            changes = compare.version_id._get_changes(compare.other_id)
            compare.changes = (
                self.env["ir.qweb"]._render(
                    "gb_ivr_bridge.gb_ivr_changes",
                    {"changes": changes, "kinds": self._get_kinds()},
                )
                or Markup()
            )

    @api.model
    def _get_kinds(self):
        return {
            "added": (self.env._("New"), "text-bg-success"),
            "removed": (self.env._("Removed"), "text-bg-danger"),
            "changed": (self.env._("Changed"), "text-bg-info"),
        }
