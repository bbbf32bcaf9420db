"""For `odoo shell`: products as a shop for mothers and babies has them, by SQL, with the words that the addon would compute."""

import os
import random

from bulk import copy_rows, without_indexes
from psycopg2.extras import execute_values

from odoo.addons.gb_callcenter.tools.product_words import get_pinyin, get_words

env = globals()["env"]
cr = env.cr
dice = random.Random(1)
SIZE = int(os.environ["GB_PRODUCTS"])
BRANDS = "惠氏 爱他美 美素佳儿 雀巢 飞鹤 花王 帮宝适 好奇 贝亲 黑格".split()
SERIES = "启赋 卓萃 皇家 能恩 星飞帆 妙而舒 一级帮 铂金装 自然实感 臻爱".split()
KINDS = "婴儿配方奶粉 纸尿裤 拉拉裤 玻璃奶瓶 柔湿巾 保湿乳 辅食米粉 爬行垫 婴儿推车 吸奶器".split()

product = env["product.product"].create({"name": "起始", "list_price": 100, "taxes_id": [(5,)]})
env.flush_all()
rows = []
for number in range(1, SIZE + 1):
    name = f"{dice.choice(BRANDS)}{dice.choice(SERIES)}{dice.choice(KINDS)}{number}"
    code = f"P{number:06d}"
    words = " ".join(sorted(get_words([name], [code])))
    rows.append((number, name, get_pinyin(name), code, words))
cr.execute(
    "CREATE TEMP TABLE bench (number integer PRIMARY KEY, name text, pinyin text, code text, words text)"
)
with cr._obj.connection.cursor() as raw:
    execute_values(raw, "INSERT INTO bench VALUES %s", rows, page_size=2000)


def of_bench(value):
    return f"(SELECT {value} FROM bench WHERE number = n)"


is_favourite = "mod(n, 1000) = 0"
with without_indexes(env, "product.template", "product.product"):
    first = copy_rows(
        product.product_tmpl_id, SIZE, name=of_bench("jsonb_build_object('en_US', name)"),
        gb_pinyin=of_bench("pinyin"), default_code=of_bench("code"), is_favorite=is_favourite,
    )  # fmt: skip
    copy_rows(
        product, SIZE, product_tmpl_id=f"{first} + n - 1", default_code=of_bench("code"),
        gb_search_words=of_bench("words"), is_favorite=is_favourite,
    )  # fmt: skip
env["res.users"].create(
    {
        "name": "Bench agent",
        "login": "bench_desk",
        "group_ids": [(6, 0, env.ref("gb_callcenter.group_gb_agent").ids)],
    }
)
cr.commit()
