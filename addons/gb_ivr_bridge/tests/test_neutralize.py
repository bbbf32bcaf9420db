import re

from odoo.modules.neutralize import neutralize_database
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from .common import AsteriskCase

# names of columns and settings that may lead outside, or let somebody in
OUTSIDE = (
    r"secret|passw|token|url|endpoint|host|bucket|gateway|credential|api_key|access_key|private_key"
)
ADDONS = ("gb_callcenter", "gb_ticket", "gb_ivr_bridge", "gb_campaign")
# what stays in a copy, and why it does no harm
KEPT = {
    # only connectors look it up, and none is let in
    "gb_ivr_node.url",
    # a webhook that is off
    "gb_webhook.url",
    # a store that is off and has no key
    "gb_recording_store.endpoint",
    "gb_recording_store.bucket",
    # pages of the copy itself
    "gb_ticket.access_token",
    "gb_ticket_rating.token",
    # what tries are called in a telephone system that is out of reach
    "gb_fax.token",
}


@tagged("post_install", "-at_install")
class TestNeutralize(AsteriskCase):
    def _scripts(self):
        text = ""
        for addon in ADDONS:
            try:
                with file_open(f"{addon}/data/neutralize.sql") as script:
                    text += script.read()
            except FileNotFoundError:
                continue
        return text

    def test_whatever_leads_outside_is_named_by_a_script_or_known_to_do_no_harm(self):
        self.env.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                WHERE table_schema = 'public' AND column_name ~ %s
                  AND data_type IN ('character varying', 'text', 'jsonb', 'bytea')
                  AND (table_name LIKE 'gb\\_%%' OR column_name LIKE 'gb\\_%%')""",
            [OUTSIDE],
        )
        found = {f"{table}.{column}": (table, column) for table, column in self.env.cr.fetchall()}
        self.assertLess(KEPT, found.keys())
        scripts = self._scripts()
        forgotten = [
            name
            for name, (table, column) in found.items()
            if name not in KEPT
            and not re.search(rf"UPDATE {table}\b[^;]*\b{column} = NULL[^;]*;", scripts)
        ]
        self.assertFalse(
            forgotten, "data/neutralize.sql has to say what becomes of these in a copy"
        )

    def test_a_neutralized_copy_reaches_nobody_and_lets_nobody_in(self):
        secret = "a secret of the tests, long enough"
        self.clerk = new_test_user(
            self.env, "api-clerk", groups="base.group_user,gb_callcenter.group_gb_agent"
        )
        self.env["gb.webhook"].create(
            {"name": "Other system", "url": "https://other.example.com/in", "secret_input": secret}
        )
        self.env["gb.api.client"].create(
            {"name": "Other system", "user_id": self.clerk.id, "secret_input": secret}
        )
        self.env["gb.carrier"].create(
            {"name": "Parcels", "code": "parcels", "secret_input": secret}
        )
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        for query in (
            "SELECT 1 FROM gb_telephony_provider WHERE connector_url IS NOT NULL OR connector_secret IS NOT NULL",
            "SELECT 1 FROM gb_carrier WHERE secret IS NOT NULL",
            "SELECT 1 FROM gb_webhook WHERE active OR secret IS NOT NULL",
            "SELECT 1 FROM gb_recording_store WHERE active OR secret IS NOT NULL OR access_key IS NOT NULL",
            "SELECT 1 FROM res_company WHERE gb_recording_store_id IS NOT NULL",
            "SELECT 1 FROM gb_fax WHERE state IN ('queued', 'sending')",
            "SELECT 1 FROM gb_webhook_delivery WHERE state IN ('queued', 'failed')",
            "SELECT 1 FROM gb_api_client WHERE active OR secret IS NOT NULL",
            # by Odoo itself: mail, short messages, whatever goes out by itself
            "SELECT 1 FROM ir_cron c JOIN ir_model_data d ON d.model = 'ir.cron' AND d.res_id = c.id "
            "WHERE c.active AND d.module LIKE 'gb\\_%'",
            "SELECT 1 FROM ir_mail_server WHERE active AND smtp_host <> 'invalid'",
        ):
            self.env.cr.execute(query)
            self.assertFalse(self.env.cr.fetchall(), query)
