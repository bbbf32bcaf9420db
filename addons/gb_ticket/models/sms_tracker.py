from odoo import fields, models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    gb_message_id = fields.Many2one(
        "gb.ticket.message", string="Message", ondelete="cascade", index="btree_not_null"
    )

    def _action_update_from_sms_state(self, sms_state, failure_type=False, failure_reason=False):
        result = super()._action_update_from_sms_state(
            sms_state, failure_type=failure_type, failure_reason=failure_reason
        )
        states = {"outgoing": "queued", "error": "failed", "canceled": "failed"}
        self._gb_report_delivery(
            states.get(sms_state, "sent"),
            failure_type,
            failure_reason,
            delivered=sms_state == "sent",
        )
        return result

    def _action_update_from_provider_error(self, provider_error):
        status, failure_type, reason = super()._action_update_from_provider_error(provider_error)
        self._gb_report_delivery("failed", failure_type, reason)
        return status, failure_type, reason

    def _gb_report_delivery(self, state, failure_type, reason, delivered=False):
        messages = self.gb_message_id
        if not messages:
            return
        kinds = dict(self.env["sms.sms"]._fields["failure_type"]._description_selection(self.env))
        failure = reason or kinds.get(failure_type) or failure_type or self.env._("Unknown error")
        messages._set_delivery(state, failure, delivered=delivered)
