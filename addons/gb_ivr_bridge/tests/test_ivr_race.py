import json
import threading

import requests

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config, mute_logger

from odoo.addons.gb_callcenter.tools.signature import sign

from .common import SECRET

PATIENCE = 30  # seconds
AT_ONCE = 4


@tagged("post_install", "-at_install")
class TestIvrRace(BaseCase):
    """The same question several times at once, through the server, each in a transaction of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            provider = env["gb.telephony.provider"].create(
                {
                    "name": "Race",
                    "reference": "race-pbx",
                    "code": "asterisk",
                    "connector_secret_input": SECRET,
                    "company_id": env.company.id,
                }
            )
            partner = env["res.partner"].create(
                {"name": "Racing caller", "phone": "+8613766660001"}
            )
            partner._gb_enrol("9281")
            cls.provider_id, cls.partner_id = provider.id, partner.id

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("DELETE FROM gb_ivr_session WHERE provider_id = %s", [cls.provider_id])
            cr.execute("DELETE FROM gb_ivr_answer WHERE provider_id = %s", [cls.provider_id])
            cr.execute("DELETE FROM gb_identity_check WHERE partner_id = %s", [cls.partner_id])
            env["gb.telephony.provider"].browse(cls.provider_id).unlink()
            env["res.partner"].browse(cls.partner_id).unlink()

    def _ask(self, ask_id, session):
        body = json.dumps(
            {
                "id": ask_id,
                "session": session,
                "linkedid": session,
                "hotline": "8000",
                "caller": "+8613766660001",
                "language": "en_US",
                "flow": "main",
                "node": "pin",
                "name": "identify",
                "args": {"pin": "0000"},
            }
        ).encode()
        answer = requests.post(
            f"http://127.0.0.1:{config['http_port']}/gb/v1/telephony/race-pbx/ask",
            data=body,
            headers={"Content-Type": "application/json", **sign(SECRET, body)},
            timeout=PATIENCE,
        )
        return answer.status_code, answer.json()

    def test_same_question_at_once_counts_once(self):
        answers, barrier = [None] * AT_ONCE, threading.Barrier(AT_ONCE)

        def run(number):
            barrier.wait(PATIENCE)
            answers[number] = self._ask("race:1", "race")

        threads = [threading.Thread(target=run, args=[number]) for number in range(AT_ONCE)]
        with mute_logger("odoo.http", "odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
        self.assertEqual([status for status, _answer in answers], [200] * AT_ONCE)
        self.assertEqual({answer["exit"] for _status, answer in answers}, {"wrong"})
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT failures FROM gb_member_pin WHERE partner_id = %s", [self.partner_id]
            )
            self.assertEqual(cr.fetchall(), [(1,)])
            cr.execute(
                "SELECT pin_tries FROM gb_ivr_session WHERE provider_id = %s", [self.provider_id]
            )
            self.assertEqual(cr.fetchall(), [(1,)])
