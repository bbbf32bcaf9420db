from odoo.tests import HttpCase, new_test_user, no_retry, tagged

from odoo.addons.web.tests import test_js


def hoot_id(name):
    """Id that Hoot gives to a suite or test: a 32-bit rolling hash of its full name.

    :rtype: str
    """
    value = 0
    for char in name:
        value = ((value << 5) - value + ord(char)) & 0xFFFFFFFF
    return f"{value:08x}"


@tagged("post_install", "-at_install")
class TestSeatUnits(HttpCase):
    @no_retry
    def test_hoot_desktop(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={hoot_id('@gb_callcenter')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )


@tagged("post_install", "-at_install")
class TestSeatTours(HttpCase):
    """An agent at a seat without a PBX, in a real browser with the real bus."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        china = cls.env.ref("base.cn")
        cls.env.company.country_id = china
        cls.agent = new_test_user(
            cls.env,
            login="gb_tour_agent",
            groups="gb_callcenter.group_gb_agent",
            tz="Asia/Shanghai",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        cls.provider = cls.env["gb.telephony.provider"].create(
            {"name": "GB tour", "reference": "gb_tour", "code": "demo", "country_id": china.id}
        )
        queue = cls.env["gb.queue"].create(
            {"name": "GB tour queue", "code": "gb_tour", "provider_id": cls.provider.id}
        )
        cls.env["gb.hotline"].create(
            {
                "name": "GB tour hotline",
                "number": "400999",
                "queue_id": queue.id,
                "provider_id": cls.provider.id,
            }
        )
        cls.seat = cls.env["gb.seat"].create(
            {
                "name": "GB tour seat",
                "extension": "9901",
                "provider_id": cls.provider.id,
                "queue_ids": queue.ids,
                "allowed_user_ids": cls.agent.ids,
            }
        )
        cls.disposition = cls.env["gb.disposition"].create({"name": "GB tour disposition"})
        cls.known, cls.mother, cls.father = cls.env["res.partner"].create(
            [
                {"name": "GB Tour Known", "country_id": china.id, "phone": "+86 139 1234 5601"},
                {"name": "GB Tour Mother", "country_id": china.id, "phone": "13912345602"},
                {"name": "GB Tour Father", "country_id": china.id, "phone": "+8613912345602"},
            ]
        )

    def _run(self, tour):
        calls = self.env["gb.call"].search([])
        self.start_tour("/odoo/contacts", tour, login=self.agent.login, timeout=120)
        call = self.env["gb.call"].search([]) - calls
        self.assertEqual(len(call), 1, "One call, however many screens followed it.")
        self.assertEqual(call.user_id, self.agent)
        self.assertEqual(call.state, "ended")
        self.assertEqual(call.result, "answered")
        self.assertEqual(call.disposition_id, self.disposition)
        self.assertEqual(self.seat.state, "ready")
        return call

    def test_known_caller(self):
        call = self._run("gb_call_known_tour")
        self.assertEqual(call.partner_id, self.known)
        self.assertEqual(call.note, "Asked for the delivery")

    def test_unknown_caller_is_created(self):
        call = self._run("gb_call_unknown_tour")
        self.assertEqual(call.partner_id.name, "GB Tour Created")
        self.assertEqual(call.partner_id.phone_sanitized, "+8613912345609")

    def test_ambiguous_caller_is_chosen(self):
        call = self._run("gb_call_ambiguous_tour")
        self.assertEqual(call.partner_id, self.father)

    def test_identity_of_the_caller(self):
        self.known.gb_birth_date = "1990-05-03"
        self.env["gb.child"].create(
            {"partner_id": self.known.id, "name": "子涵", "birth_date": "2025-01-01"}
        )
        call = self._run("gb_call_identity_tour")
        checks = call.gb_identity_check_ids
        self.assertEqual(checks.mapped("is_passed"), [True, False])
        self.assertEqual(checks.user_id, self.agent)
        self.assertEqual(checks.partner_id, self.known)
