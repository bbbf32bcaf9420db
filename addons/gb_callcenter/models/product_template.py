from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.product_words import get_pinyin


class ProductTemplate(models.Model):
    """What the order desk may sell, and how a name is typed on a keyboard without Chinese characters."""

    _inherit = "product.template"

    gb_pinyin = fields.Char(
        string="Pinyin",
        compute="_compute_gb_pinyin",
        store=True,
        help="Pinyin and its initials of the name in any language.",
    )
    gb_is_shop_product = fields.Boolean(
        string="Web shop product",
        compute="_compute_gb_is_shop_product",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="Is, or has been, on the web shop: when it is not published there, it is off sale at the"
        " order desk too.",
    )

    def _get_gb_names(self):
        """Names in all languages, the same for all records: ``[(template, {name, …})]``"""
        names = {template: set() for template in self}
        for code, _name in self.env["res.lang"].get_installed():
            for template in self.with_context(lang=code):
                names[template.with_env(self.env)].add(template.name or "")
        return names.items()

    @api.depends("name")
    def _compute_gb_pinyin(self):
        for template, names in self._get_gb_names():
            readings = filter(None, map(get_pinyin, sorted(names)))
            template.gb_pinyin = " ".join(dict.fromkeys(readings)) or False

    @api.depends("is_published", "public_categ_ids")
    def _compute_gb_is_shop_product(self):
        for template in self:
            template.gb_is_shop_product = (
                template.gb_is_shop_product
                or template.is_published
                or bool(template.public_categ_ids)
            )

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        result = super()._update_field_translations(field_name, translations, digest, source_lang)
        if field_name == "name":
            self.modified(["name"])
        return result

    @api.model
    def _get_gb_for_sale_domain(self):
        """Which products may be sold now by the order desk; on templates and variants alike.

        Everything that takes a product off sale (archived, "can be sold" taken away, taken off the web shop) counts
        at once, because nothing is copied. Override to add conditions.

        :rtype: Domain
        """
        return (
            Domain("sale_ok", "=", True)
            & Domain("active", "=", True)
            & Domain("type", "!=", "combo")
            & (Domain("gb_is_shop_product", "=", False) | Domain("is_published", "=", True))
        )

    def _gb_is_for_sale(self):
        """Whether this product may be sold now: the one definition, see `_get_gb_for_sale_domain`.

        :rtype: bool
        """
        self.ensure_one()
        return bool(self.sudo().filtered_domain(self._get_gb_for_sale_domain()))
