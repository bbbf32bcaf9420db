from odoo import api, fields, models


class SmsSms(models.Model):
    """An SMS that hangs on no message is a contact of its own; others are logged as their message."""

    _inherit = "sms.sms"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        rows = [
            {
                "res_model": sms._name,
                "res_id": sms.id,
                "partner_id": sms.partner_id.id,
                "channel": "sms",
                "direction": "outbound",
                "at": fields.Datetime.now(),
                "user_id": self.env.user.id if self.env.user._is_internal() else False,
                "summary": sms.body,
                "company_id": sms._get_sms_company().id,
            }
            for sms in messages.sudo()
            if sms.partner_id.partner_share and not sms.mail_message_id
        ]
        self.env["gb.contact"]._log(rows)
        return messages
