import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tools.signature import sign

from .common import SECRET
from .common_ivr import PIN, IvrShopCase

CONTROLLER = "odoo.addons.gb_ivr_bridge.controllers.telephony"
ASKS = "odoo.addons.gb_ivr_bridge.models.gb_ivr_session_ask"


@tagged("post_install", "-at_install")
class TestIvrAsk(IvrShopCase, HttpCase):
    def _post(self, values, secret=SECRET, reference=None):
        body = values if isinstance(values, bytes) else json.dumps(values).encode()
        return self.url_open(
            f"/gb/v1/telephony/{reference or self.reference}/ask",
            data=body,
            headers={"Content-Type": "application/json", **sign(secret, body)},
        )

    def _body(self, **values):
        return {
            "id": "s1:1",
            "session": "s1",
            "linkedid": "s1",
            "hotline": "8000",
            "caller": "13800007771",
            "language": "zh_CN",
            "flow": "main",
            "node": "status",
            "name": "order_status",
            "args": {},
            **values,
        }

    def test_signed_question_is_answered(self):
        order = self._past_order(self.customer)
        answer = self._post(self._body())
        self.assertEqual(answer.status_code, 200, answer.text)
        answer = answer.json()
        self.assertEqual(answer["exit"], "found")
        self.assertEqual(answer["values"]["order_name"], order.name)
        session = self._session("s1")
        self.assertEqual(session.partner_id, self.customer)
        self.assertEqual(session.hotline_id, self.hotline)
        self.assertFalse(session.is_verified)

    @mute_logger(CONTROLLER)
    def test_unsigned_foreign_and_malformed_questions_are_refused(self):
        self.assertEqual(
            self._post(self._body(), secret="another secret, long enough").status_code, 401
        )
        self.assertEqual(self._post(self._body(), reference="unknown").status_code, 401)
        for body in (
            b"no json",
            b"[]",
            self._body(id=""),
            self._body(session="a b"),
            self._body(name="_answer"),
            self._body(name=7),
            self._body(args=[1]),
            self._body(args={"code": {"a": 1}}),
            self._body(args={"code": "x" * 1001}),
            self._body(args={str(number): "1" for number in range(31)}),
            self._body(caller=["1"]),
            self._body(linkedid="x" * 200),
        ):
            answer = self._post(body)
            self.assertEqual((answer.status_code, answer.json()["error"]), (422, "malformed"), body)
        self.assertEqual(self._post(b" " * (64 * 1024 + 9)).status_code, 413)
        self.assertFalse(self._session("s1"))

    def test_same_question_is_answered_the_same_and_only_once(self):
        first = self._post(self._body(name="identify", args={"pin": "0000"})).json()
        self.assertEqual(first["exit"], "wrong")
        for _time in range(7):
            self.assertEqual(
                self._post(self._body(name="identify", args={"pin": "0000"})).json(), first
            )
        self.assertEqual(self._session("s1").pin_tries, 1)
        right = self._post(self._body(id="s1:2", name="identify", args={"pin": PIN})).json()
        self.assertEqual(right["exit"], "verified")

    def test_answers_of_one_provider_are_not_those_of_another(self):
        other = self.provider.copy(
            {"name": "Other", "reference": "other-pbx", "connector_secret_input": SECRET}
        )
        self._past_order(self.customer)
        self.assertEqual(self._post(self._body()).json()["exit"], "found")
        other_answer = self._post(self._body(caller=""), reference="other-pbx").json()
        self.assertEqual(other_answer["exit"], "unidentified")
        self.assertEqual(len(self._session("s1")), 1)
        self.assertEqual(
            self.sessions.search_count([("provider_id", "=", other.id), ("reference", "=", "s1")]),
            1,
        )

    @mute_logger(ASKS)
    def test_what_nobody_answers_fails_and_may_be_asked_again(self):
        self.assertEqual(self._post(self._body(name="horoscope")).json()["exit"], "failed")
        self.assertFalse(
            self.env["gb.ivr.answer"].sudo().search([("provider_id", "=", self.provider.id)])
        )
        self.assertEqual(self._post(self._body()).json()["exit"], "none")

    def test_error_in_an_answer_tells_nothing_private(self):
        def fail(session, args):
            session.number = "changed"
            raise ValueError(f"PIN {args['pin']} of {session.partner_id.name}")

        self.patch(type(self.sessions), "_answer_identify", fail)
        with self.assertLogs(ASKS, "ERROR") as logs:
            answer = self._ask("identify", "s1", pin=PIN)
        self.assertEqual(answer, {"exit": "failed", "values": {}, "speech": []})
        self.assertNotIn(PIN, "".join(logs.output))
        self.assertIn("ValueError", logs.output[0])
        self.assertEqual(self._session("s1").number, "13800007771")

    def test_answers_are_gone_after_a_day(self):
        self._ask("order_status")
        answers = self.env["gb.ivr.answer"].sudo()
        mine = answers.search([("provider_id", "=", self.provider.id)])
        self.assertTrue(mine)
        answers._gc_answers()
        self.assertTrue(mine.exists())
        mine.at = fields.Datetime.now() - timedelta(days=1, minutes=1)
        answers._gc_answers()
        self.assertFalse(mine.exists())

    def test_pin_is_kept_nowhere(self):
        session = self._verified()
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT to_jsonb(s)::text FROM gb_ivr_session s UNION ALL SELECT to_jsonb(a)::text FROM gb_ivr_answer a
               UNION ALL SELECT to_jsonb(c)::text FROM gb_identity_check c"""
        )
        rows = self.env.cr.fetchall()
        self.assertTrue(rows)
        for (row,) in rows:
            self.assertNotIn(f'"{PIN}"', row)
        self.assertTrue(self._session(session).is_verified)
