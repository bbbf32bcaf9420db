"""For `odoo shell`: measurements of the order desk. Prints lines for the report; everything is rolled back."""

import json
import os
import random
import statistics
import time

from odoo import Command

from odoo.addons.gb_callcenter.tools.product_words import get_pinyin, get_words

env = globals()["env"]
env = env(context=dict(env.context, tracking_disable=True, no_reset_password=True))
cr = env.cr
dice = random.Random(1)
SIZE = int(os.environ.get("GB_PRODUCTS", "50000"))
BRANDS = ("惠氏", "爱他美", "美素佳儿", "雀巢", "飞鹤", "花王", "帮宝适", "好奇", "贝亲", "黑格")
SERIES = (
    "启赋",
    "卓萃",
    "皇家",
    "能恩",
    "星飞帆",
    "妙而舒",
    "一级帮",
    "铂金装",
    "自然实感",
    "臻爱",
)
KINDS = (
    "婴儿配方奶粉",
    "纸尿裤",
    "拉拉裤",
    "玻璃奶瓶",
    "柔湿巾",
    "保湿乳",
    "辅食米粉",
    "爬行垫",
    "婴儿推车",
    "吸奶器",
)


def out(name, **figures):
    print("FIGURES " + json.dumps([name, figures], ensure_ascii=False), flush=True)


def timed(functions):
    """Milliseconds of each function, run once each, after a first one that is not counted."""
    spent = []
    for turn, function in enumerate(functions):
        env.flush_all()
        env.invalidate_all(flush=False)
        began = time.perf_counter()
        function()
        if turn:
            spent.append((time.perf_counter() - began) * 1000)
    ordered = sorted(spent)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def seed():
    """Products as a shop has them; by SQL, with the words that the addon would compute."""
    first = env["product.product"].create({"name": "起始", "list_price": 100, "taxes_id": [(5,)]})
    template = first.product_tmpl_id
    env.flush_all()
    rows = []
    for number in range(SIZE):
        name = f"{dice.choice(BRANDS)}{dice.choice(SERIES)}{dice.choice(KINDS)}{number}"
        code = f"P{number:06d}"
        rows.append((name, get_pinyin(name), code, " ".join(sorted(get_words([name], [code])))))

    def get_columns(table, changed):
        cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
        )
        kept = [f'"{row[0]}"' for row in cr.fetchall() if row[0] not in {"id", *changed}]
        return ", ".join(kept)

    columns = get_columns("product_template", ("name", "gb_pinyin", "default_code"))
    cr.execute("CREATE TEMP TABLE bench (name text, pinyin text, code text, words text)")
    with cr._obj.connection.cursor() as raw:
        from psycopg2.extras import execute_values

        execute_values(raw, "INSERT INTO bench VALUES %s", rows, page_size=2000)
    cr.execute(
        f"""INSERT INTO product_template (name, gb_pinyin, default_code, {columns})
            SELECT jsonb_build_object('en_US', bench.name), bench.pinyin, bench.code, {columns}
              FROM product_template, bench WHERE id = %s""",
        [template.id],
    )
    # without figures about the new rows the join below would compare each with each
    cr.execute("ANALYZE bench")
    cr.execute("ANALYZE product_template")
    columns = get_columns(
        "product_product", ("product_tmpl_id", "default_code", "barcode", "gb_search_words")
    )
    columns = ", ".join(f"model.{name}" for name in columns.split(", "))
    names = columns.replace("model.", "")
    cr.execute(
        f"""INSERT INTO product_product (product_tmpl_id, default_code, gb_search_words, {names})
            SELECT template.id, bench.code, bench.words, {columns}
              FROM bench JOIN product_template template ON template.default_code = bench.code,
                   product_product model WHERE model.id = %s""",
        [first.id],
    )
    cr.execute("ANALYZE product_product")
    return first


first = seed()
agent = env["res.users"].create(
    {
        "name": "Bench agent",
        "login": "bench_desk",
        "group_ids": [Command.set([env.ref("gb_callcenter.group_gb_agent").id])],
    }
)
china = env.ref("base.cn")
customer = env["res.partner"].create(
    {
        "name": "Bench customer",
        "phone": "13800009999",
        "country_id": china.id,
        "state_id": env.ref("base.state_cn_SH").id,
        "city": "上海",
        "street": "长宁路1号",
    }
)
desk = env["gb.order.desk"].with_user(agent)
QUERIES = {
    "two characters": lambda: dice.choice(BRANDS)[:2],
    "one character": lambda: dice.choice(("奶", "纸", "花")),
    "brand and series": lambda: dice.choice(BRANDS) + dice.choice(SERIES),
    "initials": lambda: dice.choice(("hsqf", "atm", "hw", "bq", "nf", "tc")),
    "code": lambda: f"P{dice.randrange(SIZE):06d}",
    "a few letters of a code": lambda: f"p{dice.randrange(SIZE):06d}"[:4],
}
products = env["product.product"]
for label, choose in QUERIES.items():
    texts = [choose() for _turn in range(31)]
    out(
        f"product search: {label}",
        ours=timed([lambda text=text: desk.search_products(text, customer.id) for text in texts]),
        odoo_name_search=timed(
            [lambda text=text: products.name_search(text, limit=20) for text in texts[:6]]
        ),
    )


def plain_order():
    order = env["sale.order"].create(
        {
            "partner_id": customer.id,
            "order_line": [Command.create({"product_id": first.id, "product_uom_qty": 2})],
        }
    )
    order.set_delivery_line(carrier, 10)
    order.action_confirm()


service = products.create({"name": "Bench delivery", "type": "service", "sale_ok": False})
carrier = env["delivery.carrier"].create(
    {"name": "Bench", "product_id": service.id, "allow_cash_on_delivery": True}
)


# saved addresses are told to callers who were checked
customer._gb_record_check("override", True, reason="Bench", user=agent)


def prepare():
    cart = desk.open_draft(customer.id)
    desk.set_line(cart["id"], first.id, 2)
    desk.set_address(cart["id"], customer.id)
    desk.set_carrier(cart["id"], carrier.id)
    desk.set_details(cart["id"], {"payment_means": "cash_on_delivery"})
    return cart["id"]


def confirm_prepared():
    spent = []
    for turn in range(12):
        order_id = prepare()
        env.flush_all()
        env.invalidate_all(flush=False)
        began = time.perf_counter()
        assert desk.confirm(order_id, f"bench-{turn}")["confirmed"]
        spent.append((time.perf_counter() - began) * 1000)
    ordered = sorted(spent[1:])
    return {"p50_ms": round(statistics.median(ordered), 1), "p95_ms": round(ordered[-1], 1)}


out(
    "an order",
    ours_confirm=confirm_prepared(),
    ours_all_steps=timed(
        [lambda turn=turn: desk.confirm(prepare(), f"bench-all-{turn}") for turn in range(12)]
    ),
    odoo_create_and_confirm=timed([plain_order] * 12),
)
cart = desk.open_draft(customer.id)
out(
    "a line of the cart",
    ours=timed(
        [lambda turn=turn: desk.set_line(cart["id"], first.id, turn + 1) for turn in range(21)]
    ),
)
cr.rollback()
