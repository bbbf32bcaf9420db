from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class GbArticle(models.Model):
    """Articles and customers: the web site's help centre, and articles sent by SMS or e-mail."""

    _inherit = "gb.article"

    website_url = fields.Char(string="Public address", compute="_compute_website_url")

    @api.depends("name", "state", "audience")
    def _compute_website_url(self):
        for article in self:
            is_public = article.audience == "public" and article.state == "published"
            article.website_url = (
                f"/help/article/{self.env['ir.http']._slug(article)}" if is_public else False
            )

    @api.model
    def _get_public_domain(self, website):
        """What visitors of a website may see. :return: Domain"""
        return self._get_live_domain("public") & Domain(
            "company_id", "in", [website.company_id.id, False]
        )

    def _get_public_url(self, short=False):
        """The complete address for customers; the short one leads to it.

        :raises UserError: when customers may not see it
        """
        self.ensure_one()
        if self.audience != "public" or not self._is_live():
            raise UserError(
                self.env._(
                    "“%(title)s” is not for customers. Tell them its content instead.",
                    title=self.name,
                )
            )
        company = self.company_id or self.env.company
        website = self.env["website"].sudo().search([("company_id", "=", company.id)], limit=1)
        base = (website or self).get_base_url()
        return base + (f"/help/article/{self.id}" if short else self.website_url)

    def action_view_public(self):
        """Open the public page."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self._get_public_url(), "target": "new"}

    def action_send(self):
        """Open the dialog that sends the article to a customer."""
        self.ensure_one()
        self._get_public_url()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send to a customer"),
            "res_model": "gb.article.send",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_article_id": self.id},
        }

    def send_to_customer(self, partner_id, channel, phone_id=None):
        """Send the article's title and address to a customer.

        :param int partner_id: whom the current user may see
        :param str channel: ``sms`` or ``email``
        :param int phone_id: ``gb.phone`` of this customer for the SMS, his main number by default
        :return: True
        :raises UserError: when the article is not public, or there is no number or address
        """
        self.ensure_one()
        self.check_access("read")
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only agents send articles to customers."))
        article = self.with_context(lang=partner.lang or self.env.lang)
        if channel == "sms":
            article._send_sms(partner.sudo(), article._get_public_url(short=True), phone_id)
        elif channel == "email":
            article._send_mail(partner.sudo(), article._get_public_url())
        else:
            raise ValueError(channel)
        self.log_use("used", "res.partner", partner.id)
        return True

    def _send_sms(self, partner_sudo, url, phone_id):
        phones_sudo = partner_sudo.gb_phone_ids
        phone_sudo = phones_sudo.filtered(lambda phone: phone.id == phone_id) or phones_sudo[:1]
        if not phone_sudo:
            raise UserError(self.env._("This customer has no telephone number."))
        sms_sudo = (
            self.env["sms.sms"]
            .sudo()
            .create(
                {
                    "partner_id": partner_sudo.id,
                    "number": phone_sudo.number_key,
                    "body": self.env._("%(title)s: %(url)s", title=self.name, url=url),
                }
            )
        )
        sms_sudo.send()
        partner_sudo.message_post(
            body=self.env._("Sent by SMS: %(title)s %(url)s", title=self.name, url=url)
        )

    def _send_mail(self, partner_sudo, url):
        if not partner_sudo.email_normalized:
            raise UserError(self.env._("This customer has no e-mail address."))
        partner_sudo.message_post(
            subject=self.name,
            body=self.body + self._get_mail_foot(url),
            partner_ids=partner_sudo.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _get_mail_foot(self, url):
        return self.env["ir.qweb"]._render("gb_callcenter.help_mail_foot", {"url": url})
