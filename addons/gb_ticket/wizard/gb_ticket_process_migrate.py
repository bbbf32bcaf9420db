from odoo import api, fields, models
from odoo.exceptions import UserError


class GbTicketProcessMigrate(models.TransientModel):
    """Take the running work orders of a version over to another one."""

    _name = "gb.ticket.process.migrate"
    _description = "Migrate running work orders"

    process_id = fields.Many2one(
        "gb.ticket.process", string="From version", required=True, readonly=True
    )
    target_id = fields.Many2one(
        "gb.ticket.process",
        string="To version",
        required=True,
        domain="[('state', '=', 'active'), ('id', '!=', process_id)]",
    )
    target_state_ids = fields.Many2many(
        "gb.ticket.state", compute="_compute_target_state_ids", string="States of the new version"
    )
    line_ids = fields.One2many(
        "gb.ticket.process.migrate.line",
        "wizard_id",
        string="States in use",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    running_count = fields.Integer(related="process_id.running_count")

    @api.depends("target_id")
    def _compute_target_state_ids(self):
        for wizard in self:
            wizard.target_state_ids = wizard.target_id._get_states()

    @api.depends("process_id", "target_id")
    def _compute_line_ids(self):
        """One line for each state in use; the same state is proposed where the new version knows it."""
        for wizard in self:
            counts = (
                self.env["gb.ticket"]
                .sudo()
                ._read_group(
                    [("process_id", "=", wizard.process_id.id), ("is_open", "=", True)],
                    ["state_id"],
                    ["__count"],
                )
            )
            known = wizard.target_state_ids
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        {
                            "state_id": state.id,
                            "count": count,
                            "target_state_id": state.id if state in known else False,
                        }
                    )
                    for state, count in counts
                ),
            ]

    def action_migrate(self):
        """Take them over. :raises UserError: when a state has no target"""
        self.ensure_one()
        self.process_id.check_access("write")
        missing = self.line_ids.filtered(lambda line: not line.target_state_id)
        if missing:
            raise UserError(
                self.env._(
                    "Say where the work orders go that are in: %(states)s.",
                    states=", ".join(missing.state_id.mapped("name")),
                )
            )
        mapping = {line.state_id.code: line.target_state_id.code for line in self.line_ids}
        moved = self.process_id._migrate(self.target_id, mapping)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s work orders go on with %(process)s.",
                    count=len(moved),
                    process=self.target_id.display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class GbTicketProcessMigrateLine(models.TransientModel):
    """Where the work orders of one state go."""

    _name = "gb.ticket.process.migrate.line"
    _description = "State to migrate"

    wizard_id = fields.Many2one("gb.ticket.process.migrate", required=True, ondelete="cascade")
    state_id = fields.Many2one("gb.ticket.state", string="State now", required=True)
    count = fields.Integer(string="Work orders")
    target_state_id = fields.Many2one("gb.ticket.state", string="State in the new version")
