"""For `odoo shell`: 100 agents at 100 seats with web sessions, and many customers. Prints what the measurements need."""

import json
import os

from bulk import copy_rows, next_id, without_indexes

from odoo.http import root
from odoo.service import security

from odoo.addons.bus.websocket import WebsocketConnectionHandler

env = globals()["env"]
AGENTS, PARTNERS = int(os.environ["GB_AGENTS"]), int(os.environ["GB_PARTNERS"])
china = env.ref("base.cn")
env.company.country_id = china
provider = env["gb.telephony.provider"].create(
    {
        "name": "Bench",
        "reference": "bench",
        "code": "asterisk",
        "connector_secret_input": os.environ["GB_SECRET"],
    }
)
queue = env["gb.queue"].create({"name": "Orders", "code": "orders", "provider_id": provider.id})
env["gb.hotline"].create(
    {"name": "Hotline", "number": "8000", "provider_id": provider.id, "queue_id": queue.id}
)
seats = env["gb.seat"].create(
    [
        {
            "name": f"Seat {number}",
            "extension": str(number),
            "provider_id": provider.id,
            "queue_ids": [(4, queue.id)],
        }
        for number in range(2000, 2000 + AGENTS)
    ]
)
users = env["res.users"].create(
    [
        {
            "name": f"Agent {seat.extension}",
            "login": f"bench{seat.extension}",
            "group_ids": [(4, env.ref("gb_callcenter.group_gb_agent").id)],
        }
        for seat in seats
    ]
)
for seat, user in zip(seats, users, strict=True):
    seat.sudo()._set_state("ready", user=user)
env.flush_all()
# customers straight into the tables, as copies of one that Odoo has made
model = env["res.partner"].create({"name": "顾客0", "country_id": china.id, "lang": "zh_CN"})
env.flush_all()
with without_indexes(env, "res.partner", "gb.phone"):
    first = next_id(model)
    copy_rows(
        model, PARTNERS, name="'顾客' || n", complete_name="'顾客' || n", commercial_partner_id=f"{first} + n - 1",
        phone="'1' || (3000000000 + n * 7)::text", phone_sanitized="'+861' || (3000000000 + n * 7)::text",
        gb_customer_number="NULL",
    )  # fmt: skip
    env.cr.execute(
        """INSERT INTO gb_phone (partner_id, number, number_key, kind, is_main, is_valid, sequence, create_date)
           SELECT id, phone, phone_sanitized, 'mobile', true, true, 10, now() FROM res_partner WHERE id >= %s""",
        [first],
    )
env.cr.commit()
sessions = []
for user in users:
    session = root.session_store.new()
    session.update(
        db=env.cr.dbname, uid=user.id, login=user.login, context=dict(user.context_get())
    )
    session.session_token = security.compute_session_token(session, user.with_user(user).env)
    root.session_store.save(session)
    sessions.append(session.sid)
print("SEED " + json.dumps({"sessions": sessions, "version": WebsocketConnectionHandler._VERSION}))
