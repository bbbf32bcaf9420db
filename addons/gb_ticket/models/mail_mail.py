from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._gb_report_delivery()
        return result

    def _gb_report_delivery(self):
        """Tell the work orders' messages how their e-mails fare."""
        mails = self.filtered(lambda mail: mail.model == "gb.ticket").sudo()
        if not mails:
            return
        by_message = mails.grouped("mail_message_id")
        states = {"outgoing": "queued", "sent": "sent", "exception": "failed", "cancel": "failed"}
        for message in (
            self.env["gb.ticket.message"]
            .sudo()
            .search(
                [("mail_message_id", "in", mails.mail_message_id.ids), ("channel", "=", "email")]
            )
        ):
            mail = by_message[message.mail_message_id][:1]
            if mail.state in states:
                message._set_delivery(states[mail.state], mail._gb_get_failure())

    def _gb_get_failure(self):
        self.ensure_one()
        if self.state == "cancel":
            return self.env._("The e-mail was cancelled.")
        kinds = dict(self._fields["failure_type"]._description_selection(self.env))
        return self.failure_reason or kinds.get(self.failure_type) or self.env._("Unknown error")
