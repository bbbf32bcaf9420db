"""For `odoo shell`: a small call centre on Asterisk, with an agent for each seat. Settings come from the environment."""

import os

env = globals()["env"]
china = env.ref("base.cn")
env.company.country_id = china
provider = env["gb.telephony.provider"].create(
    {
        "name": "Asterisk",
        "reference": "asterisk",
        "code": "asterisk",
        "sequence": 1,
        "connector_url": os.environ["GB_CONNECTOR_URL"],
        "connector_secret_input": os.environ["GB_SECRET"],
    }
)
lead = env["res.users"].create(
    {
        "name": "Lead",
        "login": "lead",
        "password": "lead",
        "tour_enabled": False,
        "group_ids": [(4, env.ref("gb_callcenter.group_gb_lead").id)],
    }
)
team = env["gb.team"].create({"name": "Team", "leader_ids": [(4, lead.id)]})
queues = {
    code: env["gb.queue"].create(
        {
            "name": name,
            "code": code,
            "provider_id": provider.id,
            "team_id": team.id,
            # after-sales ends after-call work by itself: the fault tests have nobody at the screen
            "wrap_up_limit": 1 if code == "aftersales" else 0,
            "ring_seconds": int(os.environ["GB_RING_SECONDS"]),
        }
    )
    for code, name in (("orders", "Orders"), ("aftersales", "After-sales"))
}
env["gb.hotline"].create(
    [
        {
            "name": name,
            "number": number,
            "provider_id": provider.id,
            "queue_id": queues[code].id,
        }
        for name, number, code in (
            ("Order hotline", "8000", "orders"),
            ("Service hotline", "8001", "aftersales"),
        )
    ]
)
for extension, code in (("1001", "orders"), ("1002", "orders"), ("1003", "aftersales")):
    env["gb.seat"].create(
        {
            "name": f"Seat {extension}",
            "extension": extension,
            "provider_id": provider.id,
            "queue_ids": [(4, queues[code].id)],
        }
    )
    user = env["res.users"].create(
        {
            "name": f"Agent {extension}",
            "login": f"agent{extension}",
            "password": f"agent{extension}",
            "tour_enabled": False,
            "group_ids": [(4, env.ref("gb_callcenter.group_gb_agent").id)],
        }
    )
    team.member_ids = [(4, user.id)]
# the lead's own telephone: supervisors listen with it
env["gb.seat"].create(
    {
        "name": "Seat 1004",
        "extension": "1004",
        "provider_id": provider.id,
        "allowed_user_ids": [(4, lead.id)],
    }
)
env["res.partner"].create(
    [
        {"name": "Known Customer", "phone": "138 0000 0001", "country_id": china.id},
        {"name": "Shared Mother", "phone": "+86 13800000002", "country_id": china.id},
        {"name": "Shared Father", "phone": "013800000002", "country_id": china.id},
    ]
)
env.cr.commit()
