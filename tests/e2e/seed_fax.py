"""After seed_ivr.py: a fax line, a menu that gives and takes faxes, a customer with a fax machine."""

import base64
import io

from PIL import Image, ImageDraw

env = globals()["env"]
provider = env["gb.telephony.provider"].search([("reference", "=", "asterisk")])
orders = env["gb.queue"].search([("code", "=", "orders")])
faxer = env["res.partner"].create({"name": "Faxing Wholesaler"})
env["gb.phone"].create({"partner_id": faxer.id, "number": "021-62345601", "kind": "fax"})
env["gb.hotline"].create(
    {"name": "Fax", "number": "8009", "provider_id": provider.id, "is_fax_line": True}
)
page = Image.new("L", (1728, 1100), 255)
ImageDraw.Draw(page).line((100, 100, 1500, 900), 0, 9)
picture = io.BytesIO()
page.save(picture, "PNG")
leaflet = env["gb.ivr.fax.document"].create(
    {"name": "Price list", "file": base64.b64encode(picture.getvalue())}
)
fax_flow = env["gb.ivr.flow"].create({"name": "Fax on demand", "code": "fax", "language": "zh_CN"})
fax_version = env["gb.ivr.version"].create({"flow_id": fax_flow.id})
for code, kind, values, exits in (
    ("menu", "menu", {"text_zh_CN": "价目表请按一", "timeout": 5, "is_start": True}, {"1": "give", "invalid": "bye", "timeout": "bye"}),
    ("give", "fax_send", {"fax_document_id": leaflet.id}, {"ok": "bye", "failed": "bye"}),
    ("bye", "hangup", {"text_zh_CN": "再见"}, {}),
):  # fmt: skip
    node = env["gb.ivr.node"].create(
        {
            "version_id": fax_version.id, "name": code.title(), "code": code, "type": kind,
            "exit_ids": [(0, 0, {"key": key}) for key in exits if len(key) == 1], **values,
        }
    )  # fmt: skip
    for key, target in exits.items():
        node.exit_ids.filtered(lambda exit_, key=key: exit_.key == key).target = target
fax_version.invalidate_recordset()
fax_version.action_publish()
env["gb.hotline"].create(
    {"name": "Fax on demand", "number": "8010", "provider_id": provider.id, "queue_id": orders.id, "flow_id": fax_flow.id}
)  # fmt: skip
env["gb.fax"]._queue_document(
    picture.getvalue(), "021-62345601", subject="Offer", partner_id=faxer.id,
    res_model="res.partner", res_id=faxer.id,
)  # fmt: skip
env.cr.commit()
