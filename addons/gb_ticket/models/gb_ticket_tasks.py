from odoo import api, fields, models


class GbTicket(models.Model):
    """Tasks of further departments, seen from the work order."""

    _inherit = "gb.ticket"

    task_count = fields.Integer(string="Open tasks", compute="_compute_task_count")
    is_task_manageable = fields.Boolean(
        compute="_compute_is_task_manageable", help="The current user may add tasks."
    )

    @api.depends("task_ids.state")
    def _compute_task_count(self):
        counts = dict(
            self.env["gb.ticket.task"]._read_group(
                [("ticket_id", "in", self.ids), ("state", "in", ("open", "doing"))],
                ["ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.task_count = counts.get(ticket._origin, 0)

    @api.depends("user_id", "department_id", "is_open")
    @api.depends_context("uid")
    def _compute_is_task_manageable(self):
        for ticket in self:
            ticket.is_task_manageable = ticket.is_open and ticket.sudo()._may_manage_tasks(
                self.env.user
            )

    def _may_manage_tasks(self, user):
        """:return: whether ``user`` adds, cancels and reopens tasks of this work order"""
        self.ensure_one()
        return (
            user.has_group("gb_callcenter.group_gb_agent")
            or self.user_id == user
            or user in self.department_id.gb_lead_ids
        )
