import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, sql

from ..tools.chinese import (
    cut_snippet,
    find_ranges,
    fold,
    make_vector,
    query_tokens,
)

# Most characters that are read of body and attachments.
BODY_LIMIT, ATTACHMENT_LIMIT = 20000, 60000
# Candidates from titles and from bodies; how many rows may be ranked to find them.
CANDIDATES, TITLES, RANKED = 120, 6000, 1500
MAX_TOKENS = 32
# D, C, B, A as ts_rank wants them
WEIGHTS = "{0.15, 0.3, 0.8, 1.0}"
# An article that has less than this share of what was asked for (rare tokens count more) is left out; a question for
# which none has the second share counts as unanswered.
LEAST_SHARE, SURE_SHARE = 0.1, 0.2
# what a token is worth beside a pair of characters: single characters are in everything
KIND_VALUE = {"pair": 1.0, "word": 1.3, "part": 0.5, "single": 0.4}
SYNONYM_VALUE = 0.8


class GbArticle(models.Model):
    """Finding articles: Chinese and English, as you type, best first. See docs/adr/034-knowledge.md."""

    _inherit = "gb.article"

    search_text = fields.Char(
        string="Search", compute="_compute_search_text", search="_search_search_text"
    )

    def init(self):
        """Vectors of title, questions and keywords (short, ranked in full) and of everything."""
        for column in ("head_vector", "text_vector"):
            if not sql.column_exists(self.env.cr, self._table, column):
                self.env.cr.execute(
                    SQL("ALTER TABLE gb_article ADD COLUMN %s tsvector", SQL.identifier(column))
                )
            self.env.cr.execute(
                SQL(
                    "CREATE INDEX IF NOT EXISTS %s ON gb_article USING gin (%s) WITH (fastupdate = off)",
                    SQL.identifier(f"gb_article_{column}_index"),
                    SQL.identifier(column),
                )
            )

    # ------------------------------------------------------------
    # Index
    # ------------------------------------------------------------
    def _update_index(self):
        """Write the vectors anew. Revisions have none: what is published is found."""
        self.flush_recordset()
        for article in self.sudo().exists():
            heads, text = (None, None) if article.origin_id else article._get_vectors()
            self.env.cr.execute(
                SQL(
                    "UPDATE gb_article SET head_vector = %s::tsvector, text_vector = %s::tsvector WHERE id = %s",
                    heads,
                    text,
                    article.id,
                )
            )

    def _get_vectors(self):
        head = [
            ("A", self.name, None),
            *(("A", question.name, None) for question in self.question_ids),
            ("B", self.keywords, None),
            ("B", self.category_id.name, None),
        ]
        body = [("C", self.body_text, BODY_LIMIT)]
        left = ATTACHMENT_LIMIT
        for attachment in self.attachment_ids:
            text = f"{attachment.name or ''}\n{attachment.index_content or ''}"[:left]
            left -= len(text)
            body.append(("D", text, None))
        return make_vector(head), make_vector(head + body)

    # ------------------------------------------------------------
    # Search
    # ------------------------------------------------------------
    def _compute_search_text(self):
        self.search_text = False

    def _search_search_text(self, operator, value):
        if operator not in ("ilike", "=", "like") or not isinstance(value, str):
            return NotImplemented
        return [("id", "in", self._rank(value, drafts=True).ids)]

    @api.model
    @api.readonly
    def search_articles(self, query, limit=8, **context):
        """Articles that answer a question, best first. Meant to be called at every key.

        :param query: what was typed
        :param limit: most results (at most 50)
        :param context: ``product_ids`` (product.product that it is about), ``category_id`` (only below it),
            ``audience`` (``public``: only what customers may see), ``drafts`` (editors: also what is not published)
        :return: list of {id, name, name_ranges, snippet, snippet_ranges, category, state, audience, version_id,
            use_count, score}; ranges are [start, end] of what was found
        """
        self.check_access("read")
        limit = max(1, min(int(limit or 8), 50))
        ranked = self._rank(
            query or "",
            limit,
            product_ids=context.get("product_ids"),
            category_id=context.get("category_id"),
            audience=context.get("audience"),
            drafts=context.get("drafts"),
        )
        tokens = {token.text for token in query_tokens(query)}
        tokens.update(token for token, _value in self._get_synonym_tokens(query or ""))
        return ranked._describe_found(tokens, fold(query or ""))

    def _describe_found(self, tokens=frozenset(), typed=""):
        """:return: list of dictionaries as ``search_articles``"""
        found = []
        last = typed.rpartition(" ")[2]
        for article in self:
            snippet, ranges = cut_snippet(article.body_text, tokens)
            name_ranges = find_ranges(article.name, tokens)
            if not name_ranges and len(last) > 1 and last.isascii():
                at = fold(article.name).find(last)
                name_ranges = [[at, at + len(last)]] if at >= 0 else []
            found.append(
                {
                    "id": article.id,
                    "name": article.name,
                    "name_ranges": name_ranges,
                    "snippet": snippet,
                    "snippet_ranges": ranges,
                    "category": article.category_id.complete_name or "",
                    "state": article.state,
                    "audience": article.audience,
                    "version_id": article.version_id.id,
                    "use_count": article.use_count_30,
                }
            )
        return found

    @api.model
    def _get_synonym_tokens(self, query):
        """:return: list of (token, value) of what could have been asked instead"""
        folded = fold(query)
        found = {}
        for words in self.env["gb.article.synonym"]._get_groups():
            here = [word for word in words if word in folded]
            if not here:
                continue
            for word in words:
                if word not in here:
                    for token in query_tokens(word):
                        # one character of another word says nothing
                        if token.kind != "single" or len(word) == 1:
                            found[token.text] = SYNONYM_VALUE * KIND_VALUE[token.kind]
        return list(found.items())

    @api.model
    def _get_search_domain(self, category_id=None, audience=None, drafts=False):
        """Which articles are searched. Record rules come on top of it."""
        domain = Domain("origin_id", "=", False)
        if not drafts:
            domain &= self._get_live_domain(audience)
        elif audience:
            domain &= Domain("audience", "=", audience)
        if category_id:
            domain &= Domain("category_id", "child_of", int(category_id))
        return domain

    @api.model
    def _rank(self, query, limit=100, product_ids=None, least=LEAST_SHARE, **scope):
        """:return: gb.article, best first"""
        terms = self._weigh_terms(query)
        if not terms:
            return self.browse()
        candidates = self._find_candidates(terms, self._get_search_domain(**scope))
        if not candidates:
            return self.browse()
        total = sum(value for _term, value, _documents, is_asked in terms if is_asked)
        rows = self.env.execute_query(
            SQL(
                """
                WITH article AS (
                    -- taken out of its storage once, not once for each term
                    SELECT id, head_vector, text_vector || ''::tsvector AS text_vector, helpful_count, unhelpful_count,
                           use_count_30, published_at
                      FROM gb_article WHERE id = ANY(%(ids)s) OFFSET 0
                ), term AS (
                    SELECT * FROM unnest(%(queries)s::tsquery[], %(values)s::float[]) AS term(query, value)
                )
                SELECT article.id, found.score, found.covered, found.in_head, length(article.head_vector), article.helpful_count,
                       article.unhelpful_count, article.use_count_30, article.published_at
                  FROM article CROSS JOIN LATERAL (
                    SELECT SUM(term.value * ts_rank(%(weights)s::float4[], article.text_vector, term.query)) AS score,
                           SUM(term.value) AS covered,
                           SUM(term.value) FILTER (WHERE article.head_vector @@ term.query) AS in_head
                      FROM term WHERE article.text_vector @@ term.query
                  ) AS found
                 WHERE found.covered IS NOT NULL
                """,
                ids=candidates,
                queries=[term for term, *_rest in terms],
                values=[value for _term, value, *_rest in terms],
                weights=WEIGHTS,
            )
        )
        matching = self._get_product_factors([row[0] for row in rows], product_ids)
        now, scores = fields.Datetime.now(), {}
        for id_, score, covered, in_head, length, helpful, unhelpful, used, published_at in rows:
            if covered < least * total:
                continue
            share = min(1.0, covered / total)
            head_share = min(1.0, (in_head or 0.0) / total)
            text = score * (0.4 + 0.6 * share + head_share) / (1 + math.log1p(length) / 12)
            helpfulness = 0.8 + 0.4 * (helpful + 1) / (helpful + unhelpful + 2)
            age = (now - published_at).days if published_at else 0
            freshness = 0.9 + 0.1 * math.exp(-max(age, 0) / 365)
            popularity = 1 + 0.02 * math.log1p(used)
            scores[id_] = text * matching.get(id_, 1.0) * helpfulness * freshness * popularity
        best = sorted(scores, key=lambda id_: (-scores[id_], -id_))[:limit]
        return self.browse(best)

    @api.model
    def _weigh_terms(self, query):
        """What is looked for, rarest first.

        :return: list of (tsquery, value, articles that have it or None, whether it was asked for itself)
        """
        tokens = {token.text: (KIND_VALUE[token.kind], True) for token in query_tokens(query[:200])}
        for token, value in self._get_synonym_tokens(query[:200]):
            tokens.setdefault(token, (value, False))
        total, frequencies = self.env["gb.article.term"]._get_frequencies(list(tokens))
        terms = []
        for token, (value, is_asked) in tokens.items():
            documents = frequencies.get(token, 1)
            rarity = math.log1p(max(total, documents, 1) / documents)
            terms.append((f"'{token}'", value * rarity, documents, is_asked))
        last = fold(query).rpartition(" ")[2]
        if len(last) > 1 and last.isascii() and last.isalnum():
            # still being typed
            rarity = math.log1p(max(total, 1) / 20)
            typed = {f"'{token.text}'" for token in query_tokens(last)}
            terms = [(*term[:3], term[3] and term[0] not in typed) for term in terms]
            # what begins like this stands in no fewer articles than the word itself
            terms.append((f"'{last[:40]}':*", rarity, frequencies.get(last), True))
        terms.sort(key=lambda term: term[2] or 0)
        return terms[:MAX_TOKENS]

    @api.model
    def _find_candidates(self, terms, domain):
        """Ids worth ranking: titles first, then what only the body or an attachment has. Both are capped, so that a common
        word costs no more than a rare one: of very many titles with it those count that are used most."""
        head = self._search(domain)
        asked = " | ".join(term for term, *_rest in terms)
        few = self._choose_rare(terms, TITLES)
        head.add_where(SQL("gb_article.head_vector @@ %s::tsquery", few))
        head.order = SQL("gb_article.use_count_30 DESC NULLS LAST, gb_article.id DESC")
        head.limit = TITLES
        titles = SQL(
            "SELECT id FROM (%s) AS title ORDER BY ts_rank(%s::float4[], head_vector, %s::tsquery) DESC LIMIT %s",
            head.select("gb_article.id", "gb_article.head_vector"),
            WEIGHTS,
            asked,
            CANDIDATES,
        )
        text = self._search(domain)
        rare = self._choose_rare(terms, RANKED)
        text.add_where(SQL("gb_article.text_vector @@ %s::tsquery", rare))
        if sum(term[2] or RANKED for term in terms if term[0] in rare.split(" | ")) <= RANKED:
            text.order = SQL(
                "ts_rank(%s::float4[], gb_article.text_vector, %s::tsquery) DESC", WEIGHTS, rare
            )
        text.limit = CANDIDATES
        rows = self.env.execute_query(SQL("(%s) UNION (%s)", titles, text.select("gb_article.id")))
        return [row[0] for row in rows]

    @api.model
    def _choose_rare(self, terms, most):
        """The rarest terms, one at least, as long as they stand in no more than ``most`` articles together."""
        chosen, together = [], 0
        for term, _value, documents, _is_asked in terms:
            together += documents or 0
            if chosen and together > most:
                break
            chosen.append(term)
        return " | ".join(chosen)

    @api.model
    def _get_product_factors(self, ids, product_ids):
        """:return: {article id: how much better it fits because of the product}"""
        products = self.env["product.product"].browse(product_ids or []).exists()
        if not products or not ids:
            return {}
        factors = {}
        categories = self.env["product.category"]
        for category in products.sudo().categ_id:
            while category:
                categories |= category
                category = category.parent_id
        for table, column, values, factor in (
            ("gb_article_product_categ_rel", "categ_id", categories.ids, 1.3),
            ("gb_article_product_rel", "product_tmpl_id", products.sudo().product_tmpl_id.ids, 1.6),
        ):
            rows = self.env.execute_query(
                SQL(
                    "SELECT article_id FROM %s WHERE article_id = ANY(%s) AND %s = ANY(%s)",
                    SQL.identifier(table),
                    list(ids),
                    SQL.identifier(column),
                    values,
                )
            )
            factors.update({row[0]: factor for row in rows})
        return factors

    # ------------------------------------------------------------
    # Suggestions and use
    # ------------------------------------------------------------
    @api.model
    @api.readonly
    def suggest(self, subject, product_ids=None, partner_id=None, limit=5):
        """Articles that may be needed: what fits the subject, then what is often used for the product, then what is asked most.

        :param subject: text of a call's note, a work order or a mail
        :param product_ids: product.product that it is about
        :param partner_id: customer; the products of his latest orders count as well, if the user may read him
        :return: list as ``search_articles``
        """
        self.check_access("read")
        limit = max(1, min(int(limit or 5), 20))
        product_ids = list(product_ids or [])
        if partner_id and not product_ids:
            product_ids = self._get_bought_products(partner_id)
        found = self._rank(subject or "", limit, product_ids=product_ids)
        live = self._get_search_domain()
        if len(found) < limit and product_ids:
            templates = self.env["product.product"].browse(product_ids).sudo().product_tmpl_id
            found |= self.search(
                live
                & Domain("product_tmpl_ids", "in", templates.ids)
                & Domain("id", "not in", found.ids),
                order="use_count_30 desc, id desc",
                limit=limit - len(found),
            )
        if not found:
            found = self.search(
                live & Domain("use_count_30", ">", 0),
                order="use_count_7 desc, use_count_30 desc, id desc",
                limit=limit,
            )
        tokens = {token.text for token in query_tokens(subject)}
        return found._describe_found(tokens)

    @api.model
    def _get_bought_products(self, partner_id):
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner or not partner.has_access("read"):
            return []
        # agents have no rights in sales; which products a customer has bought is on his card anyway
        lines_sudo = (
            self.env["sale.order.line"]
            .sudo()
            .search(
                [
                    ("order_partner_id", "=", partner.id),
                    ("state", "=", "sale"),
                    ("company_id", "in", self.env.companies.ids),
                    ("create_date", ">=", fields.Datetime.now() - timedelta(days=90)),
                ],
                order="id desc",
                limit=10,
            )
        )
        return lines_sudo.product_id.ids

    @api.model
    @api.readonly
    def get_hot(self, limit=8, category_id=None, product_ids=None):
        """What was used most in the last days.

        :return: list as ``search_articles``
        """
        domain = self._get_search_domain(category_id=category_id)
        if product_ids:
            templates = self.env["product.product"].browse(product_ids).sudo().product_tmpl_id
            domain &= Domain("product_tmpl_ids", "in", templates.ids)
        found = self.search(
            domain,
            order="use_count_7 desc, use_count_30 desc, use_count desc, id desc",
            limit=max(1, min(int(limit or 8), 50)),
        )
        return found._describe_found()

    @api.readonly
    def get_article(self):
        """What the panel shows of one article.

        :return: {id, name, body, text, category, state, audience, version_id, version, published_at, valid_until,
            attachments: [{id, name, mimetype}], products, vote}
        """
        self.ensure_one()
        self.check_access("read")
        vote = (
            self.env["gb.article.use"]
            .sudo()
            .search(
                [
                    ("article_id", "=", self.id),
                    ("user_id", "=", self.env.uid),
                    ("kind", "!=", "used"),
                ],
                limit=1,
            )
        )
        return {
            "id": self.id,
            "name": self.name,
            "body": self.body or "",
            "text": self.body_text or "",
            "category": self.category_id.complete_name or "",
            "state": self.state,
            "audience": self.audience,
            "version_id": self.version_id.id,
            "version": self.version_id.number,
            "published_at": fields.Datetime.to_string(self.published_at) or False,
            "valid_until": fields.Date.to_string(self.valid_until) or False,
            "attachments": [
                {"id": attachment.id, "name": attachment.name, "mimetype": attachment.mimetype}
                for attachment in self.sudo().attachment_ids
            ],
            "products": self.sudo().product_tmpl_ids.mapped("name"),
            "vote": vote.kind or False,
        }

    def log_use(self, kind="used", res_model=None, res_id=None, comment=None):
        """An agent has used the article, or says whether it helped.

        :param kind: ``used``, ``helpful`` or ``unhelpful``
        :param res_model: what it was used for, e.g. ``gb.call``, with ``res_id``
        :param comment: what is wrong with it
        :return: whether it was noted; the same use of the same document is noted once
        """
        self.ensure_one()
        self.check_access("read")
        if kind not in dict(self.env["gb.article.use"]._fields["kind"].selection):
            raise ValueError(kind)
        if res_model:
            if res_model not in self.env:
                raise ValueError(res_model)
            document = self.env[res_model].browse(int(res_id or 0)).exists()
            if not document or not document.has_access("read"):
                raise AccessError(self.env._("You have no access to what it was used for."))
        return self._log_use_sudo(kind, res_model, res_id, comment)

    def _log_use_sudo(self, kind, res_model=None, res_id=None, comment=None):
        """As ``log_use``, when the caller has checked that the user may."""
        # rows are nobody's to write by hand: they are counted
        Use_sudo = self.env["gb.article.use"].sudo()
        latest = Use_sudo.search(
            [
                ("article_id", "=", self.id),
                ("user_id", "=", self.env.uid),
                ("res_model", "=", res_model or False),
                ("res_id", "=", res_id or False),
                ("kind", "=" if kind == "used" else "!=", "used"),
            ],
            limit=1,
        )
        recently = fields.Datetime.now() - timedelta(minutes=5)
        if latest.kind == kind and (res_id or latest.at > recently):
            return False
        Use_sudo.create(
            {
                "article_id": self.id,
                "version_id": self.version_id.id,
                "category_id": self.category_id.id,
                "company_id": self.company_id.id or self.env.company.id,
                "user_id": self.env.uid,
                "kind": kind,
                "res_model": res_model or False,
                "res_id": res_id or False,
                "comment": (comment or "")[:500] or False,
            }
        )
        return True

    def add_comment(self, comment):
        """Say what is wrong with the article that one has just found not helpful.

        :return: whether there was such a judgement
        """
        self.ensure_one()
        self.check_access("read")
        # one's own latest row; nobody writes these by hand
        latest = (
            self.env["gb.article.use"]
            .sudo()
            .search(
                [
                    ("article_id", "=", self.id),
                    ("user_id", "=", self.env.uid),
                    ("kind", "=", "unhelpful"),
                ],
                limit=1,
            )
        )
        latest.comment = (comment or "").strip()[:500] or False
        return bool(latest)

    @api.model
    def report_no_result(self, query):
        """The agent has stopped typing and nothing was found: the question is collected.

        :return: whether there really is no answer
        """
        self.check_access("read")
        if not query_tokens(query) or self._rank(query, 1, least=SURE_SHARE):
            return False
        # nobody writes these by hand
        self.env["gb.article.query"].sudo()._log(query)
        return True
