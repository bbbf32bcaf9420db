"""For `odoo shell`, after seed.py: a seat whose telephone is the browser, with its agent and a queue and hotline of its own."""

import os

env = globals()["env"]
provider = env["gb.telephony.provider"].search([("reference", "=", "asterisk")])
queue = env["gb.queue"].create(
    {
        "name": "Browsers",
        "code": "browsers",
        "provider_id": provider.id,
        "team_id": env["gb.team"].search([("name", "=", "Team")]).id,
        "ring_seconds": 30,
    }
)
env["gb.hotline"].create(
    {
        "name": "Browser hotline",
        "number": "8019",
        "provider_id": provider.id,
        "queue_id": queue.id,
    }
)
env["gb.seat"].create(
    {
        "name": "Seat 1006",
        "extension": "1006",
        "phone_kind": "browser",
        "provider_id": provider.id,
        "queue_ids": [(4, queue.id)],
    }
)
user = env["res.users"].create(
    {
        "name": "Agent 1006",
        "login": "agent1006",
        "password": "agent1006",
        "tour_enabled": False,
        "group_ids": [(4, env.ref("gb_callcenter.group_gb_agent").id)],
    }
)
queue.team_id.member_ids = [(4, user.id)]
provider.softphone_server = os.environ["GB_SOFTPHONE"]
env.cr.commit()
