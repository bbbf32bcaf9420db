import json

from odoo.exceptions import UserError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CallCentreCase


class ExportCase(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "gb_clerk", groups="base.group_user,base.group_allow_export"
        )
        for user in (cls.agent, cls.lead, cls.inspector, cls.analyst):
            user.group_ids += cls.env.ref("base.group_allow_export")

    @classmethod
    def _log(cls, user):
        return cls.env["gb.access.log"].search([("kind", "=", "export"), ("user_id", "=", user.id)])


@tagged("post_install", "-at_install")
class TestExportRights(ExportCase):
    def test_roles_without_the_right_cannot_export(self):
        for user in (self.agent, self.lead, self.inspector, self.analyst):
            with self.assertRaises(UserError, msg=user.login) as refused:
                self.customer.with_user(user).export_data(["name"])
            self.assertIn("Call Centre: export data", str(refused.exception))
            self.assertFalse(user.with_user(user).has_group("base.group_allow_export"))
            self.assertFalse(self._log(user))

    def test_the_right_of_the_call_centre_does_not_replace_odoos(self):
        self.agent.group_ids -= self.env.ref("base.group_allow_export")
        self.agent.group_ids += self.env.ref("gb_callcenter.group_gb_export")
        with self.assertRaises(UserError):
            self.customer.with_user(self.agent).export_data(["name"])

    def test_who_may_export_is_logged(self):
        customers = self.customer | self.customer.copy()
        data = customers.with_user(self.manager).export_data(["name", "phone"])["datas"]
        self.assertEqual(data[0], ["Chen Xiaomei", "138 0000 7771"])
        log = self._log(self.manager)
        self.assertEqual((log.res_model, log.row_count), ("res.partner", 2))
        self.assertEqual(log.details, "name, phone")

    def test_an_export_shows_no_more_than_the_screen(self):
        self.analyst.group_ids += self.env.ref("gb_callcenter.group_gb_export")
        call = self._finished_call_of_nobody()
        [row] = call.with_user(self.analyst).export_data(
            ["number", "display_name", "partner_id/phone", "partner_id/gb_phone_ids/number"]
        )["datas"]
        self.assertEqual(row[0], "138****7771")
        self.assertNotIn("7777", "".join(map(str, row)))
        self.assertEqual(row[2:], ["138****7771"] * 2)

    def test_others_export_as_ever_and_are_logged(self):
        self.customer.with_user(self.clerk).export_data(["name"])
        self.assertEqual(self._log(self.clerk).res_model, "res.partner")

    def _finished_call_of_nobody(self):
        self._sign_in(self.agent, self.seat_1)
        return self._finished_call(self.seat_1)


@tagged("post_install", "-at_install")
class TestExportFile(HttpCase, ExportCase):
    def _export(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(
            "/web/export/csv",
            data={
                "data": json.dumps(
                    {
                        "model": "res.partner",
                        "fields": [{"name": "phone", "label": "Phone", "type": "char"}],
                        "ids": False,
                        "domain": [["id", "=", self.customer.id]],
                        "import_compat": False,
                    }
                ),
                "csrf_token": Request.csrf_token(self),
            },
        )

    def test_file_is_given_to_those_with_the_right_and_its_search_logged(self):
        response = self._export(self.manager)
        self.assertIn("138 0000 7771", response.text)
        log = self._log(self.manager)
        self.assertEqual(log.row_count, 1)
        self.assertIn(f'[["id", "=", {self.customer.id}]]', log.details)
        self.assertTrue(log.ip_address)

    @mute_logger("odoo.http", "odoo.addons.web.controllers.export")
    def test_file_is_refused_to_others(self):
        response = self._export(self.analyst)
        self.assertIn("Call Centre: export data", response.text)
        self.assertNotIn("7771", response.text)
