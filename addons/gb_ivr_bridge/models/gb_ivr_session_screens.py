from odoo import api, models

MAX_SHOWN = 12


class GbIvrSession(models.Model):
    """Sessions on people's screens."""

    _inherit = "gb.ivr.session"

    @api.depends("started_at", "number", "partner_id")
    @api.depends_context("uid")
    def _compute_display_name(self):
        phones = self.env["gb.phone"]
        for session in self:
            who = session.sudo().partner_id.name or phones._mask(session.number)
            session.display_name = who or self.env._("Withheld number")

    def _prepare_timeline_row(self):
        """The session as a row of the 360's timeline: where the customer went, but nothing that he typed."""
        self.ensure_one()
        ends = dict(self._fields["end_reason"]._description_selection(self.env))
        labels = []
        for step in self.step_ids.sorted("number"):
            if not labels or labels[-1] != step.label:
                labels.append(step.label)
        path = " → ".join(
            [
                *labels[: MAX_SHOWN - 1],
                *(["…"] if len(labels) > MAX_SHOWN else []),
                *labels[MAX_SHOWN - 1 :][-1:],
            ]
        )
        return {
            "kind": "menu",
            "id": self.id,
            "model": self._name,
            "at": self.started_at,
            "icon": "fa-th",
            "title": self.flow_id.name or self.env._("Telephone menu"),
            "text": path,
            "state": ends.get(self.end_reason, ""),
            "seconds": self.seconds,
            "agent": "",
            "amount": False,
        }

    def action_open_call(self):
        """Open the call of this session."""
        self.ensure_one()
        self.check_access("read")
        return self.call_id.get_formview_action()

    def action_open_order(self):
        """Open the order that the caller made, at the order desk."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "gb_callcenter.order_desk",
            "params": {"partner_id": self.order_id.partner_id.id, "order_id": self.order_id.id},
        }
