from odoo import api, fields, models

from ..tools.process_diagram import get_layout


class GbTicketProcess(models.Model):
    """A process as a picture."""

    _inherit = "gb.ticket.process"

    diagram = fields.Json(
        compute="_compute_diagram", help="Where the boxes and arrows of the picture are."
    )

    @api.depends(
        "start_state_id",
        "transition_ids.name",
        "transition_ids.style",
        "transition_ids.target",
        "transition_ids.from_state_ids",
        "transition_ids.to_state_id",
        "transition_ids.sequence",
    )
    def _compute_diagram(self):
        for process in self:
            process.diagram = bool(process.transition_ids) and get_layout(
                [
                    {"code": state.code, "name": state.name, "phase": state.phase}
                    for state in process._get_states()
                    if state.code
                ],
                [
                    {
                        "code": move.code or str(move.id),
                        "name": move.name or "",
                        "style": move.style,
                        "target": move.target,
                        "from": move.from_state_ids.mapped("code"),
                        "to": move.to_state_id.code or None,
                    }
                    for move in process.transition_ids.sorted()
                ],
                process.start_state_id.code,
            )

    def _get_states(self):
        """:return: gb.ticket.state that this version knows, in their usual order"""
        moves = self.transition_ids
        states = self.start_state_id | moves.from_state_ids | moves.to_state_id
        return states._origin.sorted(lambda state: (state.sequence, state.id))

    def action_view_running(self):
        """Open the work orders that run on this version."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_ticket.gb_ticket_action")
        return {
            **action,
            "domain": [("process_id", "=", self.id)],
            "context": {"search_default_open": 1, "create": False},
        }
