import base64
import json
import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import file_open

from ..tools.signature import sign
from .common_delivery import DeliveryCase

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()


def event(number, at, text, **more):
    return {"tracking": number, "at": f"2026-03-{at}", "text": text, **more}


@tagged("post_install", "-at_install")
class TestCarrierEvents(DeliveryCase):
    def test_parcel_is_followed_until_it_is_received(self):
        picking = self._sent("T1")
        self._take_in(
            event("T1", "01 09:00", "快件已揽收"),
            event("T1", "02 08:00", "正在派送，派件员小王"),
            event("T1", "02 11:30", "已签收", receiver="陈先生", receipt=PNG),
        )
        self.assertEqual(picking.gb_delivery_state, "delivered")
        self.assertEqual(str(picking.gb_delivered_at), "2026-03-02 03:30:00", "China's time")
        self.assertEqual(picking.gb_receiver, "陈先生")
        self.assertEqual(picking.sale_id.gb_delivery_state, "delivered")
        receipt = self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", picking.id)]
        )
        self.assertEqual(receipt.mimetype, "image/png")

    def test_order_and_repetition_make_no_difference(self):
        picking = self._sent("T1")
        rows = [
            event("T1", "02 11:30", "已签收"),
            event("T1", "01 09:00", "已揽收"),
            event("T1", "01 20:00", "运输中"),
        ]
        for row in rows:
            self._take_in(row)
            self.assertEqual(picking.gb_delivery_state, "delivered")
        again = self._take_in(*rows)
        self.assertEqual(again, {"stored": 0, "duplicates": 3, "open": 0})
        self.assertEqual(len(picking.gb_carrier_event_ids), 3)

    def test_refused_parcel_comes_back_once(self):
        picking = self._sent("T1")
        self._take_in(event("T1", "02 10:00", "客户拒收", id="e1"))
        self.assertEqual(picking.gb_delivery_state, "refused")
        returned = picking.return_ids
        self.assertEqual(len(returned), 1)
        self.assertNotEqual(returned.state, "done", "the warehouse receives it")
        self.assertEqual(returned.move_ids.product_uom_qty, 1)
        activity = picking.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("refused", activity.summary)
        self._take_in(event("T1", "02 10:00", "客户拒收", id="e1"))
        self._take_in(event("T1", "02 12:00", "再次拒收", id="e2"))
        self._take_in(event("T1", "03 10:00", "运输中", id="e3"))
        self.assertEqual(picking.gb_delivery_state, "refused", "it is on its way back")
        self._take_in(event("T1", "05 10:00", "退回签收", id="e4"))
        self.assertEqual(picking.gb_delivery_state, "returned")
        self.assertEqual(len(picking.return_ids), 1)
        self.assertEqual(len(picking.activity_ids), 2)

    def test_own_codes_go_before_wordings(self):
        picking = self._sent("T1")
        self.env["gb.carrier.status"].create(
            {"carrier_id": self.carrier.id, "code": "X9", "state": "lost"}
        )
        self._take_in(event("T1", "02 10:00", "已签收", code="x9"))
        self.assertEqual(picking.gb_delivery_state, "lost")

    def test_unknown_is_kept_until_it_is_worked_off(self):
        result = self._take_in(
            event("T7", "02 10:00", "已签收"),
            event("T8", "02 10:00", "莫名其妙"),
            {"tracking": "T9", "at": "yesterday", "text": "已签收"},
            "no object",
        )
        self.assertEqual(result, {"stored": 4, "duplicates": 0, "open": 4})
        events = self.carrier.env["gb.carrier.event"].search(
            [("carrier_id", "=", self.carrier.id)], order="id"
        )
        self.assertEqual(events.mapped("problem"), ["parcel", "parcel", "unreadable", "unreadable"])
        self.assertEqual(self.carrier.open_event_count, 4)
        pickings = self._sent("T7") | self._sent("T8")
        events.with_user(self.manager).action_assign()
        self.assertEqual(events.mapped("problem"), [False, "state", "unreadable", "unreadable"])
        self.assertEqual(pickings[0].gb_delivery_state, "delivered")
        self.env["gb.carrier.status"].create({"text": "莫名其妙", "state": "exception"})
        events.with_user(self.manager).action_assign()
        self.assertEqual(pickings[1].gb_delivery_state, "exception")
        rest = events.filtered("problem").with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Note why"):
            rest.action_dismiss()
        rest.write({"note": "Test of the carrier"})
        rest.action_dismiss()
        self.assertFalse(
            self.carrier.env["gb.carrier.event"].search(
                [("problem", "!=", False), ("carrier_id", "=", self.carrier.id)]
            )
        )

    def test_other_carriers_and_companies_parcels_are_not_touched(self):
        other = self.env["gb.carrier"].create({"name": "Other", "code": "other"})
        picking = self._sent("T1")
        self.method.gb_carrier_id = other
        self._take_in(event("T1", "02 10:00", "已签收"))
        self.assertFalse(picking.gb_delivery_state)
        self.method.gb_carrier_id = self.carrier
        self.carrier.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self._take_in(event("T1", "02 11:00", "已签收"))
        self.assertFalse(picking.gb_delivery_state)

    def test_silence_is_found(self):
        heard, silent = self._sent("T1"), self._sent("T2")
        silent.date_done = "2026-01-01 00:00:00"
        found = self.env["stock.picking"].search(
            [("gb_is_silent", "=", True), ("id", "in", (heard | silent).ids)]
        )
        self.assertEqual(found, silent)
        self.assertTrue(silent.gb_is_silent)
        self.assertFalse(heard.gb_is_silent)

    def test_batch_needs_few_queries(self):
        for number in range(3):
            self._sent(f"T{number}")
        self.env.flush_all()
        few = self._count([event("T0", "01 09:00", "运输中", id="a")])
        rows = [event(f"T{n % 3}", "01 10:00", "运输中", id=f"b{n}") for n in range(60)]
        self.assertLess(self._count(rows), few + 20)

    def _count(self, rows):
        before = self.env.cr.sql_log_count
        self._take_in(*rows)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    # ------------------------------------------------------------
    # Asking the carrier, roles
    # ------------------------------------------------------------
    def test_agent_asks_the_carrier(self):
        picking = self._sent("T1")
        picking.with_user(self.agent).action_gb_ask_carrier("expedite", "Before Friday")
        message = picking.message_ids[0]
        self.assertIn("Before Friday", message.body)
        self.assertEqual(message.author_id, self.agent.partner_id)
        with self.assertRaisesRegex(UserError, "Say what"):
            picking.with_user(self.agent).action_gb_ask_carrier("expedite", " ")
        self._take_in(event("T1", "02 10:00", "已签收"))
        with self.assertRaisesRegex(UserError, "arrived already"):
            picking.with_user(self.agent).action_gb_ask_carrier("address", "Nanjing Road 2")

    def test_who_may_not_ask(self):
        picking = self._sent("T1")
        with self.assertRaises(AccessError):
            picking.with_user(self.analyst).action_gb_ask_carrier("expedite", "Soon")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "gb_stranger_agent",
            groups="gb_callcenter.group_gb_agent",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            picking.with_user(stranger).action_gb_ask_carrier("expedite", "Soon")

    def test_leads_read_and_agents_do_not(self):
        picking = self._sent("T1")
        self._take_in(event("T1", "02 10:00", "已签收"))
        read = picking.with_user(self.lead).read(["gb_delivery_state", "name"])
        self.assertEqual(read[0]["gb_delivery_state"], "delivered")
        with self.assertRaises(AccessError):
            picking.with_user(self.agent).write({"gb_delivery_state": "lost"})
        events = picking.gb_carrier_event_ids
        with self.assertRaises(AccessError):
            events.with_user(self.agent).read(["text"])
        with self.assertRaises(AccessError):
            events.with_user(self.lead).action_assign()
        with self.assertRaises(AccessError):
            self.carrier.with_user(self.manager).read(["secret"])
        self.assertNotIn("0123", self.carrier.with_user(self.manager).secret_input)


@tagged("post_install", "-at_install")
class TestCarrierHook(HttpCase, DeliveryCase):
    URL = "/gb/v1/carriers/test-express/events"

    def _post(self, events, secret="0123456789abcdef", url=None, body=None, at=None):
        body = json.dumps({"events": events}).encode() if body is None else body
        headers = {"Content-Type": "application/json", **sign(secret, body, at)}
        return self.url_open(url or self.URL, data=body, headers=headers)

    def test_signed_events_are_taken_in_once(self):
        picking = self._sent("T1")
        for stored in (1, 0):
            response = self._post([event("T1", "02 10:00", "已签收")])
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.json()["stored"], stored)
        picking.invalidate_recordset()
        self.assertEqual(picking.gb_delivery_state, "delivered")

    def test_what_is_not_signed_is_refused(self):
        rows = [event("T1", "02 10:00", "已签收")]
        unknown = self._post(rows, url="/gb/v1/carriers/nobody/events")
        wrong = self._post(rows, secret="another secret of ours")
        stale = self._post(rows, at=int(time.time()) - 1000)
        bare = self.url_open(self.URL, data=b"{}")
        for response in (unknown, wrong, stale, bare):
            self.assertEqual(response.status_code, 401)
        self.assertEqual(unknown.text, wrong.text)
        self.assertEqual(stale.json()["error"], "stale")
        self.carrier.secret_input = False
        self.assertEqual(self._post(rows, secret="").status_code, 401, "no secret, no entry")
        self.assertFalse(
            self.env["gb.carrier.event"].search([("carrier_id", "=", self.carrier.id)])
        )

    def test_neutralized_copy_takes_nothing_in(self):
        self.env.flush_all()
        with file_open("gb_callcenter/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.carrier.sudo().secret)
        response = self._post([event("T1", "02 10:00", "已签收")])
        self.assertEqual(response.status_code, 401)

    def test_size_and_form_are_bounded(self):
        self.assertEqual(self._post([], body=b"x" * (2 * 1024 * 1024 + 1)).status_code, 413)
        for body in (
            b"no json",
            b"[]",
            b'{"events": 1}',
            json.dumps({"events": [1] * 1001}).encode(),
        ):
            with self.subTest(body[:20]):
                self.assertEqual(self._post([], body=body).status_code, 422)
