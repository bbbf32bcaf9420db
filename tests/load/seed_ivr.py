"""For `odoo shell`: what callers of a menu ask for. Prints what the measurement needs."""

import json
import os

env = globals()["env"]
env.company.country_id = env.ref("base.cn")
provider = env["gb.telephony.provider"].create(
    {
        "name": "PBX",
        "reference": "bench",
        "code": "asterisk",
        "connector_secret_input": os.environ["GB_SECRET"],
    }
)
queue = env["gb.queue"].create({"name": "Orders", "code": "orders", "provider_id": provider.id})
env["gb.hotline"].create(
    {
        "name": "Orders",
        "number": "8000",
        "provider_id": provider.id,
        "queue_id": queue.id,
    }
)
customers = env["res.partner"].create(
    [
        {"name": f"Customer {number}", "phone": f"138{number:08}", "country_id": env.ref("base.cn").id}
        for number in range(5000)
    ]
)  # fmt: skip
product = env["product.product"].create(
    {"name": "Formula", "default_code": "TD001", "list_price": 300, "taxes_id": [(5,)]}
)
for customer in customers[:20]:
    env["sale.order"].create(
        {"partner_id": customer.id, "order_line": [(0, 0, {"product_id": product.id})]}
    ).action_confirm()
env.cr.commit()
print("SEED", json.dumps({"caller": "13800000003", "code": "001"}))
