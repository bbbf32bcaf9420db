from odoo import models
from odoo.exceptions import AccessError, UserError


class GbArticle(models.Model):
    """Articles by fax."""

    _inherit = "gb.article"

    def send_to_customer(self, partner_id, channel, phone_id=None):
        """Channel ``fax``: the article itself, printed; ``phone_id`` is the number of the machine."""
        if channel != "fax":
            return super().send_to_customer(partner_id, channel, phone_id)
        self.ensure_one()
        self.check_access("read")
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only agents send articles to customers."))
        # whoever gets it reads it on the public page otherwise: nothing internal leaves by fax
        self._get_public_url()
        phones_sudo = partner.sudo().gb_phone_ids  # masked for some
        phone_sudo = phones_sudo.filtered(
            lambda phone: phone.id == phone_id if phone_id else phone.kind == "fax"
        )[:1]
        if not phone_sudo:
            raise UserError(self.env._("This customer has no number of a fax machine."))
        article = self.with_context(lang=partner.lang or self.env.lang)
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(lang=article.env.lang)
            ._render_qweb_pdf("gb_callcenter.gb_article_report", article.ids)
        )
        self.env["gb.fax"]._queue_document(
            content,
            phone_sudo.number,
            subject=article.name,
            partner_id=partner.id,
            res_model=self._name,
            res_id=self.id,
        )
        self.log_use("used", "res.partner", partner.id)
        return True
