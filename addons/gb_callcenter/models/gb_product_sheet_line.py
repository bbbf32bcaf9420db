from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbProductSheetLine(models.Model):
    """A product on a sheet; afterwards a line of the product's history."""

    _name = "gb.product.sheet.line"
    _description = "Product on a sale or price sheet"
    _order = "sheet_id desc, id"
    _rec_name = "product_tmpl_id"

    sheet_id = fields.Many2one(
        "gb.product.sheet", required=True, ondelete="cascade", index=True, readonly=True
    )
    product_tmpl_id = fields.Many2one(
        "product.template", string="Product", required=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one(
        "product.product",
        string="Variant",
        ondelete="cascade",
        index="btree_not_null",
        domain="[('product_tmpl_id', '=', product_tmpl_id)]",
        help="Empty: all variants. Only prices differ between variants.",
    )
    kind = fields.Selection(related="sheet_id.kind")
    state = fields.Selection(related="sheet_id.state", string="Sheet's state")
    effective_from = fields.Datetime(related="sheet_id.effective_from")
    until = fields.Datetime(related="sheet_id.until")
    reason = fields.Text(related="sheet_id.reason")
    pricelist_id = fields.Many2one(related="sheet_id.pricelist_id")
    company_id = fields.Many2one(related="sheet_id.company_id")
    currency_id = fields.Many2one(related="sheet_id.currency_id")
    adjustment = fields.Selection(
        [("price", "New price"), ("percent", "Percent")], required=True, default="price"
    )
    new_price = fields.Monetary(help="In the currency of the price list.")
    percent = fields.Float(
        string="Change (%)",
        help="Of the product's sales price: -10 makes it ten percent cheaper.",
    )
    old_price = fields.Monetary(
        string="Price before",
        readonly=True,
        copy=False,
        help="Of one piece by the price list, when the sheet was submitted.",
    )
    target_price = fields.Monetary(string="Price with the sheet", compute="_compute_target_price")
    item_id = fields.Many2one(
        "product.pricelist.item",
        string="Price rule",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    was_sale_ok = fields.Boolean(string="Was for sale", readonly=True, copy=False)
    was_published = fields.Boolean(string="Was in the web shop", readonly=True, copy=False)
    is_applied = fields.Boolean(string="Took effect", readonly=True, copy=False)
    is_ended = fields.Boolean(
        string="Ended", readonly=True, copy=False, help="With its sheet, or by a later one."
    )

    _line_uniq = models.UniqueIndex(
        "(sheet_id, product_tmpl_id, COALESCE(product_id, 0))",
        "The product is on the sheet already.",
    )

    @api.depends("adjustment", "new_price", "percent", "product_tmpl_id", "product_id", "kind")
    def _compute_target_price(self):
        for line in self:
            if line.kind != "price":
                line.target_price = 0
            elif line.adjustment == "percent":
                product = line.product_id or line.product_tmpl_id
                price = product.currency_id._convert(
                    product.list_price,
                    line.currency_id,
                    line.company_id or self.env.company,
                    fields.Date.context_today(self),
                    round=False,
                )
                line.target_price = price * (1 + line.percent / 100)
            else:
                line.target_price = line.new_price

    @api.depends("product_tmpl_id", "product_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = (line.product_id or line.product_tmpl_id).display_name

    @api.constrains("product_id", "product_tmpl_id")
    def _check_variant(self):
        for line in self:
            if line.product_id and line.product_id.product_tmpl_id != line.product_tmpl_id:
                raise ValidationError(self.env._("The variant is one of another product."))
            if line.product_id and line.kind != "price":
                raise ValidationError(
                    self.env._("A product is on or off sale with all its variants.")
                )

    def _check_price(self):
        for line in self.filtered(lambda line: line.kind == "price"):
            if line.adjustment == "price" and line.new_price <= 0:
                raise ValidationError(
                    self.env._("Enter the new price of %(product)s.", product=line.display_name)
                )
            if line.adjustment == "percent" and (not line.percent or line.percent <= -100):
                raise ValidationError(
                    self.env._(
                        "Enter by how many percent the price of %(product)s changes.",
                        product=line.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su:
            lines.sheet_id._check_draft()
        return lines

    def write(self, vals):
        if not self.env.su:
            self.sheet_id._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        self.sheet_id._check_draft()

    # ------------------------------------------------------------
    # Prices
    # ------------------------------------------------------------
    def _is_about_same(self, other):
        """:return: whether both lines concern the same product or variant"""
        return self.product_tmpl_id == other.product_tmpl_id and (
            not self.product_id or not other.product_id or self.product_id == other.product_id
        )

    def _get_current_price(self):
        self.ensure_one()
        if self.kind != "price":
            return 0.0
        product = self.product_id or self.product_tmpl_id.product_variant_id or self.product_tmpl_id
        return self.pricelist_id.sudo()._get_product_price(product, 1.0)

    def _prepare_price_rule_values(self):
        """:return: values of the rule in the price list; addons that price otherwise extend them"""
        self.ensure_one()
        sheet = self.sheet_id
        values = {
            "pricelist_id": sheet.pricelist_id.id,
            "applied_on": "0_product_variant" if self.product_id else "1_product",
            "product_tmpl_id": self.product_tmpl_id.id,
            "product_id": self.product_id.id,
            "min_quantity": 0,
            "date_start": sheet.effective_from,
            "date_end": sheet.until,
        }
        if self.adjustment == "percent":
            return {**values, "compute_price": "percentage", "percent_price": -self.percent}
        return {**values, "compute_price": "fixed", "fixed_price": self.new_price}

    def _create_price_rules(self):
        """The rules carry the dates, so that prices change to the second whenever the cron comes."""
        for line in self.filtered(lambda line: line.kind == "price" and not line.item_id):
            line.item_id = self.env["product.pricelist.item"].create(
                line._prepare_price_rule_values()
            )

    def _stop_price_rules(self, now):
        for item in self.item_id:
            if item.date_start and item.date_start >= now:
                item.unlink()  # a rule ends after it begins
            elif not item.date_end or item.date_end > now:
                item.date_end = now

    def _drop_price_rules(self):
        self.item_id.unlink()

    # ------------------------------------------------------------
    # Taking effect and ending
    # ------------------------------------------------------------
    def _apply(self):
        """Superuser: who wrote and approved the sheet need no right on products."""
        for line in self.filtered(lambda line: not line.is_applied):
            replaced = line._get_replaced()
            line.is_applied = True
            template = line.product_tmpl_id
            line.was_sale_ok = template.sale_ok
            line.was_published = template.is_published
            if line.kind == "off_sale":
                template.write({"sale_ok": False, "is_published": False})
            elif line.kind == "on_sale":
                off = replaced.filtered(lambda other: other.kind == "off_sale")[:1]
                template.write(
                    {"sale_ok": True, "is_published": off.was_published if off else True}
                )
            if not line.until:
                line._replace(replaced)
        back = self.filtered(lambda line: line.kind == "on_sale")
        self.env["gb.product.wait"]._notify_back_in_stock(back.product_tmpl_id.product_variant_ids)

    def _get_replaced(self):
        """:return: effective lines without an end about the same product, which this one takes the place of"""
        self.ensure_one()
        others = self.search(
            [
                ("product_tmpl_id", "=", self.product_tmpl_id.id),
                ("sheet_id.company_id", "=", self.sheet_id.company_id.id),
                ("sheet_id.state", "=", "effective"),
                ("sheet_id.until", "=", False),
                ("is_ended", "=", False),
                ("id", "not in", self.ids),
            ]
        )
        if self.kind == "price":
            return others.filtered(
                lambda other: (
                    other.kind == "price"
                    and other.pricelist_id == self.pricelist_id
                    and other.product_id == self.product_id
                )
            )
        return others.filtered(lambda other: other.kind != "price")

    def _replace(self, replaced):
        now = self.sheet_id.effective_from
        replaced.is_ended = True
        replaced._stop_price_rules(now)
        for sheet in replaced.sheet_id:
            if all(sheet.line_ids.mapped("is_ended")):
                sheet._move(("effective",), "ended", ended_at=now)

    def _end(self, now):
        for line in self:
            line.is_ended = True
            line._stop_price_rules(now)
            if line.kind != "price" and line.is_applied:
                line.product_tmpl_id.write(
                    {"sale_ok": line.was_sale_ok, "is_published": line.was_published}
                )
                if line.was_sale_ok:
                    self.env["gb.product.wait"]._notify_back_in_stock(
                        line.product_tmpl_id.product_variant_ids
                    )
