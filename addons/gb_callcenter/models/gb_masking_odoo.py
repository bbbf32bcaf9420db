from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..tools.phone_number import mask_number
from .gb_phone import MIN_SUFFIX

MASKED_ROLES = (
    "gb_callcenter.group_gb_agent",
    "gb_callcenter.group_gb_inspector",
    "gb_callcenter.group_gb_analyst",
)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _gb_sees_numbers(self):
        """Whether this user sees whole telephone numbers: he has the right, or is in no role of the call centre."""
        return self._has_group("gb_callcenter.group_gb_see_numbers") or not any(
            self._has_group(role) for role in self._get_gb_masked_roles()
        )

    @api.model
    def _get_gb_masked_roles(self):
        """External ids of the groups to whose members numbers are hidden unless they have the right."""
        return MASKED_ROLES


class ResCompany(models.Model):
    _inherit = "res.company"

    _gb_unmasked_fields = ("phone",)  # a company's own number is on every letter


class BaseDocumentLayout(models.TransientModel):  # pylint: disable=no-wizard-in-models
    _inherit = "base.document.layout"

    _gb_unmasked_fields = ("phone",)


class MailThreadPhone(models.AbstractModel):
    _inherit = "mail.thread.phone"

    @api.model
    def _get_gb_more_masked(self):
        return {"phone_sanitized", "phone_mobile_search", *self._phone_get_number_fields()}

    @api.model
    def _get_gb_number_domain(self, name, text, digits):
        if name == "phone_mobile_search":
            name = "phone_sanitized"
        return super()._get_gb_number_domain(name, text, digits)


class ResPartner(models.Model):
    _inherit = "res.partner"

    _gb_masked_fields = ("phone", "phone_sanitized", "phone_mobile_search", "gb_number_search")

    @api.model
    def _get_gb_number_domain(self, name, text, digits):
        phones = self.env["gb.phone"]
        found = phones._find_suffix(digits) if len(digits) == MIN_SUFFIX else phones._find(text)
        return Domain("id", "in", found.partner_id.ids)

    def _build_vcard(self):
        vcard = super()._build_vcard()
        if vcard and not self.env.user._gb_sees_numbers():
            for line in vcard.contents.get("tel", ()):
                line.value = mask_number(line.value)
        return vcard

    @api.model
    def _get_gb_hidden_numbers(self, masks, vals):
        """A customer who is created from a call has its number, which the agent does not see."""
        call_id = self.env.context.get("gb_call_id")
        if "phone" in masks and isinstance(call_id, int):
            call_sudo = self.env["gb.seat"]._get_own_call(call_id).sudo()
            if number := call_sudo._get_gb_number_behind(masks["phone"]):
                return {"phone": number}
        return {}


class SmsComposer(models.TransientModel):  # pylint: disable=no-wizard-in-models
    _inherit = "sms.composer"

    _gb_masked_fields = (
        "recipient_single_number",
        "recipient_single_number_itf",
        "numbers",
        "sanitized_numbers",
    )


class SmsSms(models.Model):
    _inherit = "sms.sms"

    _gb_masked_fields = ("number",)


class MailNotification(models.Model):
    _inherit = "mail.notification"

    _gb_masked_fields = ("sms_number",)


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    _gb_masked_fields = ("number",)


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    _gb_masked_fields = ("partner_phone",)


class WebsiteVisitor(models.Model):
    _inherit = "website.visitor"

    _gb_masked_fields = ("mobile",)


class MailTrackingValue(models.Model):
    _inherit = "mail.tracking.value"

    def _tracking_value_format_model(self, model):
        """In the chatter of one who sees no numbers their changes are masked; so are they in e-mails, which go to
        anybody who follows."""
        rows = super()._tracking_value_format_model(model)
        masked = self.env[model]._get_gb_masked() if model else ()
        if masked and (
            not self.env.user._gb_sees_numbers() or self.env.context.get("gb_mask_tracking")
        ):
            ids = set(self.filtered(lambda tracking: tracking.field_id.name in masked).ids)
            for row in rows:
                if row["id"] in ids:
                    row["oldValue"] = self._mask_gb_value(row["oldValue"])
                    row["newValue"] = self._mask_gb_value(row["newValue"])
        return rows


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        masking = self.with_context(gb_mask_tracking=True)
        return super(MailThread, masking)._notify_by_email_prepare_rendering_context(
            message, *args, **kwargs
        )


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _check_gb_expressions(self, is_unsafe):
        if is_unsafe and not self.env.su and not self.env.user._gb_sees_numbers():
            raise AccessError(
                self.env._(
                    "Telephone numbers are hidden from you: texts with placeholders of your own could show them. "
                    "Use a template, or leave the placeholders out."
                )
            )

    def _check_access_right_dynamic_template(self):
        if not self.env.su and not self.env.user._gb_sees_numbers():
            self._check_gb_expressions(self._has_unsafe_expression())
        return super()._check_access_right_dynamic_template()

    @api.model
    def _render_template_qweb(self, template_src, model, res_ids, *args, **kwargs):
        if template_src and not self._unrestricted_rendering:
            if not self.env.user._gb_sees_numbers():
                self._check_gb_expressions(
                    self._has_unsafe_expression_template_qweb(template_src, model)
                )
        return super()._render_template_qweb(template_src, model, res_ids, *args, **kwargs)

    @api.model
    def _render_template_inline_template(self, template_txt, model, res_ids, *args, **kwargs):
        if template_txt and not self._unrestricted_rendering:
            if not self.env.user._gb_sees_numbers():
                self._check_gb_expressions(
                    self._has_unsafe_expression_template_inline_template(str(template_txt), model)
                )
        return super()._render_template_inline_template(
            template_txt, model, res_ids, *args, **kwargs
        )
