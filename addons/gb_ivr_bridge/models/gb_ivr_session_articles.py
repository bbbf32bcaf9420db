from odoo import fields, models
from odoo.fields import Domain

from ..tools.ivr_speech import join, say, word

ROWS = 3
MAX_ROWS = 9
MAX_BODY = 600
SENTENCE_ENDS = "。！？.!?；;\n"


class GbIvrSession(models.Model):
    """What everybody may hear: promotions, new products, shopping guide, delivery and payment. What is read out of the
    knowledge base has been published for customers."""

    _inherit = "gb.ivr.session"

    def _answer_promotions(self, args):
        if args.get("category"):
            return self._tell_articles(args)
        limit = self._get_number_arg(args, "limit", ROWS, MAX_ROWS)
        values, speech = {}, []
        programs = self._get_programs(limit)
        if programs:
            speech.append(say("promotions.programs"))
        for number, program in enumerate(programs, 1):
            values[f"program{number}_name"] = self._get_plain(program.name)
            speech.append(say("promotions.program", f"program{number}_"))
        products = self._get_new_products(limit)
        if products:
            prices, _currency = self._get_desk()._get_prices(products, self._get_caller())
            speech.append(say("promotions.products"))
        for number, product in enumerate(products, 1):
            values[f"new{number}_name"] = product.name
            values[f"new{number}_price"] = f"{prices[product.id][0]:.2f}"
            speech.append(say("promotions.product", f"new{number}_"))
        if not speech:
            return self._reply("none", speech=[say("promotions.none")])
        return self._reply("found", values, speech)

    def _answer_shopping_guide(self, args):
        return self._tell_articles(args)

    def _answer_delivery(self, args):
        if args.get("category"):
            return self._tell_articles(args)
        carriers = self.env["delivery.carrier"]
        carriers = carriers.search(carriers._check_company_domain(self.company_id), limit=MAX_ROWS)
        if not carriers:
            return self._reply("none", speech=[say("delivery.none")])
        values, speech = {}, [say("delivery.intro")]
        for number, carrier in enumerate(carriers, 1):
            row_values, part = self._tell_carrier(carrier, f"carrier{number}_")
            values.update(row_values)
            speech.append(part)
        return self._reply("found", values, speech)

    def _tell_carrier(self, carrier, prefix):
        values = {f"{prefix}name": carrier.name}
        if carrier.delivery_type != "fixed":
            parts = ["delivery.rated"]
        elif self.company_id.currency_id.is_zero(carrier.fixed_price):
            parts = ["delivery.free"]
        else:
            parts = ["delivery.fixed"]
            values[f"{prefix}price"] = f"{carrier.fixed_price:.2f}"
        if carrier.free_over:
            parts.append("delivery.free_over")
            values[f"{prefix}over"] = f"{carrier.amount:.2f}"
        if carrier.gb_delivery_days:
            parts.append("delivery.days")
            values[f"{prefix}days"] = self._get_count(carrier.gb_delivery_days)
        if carrier.allow_cash_on_delivery:
            parts.append("delivery.collects")
        return values, join(*(say(part, prefix) for part in (*parts, "delivery.stop")))

    def _answer_payment(self, args):
        if args.get("category"):
            return self._tell_articles(args)
        means = self.env["sale.order"]._fields["gb_payment_means"]
        values, speech = {}, [say("payment.intro")]
        for number, (key, _label) in enumerate(means._description_selection(self.env), 1):
            values[f"means{number}_label"] = word(f"payment.{key}", self._get_language())
            speech.append(say("payment.row", f"means{number}_"))
        return self._reply("found", values, speech)

    # ------------------------------------------------------------------
    # What is told
    # ------------------------------------------------------------------

    def _tell_articles(self, args):
        limit = self._get_number_arg(args, "limit", ROWS, MAX_ROWS)
        articles = self._get_articles(args.get("category"), limit)
        if not articles:
            return self._reply("none", speech=[say("articles.none")])
        values, speech = {}, []
        for number, article in enumerate(articles, 1):
            prefix = f"article{number}_"
            values[f"{prefix}title"] = self._get_plain(article.name)
            values[f"{prefix}body"] = self._shorten(self._get_plain(article.body_text))
            speech.append(say("articles.article", prefix))
        return self._reply("found", values, speech)

    def _get_articles(self, category, limit):
        """:return: valid articles for customers in the caller's language, or in any when there is none in his"""
        articles = self.env["gb.article"]
        domain = articles._get_live_domain("public") & Domain(
            "company_id", "in", [self.company_id.id, False]
        )
        if category:
            found = self.env["gb.article.category"].browse(
                int(category) if category.isascii() and category.isdigit() else []
            )
            if not found.exists():
                return articles
            domain &= Domain("category_id", "child_of", found.id)
        order = "use_count_30 desc, id desc"
        own = articles.search(
            domain & Domain("lang", "=", self._get_language()), limit=limit, order=order
        )
        return own or articles.search(domain, limit=limit, order=order)

    def _get_programs(self, limit):
        """:return: promotions that apply by themselves today"""
        today = fields.Date.context_today(self)
        return self.env["loyalty.program"].search(
            Domain("program_type", "in", ("promotion", "buy_x_get_y", "promo_code", "loyalty"))
            & Domain("trigger", "=", "auto")
            & Domain("company_id", "in", [self.company_id.id, False])
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today)),
            limit=limit,
            order="sequence, id desc",
        )

    def _get_new_products(self, limit):
        """:return: what has come to the web shop last and may be sold"""
        desk = self._get_desk()
        products = desk._get_products_sudo()
        templates = self.env["product.template"].search(
            self.env["product.template"]._get_gb_for_sale_domain()
            & Domain("is_published", "=", True)
            & desk._get_company_domain(self.env["product.template"]),
            limit=limit,
            order="publish_date desc, id desc",
        )
        return products.browse(template.product_variant_id.id for template in templates)

    @staticmethod
    def _get_plain(text):
        return " ".join((text or "").split())

    @staticmethod
    def _shorten(text):
        """At most what a listener bears, up to the end of a sentence."""
        if len(text) <= MAX_BODY:
            return text
        cut = text[:MAX_BODY]
        end = max(cut.rfind(sign) for sign in SENTENCE_ENDS)
        return cut[: end + 1] if end > 0 else cut
