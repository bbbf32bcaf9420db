import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class GbFaxSend(models.TransientModel):
    """Faxes a record's report or file to a customer."""

    _name = "gb.fax.send"
    _description = "Send a fax"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    phone_id = fields.Many2one(
        "gb.phone",
        string="To the machine",
        required=True,
        domain="[('partner_id', '=', partner_id)]",
        compute="_compute_phone_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    report_id = fields.Many2one("ir.actions.report", string="Print")
    report_choice_ids = fields.Many2many("ir.actions.report", compute="_compute_choices")
    attachment_id = fields.Many2one("ir.attachment", string="File of this record")
    attachment_choice_ids = fields.Many2many("ir.attachment", compute="_compute_choices")
    file = fields.Binary(string="Other file", help="PDF, TIFF, PNG or JPEG.")
    file_name = fields.Char()
    subject = fields.Char(required=True)

    @api.model
    def _open(self, record, partner):
        """:return: action that opens the dialog for ``record``"""
        self._check_sender()
        partner.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send a fax"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": record._name,
                "default_res_id": record.id,
                "default_partner_id": partner.id,
                "default_subject": record.display_name,
            },
        }

    @api.model
    def _check_sender(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only agents send faxes."))

    @api.depends("partner_id")
    def _compute_phone_id(self):
        for wizard in self:
            phones = wizard.partner_id.gb_phone_ids
            wizard.phone_id = phones.filtered(lambda phone: phone.kind == "fax")[:1] or phones[:1]

    @api.depends("res_model", "res_id")
    def _compute_choices(self):
        for wizard in self:
            reports_sudo = self.env["ir.actions.report"].sudo()  # names of reports are no secret
            wizard.report_choice_ids = reports_sudo.search(
                [("model", "=", wizard.res_model), ("report_type", "=", "qweb-pdf")]
            ).filtered(lambda report: report.binding_model_id)
            wizard.attachment_choice_ids = self.env["ir.attachment"].search(
                [
                    ("res_model", "=", wizard.res_model),
                    ("res_id", "=", wizard.res_id),
                    ("res_field", "=", False),
                    (
                        "mimetype",
                        "in",
                        ("application/pdf", "image/tiff", "image/png", "image/jpeg"),
                    ),
                ]
            )

    @api.onchange("res_model")
    def _onchange_res_model(self):
        if len(self.report_choice_ids) and not self.attachment_choice_ids:
            self.report_id = self.report_choice_ids[:1]

    def action_send(self):
        """Put it into the queue."""
        self.ensure_one()
        self._check_sender()
        record = self._get_record()
        self.partner_id.check_access("read")
        phone_sudo = self.phone_id.sudo()  # masked for some
        if phone_sudo.partner_id != self.partner_id:
            raise UserError(self.env._("This is no number of this customer."))
        fax = self.env["gb.fax"]._queue_document(
            self._get_content(record),
            phone_sudo.number,
            subject=self.subject,
            partner_id=self.partner_id.id,
            res_model=record._name,
            res_id=record.id,
            **(
                {"company_id": record.company_id.id}
                if "company_id" in record and record.company_id
                else {}
            ),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "A fax of %(pages)s pages to %(name)s is in the queue.",
                    pages=fax.page_count,
                    name=self.partner_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_record(self):
        """The record, which the current user may read."""
        if self.res_model not in self.env:
            raise UserError(self.env._("There is nothing to be faxed."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("There is nothing to be faxed."))
        record.check_access("read")
        return record

    def _get_content(self, record):
        """What is to be faxed, as bytes."""
        if self.file:
            return base64.b64decode(self.with_context(bin_size=False).file)
        if self.attachment_id:
            attachment = self.attachment_id
            if (attachment.res_model, attachment.res_id) != (record._name, record.id):
                raise AccessError(self.env._("This file belongs to another record."))
            attachment.check_access("read")
            return attachment.raw
        if not self.report_id:
            raise UserError(self.env._("Choose what is to be faxed: a report or a file."))
        report_sudo = self.report_id.sudo()  # the record may be read, as was just seen
        if report_sudo.model != record._name:
            raise AccessError(self.env._("This report is of other records."))
        content, _kind = report_sudo._render_qweb_pdf(report_sudo.report_name, record.ids)
        return content
