from odoo import api, fields, models


class GbArticleSend(models.TransientModel):
    """Sends an article to a customer while the agent talks to him."""

    _name = "gb.article.send"
    _description = "Send an article to a customer"

    article_id = fields.Many2one("gb.article", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    channel = fields.Selection(
        [("sms", "SMS"), ("email", "E-mail"), ("fax", "Fax")], required=True, default="sms"
    )
    phone_id = fields.Many2one(
        "gb.phone",
        string="To the number",
        domain="[('partner_id', '=', partner_id)]",
        compute="_compute_phone_id",
        store=True,
        readonly=False,
    )
    url = fields.Char(string="Address", compute="_compute_url")

    @api.depends("partner_id", "channel")
    def _compute_phone_id(self):
        for wizard in self:
            phones = wizard.partner_id.gb_phone_ids
            if wizard.channel == "fax":
                phones = phones.filtered(lambda phone: phone.kind == "fax") or phones
            wizard.phone_id = phones[:1]

    @api.depends("article_id")
    def _compute_url(self):
        for wizard in self:
            wizard.url = wizard.article_id._get_public_url() if wizard.article_id else False

    def action_send(self):
        """Send it."""
        self.ensure_one()
        self.article_id.send_to_customer(self.partner_id.id, self.channel, self.phone_id.id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "“%(title)s” is on its way to %(name)s.",
                    title=self.article_id.name,
                    name=self.partner_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
