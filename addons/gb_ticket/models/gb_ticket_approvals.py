from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class GbTicket(models.Model):
    _inherit = "gb.ticket"

    pending_approval_id = fields.Many2one(
        "gb.ticket.approval", string="Waits for", compute="_compute_pending_approval_id"
    )

    @api.depends("approval_ids.state")
    def _compute_pending_approval_id(self):
        for ticket in self:
            ticket.pending_approval_id = ticket.sudo().approval_ids.filtered(
                lambda approval: approval.state == "pending"
            )[:1]

    def _ask_approval(self, kind, transition=None, payload=None, reason=None, group=None, **values):
        """Ask a superior.

        :param kind: kind of gb.ticket.approval
        :param group: res.groups whose members decide; the move's own by default
        :return: the new approval
        :raises UserError: when the same is being asked already
        """
        self.ensure_one()
        approvals_sudo = self.env["gb.ticket.approval"].sudo()
        if approvals_sudo.search_count(
            [
                ("ticket_id", "=", self.id),
                ("state", "=", "pending"),
                ("kind", "=", kind),
                ("transition_id", "=", transition.id if transition else False),
            ],
            limit=1,
        ):
            raise UserError(self.env._("This was asked for already and waits for an answer."))
        approval = approvals_sudo.create(
            {
                "ticket_id": self.id,
                "kind": kind,
                "transition_id": transition.id if transition else False,
                "group_id": (group or transition.approval_group_id).id,
                "payload": payload or {},
                "reason": reason,
                "requested_by_id": self.env.uid,
                **values,
            }
        )
        approval._notify_deciders()
        return approval

    def _void_approvals(self):
        self.approval_ids.filtered(lambda approval: approval.state == "pending").state = "void"


class GbTicketApproval(models.Model):
    _inherit = "gb.ticket.approval"

    def action_approve(self, note=None):
        """Approve and do what was asked. :raises UserError: when the work order has changed so that it cannot be done"""
        for approval in self:
            approval._check_decider()
            getattr(approval.ticket_id, f"_approve_{approval.kind}")(approval)
            approval._decide("approved", note)

    def action_refuse(self, note=None):
        """Refuse; the requester is told."""
        for approval in self:
            approval._check_decider()
            approval._decide("refused", note)

    def _check_decider(self):
        self.ensure_one()
        self.check_access("read")
        if self.state != "pending":
            raise UserError(self.env._("This was decided already."))
        sudo = self.sudo()
        if not self._is_decider():
            raise AccessError(
                self.env._(
                    "A superior with the role %(role)s decides this.", role=sudo.group_id.name
                )
            )

    def _is_decider(self):
        """:return: whether the current user may decide: a superior, but not about his own wish; a manager always"""
        self.ensure_one()
        user, sudo = self.env.user, self.sudo()
        if user.has_group("gb_callcenter.group_gb_manager"):
            return True
        is_superior = (
            sudo.group_id.id in user._get_group_ids()
            or user in sudo.ticket_id.department_id.gb_lead_ids
        )
        return is_superior and user != sudo.requested_by_id

    def _decide(self, state, note):
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                "decision_note": note or self.decision_note,
            }
        )
        self.sudo().ticket_id._after_approval(self.sudo())

    def _get_deciders(self):
        """:return: res.users who are told that there is something to decide; not the one who asks"""
        self.ensure_one()
        users = self.group_id.all_user_ids
        if self.kind == "extension":  # the department decides, a manager where it has no other lead
            users = self.ticket_id.department_id.gb_lead_ids - self.requested_by_id or users
        return users.filtered(lambda user: user.active and self.company_id in user.company_ids)

    def _notify_deciders(self):
        """Tell those who decide, in the chatter of the work order."""
        partners = (self._get_deciders() - self.requested_by_id).partner_id
        if partners:
            self.ticket_id.message_notify(
                partner_ids=partners.ids,
                subject=self.env._("%(number)s asks for your decision", number=self.ticket_id.name),
                body=self.reason or "",
            )


class GbTicketApprove(models.Model):
    _inherit = "gb.ticket"

    def _approve_transition(self, approval):
        """Do the move that was asked for, in the name of the one who confirms."""
        self._move(
            approval.transition_id.code,
            dict((approval.payload or {}).get("values") or {}),
            approval.reason,
            "user",
            approval=approval,
        )

    def _after_approval(self, approval):
        """Tell the requester how it was decided."""
        if approval.requested_by_id and approval.requested_by_id != self.env.user:
            states = dict(approval._fields["state"]._description_selection(self.env))
            self.message_notify(
                partner_ids=approval.requested_by_id.partner_id.ids,
                subject=self.env._(
                    "%(number)s: %(decision)s",
                    number=self.name,
                    decision=states[approval.state],
                ),
                body=approval.decision_note or "",
            )
