from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.product_words import get_words


class ProductProduct(models.Model):
    """Words by which the order desk finds a product."""

    _inherit = "product.product"

    gb_search_words = fields.Char(
        string="Search words",
        compute="_compute_gb_search_words",
        store=True,
        help="Parts of names and attributes, pinyin, initials and codes.",
    )

    # array_to_tsvector: the words are taken as they are, no parser splits codes; fastupdate: searched at every key,
    # written rarely
    _gb_search_words_idx = models.Index(
        "USING gin (array_to_tsvector(string_to_array(gb_search_words, ' '))) WITH (fastupdate = off)"
    )

    @api.depends(
        "product_tmpl_id.name",
        "product_tmpl_id.gb_pinyin",
        "default_code",
        "barcode",
        "product_template_attribute_value_ids.name",
    )
    def _compute_gb_search_words(self):
        names = dict(self.product_tmpl_id._get_gb_names())
        for product in self:
            values = product.product_template_attribute_value_ids.mapped("name")
            words = get_words(
                {*names.get(product.product_tmpl_id, ()), *filter(None, values)},
                (product.default_code, product.barcode),
            )
            product.gb_search_words = " ".join(sorted(words)) or False

    @api.model
    def _get_gb_for_sale_domain(self):
        """Which variants may be sold now. :rtype: Domain"""
        return (
            Domain("product_tmpl_id.active", "=", True)
            & self.env["product.template"]._get_gb_for_sale_domain()
        )

    def _gb_is_for_sale(self):
        """Whether this variant may be sold now by the order desk. :rtype: bool"""
        self.ensure_one()
        return bool(self.sudo().filtered_domain(self._get_gb_for_sale_domain()))
