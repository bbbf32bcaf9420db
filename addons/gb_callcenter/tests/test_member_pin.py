import re
import threading
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from passlib.context import CryptContext

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, HttpCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CallCentreCase

PIN, WRONG = "2580", "7391"


@tagged("post_install", "-at_install")
class TestMemberPin(CallCentreCase):
    def setUp(self):
        super().setUp()
        self.pins = self.env["gb.member.pin"].sudo()

    def _try(self, *pins):
        return [self.customer._check_gb_pin(pin) for pin in pins]

    # --- enrolment ---------------------------------------------------------
    def test_enrolled_once(self):
        self.assertTrue(self.customer._gb_enrol())
        number = self.customer.gb_member_number
        self.assertRegex(number, r"^M\d{8}$")
        self.assertTrue(self.customer.gb_member_since)
        self.assertFalse(self.customer._gb_enrol(PIN), "He is a member already; the PIN is set.")
        self.assertEqual(self.customer.gb_member_number, number)
        self.assertEqual(self._try(PIN), ["ok"])

    def test_an_address_cannot_become_a_member(self):
        address = self.env["res.partner"].create(
            {"name": "Home", "parent_id": self.customer.id, "type": "delivery"}
        )
        with self.assertRaisesRegex(UserError, "address"):
            address._gb_enrol()

    def test_no_pin_without_membership(self):
        with self.assertRaisesRegex(UserError, "Only members"):
            self.customer._gb_set_pin(PIN)
        self.assertEqual(self._try(PIN), ["none"])

    def test_pins_that_are_easy_to_guess_are_refused(self):
        self.customer.gb_birth_date = date(1990, 5, 3)
        self.env["gb.child"].create(
            {"partner_id": self.customer.id, "birth_date": date(2024, 12, 25)}
        )
        self.customer._gb_enrol()
        for pin in ("1111", "1234", "98765", "121212", "123123", "7890"):
            with self.assertRaisesRegex(UserError, "repeated digits", msg=pin):
                self.customer._gb_set_pin(pin)
        for pin in ("1990", "0503", "900503", "19900503", "1225"):
            with self.assertRaisesRegex(UserError, "birthday", msg=pin):
                self.customer._gb_set_pin(pin)
        with self.assertRaisesRegex(UserError, "telephone"):
            self.customer._gb_set_pin("7771")
        for pin in ("123", "123456789", "12a4", "", "１２３４"):
            with self.assertRaisesRegex(UserError, "4 to 8 digits", msg=pin):
                self.customer._gb_set_pin(pin)
        self.assertEqual(self.customer.gb_pin_state, "none")

    # --- secrecy -----------------------------------------------------------
    def test_the_pin_is_hashed(self):
        self.customer._gb_enrol(PIN)
        pin = self.pins.search([("partner_id", "=", self.customer.id)])
        self.assertNotIn(PIN, pin.pin_hash)
        self.assertTrue(pin.pin_hash.startswith("$pbkdf2"))

    def test_nobody_reads_a_pin(self):
        self.customer._gb_enrol(PIN)
        pin = self.pins.search([("partner_id", "=", self.customer.id)])
        admin = self.env.ref("base.user_admin")
        for user in (self.agent, self.lead, self.manager, admin):
            pins = self.env["gb.member.pin"].with_user(user)
            for attempt in (
                lambda pins=pins: pins.search_read([], ["pin_hash"]),
                lambda pins=pins: pins.browse(pin.id).read(["partner_id"]),
                lambda pins=pins: pins.browse(pin.id).export_data(["pin_hash"]),
                lambda pins=pins: pins.formatted_read_group([], ["partner_id"]),
                lambda pins=pins: pins.search_count([("pin_hash", "=like", "$%")]),
                lambda pins=pins: pins.browse(pin.id).write({"pin_hash": "x"}),
                lambda pins=pins: pins.create({"partner_id": self.customer.id, "pin_hash": "x"}),
                lambda pins=pins: pins.browse(pin.id).unlink(),
            ):
                # of the export, also for want of the right to export at all
                with self.assertRaises(UserError), mute_logger("odoo.models"):
                    attempt()

    # --- tries -------------------------------------------------------------
    def test_locked_after_wrong_tries_and_free_after_a_while(self):
        self.env["ir.config_parameter"].set_param("gb_callcenter.pin_tries", "3")
        with freeze_time("2026-03-01 10:00:00"):
            self.customer._gb_enrol(PIN)
            self.assertEqual(self._try(WRONG, WRONG, WRONG), ["wrong", "wrong", "locked"])
            self.assertEqual(self._try(PIN), ["locked"], "The right one does not help now.")
            self.assertEqual(self.customer.gb_pin_state, "locked")
        with freeze_time("2026-03-01 10:31:00"):
            self.customer.invalidate_recordset()
            self.assertEqual(self.customer.gb_pin_state, "set")
            self.assertEqual(self._try(WRONG, PIN), ["wrong", "ok"])

    def test_a_right_pin_starts_the_count_again(self):
        self.env["ir.config_parameter"].set_param("gb_callcenter.pin_tries", "3")
        self.customer._gb_enrol(PIN)
        self.assertEqual(
            self._try(WRONG, WRONG, PIN, WRONG, WRONG, PIN),
            ["wrong", "wrong", "ok", "wrong", "wrong", "ok"],
        )

    def test_locked_until_a_lead_unlocks_it(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("gb_callcenter.pin_tries", "1")
        parameters.set_param("gb_callcenter.pin_lock_minutes", "0")
        self.customer._gb_enrol(PIN)
        self.assertEqual(self._try(WRONG), ["locked"])
        with freeze_time("2090-01-01"):
            self.assertEqual(self._try(PIN), ["locked"])
        with self.assertRaises(AccessError):
            self.customer.with_user(self.agent).action_gb_unlock_pin()
        self.customer.with_user(self.lead).action_gb_unlock_pin()
        self.assertEqual(self._try(PIN), ["ok"])
        note = self.customer.message_ids[:1]
        self.assertIn("unlocked", note.body)
        self.assertEqual(note.author_id, self.lead.partner_id)

    # --- agents ------------------------------------------------------------
    def test_an_agent_enrols_by_telephone(self):
        customer = self.customer.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "differ"):
            customer.gb_enrol(PIN, "2581")
        self.assertFalse(self.customer.gb_member_number)
        member = customer.gb_enrol(PIN, PIN, True)
        self.assertEqual(member["member_number"], self.customer.gb_member_number)
        self.assertEqual((member["pin"], member["wants_news"]), ("set", True))

    def test_a_pin_is_changed_only_after_an_identity_check(self):
        customer = self.customer.with_user(self.agent)
        customer.gb_enrol(PIN, PIN)
        self.assertFalse(customer.get_gb_membership()["can_set_pin"])
        with self.assertRaisesRegex(UserError, "identity"):
            customer.gb_enrol("3692", "3692")
        customer.gb_verify_override("Sent a copy of the id card")
        customer.gb_enrol("3692", "3692")
        self.assertEqual(self._try(PIN, "3692"), ["wrong", "ok"])
        self.customer.with_user(self.lead).gb_enrol("4703", "4703")

    def test_enrolment_is_for_agents_and_their_customers(self):
        clerk = new_test_user(self.env, "gb_clerk", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.customer.with_user(clerk).gb_enrol()
        self.customer.gb_team_id = self.team_service
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.customer.with_user(self.agent).gb_enrol()

    def test_points_are_those_of_odoos_loyalty_cards(self):
        program = self.env["loyalty.program"].create(
            {"name": "Club", "program_type": "loyalty", "applies_on": "both", "trigger": "auto"}
        )
        self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.customer.id, "points": 320}
        )
        self.assertEqual(self.customer.with_user(self.agent).gb_points, 320)


@tagged("post_install", "-at_install")
class TestMemberPinAtOnce(BaseCase):
    """On committed data, each try in a transaction of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            partner = env["res.partner"].create({"name": "Tried by several"})
            cls.partner_id = partner.id
            cls.quick = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=1)
            with cls._quick_hash():
                partner._gb_enrol(PIN)

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(cls.partner_id).unlink()

    @classmethod
    def _quick_hash(cls):
        return patch.object(
            cls.registry["res.users"], "_crypt_context", lambda self: cls.quick, create=True
        )

    def setUp(self):
        super().setUp()
        self.startPatcher(self._quick_hash())
        with self.registry.cursor() as cr:
            self._partner(cr).env["gb.member.pin"]._unlock(self._partner(cr))

    def _partner(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(self.partner_id)

    def _failures(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT failures FROM gb_member_pin WHERE partner_id = %s", [self.partner_id]
            )
            return cr.fetchone()[0]

    def test_wrong_tries_count_though_the_transaction_fails(self):
        for count in (1, 2):
            with self.assertRaises(ZeroDivisionError), self.registry.cursor() as cr:
                self.assertEqual(self._partner(cr)._check_gb_pin(WRONG), "wrong")
                raise ZeroDivisionError
            self.assertEqual(self._failures(), count)
        with self.registry.cursor() as cr:
            self.assertEqual(self._partner(cr)._check_gb_pin(PIN), "ok")
            cr.rollback()
        self.assertEqual(self._failures(), 0)

    def test_two_transactions_see_each_others_tries(self):
        with self.registry.cursor() as one, self.registry.cursor() as other:
            first, second = self._partner(one), self._partner(other)
            self.assertEqual((first.gb_pin_state, second.gb_pin_state), ("set", "set"))
            states = [partner._check_gb_pin(WRONG) for partner in (first, second) * 3]
            self.assertEqual(states, ["wrong"] * 4 + ["locked"] * 2)
            self.assertEqual(first._check_gb_pin(PIN), "locked")

    def test_of_many_tries_at_once_no_more_than_allowed_are_compared(self):
        barrier = threading.Barrier(8)
        states, compared = [], []
        verify = type(self.quick).verify_and_update

        def slow_verify(context, *args):
            compared.append(args[0])
            return verify(context, *args)

        def attempt():
            barrier.wait(30)
            with self.registry.cursor() as cr:
                states.append(self._partner(cr)._check_gb_pin(WRONG))

        self.startPatcher(patch.object(type(self.quick), "verify_and_update", slow_verify))
        threads = [threading.Thread(target=attempt) for _number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(states), 8, "Nobody was thrown back.")
        self.assertEqual(len(compared), 5)
        self.assertEqual(sorted(states), ["locked"] * 4 + ["wrong"] * 4)

    def test_a_pin_can_be_changed_after_a_try_in_the_same_transaction(self):
        with self.registry.cursor() as cr:
            partner = self._partner(cr)
            self.assertEqual(partner._check_gb_pin(PIN), "ok")
            partner._gb_set_pin("3692")
            self.assertEqual(partner._check_gb_pin("3692"), "ok")
            partner._gb_set_pin(PIN)


@tagged("post_install", "-at_install")
class TestMembershipPortal(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "gb_member", groups="base.group_portal", email="member@example.com"
        )
        cls.partner = cls.user.partner_id

    def _post(self, path, **values):
        page = self.url_open("/my/membership").text
        values["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return self.url_open(f"/my/membership{path}", data=values)

    def test_a_visitor_has_to_sign_in(self):
        self.assertIn("/web/login", self.url_open("/my/membership").url)

    def test_enrolment_and_change_of_pin(self):
        self.authenticate("gb_member", "gb_member")
        self.assertIn("/my/membership", self.url_open("/my").text)
        page = self._post("/enrol", pin=PIN, pin_again="2581")
        self.assertIn("two PINs differ", page.text)
        self.assertNotIn(PIN, page.text, "What was typed is not sent back.")
        page = self._post("/enrol", pin="1111", pin_again="1111")
        self.assertIn("too easy to guess", page.text)
        self.assertFalse(self.partner.gb_member_number)

        page = self._post("/enrol", pin=PIN, pin_again=PIN, wants_news="1")
        self.assertTrue(self.partner.gb_member_number)
        self.assertTrue(self.partner.gb_wants_news)
        self.assertIn(self.partner.gb_member_number, page.text)

        page = self._post("/pin", current=WRONG, pin="3692", pin_again="3692")
        self.assertIn("present PIN is wrong", page.text)
        page = self._post("/pin", current=PIN, pin="3692", pin_again="3692")
        self.assertIn("Your PIN was changed", page.text)
        self.assertEqual(self.partner._check_gb_pin("3692"), "ok")

        self._post("/news")
        self.assertFalse(self.partner.gb_wants_news)

    def test_guessing_the_present_pin_locks_it(self):
        self.partner._gb_enrol(PIN)
        self.authenticate("gb_member", "gb_member")
        for _number in range(5):
            page = self._post("/pin", current=WRONG, pin="3692", pin_again="3692")
        self.assertIn("locked after too many wrong tries", page.text)
        self._post("/pin", current=PIN, pin="3692", pin_again="3692")
        self.assertEqual(self.partner._get_gb_pin_state(), "locked")

    def test_a_request_without_token_is_refused(self):
        self.authenticate("gb_member", "gb_member")
        with mute_logger("odoo.http"):
            page = self.url_open("/my/membership/enrol", data={"pin": PIN, "pin_again": PIN})
        self.assertEqual(page.status_code, 400)
        self.assertFalse(self.partner.gb_member_number)
