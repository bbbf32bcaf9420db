from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.identity_answer import parse_date, same_amount, same_digits, same_name
from .common import CallCentreCase

PIN = "2580"


class IdentityCase(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.identity.question"].search([]).active = False
        cls.q_birth, cls.q_phone, cls.q_child, cls.q_amount, cls.q_address = cls.env[
            "gb.identity.question"
        ].create(
            [
                {"name": "Birthday?", "kind": "birth_date", "sequence": 1},
                {"name": "Other number?", "kind": "phone", "sequence": 2},
                {"name": "Child?", "kind": "child_name", "sequence": 3},
                {"name": "Amount?", "kind": "order_amount", "sequence": 4},
                {"name": "Address?", "kind": "address", "sequence": 5},
            ]
        )
        cls.customer.write(
            {"gb_birth_date": date(1990, 5, 3), "street": "Dingxiang Road 8", "city": "Shanghai"}
        )
        cls.env["gb.phone"].create({"partner_id": cls.customer.id, "number": "021 6234 5678"})
        cls.env["gb.child"].create(
            {"partner_id": cls.customer.id, "name": "子涵", "birth_date": date(2025, 1, 1)}
        )

    def setUp(self):
        super().setUp()
        self._sign_in(self.agent, self.seat_1)
        self.call = self._finished_call(self.seat_1)
        self.mine = self.customer.with_user(self.agent)

    def _answers(self, **values):
        questions = {
            "birth": self.q_birth,
            "phone": self.q_phone,
            "child": self.q_child,
            "amount": self.q_amount,
            "address": self.q_address,
        }
        return {str(questions[name].id): value for name, value in values.items()}

    def _checks(self):
        return self.env["gb.identity.check"].search([("partner_id", "=", self.customer.id)])


@tagged("post_install", "-at_install")
class TestIdentityCheck(IdentityCase):
    # --- what the dialog shows ----------------------------------------------
    def test_questions_are_those_that_can_be_answered(self):
        check = self.mine.get_gb_identity_check(self.call.id)
        self.assertEqual(
            [question["kind"] for question in check["questions"]],
            ["birth_date", "phone", "child_name", "address"],
            "There is no order yet.",
        )
        self.assertEqual((check["state"], check["pin"], check["tries_left"]), ("none", "none", 3))
        self.assertIs(check["last"], False)

    def test_only_what_the_agent_compares_himself_is_shown(self):
        check = self.mine.get_gb_identity_check(self.call.id)
        facts = {question["kind"]: question["fact"] for question in check["questions"]}
        self.assertIn("Dingxiang Road 8", facts.pop("address"))
        self.assertEqual(set(facts.values()), {False})
        self.assertNotIn("子涵", str(check))

    def test_the_number_of_the_call_is_no_proof(self):
        questions = self.env["gb.identity.question"]._get_for(self.customer, self.call)
        facts = {question.kind: facts for question, facts in questions}
        self.assertEqual(facts["phone"], ["5678"])

    def test_the_last_order_is_asked_for(self):
        product = self.env["product.product"].create({"name": "Formula", "list_price": 298})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": product.id, "tax_ids": False})],
            }
        )
        order.action_confirm()
        kinds = ("order_product", "order_date")
        self.env["gb.identity.question"].create([{"name": k, "kind": k} for k in kinds])
        questions = self.env["gb.identity.question"]._get_for(self.customer)
        facts = {question.kind: (question, facts) for question, facts in questions}
        self.assertEqual(facts["order_amount"][1], [298])
        self.assertIn("Formula", facts["order_product"][1][0])
        question, known = facts["order_date"]
        self.assertTrue(question._is_right(fields.Date.to_string(date.today()), known))
        self.assertFalse(question._is_right("2020-01-01", known))

    # --- facts --------------------------------------------------------------
    def test_verified_by_facts(self):
        self.assertFalse(self.mine._is_gb_verified(self.call))
        answer = self.mine.gb_verify_facts(
            self._answers(birth="1990年5月3日", child="梓涵", phone=""), self.call.id
        )
        self.assertEqual((answer["result"], answer["state"]), ("ok", "passed"))
        self.assertTrue(self.mine._is_gb_verified(self.call))
        check = self._checks()
        self.assertEqual(
            (check.call_id, check.user_id, check.method, check.is_passed),
            (self.call, self.agent, "facts", True),
        )
        self.assertEqual(check.answer_ids.mapped("question"), ["Birthday?", "Child?"])
        self.assertEqual(check.answer_ids.mapped("is_right"), [True, True])
        self.assertTrue(self.call.is_identity_checked)
        card = self.call.with_user(self.agent)._get_card()
        self.assertTrue(card["is_verified"])

    def test_one_wrong_answer_of_three_is_forgiven(self):
        given = self._answers(birth="19900503", phone="0000", address=True)
        self.assertEqual(self.mine.gb_verify_facts(given)["result"], "ok")

    def test_wrong_facts_do_not_verify(self):
        answer = self.mine.gb_verify_facts(self._answers(birth="19900504", address=True))
        self.assertEqual((answer["result"], answer["tries_left"]), ("wrong", 2))
        self.assertEqual(answer["answers"], {self.q_birth.id: False, self.q_address.id: True})
        self.assertFalse(self.mine._is_gb_verified())
        self.assertFalse(self._checks().is_passed)

    def test_too_few_answers_are_no_try(self):
        with self.assertRaisesRegex(UserError, "at least 2 questions"):
            self.mine.gb_verify_facts(self._answers(birth="19900503", child=" "))
        self.assertFalse(self._checks())

    def test_a_fact_is_not_confirmed_by_a_text_nor_a_typed_one_by_true(self):
        given = self._answers(birth=True, address="Dingxiang Road 8")
        self.assertEqual(self.mine.gb_verify_facts(given)["result"], "wrong")

    def test_after_three_wrong_tries_only_a_lead_goes_on(self):
        wrong = self._answers(birth="20000101", phone="1111")
        for left in (2, 1, 0):
            self.assertEqual(self.mine.gb_verify_facts(wrong)["tries_left"], left)
        right = self._answers(birth="19900503", phone="5678")
        with self.assertRaisesRegex(UserError, "Too many wrong answers"):
            self.mine.gb_verify_facts(right)
        check = self.mine.get_gb_identity_check()
        self.assertEqual((check["state"], check["can_override"]), ("blocked", False))
        with self.assertRaisesRegex(UserError, "Only a team lead"):
            self.mine.gb_verify_override("He sounds honest")
        self.customer.with_user(self.lead).gb_verify_override("Known to me")
        self.assertTrue(self.customer.with_user(self.lead)._is_gb_verified())

    # --- PIN ----------------------------------------------------------------
    def test_verified_by_pin(self):
        self.assertEqual(self.mine.gb_verify_pin(PIN)["result"], "none")
        self.assertFalse(self._checks(), "Without a PIN nothing was checked.")
        self.customer._gb_enrol(PIN)
        self.assertEqual(self.mine.gb_verify_pin("7391", self.call.id)["result"], "wrong")
        self.assertEqual(self.mine.gb_verify_pin(PIN, self.call.id)["result"], "ok")
        self.assertEqual(self._checks().mapped("is_passed"), [True, False])

    def test_the_customer_types_the_pin_on_the_telephone(self):
        self.customer._gb_enrol(PIN)
        self.assertFalse(self.mine.get_gb_identity_check(self.call.id)["can_request_pin"])
        with self.assertRaisesRegex(UserError, "cannot ask"):
            self.mine.gb_request_pin(self.call.id)
        self.assertEqual(self.customer._gb_verify_ivr_pin(PIN, self.call), "ok")
        check = self._checks()
        self.assertEqual((check.method, check.user_id.id, check.call_id), ("ivr", False, self.call))
        self.assertTrue(self.mine._is_gb_verified(self.call))
        self.assertFalse(self.mine._is_gb_verified(), "It counts for the call.")

    # --- without check -------------------------------------------------------
    def test_going_on_without_a_check_takes_a_reason(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.mine.gb_verify_override("  ")
        self.mine.gb_verify_override("Voice is known", self.call.id)
        check = self._checks()
        self.assertEqual((check.method, check.reason), ("override", "Voice is known"))
        self.assertTrue(self.mine._is_gb_verified(self.call))

    # --- how long it holds ---------------------------------------------------
    def test_it_holds_for_the_agent_for_half_an_hour_and_for_the_call_for_ever(self):
        with freeze_time("2026-03-01 10:00:00"):
            self.mine.gb_verify_override("Voice is known", self.call.id)
        with freeze_time("2026-03-01 10:29:00"):
            self.assertTrue(self.mine._is_gb_verified())
            self.assertFalse(self.customer.with_user(self.agent_2)._is_gb_verified())
        with freeze_time("2026-03-01 10:31:00"):
            self.assertFalse(self.mine._is_gb_verified())
            self.assertTrue(self.mine._is_gb_verified(self.call))
            other = self.env["res.partner"].create({"name": "Somebody else"})
            self.assertFalse(other._is_gb_verified(self.call))

    def test_a_check_of_another_call_does_not_count_in_this_one(self):
        self.mine.gb_verify_override("Voice is known", self.call.id)
        self.assertTrue(self.mine._is_gb_verified())
        linked, channel, at = self._call(extension=self.seat_1.extension)
        self._answer(linked, channel, at + 3)
        call = self._find(linked)
        self.assertFalse(self.mine._is_gb_verified(call), "Somebody else may be calling.")
        self.assertFalse(self.mine._is_gb_verified(), "The agent is in a call.")
        self.assertTrue(self.mine._is_gb_verified(self.call))
        # a check made without naming the call is one of this call
        self.assertEqual(self.mine.get_gb_identity_check()["call_id"], call.id)
        self.mine.gb_verify_override("Her mother, with her")
        self.assertEqual(self._checks()[:1].call_id, call)
        self.assertTrue(self.mine._is_gb_verified(call))
        self._hang_up(linked, [channel], at + 30)
        self.assertTrue(self.mine._is_gb_verified())

    # --- rights --------------------------------------------------------------
    def test_only_agents_and_only_their_customers_and_calls(self):
        clerk = new_test_user(self.env, "gb_clerk", groups="base.group_user")
        for method, args in (
            ("get_gb_identity_check", ()),
            ("gb_verify_pin", (PIN,)),
            ("gb_verify_facts", ({},)),
            ("gb_verify_override", ("because",)),
            ("gb_request_pin", (self.call.id,)),
        ):
            for user in (clerk, self.inspector, self.analyst):
                with self.assertRaises(AccessError, msg=method):
                    getattr(self.customer.with_user(user), method)(*args)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.customer.with_user(self.agent_2).get_gb_identity_check(self.call.id)
        self.customer.gb_team_id = self.team_service
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.mine.gb_verify_override("because")

    def test_a_call_with_another_customer_is_refused(self):
        other = self.env["res.partner"].create({"name": "Other"}).with_user(self.agent)
        with self.assertRaisesRegex(UserError, "another customer"):
            other.gb_verify_override("because", self.call.id)

    def test_who_reads_checks(self):
        self.mine.gb_verify_override("Voice is known", self.call.id)
        check = self._checks()
        for user, sees in (
            (self.agent, True),
            (self.agent_2, False),
            (self.lead, True),
            (self.inspector, True),
            (self.manager, True),
        ):
            found = self.env["gb.identity.check"].with_user(user).search([("id", "=", check.id)])
            self.assertEqual(bool(found), sees, user.login)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.env["gb.identity.check"].with_user(self.analyst).search([])

    def test_checks_of_another_company_are_hidden(self):
        self.mine.gb_verify_override("Voice is known", self.call.id)
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "gb_stranger",
            "gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        checks = self.env["gb.identity.check"].with_user(stranger)
        self.assertFalse(checks.search([("id", "=", self._checks().id)]))

    def test_nobody_changes_or_adds_a_check(self):
        self.mine.gb_verify_facts(self._answers(birth="19900503", phone="5678"))
        check = self._checks()
        for user in (self.agent, self.manager, self.env.ref("base.user_root")):
            for attempt in (
                lambda user=user: check.with_user(user).write({"is_passed": False}),
                lambda user=user: check.answer_ids.with_user(user).write({"is_right": False}),
                lambda user=user: check.with_user(user).unlink(),
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.models"):
                    attempt()
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.env["gb.identity.check"].with_user(self.manager).create(
                {"partner_id": self.customer.id, "method": "pin", "is_passed": True}
            )

    def test_the_dialog_costs_little(self):
        self.mine.get_gb_identity_check(self.call.id)
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            self.mine.get_gb_identity_check(self.call.id)


@tagged("post_install", "-at_install")
class TestIdentityAnswer(BaseCase):
    def test_dates_as_they_are_typed(self):
        for text in (
            "19900503",
            "1990-5-3",
            "1990年5月3日",
            "1990.05.03",
            "５/３/1990",
            "05/03/1990",
        ):
            self.assertEqual(parse_date(text), date(1990, 5, 3), text)
        self.assertEqual(parse_date("3.5.1990", day_first=True), date(1990, 5, 3))
        for text in ("", "1990", "0503", "19901332", "90-5-3", "soon"):
            self.assertIsNone(parse_date(text), text)

    def test_names_by_sound(self):
        self.assertTrue(same_name(" 梓涵 ", "子涵"))
        self.assertTrue(same_name("CHEN xiao-mei", "Chen Xiaomei"))
        self.assertFalse(same_name("浩宇", "子涵"))
        self.assertFalse(same_name("?", ""))

    def test_amounts_and_digits(self):
        self.assertTrue(same_amount("约 1,298 元", 1298.5))
        self.assertFalse(same_amount("1297", 1298.5))
        self.assertTrue(same_digits("56 78", "5678"))
        self.assertFalse(same_digits("", ""))
