from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbMediaAd(models.Model):
    """An advertisement: what is offered in it, which number it shows, and what agents say to those who call."""

    _name = "gb.media.ad"
    _description = "Advertisement"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    product_ids = fields.Many2many(
        "product.product", "gb_media_ad_product_rel", string="Products", check_company=True
    )
    offer = fields.Char(
        translate=True,
        help="What is promised in the advertisement, in one line: agents see it when the caller's card opens.",
    )
    script = fields.Text(string="Script for agents", translate=True)
    hotline_id = fields.Many2one(
        "gb.hotline",
        string="Hotline shown",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Proposed for its broadcasts. Empty: the medium's.",
    )
    utm_source_id = fields.Many2one("utm.source", string="Source", ondelete="restrict")
    utm_medium_id = fields.Many2one("utm.medium", string="Tag of the medium", ondelete="restrict")
    utm_campaign_id = fields.Many2one("utm.campaign", string="Campaign", ondelete="restrict")
    link = fields.Char(
        string="Link to the web shop",
        compute="_compute_link",
        help="For posters, posts and QR codes: orders that come by it count for this advertisement.",
    )
    broadcast_ids = fields.One2many("gb.media.broadcast", "ad_id", string="Broadcasts")
    broadcast_count = fields.Integer(
        string="Number of broadcasts", compute="_compute_broadcast_count"
    )

    @api.depends("utm_source_id.name", "utm_medium_id.name", "utm_campaign_id.name")
    def _compute_link(self):
        for ad in self:
            tags = {
                "utm_source": ad.utm_source_id.name,
                "utm_medium": ad.utm_medium_id.name,
                "utm_campaign": ad.utm_campaign_id.name,
            }
            query = urlencode({name: value for name, value in tags.items() if value})
            ad.link = (
                f"{ad.get_base_url()}/shop?{query}"
                if ad.utm_source_id or ad.utm_campaign_id
                else False
            )

    def _compute_broadcast_count(self):
        counts = dict(
            self.env["gb.media.broadcast"]._read_group(
                [("ad_id", "in", self.ids)], ["ad_id"], ["__count"]
            )
        )
        for ad in self:
            ad.broadcast_count = counts.get(ad, 0)

    @api.constrains("utm_source_id", "utm_medium_id", "utm_campaign_id")
    def _check_tags(self):
        for ad in self:
            if ad.utm_medium_id and not (ad.utm_source_id or ad.utm_campaign_id):
                raise ValidationError(
                    self.env._(
                        "The tag of the medium alone tells no advertisement. Add a source or a campaign."
                    )
                )

    def write(self, vals):
        """Orders of the web shop follow the tags."""
        result = super().write(vals)
        if {"utm_source_id", "utm_medium_id", "utm_campaign_id"} & vals.keys():
            self.sudo().broadcast_ids._follow([])
        return result

    def action_view_broadcasts(self):
        """Open the schedule of this advertisement."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_campaign.gb_media_broadcast_action"
        )
        return dict(action, domain=[("ad_id", "=", self.id)], context={"default_ad_id": self.id})

    def _get_card(self):
        """What agents see of the advertisement on the call card.

        :return: dict(id, name, offer, script, products): products that may be sold now, as dicts (id, name)
        """
        self.ensure_one()
        ad_sudo = self.sudo()  # agents read the schedule of today only
        return {
            "id": ad_sudo.id,
            "name": ad_sudo.name,
            "offer": ad_sudo.offer or "",
            "script": ad_sudo.script or "",
            "products": [
                {"id": product.id, "name": product.display_name}
                for product in ad_sudo.product_ids.filtered_domain(
                    ad_sudo.product_ids._get_gb_for_sale_domain()
                )
            ],
        }
