import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.demo_api import DemoApi
from ..tools.provider_api import ProviderError
from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestPanel(CallCentreCase):
    def setUp(self):
        super().setUp()
        self._sign_in(self.agent, self.seat_1)
        self.panel = self._seat_of(self.agent)

    def test_simulated_call_from_ring_to_filed(self):
        card = self.panel.panel_simulate_call("138 0000 7771")["call"]
        self.assertEqual((card["state"], card["number_state"]), ("ringing", "known"))
        self.assertEqual(card["partner"]["id"], self.customer.id)
        self.assertEqual(
            (card["hotline"]["id"], card["queue"]["id"]), (self.hotline.id, self.queue_orders.id)
        )
        self.assertTrue(card["track"])
        self.assertEqual(self.panel.panel_call_command("answer")["call"]["state"], "talking")
        self.assertEqual(self.panel.panel_call_command("hold")["call"]["state"], "held")
        self.assertEqual(self.panel.panel_call_command("unhold")["call"]["state"], "talking")
        self.assertTrue(self.panel.panel_call_command("mute")["call"]["is_muted"])
        panel = self.panel.panel_call_command("hangup")
        self.assertEqual((panel["seat"]["state"], panel["call"]), ("wrap_up", False))
        (wrap,) = panel["wrap"]
        self.assertEqual(wrap["id"], card["id"])
        panel = self.panel.panel_wrap_up(wrap["id"], self.disposition.id, "wants size M", True)
        self.assertEqual((panel["seat"]["state"], panel["wrap"]), ("ready", []))
        call = self.env["gb.call"].browse(card["id"])
        self.assertEqual((call.disposition_id, call.note), (self.disposition, "wants size M"))
        self.assertEqual(
            (call.result, call.user_id, call.hangup_by), ("answered", self.agent, "agent")
        )

    def test_transfer_rings_the_other_seat(self):
        self._sign_in(self.agent_2, self.seat_2)
        self.panel.panel_simulate_call("13800007771")
        self.panel.panel_call_command("answer")
        targets = [row["target"] for row in self.panel.get_panel()["transfer_targets"]]
        self.assertEqual(set(targets), {"1002", "queue:orders", "queue:aftersales"})
        self.panel.panel_call_command("transfer", "1002")
        self.assertEqual(self.seat_2.state, "ringing")
        other = self._seat_of(self.agent_2)
        self.assertEqual(
            other.panel_call_command("answer")["call"]["partner"]["id"], self.customer.id
        )
        call = self.seat_2.call_id
        self.assertEqual(call.leg_ids.sorted("ring_at").mapped("transfer_kind"), ["blind", False])
        self.assertEqual(self.seat_1.state, "wrap_up")
        (wrap,) = self.panel.get_panel()["wrap"]
        self.panel.panel_wrap_up(wrap["id"], self.disposition.id, "handed over", True)
        (wrap,) = other.panel_call_command("hangup")["wrap"]
        self.assertEqual(wrap["id"], call.id, "the second agent files it too")
        self.assertFalse(other.panel_wrap_up(call.id, self.disposition.id, "solved")["wrap"])
        self.assertEqual(call.note, "solved")

    def test_transfer_to_nowhere_is_refused(self):
        self.panel.panel_simulate_call("13800007771")
        self.panel.panel_call_command("answer")
        for target in ("", "queue:unknown", "1001", "abc"):
            with self.assertRaises(UserError, msg=target):
                self.panel.panel_call_command("transfer", target)

    def test_dialling_respects_do_not_call_and_needs_a_number(self):
        for text in ("", "hello", "anonymous"):
            with self.assertRaises(UserError, msg=text):
                self.panel.panel_dial(text, "t")
        self.customer.gb_phone_ids.do_not_call = True
        with self.assertRaisesRegex(UserError, "does not want to be called"):
            self.panel.panel_dial("+86 138 0000 7771", "t")

    def test_number_is_dialled_as_the_carrier_expects(self):
        sent = []
        send = DemoApi.send

        def note(api, command, args, token=None):
            sent.append((command, args, token))
            return send(api, command, args, token)

        with patch.object(DemoApi, "send", note):
            self.panel.panel_dial("+86 138 0000 7771", "click-7")
            self.panel.panel_call_command("hangup")
            self.panel.panel_dial("001 415 555 2671", "click-8")
        dialled = [
            (args["number"], token) for command, args, token in sent if command == "call.dial"
        ]
        self.assertEqual(dialled, [("13800007771", "click-7"), ("+14155552671", "click-8")])

    def test_provider_that_is_away_changes_nothing_and_says_so(self):
        with (
            patch.object(DemoApi, "send", side_effect=ProviderError("unreachable")),
            self.assertRaisesRegex(UserError, "does not answer"),
        ):
            self.panel.panel_pause(self.pause_reason.id)
        self.assertEqual(self.seat_1.state, "ready")

    def test_own_calls_only(self):
        linked, _channel, _at = self._call(extension="1002")
        stranger = self._find(linked)
        for action in (
            lambda: self.panel.panel_set_partner(stranger.id, self.customer.id),
            lambda: self.panel.panel_wrap_up(stranger.id, self.disposition.id, ""),
        ):
            with self.assertRaises(AccessError):
                action()

    def test_recognised_caller_keeps_his_new_number(self):
        card = self.panel.panel_simulate_call("13900001234")["call"]
        self.assertEqual(card["number_state"], "unknown")
        card = self.panel.panel_set_partner(card["id"], self.customer.id)["call"]
        self.assertEqual(card["partner"]["id"], self.customer.id)
        self.assertIn("+8613900001234", self.customer.gb_phone_ids.mapped("number_key"))

    def test_number_of_a_foreign_company_is_learnt_as_the_pbx_understood_it(self):
        self.company.country_id = self.env.ref("base.us")
        self.provider.country_id = self.china
        card = self.panel.panel_simulate_call("13900001235")["call"]
        self.assertEqual(card["e164"], "+8613900001235")
        partner = self.env["res.partner"].create({"name": "New", "phone": card["e164"]})
        self.panel.panel_set_partner(card["id"], partner.id)
        self.assertEqual(partner.gb_phone_ids.mapped("number_key"), ["+8613900001235"])

    def test_card_shows_contacts_and_open_orders(self):
        product = self.env["product.product"].create({"name": "Bottle", "list_price": 10})
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [(0, 0, {"product_id": product.id})]}
        )
        before = self._finished_call(self.seat_1, at=time.time() - 1000)
        self.panel.panel_ready()
        card = self.panel.panel_simulate_call("13800007771")["call"]
        self.assertEqual([row["id"] for row in card["orders"]], [order.id])
        self.assertEqual([row["id"] for row in card["contacts"]], [before.id])

    def test_only_agents_have_a_panel(self):
        with self.assertRaises(AccessError):
            self._seat_of(self.analyst).get_panel()

    def test_simulation_is_for_the_demo_provider_only(self):
        with patch.object(DemoApi, "is_simulated", False), self.assertRaises(UserError):
            self.panel.panel_simulate_call("13800007771")
