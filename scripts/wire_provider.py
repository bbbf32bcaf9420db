"""For `odoo shell`: gives the provider for Asterisk its secret and the addresses of connector and PBX, from the environment."""

import os

values = {
    "connector_secret": os.environ["GB_SECRET"],
    "connector_url": f"http://127.0.0.1:{os.environ['CONNECTOR_PORT']}",
    # no nginx here: straight to the PBX, from a browser on this machine
    "softphone_server": f"ws://127.0.0.1:{os.environ.get('PBX_HTTP', '8088')}/ws",
}
env = globals()["env"]
Provider = env["gb.telephony.provider"].with_context(active_test=False)
reference = os.environ["GB_PROVIDER"]
provider = Provider.search([("reference", "=", reference)], limit=1)
if not provider:
    provider = Provider.create({"name": "Asterisk", "reference": reference, "code": "asterisk"})
provider.write({**values, "active": True})
# the demo keeps what belongs to Asterisk in the archive until there is one
for model in ("gb.queue", "gb.hotline", "gb.seat"):
    env[model].with_context(active_test=False).search(
        [("provider_id", "=", provider.id)]
    ).active = True
env.cr.commit()
