from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tools.call_facts import derive

from ..tools.asterisk_events import read_event
from .common import AsteriskCase

AT = 1772442000.25
LINKED = "dial-campaign-7"


@tagged("post_install", "-at_install")
class TestDialled(AsteriskCase):
    """Numbers that are rung before there is an agent for them."""

    def setUp(self):
        super().setUp()
        self.heard = []

        def hear(provider, reference, state, at, linkedid=None):
            self.heard.append((provider, reference, state, at, linkedid))
            if reference == "broken":
                raise ValueError("cannot be followed")

        self.startPatcher(patch.object(self.registry["gb.telephony.provider"], "_on_dial", hear))
        self._sequence = 0

    def _event(self, source, seconds, **data):
        self._sequence += 1
        return {
            "seq": self._sequence,
            "id": f"{self.id()[-40:]}{self._sequence:08d}".replace("_", ""),
            "source": source,
            "at": AT + seconds,
            "data": data,
        }

    def _dial(self, state, seconds, reference="campaign-7", **data):
        return self._event(
            "connector",
            seconds,
            **{
                "type": "DIAL",
                "reference": reference,
                "state": state,
                "number": "13800000123",
                "linkedid": LINKED,
                "at": AT + seconds,
                **data,
            },
        )

    def _cel(self, kind, seconds, channel="PJSIP/trunk-1", unique=LINKED, **data):
        return self._event(
            "cel",
            seconds,
            **{
                "type": kind, "channel": channel, "uniqueid": unique, "linkedid": LINKED, "context": "gb-inbound",
                "exten": "", "cid_num": "", "cid_name": "", "app": "", "appdata": "", "peer": "", "userdef": "",
                "extra": {}, **data,
            },
        )  # fmt: skip

    def _log(self, kind, seconds, agent="NONE", *args):
        return self._event(
            "queue_log",
            int(AT + seconds) - AT,
            type=kind, callid=LINKED, queue="orders", agent=agent, args=list(args),
        )  # fmt: skip

    def _hangup(self, seconds, cause, **data):
        return self._cel("HANGUP", seconds, extra={"hangupcause": cause}, **data)

    def _ingest(self, *events):
        return self.env["gb.call"]._ingest(self.provider, list(events))

    def _call(self):
        return self.env["gb.call"].search(
            [("provider_id", "=", self.provider.id), ("linked_id", "=", LINKED)]
        )

    def _begin(self):
        return [self._cel("CHAN_START", 0), self._dial("ringing", 0)]

    def _answer(self):
        return [
            self._cel("ANSWER", 4),
            self._dial("answered", 4),
            self._log("ENTERQUEUE", 4),
        ]

    def _over(self, seconds):
        return [self._cel("LINKEDID_END", seconds)]

    def test_states_reach_the_hook_once(self):
        events = [*self._begin(), self._dial("busy", 3)]
        self._ingest(*events)
        self._ingest(*events)
        self.assertEqual([heard[1:3] for heard in self.heard], [
            ("campaign-7", "ringing"), ("campaign-7", "busy"),
        ])  # fmt: skip
        provider, _reference, _state, at, linked = self.heard[-1]
        self.assertEqual((provider, linked), (self.provider, LINKED))
        self.assertEqual(at.timestamp() - at.replace(microsecond=0).timestamp(), 0)

    def test_what_cannot_be_followed_does_not_keep_the_others_out(self):
        with mute_logger("odoo.addons.gb_callcenter.models.gb_call_dialled"):
            result = self._ingest(self._dial("busy", 1, reference="broken"), self._dial("busy", 1))
        self.assertEqual(len(result["rejected"]), 1)
        self.assertEqual(self.heard[-1][1], "campaign-7")
        result = self._ingest(self._dial("busy", 1, reference=""))
        self.assertIn("reference", result["rejected"][0]["reason"])

    def test_customer_with_an_agent_is_an_outbound_call(self):
        partner = self.env["res.partner"].create({"name": "Rung", "phone": "13800000123"})
        seat = {"channel": "PJSIP/1001-00000001", "unique": "gb-1.1"}
        self._ingest(*self._begin(), *self._answer())
        call = self._call()
        self.assertRecordValues(
            call, [{"direction": "outbound", "number": "13800000123", "partner_id": partner.id}]
        )
        self._ingest(
            self._cel("CHAN_START", 4.2, context="gb-agent", cid_num="1001", **seat),
            self._cel("ANSWER", 5, **seat),
            self._log("CONNECT", 5, "PJSIP/1001", "1"),
            self._dial("connected", 5),
        )
        self.assertRecordValues(call, [{"state": "talking", "seat_id": self.seat_1.id}])
        self._ingest(
            self._hangup(25, 16, **seat),
            self._hangup(25, 16),
            self._log("COMPLETEAGENT", 25, "PJSIP/1001", "1", "20"),
            *self._over(25),
        )
        self.assertRecordValues(
            call,
            [{"state": "ended", "result": "answered", "talk_seconds": 20, "wait_seconds": 1}],
        )
        self.assertEqual(call.queue_id, self.queue_orders)

    def test_nobody_free_is_no_answered_call(self):
        self._ingest(*self._begin(), *self._answer())
        self._ingest(
            self._log("EXITWITHTIMEOUT", 6),
            self._dial("abandoned", 6),
            self._hangup(8, 16),
            *self._over(8),
        )
        self.assertRecordValues(
            self._call(), [{"result": "not_served", "talk_seconds": 0, "wait_seconds": 2}]
        )

    def test_customer_who_hangs_up_while_waiting_has_given_up(self):
        self._ingest(*self._begin(), *self._answer())
        self._ingest(self._log("ABANDON", 5), self._hangup(5, 16), *self._over(5))
        self.assertEqual(self._call().result, "abandoned")

    def test_who_does_not_answer_is_a_call_with_its_reason(self):
        for cause, result in ((17, "busy"), (0, "no_answer"), (19, "no_answer"), (1, "failed")):
            facts = [
                fact
                for event in (*self._begin(), self._hangup(3, cause), *self._over(3))
                for fact in read_event(event["source"], event["at"], event["data"])
                if fact.linked
            ]
            call = derive(facts)
            self.assertEqual((call.direction, call.number), ("outbound", "13800000123"))
            self.assertEqual(call.result, result, cause)
