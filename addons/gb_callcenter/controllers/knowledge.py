from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

PAGE_SIZE = 20
MAX_QUERY = 200
VOTED = "gb_article_votes"


def _sitemap(env, rule, qs):
    """The help centre and every public article of this website's company."""
    if not qs or qs.lower() in "/help":
        yield {"loc": "/help"}
    Article = env["gb.article"].sudo()
    slug = env["ir.http"]._slug
    for article in Article.search(Article._get_public_domain(env["website"].get_current_website())):
        location = f"/help/article/{slug(article)}"
        if not qs or qs.lower() in location:
            yield {"loc": location, "lastmod": article.published_at.date()}


class HelpCentre(http.Controller):
    """Public articles of the knowledge base on the web site: by category, by search, each at an address of its own."""

    def _get_articles(self):
        # visitors have no rights on articles: what the domain lets through is public
        return request.env["gb.article"].sudo()

    @http.route(
        ["/help", "/help/category/<string:slug>"],
        type="http",
        auth="public",
        website=True,
        sitemap=_sitemap,
        readonly=True,
    )
    def help(self, slug=None, search="", page=1, **_kwargs):
        """The front page with categories and what is read most, a category, or what a search has found."""
        articles_sudo = self._get_articles()
        domain = articles_sudo._get_public_domain(request.website)
        query = search.strip()[:MAX_QUERY]
        category = self._get_category(slug)
        if category:
            domain &= Domain("category_id", "child_of", category.id)
        if query:
            found = articles_sudo._rank(
                query, PAGE_SIZE, category_id=category.id, audience="public"
            ).filtered_domain(domain)
            pager = None
        else:
            page = int(page) if str(page).isdigit() else 1
            pager = request.website.pager(
                url=request.httprequest.path,
                total=articles_sudo.search_count(domain),
                page=page,
                step=PAGE_SIZE,
            )
            found = articles_sudo.search(
                domain,
                order="use_count_30 desc, id desc",
                limit=PAGE_SIZE,
                offset=pager["offset"],
            )
        return request.render(
            "gb_callcenter.help_centre",
            {
                "articles": found,
                "categories": self._get_categories(),
                "category": category,
                "search": query,
                "pager": pager,
            },
        )

    def _get_category(self, slug):
        categories_sudo = request.env["gb.article.category"].sudo()
        if not slug:
            return categories_sudo
        category_id = request.env["ir.http"]._unslug(slug)[1]
        category = categories_sudo.browse(category_id or 0).exists()
        if not category.active:
            raise NotFound()
        return category

    def _get_categories(self):
        """Categories that have something public, with how much. :return: list of (category, count)"""
        articles_sudo = self._get_articles()
        counts = articles_sudo._read_group(
            articles_sudo._get_public_domain(request.website), ["category_id"], ["__count"]
        )
        return [(category, count) for category, count in counts if category]

    @http.route(
        "/help/article/<string:slug>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,  # listed by the front page's
        readonly=True,
    )
    def article(self, slug, **_kwargs):
        """One article; an old address leads to the one with the present title."""
        article = self._get_article(request.env["ir.http"]._unslug(slug)[1])
        address = f"/help/article/{request.env['ir.http']._slug(article)}"
        if address.rpartition("/")[2] != slug:
            return request.redirect(address, code=301)
        return request.render(
            "gb_callcenter.help_article",
            {
                "article": article,
                "voted": str(article.id) in request.session.get(VOTED, {}),
                "related": self._get_related(article),
            },
        )

    def _get_article(self, article_id):
        articles_sudo = self._get_articles()
        article = articles_sudo.search(
            articles_sudo._get_public_domain(request.website) & Domain("id", "=", article_id or 0)
        )
        if not article:
            raise NotFound()
        return article

    def _get_related(self, article):
        return self._get_articles().search(
            self._get_articles()._get_public_domain(request.website)
            & Domain("category_id", "=", article.category_id.id)
            & Domain("id", "!=", article.id),
            order="use_count_30 desc, id desc",
            limit=5,
        )

    @http.route(
        "/help/article/<int:article_id>/attachment/<int:attachment_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def attachment(self, article_id, attachment_id, **_kwargs):
        """A file of a public article."""
        article = self._get_article(article_id)
        attachment = article.attachment_ids.filtered(lambda file: file.id == attachment_id)
        if not attachment:
            raise NotFound()
        return (
            request.env["ir.binary"]
            ._get_stream_from(attachment, "raw")
            .get_response(as_attachment=True)
        )

    @http.route(
        "/help/article/<int:article_id>/vote",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def vote(self, article_id, helpful="", comment="", **_kwargs):
        """Whether the article has helped; once for each visitor and article."""
        article = self._get_article(article_id)
        votes = dict(request.session.get(VOTED, {}))
        if str(article.id) not in votes:
            votes[str(article.id)] = helpful == "1"
            request.session[VOTED] = votes
            article.with_company(article.company_id or request.website.company_id).log_use(
                "helpful" if helpful == "1" else "unhelpful", comment=comment[:500]
            )
        return request.redirect(f"/help/article/{request.env['ir.http']._slug(article)}#vote")
