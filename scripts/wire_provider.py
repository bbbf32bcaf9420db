"""For `odoo shell`: gives the provider for Asterisk its secret and the connector's address, from the environment."""

import os

values = {
    "connector_secret": os.environ["GB_SECRET"],
    "connector_url": f"http://127.0.0.1:{os.environ['CONNECTOR_PORT']}",
}
env = globals()["env"]
Provider = env["gb.telephony.provider"].with_context(active_test=False)
reference = os.environ["GB_PROVIDER"]
provider = Provider.search([("reference", "=", reference)], limit=1)
if not provider:
    provider = Provider.create({"name": "Asterisk", "reference": reference, "code": "asterisk"})
provider.write({**values, "active": True})
env.cr.commit()
