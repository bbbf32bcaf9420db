from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.tax_number import clean_tax_number, is_tax_number
from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestKinds(AfterSalesCase):
    def _asked(self, ticket, code="submit"):
        move = ticket.process_id.transition_ids.filtered(lambda one: one.code == code)
        return {field["name"]: field["required"] for field in move._describe(ticket)["fields"]}

    def test_consultation_handed_on_is_a_knowledge_gap(self):
        ticket = self._open("consultation", until="accepted")
        self.assertFalse(ticket.is_knowledge_gap)
        self._walk(ticket, "processing")
        self.assertTrue(ticket.is_knowledge_gap)
        with self.assertRaisesRegex(UserError, "Answer"):
            self._submit(ticket)
        self._submit(ticket, answer="Boil it for five minutes.")

    def test_consultation_answered_at_once_is_none(self):
        ticket = self._open("consultation", until="accepted")
        self._move(ticket, self.agent, "answer", {"answer": "Five minutes."})
        self.assertFalse(ticket.is_knowledge_gap)

    def test_complaint_names_cause_department_and_compensation(self):
        ticket = self._open("complaint")
        with self.assertRaisesRegex(
            UserError, "Cause, Responsible department, Compensation decided"
        ):
            self._submit(ticket)
        values = {"cause_id": self.cause.id, "responsible_department_id": self.quality.id}
        with self.assertRaisesRegex(UserError, "Enter the compensation"):
            self._submit(ticket, **values, compensation_decision="granted")
        with self.assertRaisesRegex(UserError, "decision says none"):
            self._submit(ticket, **values, compensation_decision="none", compensation=5)
        self._submit(ticket, **values, compensation_decision="granted", compensation=5)
        self.assertEqual(ticket.compensation, 5)

    def test_dialog_asks_what_the_kind_needs(self):
        asked = self._asked(self._open("complaint"))
        self.assertTrue(asked["cause_id"] and asked["compensation_decision"])
        self.assertFalse(asked["compensation"])
        self.assertNotIn("adoption", asked)
        self.assertTrue(self._asked(self._open("suggestion"))["adoption"])

    def test_suggestion_is_adopted_or_declined(self):
        ticket = self._open("suggestion")
        with self.assertRaisesRegex(UserError, "Suggestion"):
            self._submit(ticket)
        self._submit(ticket, adoption="declined")

    def test_message_is_settled_after_contact(self):
        ticket = self._open("message")
        with self.assertRaisesRegex(UserError, "Contact the customer first"):
            self._submit(ticket)
        self.env["gb.ticket.message"].create(
            {
                "ticket_id": ticket.id,
                "direction": "out",
                "channel": "phone",
                "kind": "attempt",
                "state": "reached",
            }
        )
        self._submit(ticket)

    def test_repair_is_accepted_with_fault_address_and_time(self):
        ticket = self._ticket(type_id=self.types["repair"].id)
        with self.assertRaisesRegex(UserError, "fill in: Address of the fault, Fault, Occurred at"):
            self._move(ticket, self.agent, "accept")

    def test_return_is_accepted_with_an_order_line(self):
        ticket = self._ticket(type_id=self.types["return"].id)
        with self.assertRaisesRegex(UserError, "Order line"):
            self._move(ticket, self.agent, "accept")

    def test_company_needs_a_tax_number(self):
        self.customer.is_company = True
        ticket = self._open("invoice")
        with self.assertRaisesRegex(UserError, "needs its tax number"):
            ticket.with_user(self.handler).action_create_invoice()

    def test_wrong_tax_number_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "is no tax number"):
            self._ticket(tax_number="91350100M000100Y44")
        self.assertTrue(self._ticket(tax_number="9135 0100-m000 100y43"))

    def test_tax_numbers(self):
        for number in (
            "91350100M000100Y43",  # unified social credit code, GB 32100-2015
            "110000600037341",  # 15: before 2015
            "11010519491231002X",  # identity card, GB 11643-1999
            "11010519491231002X01",  # the same with two digits
        ):
            self.assertTrue(is_tax_number(number), number)
        for number in (
            "",
            "91350100M000100Y44",
            "91350100M00O100Y43",  # a letter O
            "110105194912310021",
            "1101051949123100",
            "11010519491231002XAB",
            "一二三四五六七八九〇一二三四五",
        ):
            self.assertFalse(is_tax_number(number), number)
        self.assertEqual(clean_tax_number(" 9135 0100-m000100y43 "), "91350100M000100Y43")
        self.assertEqual(clean_tax_number(None), "")

    def test_quantities_and_amounts_are_positive(self):
        for values in ({"quantity": 0}, {"refund_amount": -1}):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._ticket(**values)
