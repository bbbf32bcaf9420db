"""For `odoo shell`: a knowledge base made of real sentences, mixed: common words are in every second article, rare ones in few."""

import json
import os
import random
from pathlib import Path

from odoo.addons import gb_callcenter
from odoo.addons.gb_callcenter.tools.chinese import make_vector

env = globals()["env"]
COUNT = int(os.environ.get("GB_ARTICLES", "20000"))
dice = random.Random(1)
fixture = json.loads(
    (Path(gb_callcenter.__path__[0]) / "tests/knowledge_fixture.json").read_text(encoding="utf-8")
)
articles = fixture["articles"]
sentences = [part for row in articles for part in row["body"].split("。") if part]
brands = [
    f"{name}{number}"
    for name in ("安儿", "贝康", "启蓓", "优乐", "小鹿", "星妈")
    for number in range(60)
]
categories = env["gb.article.category"].create(
    [{"name": name} for name in sorted({row["category"] for row in articles})]
)
of_name = {category.name: category.id for category in categories}
# cutting up bodies is what takes longest here: every one is used five times, under other titles
bodies = []
for _number in range(max(1, COUNT // 5)):
    body = "。".join(dice.choices(sentences, k=dice.randint(5, 40)))
    bodies.append((body, make_vector([("C", body, None)])))
rows = []
for _number in range(COUNT):
    row = dice.choice(articles)
    brand = dice.choice(brands)
    title = f"{brand} {row['title']}"
    question = dice.choice(fixture["questions"])["question"] if dice.random() < 0.3 else ""
    body, body_vector = dice.choice(bodies)
    head = [("A", title, None), ("A", question, None), ("B", row["keywords"], None)]
    rows.append(
        (
            title, of_name[row["category"]], row["keywords"], f"<p>{body}</p>", body, make_vector(head),
            make_vector(head), body_vector, dice.randint(0, 300), dice.randint(0, 40), dice.randint(0, 9),
        )
    )  # fmt: skip
env.flush_all()
# filled row by row, the two indexes would take minutes; built over all rows they take seconds
env.cr.execute("DROP INDEX gb_article_head_vector_index, gb_article_text_vector_index")
for start in range(0, COUNT, 500):
    env.cr.execute_values(
        """
        INSERT INTO gb_article (name, category_id, keywords, body, body_text, head_vector, text_vector, use_count_30,
            helpful_count, unhelpful_count, use_count, use_count_7, state, audience, company_id, owner_id, published_at,
            create_date, write_date)
        VALUES %s
        """,
        rows[start : start + 500],
        template=(
            "(%s, %s, %s, %s, %s, %s::tsvector, %s::tsvector || %s::tsvector, %s, %s, %s, 0, 0, 'published', 'internal', "
            f"{env.company.id}, 1, now() at time zone 'UTC', now() at time zone 'UTC', now() at time zone 'UTC')"
        ),
    )
env["gb.article"].init()
env["gb.article.term"]._cron_count()
env["res.users"].create(
    {
        "name": "Bench agent",
        "login": "bench_agent",
        "group_ids": [(6, 0, env.ref("gb_callcenter.group_gb_agent").ids)],
    }
)
env.cr.commit()
