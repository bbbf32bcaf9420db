"""After seed.py: a self-service menu on the hotline 8002, with customers who use it and something to buy."""

from odoo.addons.gb_ivr_bridge.models import gb_ivr_node_dynamic

# a slow machine is no Odoo that is away
gb_ivr_node_dynamic.ASK_SECONDS = 30
env = globals()["env"]
company = env.company
shanghai = env.ref("base.state_cn_SH")
address = {
    "country_id": env.ref("base.cn").id,
    "state_id": shanghai.id,
    "city": "Shanghai",
    "street": "Changning Road 1",
}
buyer, forgetful, waiting = env["res.partner"].create(
    [
        {"name": name, "phone": number, **address}
        for name, number in (
            ("Phone Buyer", "13800000021"),
            ("Forgetful Member", "13800000022"),
            ("Waiting Customer", "13800000023"),
        )
    ]
)
env["ir.config_parameter"].set_param("gb_callcenter.pin_tries", "3")
buyer._gb_enrol("4711")
forgetful._gb_enrol("5822")
env["delivery.carrier"].search([]).active = False
env["delivery.carrier"].create(
    {
        "name": "Test courier",
        "product_id": env["product.product"]
        .create({"name": "Delivery", "type": "service", "sale_ok": False, "taxes_id": [(5,)]})
        .id,
        "delivery_type": "fixed",
        "fixed_price": 12.0,
        "allow_cash_on_delivery": True,
        "gb_delivery_days": 1,
    }
)
formula = env["product.product"].create(
    {
        "name": "Formula stage 1",
        "default_code": "TD-001",
        "list_price": 300.0,
        "is_storable": True,
        "taxes_id": [(5,)],
        "invoice_policy": "order",
    }
)
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
env["stock.quant"]._update_available_quantity(formula, warehouse.lot_stock_id, 50)
env["sale.order"].create(
    {"partner_id": waiting.id, "order_line": [(0, 0, {"product_id": formula.id})]}
).action_confirm()

flow = env["gb.ivr.flow"].create({"name": "Self-service", "code": "main", "language": "zh_CN"})
version = env["gb.ivr.version"].create({"flow_id": flow.id})
orders = env["gb.queue"].search([("code", "=", "orders")])
to_agent = dict.fromkeys(("full", "timeout", "empty", "closed", "failed"), "message")
slow = {"timeout": 30, "digit_timeout": 10}
nodes = (
    ("menu", "menu", {"text_zh_CN": "下单请按一", "timeout": 30, "retries": 1, "is_start": True},
     {"1": "who", "2": "status", "3": "message", "0": "agent", "invalid": "agent", "timeout": "agent"}),
    ("who", "identify", {"is_member_asked": False, **slow},
     {"verified": "order", "known": "agent", "unknown": "agent", "locked": "bye", "failed": "agent"}),
    ("order", "place_order", slow,
     {"ordered": "bye", "cancelled": "bye", "agent": "agent", "unverified": "agent", "failed": "agent"}),
    ("status", "order_status", {"is_number_asked": False},
     {"found": "bye", "none": "bye", "unidentified": "agent", "failed": "agent"}),
    ("message", "voicemail", {"silence_seconds": 3, "max_seconds": 30}, {"ok": "bye", "empty": "bye"}),
    ("agent", "transfer", {"transfer_kind": "queue", "queue_id": orders.id}, {**to_agent, "after": "rating"}),
    ("rating", "rating", {"timeout": 30}, {"next": "bye", "timeout": "bye"}),
    ("bye", "hangup", {"text_zh_CN": "再见"}, {}),
)  # fmt: skip
for code, kind, values, exits in nodes:
    keys = [{"key": key} for key in exits if len(key) == 1]
    node = env["gb.ivr.node"].create(
        {
            "version_id": version.id,
            "name": code.title(),
            "code": code,
            "type": kind,
            "exit_ids": [(0, 0, key) for key in keys],
            **values,
        }
    )
    for key, target in exits.items():
        node.exit_ids.filtered(lambda exit_, key=key: exit_.key == key).target = target
version.invalidate_recordset()
version.action_publish()
env["gb.hotline"].create(
    {
        "name": "Self-service",
        "number": "8002",
        "provider_id": env["gb.telephony.provider"].search([("reference", "=", "asterisk")]).id,
        "queue_id": orders.id,
        "flow_id": flow.id,
    }
)
env.cr.commit()
