import base64

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestRoles(CallCentreCase):
    def setUp(self):
        super().setUp()
        self._sign_in(self.agent, self.seat_1)
        self._sign_in(self.agent_3, self.seat_3)
        self.own = self._finished_call(self.seat_1)
        self.other = self._finished_call(self.seat_3, queue="aftersales")

    def _sees(self, user):
        return (
            self.env["gb.call"].with_user(user).search([("id", "in", (self.own | self.other).ids)])
        )

    def test_who_sees_which_calls(self):
        self.assertEqual(self._sees(self.agent), self.own)
        self.assertEqual(self._sees(self.agent_3), self.other)
        self.assertFalse(self._sees(self.agent_2))
        self.assertEqual(self._sees(self.lead), self.own)
        for user in (self.inspector, self.analyst, self.manager):
            self.assertEqual(self._sees(user), self.own | self.other, user.login)

    def test_a_changed_team_counts_at_once(self):
        self.assertEqual(self._sees(self.lead), self.own)
        self.team_service.leader_ids = self.lead
        self.assertEqual(self._sees(self.lead), self.own | self.other)
        self.lead.gb_led_team_ids = [(3, self.team_service.id)]
        self.assertEqual(self._sees(self.lead), self.own)

    def test_lost_calls_are_worked_off_by_the_whole_team(self):
        linked, _channel, at = self._call(extension="1002")
        self._hang_up(linked, [], at + 9, reason="abandoned")
        lost = self._find(linked)
        for user, sees in ((self.agent, True), (self.agent_3, False), (self.lead, True)):
            found = self.env["gb.call"].with_user(user).search([("id", "=", lost.id)])
            self.assertEqual(bool(found), sees, user.login)

    def test_agent_reads_no_other_call_by_its_id(self):
        with self.assertRaises(AccessError):
            self.other.with_user(self.agent).read(["number"])
        with self.assertRaises(AccessError):
            self.other.leg_ids.with_user(self.agent).read(["number"])

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "gb_stranger",
            "gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self._sees(stranger))
        self.assertFalse(
            self.env["gb.seat"].with_user(stranger).search([("id", "=", self.seat_1.id)])
        )

    def test_facts_cannot_be_written_by_anybody(self):
        for user in (self.agent, self.lead, self.manager):
            call = self.own.with_user(user)
            with self.assertRaises(AccessError):
                call.write({"answered_at": False})
            with self.assertRaises(AccessError):
                call.with_context(gb_call_facts=True).write({"result": "abandoned"})
            with self.assertRaises(AccessError):
                call.unlink()
            with self.assertRaises(AccessError):
                self.env["gb.call"].with_user(user).create({"linked_id": "x"})

    def test_agent_files_his_own_call_from_the_form(self):
        self.own.with_user(self.agent).write(
            {"disposition_id": self.disposition.id, "note": "noted", "partner_id": False}
        )
        self.assertEqual((self.own.note, self.own.partner_id.id), ("noted", False))
        for user in (self.inspector, self.analyst):
            with self.assertRaises(AccessError):
                self.own.with_user(user).write({"note": "mine"})

    def test_configuration_belongs_to_managers(self):
        for user in (self.agent, self.lead, self.inspector, self.analyst):
            for record in (self.queue_orders, self.hotline, self.seat_1, self.pause_reason):
                with self.assertRaises(AccessError, msg=(user.login, record._name)):
                    record.with_user(user).write({"name": "changed"})
        self.queue_orders.with_user(self.manager).name = "changed"

    def test_agent_serves_the_customers_of_his_team_only(self):
        self.customer.gb_team_id = self.team_service
        partners = self.env["res.partner"].with_user(self.agent)
        self.assertFalse(partners.search([("id", "=", self.customer.id)]))
        self.assertFalse(self.env["gb.phone"].with_user(self.agent)._find("13800007771"))
        self.assertTrue(partners.with_user(self.agent_3).search([("id", "=", self.customer.id)]))
        self.assertTrue(partners.with_user(self.manager).search([("id", "=", self.customer.id)]))
        self.customer.gb_team_id = False
        self.assertTrue(partners.search([("id", "=", self.customer.id)]))

    def test_pop_does_not_show_a_customer_whom_the_agent_may_not_serve(self):
        self.customer.gb_team_id = self.team_service
        self._seat_of(self.agent).panel_ready()
        self._call()
        card = self._seat_of(self.agent).get_panel()["call"]
        self.assertEqual((card["partner"], card["orders"], card["contacts"]), (False, [], []))

    def test_dead_letters_and_access_log_are_for_managers(self):
        for model in ("gb.dead.letter", "gb.access.log"):
            self.env[model].with_user(self.manager).search([])
            for user in (self.agent, self.lead, self.inspector, self.analyst):
                with self.assertRaises(AccessError, msg=(model, user.login)):
                    self.env[model].with_user(user).search([])

    def test_recordings_are_for_those_who_may_hear_them(self):
        recording = self.env["gb.recording"].create(
            {"call_id": self.own.id, "name": "r.wav", "sha256": "0" * 64}
        )
        for user in (self.lead, self.inspector, self.manager):
            recording.with_user(user)._check_playable()
        for user in (self.agent, self.analyst, self.agent_3):
            with self.assertRaises(AccessError, msg=user.login):
                recording.with_user(user)._check_playable()
        foreign = self.env["gb.recording"].create(
            {"call_id": self.other.id, "name": "r.wav", "sha256": "1" * 64}
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.lead)._check_playable()
        with self.assertRaises(AccessError):
            recording.with_user(self.manager).read(["audio"])


@tagged("post_install", "-at_install")
class TestRecordingPlayer(HttpCase, CallCentreCase):
    def setUp(self):
        super().setUp()
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        self.content = b"RIFF" + bytes(2000)
        self.recording = self.env["gb.recording"].create(
            {
                "call_id": call.id,
                "name": "r.wav",
                "sha256": "2" * 64,
                "audio": base64.b64encode(self.content),
                "is_stored": True,
            }
        )
        self.url = f"/gb/recording/{self.recording.id}"

    def _log(self):
        return self.env["gb.access.log"].search([("res_id", "=", self.recording.id)])

    def test_lead_hears_it_and_the_access_is_logged(self):
        self.authenticate("gb_lead", "gb_lead")
        response = self.url_open(self.url)
        self.assertEqual((response.status_code, response.content), (200, self.content))
        self.assertEqual(response.headers["Content-Type"], "audio/wav")
        self.assertEqual(self._log().user_id, self.lead)

    def test_seeking_is_served_in_part_and_logged_once(self):
        self.authenticate("gb_lead", "gb_lead")
        self.url_open(self.url)
        response = self.url_open(self.url, headers={"Range": "bytes=4-13"})
        self.assertEqual((response.status_code, response.content), (206, self.content[4:14]))
        self.assertEqual(len(self._log()), 1)

    @mute_logger("odoo.http")
    def test_agent_is_refused_and_so_is_the_way_round(self):
        self.authenticate("gb_agent_1", "gb_agent_1")
        self.assertEqual(self.url_open(self.url).status_code, 403)
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "gb.recording"),
                    ("res_id", "=", self.recording.id),
                    ("res_field", "=", "audio"),
                ]
            )
        )
        self.assertTrue(attachment)
        self.authenticate("gb_manager", "gb_manager")
        for path in (
            f"/web/content/{attachment.id}",
            f"/web/content/gb.recording/{self.recording.id}/audio",
        ):
            self.assertNotEqual(self.url_open(path).status_code, 200, path)
        self.assertFalse(self._log())

    def test_nobody_hears_it_without_signing_in(self):
        response = self.url_open(self.url, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
