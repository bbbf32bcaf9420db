from odoo.tests import tagged

from ..ivr import new_session, step
from .common_flow import FlowCase

CALL = {"id": "1", "hotline": "8000", "caller": "+8613800138000", "at": 0}


@tagged("post_install", "-at_install")
class TestIvrDynamic(FlowCase):
    """The types that ask Odoo, played by the interpreter of real calls; what Odoo answers is given here."""

    def _begin(self, node_type, **values):
        exits = {
            "exit_ids": [
                (0, 0, {"key": key, "target": f"exit_{key}"}) for key in self._exits(node_type)
            ]
        }
        node = self._node(node_type, code="node", is_start=True, **exits, **values)
        for exit_ in node.exit_ids:
            name = f"exit_{exit_.key}"
            exit_.target = name
            self._node("hangup", code=name)
        self.documents = {self.flow.code: self.draft._compile()}
        errors = [problem for problem in self.draft.get_problems() if problem["level"] == "error"]
        self.assertFalse(errors)
        self.session = new_session(CALL)
        self.at, self.track = 0, []
        return self._go("start", flow=self.flow.code)

    def _exits(self, node_type):
        node = self.env["gb.ivr.node"].new({"type": node_type})
        return [key for key, _label in node._get_fixed_exits()]

    def _go(self, event, **values):
        """One event; what is only played is heard to its end. :return: the instruction that waits for something"""
        self.at += 1
        self.session, instruction, track = step(
            self.documents, self.session, {"type": event, "at": self.at, **values}
        )
        self.track += track
        if instruction and instruction["do"] == "play":
            return self._go("played")
        return instruction

    def _answer(self, exit_key, **values):
        return self._go("answer", exit=exit_key, values=values, speech=[])

    def _keys(self, digits):
        return self._go("digits", digits=digits, ended="terminator")

    def _assert_left_by(self, exit_key, instruction):
        self.assertEqual(instruction["do"], "hangup")
        self.assertEqual(self.track[-1]["node"], f"exit_{exit_key}")

    def test_known_caller_proves_who_he_is_by_his_pin(self):
        asked = self._begin("identify")
        self.assertEqual((asked["do"], asked["name"], asked["args"]), ("ask", "identify", {}))
        asked = self._answer("known")
        self.assertTrue(asked["do"] == "collect" and asked["masked"])
        asked = self._keys("2580")
        self.assertEqual(asked["args"], {"pin": "2580"})
        self._assert_left_by("verified", self._answer("verified"))
        self.assertNotIn("2580", str(self.session))

    def test_third_wrong_pin_ends_it(self):
        self._begin("identify")
        self._answer("unknown")
        for number in range(3):
            asked = self._keys("10001")
            self.assertTrue(asked["masked"])
            asked = self._keys(f"111{number}")
            self.assertEqual(asked["args"], {"member": "10001", "pin": f"111{number}"})
            instruction = self._answer("wrong")
        self._assert_left_by("locked", instruction)

    def test_number_may_be_enough(self):
        self._begin("identify", is_pin_required=False, is_member_asked=False)
        self._assert_left_by("known", self._answer("known"))

    def test_caller_without_an_answer_is_told_and_goes_on(self):
        for node_type in ("promotions", "delivery", "payment", "shopping_guide", "order_history"):
            self.draft.node_ids.unlink()
            self._begin(node_type)
            self._assert_left_by("failed", self._go("failed", reason="timeout"))

    def test_latest_order_then_another_by_number(self):
        asked = self._begin("order_status")
        self.assertEqual((asked["name"], asked["args"]), ("order_status", {}))
        self._answer("found", order_name="S00012", order_state="sent")
        self._go("digits", digits="1", ended="full")
        asked = self._keys("17")
        self.assertEqual(asked["args"], {"order": "17"})
        self._answer("none")
        self._assert_left_by("found", self._go("digits", digits="2", ended="full"))

    def test_order_by_telephone_from_code_to_confirmation(self):
        asked = self._begin("place_order")
        self.assertEqual(asked["do"], "collect")
        asked = self._keys("1001")
        self.assertEqual((asked["name"], asked["args"]), ("product", {"code": "1001"}))
        self._answer("found", product_name="奶粉")
        asked = self._keys("2")
        self.assertEqual(
            (asked["name"], asked["args"]), ("cart_add", {"code": "1001", "quantity": "2"})
        )
        self._answer("ok")
        asked = self._go("digits", digits="2", ended="full")
        self.assertEqual(asked["name"], "cart_address")
        asked = self._answer("ok")
        self.assertEqual((asked["name"], asked["args"]), ("cart_carrier", {"choice": ""}))
        self._answer("choose", choices="2")
        asked = self._go("digits", digits="2", ended="full")
        self.assertEqual(asked["args"], {"choice": "2"})
        self._answer("invalid")  # told so, and the possibilities again
        self._answer("choose", choices="2")
        self._go("digits", digits="1", ended="full")
        asked = self._answer("ok")
        self.assertEqual(asked["name"], "cart_payment")
        asked = self._answer("ok")
        self.assertEqual(asked["name"], "cart_read")
        asked = self._answer("ok", cart_count="1", cart_total="256.00")
        self.assertEqual(asked["do"], "collect")
        asked = self._go("digits", digits="1", ended="full")
        self.assertEqual(asked["name"], "cart_confirm")
        self._assert_left_by("ordered", self._answer("confirmed", order_name="S00042"))

    def test_order_is_cancelled_by_star_and_strangers_are_turned_away(self):
        self._begin("place_order")
        self._keys("1001")
        self._answer("found")
        self._keys("1")
        self._answer("ok")
        asked = self._go("digits", digits="*", ended="full")
        self.assertEqual(asked["name"], "cart_cancel")
        self._assert_left_by("cancelled", self._answer("ok"))

    def test_cart_of_somebody_whose_identity_was_not_checked(self):
        self._begin("place_order")
        self._keys("1001")
        self._answer("found")
        self._keys("1")
        self._assert_left_by("unverified", self._answer("unverified"))

    def test_callback_to_another_number_reads_it_back(self):
        self._begin("callback", queue_id=self.queue_orders.id)
        self._go("digits", digits="2", ended="full")
        asked = self._keys("02112345678")
        self.assertIn("二", str(asked["speech"]))
        asked = self._go("digits", digits="1", ended="full")
        self.assertEqual(
            (asked["do"], asked["queue"], asked["number"]), ("callback", "orders", "02112345678")
        )
        self._assert_left_by("ok", self._go("done", exit="ok"))

    def test_satisfaction_hands_the_score_on(self):
        self._begin("rating")
        instruction = self._go("digits", digits="4", ended="full")
        self.assertEqual((instruction["do"], instruction["score"]), ("rate", "4"))
        self._assert_left_by("next", self._go("done", exit="next"))
