import json
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tests.common import CallCentreCase
from odoo.addons.gb_callcenter.tools.signature import sign

from ..tools.asterisk_api import AsteriskApi
from ..tools.asterisk_events import read_event
from .common import SECRET, AsteriskMixin


@tagged("post_install", "-at_install")
class TestDistribution(AsteriskMixin, HttpCase, CallCentreCase):
    def _post(self, path, body, secret=SECRET):
        body = json.dumps(body).encode()
        return self.url_open(
            f"/gb/v1/telephony/{self.reference}/{path}",
            data=body,
            headers={"Content-Type": "application/json", **sign(secret, body)},
        )

    def _queue(self):
        rows = self._post("config", {}).json()["queues"]
        return next(row for row in rows if row["name"] == "orders")

    def test_config_tells_how_a_queue_distributes(self):
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Shop hours",
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    (0, 0, {"name": "Mo", "dayofweek": "0", "hour_from": 9, "hour_to": 18.5})
                ],
            }
        )
        self.queue_orders.write(
            {
                "strategy": "longest_idle",
                "overflow_queue_id": self.queue_service.id,
                "overflow_seconds": 45,
                "calendar_id": calendar.id,
                "sticky_seconds": 15,
                "is_callback_offered": True,
            }
        )
        self.hotline.max_calls = 30
        row = self._queue()
        self.assertEqual(
            (row["strategy"], row["overflow"], row["overflow_seconds"], row["callback"]),
            ("longest_idle", "aftersales", 45, True),
        )
        self.assertEqual(row["schedule"]["weekly"], [[0, "09:00", "18:30"]])
        self.assertEqual(row["schedule"]["tz"], "Asia/Shanghai")
        self.assertEqual(row["level_seconds"], 0, "nobody is better than another")
        config = self._post("config", {}).json()
        self.assertEqual(config["region"], "CN")
        self.assertEqual(config["hotlines"][0]["max_calls"], 30)
        version = config["version"]
        self.queue_orders.ring_seconds = 9
        self.assertNotEqual(self._post("config", {}).json()["version"], version)

    def test_queues_and_hotlines_are_told_once_after_the_commit(self):
        sent = []

        def send(api, command, args, token=None):
            sent.append(command)
            return {}, []

        self.env.cr.postcommit.clear()
        with patch.object(AsteriskApi, "send", send):
            self.queue_orders.ring_seconds = 9
            self.hotline.max_calls = 3
            self.env["gb.queue"].create(
                {"name": "New", "code": "new", "provider_id": self.provider.id}
            )
            self.assertFalse(sent)
            self.env.cr.postcommit.run()
        self.assertEqual(sent, ["config.refresh"])

    def test_callers_come_in_pages_to_who_signs(self):
        level = self.env["gb.customer.level"].create(
            {"name": "Gold", "rank": 900, "call_priority": 20}
        )
        self.customer.gb_level_id = level
        answer = self._post("callers", {"cursor": ""}).json()
        row = next(row for row in answer["rows"] if row["key"] == "+8613800007771")
        self.assertEqual((row["priority"], row["agent"], row["blocked"]), (20, 0, False))
        again = self._post("callers", {"cursor": answer["cursor"]})
        self.assertEqual(again.status_code, 200)
        with mute_logger("odoo.addons.gb_ivr_bridge.controllers.telephony"):
            refused = self._post("callers", {"cursor": ""}, secret="another secret of the length")
        self.assertEqual(refused.status_code, 401)
        self.assertEqual(self._post("callers", {"cursor": 7}).status_code, 200)

    def test_a_place_in_the_queue_is_known_as_the_customers_before_he_is_rung(self):
        facts = read_event(
            "cel",
            1.0,
            {
                "type": "USER_DEFINED",
                "linkedid": "cb-1-1",
                "uniqueid": "cb-1-1",
                "channel": "Local/s@gb-callback-customer-1;1",
                "context": "gb-callback-wait",
                "userdef": "GB_CALLBACK",
                "extra": {"extra": "13800007771"},
            },
        )
        self.assertEqual(facts[0].kind, "dial")
        self.assertEqual(facts[0].info, {"number": "13800007771", "outside": True, "wanted": True})
