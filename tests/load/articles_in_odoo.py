"""For `odoo shell`: measurements of the knowledge base inside one Odoo process. Prints lines for the report."""

import json
import random
import statistics
import time
from pathlib import Path

from odoo.addons import gb_callcenter
from odoo.addons.gb_callcenter.tools.chinese import query_tokens

env = globals()["env"]
cr = env.cr
dice = random.Random(3)
agent = env["res.users"].search([("login", "=", "bench_agent")])
Article = env["gb.article"].with_user(agent)
fixture = json.loads(
    (Path(gb_callcenter.__path__[0]) / "tests/knowledge_fixture.json").read_text(encoding="utf-8")
)
questions = [row["question"] for row in fixture["questions"]]
cr.execute(
    "SELECT name, documents FROM gb_article_term WHERE length(name) = 2 ORDER BY documents DESC"
)
terms = cr.fetchall()
KINDS = {
    "the 40 most common words": [name for name, _documents in terms[:40]],
    "any word": [name for name, _documents in dice.sample(terms, min(200, len(terms)))],
    "one character": list("奶宝退不天码用水发可"),
    "colloquial questions": questions,
    "a model, letter by letter": ["a", "ab", "gb", "gb0", "gb00", "3", "2.4g", "isofix", "iso"],
}


def out(name, **figures):
    print("FIGURES " + json.dumps([name, figures]), flush=True)


def empty_caches():
    env.flush_all()
    cr.cache.clear()
    for model in env.registry:
        if model.startswith("gb.article"):
            env[model].invalidate_model(flush=False)


def timed(function, values):
    spent = []
    for turn, value in enumerate([*values[:3], *values]):
        empty_caches()
        queries, began = cr.sql_log_count, time.perf_counter()
        function(value)
        if turn >= 3:
            spent.append((time.perf_counter() - began) * 1000)
        queries = cr.sql_log_count - queries
    ordered = sorted(spent)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "max_ms": round(ordered[-1], 1),
        "queries": queries,
    }


def plain(text):
    """Every article that has one of the tokens, ranked: what to_tsquery gives without candidates."""
    query = " | ".join(f"'{token.text}'" for token in query_tokens(text)) or "'-'"
    cr.execute(
        """SELECT id, name, ts_rank(text_vector, %(query)s::tsquery) AS score FROM gb_article
            WHERE text_vector @@ %(query)s::tsquery AND state = 'published' ORDER BY score DESC LIMIT 8""",
        {"query": query},
    )
    cr.fetchall()


cr.execute("SELECT count(*), pg_total_relation_size('gb_article') / 1024 / 1024 FROM gb_article")
count, megabytes = cr.fetchone()
out("articles", count=count, table_and_indexes_mb=megabytes)
for kind, values in KINDS.items():
    out(
        f"search, {kind}",
        **timed(lambda text: Article.search_articles(text), values),
        goal_p95_ms=200,
    )
    out(f"plain SQL over everything, {kind}", **timed(plain, values[:40]))
for kind in ("any word", "colloquial questions"):
    out(
        f"Odoo's ilike over title and text, {kind}",
        **timed(
            lambda text: Article.search_read(
                ["|", ("name", "ilike", text), ("body_text", "ilike", text)], ["name"], limit=8
            ),
            KINDS[kind][:40],
        ),
    )
out("suggestions for a subject", **timed(lambda text: Article.suggest(text), questions))
out("used most", **timed(lambda _text: Article.get_hot(), questions[:20]))
found = Article.search_articles("退货")[0]["id"]
out(
    "note a use",
    **timed(
        lambda number: (
            Article.browse(found).log_use("used", "res.users", agent.id) if number else None
        ),
        [1] * 30,
    ),
)
cr.rollback()
began = time.perf_counter()
env["gb.article.term"]._cron_count()
out("count the words (daily)", seconds=round(time.perf_counter() - began, 1))
cr.rollback()
