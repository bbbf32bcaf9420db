from odoo.tests import HttpCase, new_test_user, no_retry, tagged

from odoo.addons.gb_callcenter.tests.test_browser import hoot_id
from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestCampaignUnits(HttpCase):
    @no_retry
    def test_hoot_desktop(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={hoot_id('@gb_campaign')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )


@tagged("post_install", "-at_install")
class TestCampaignTour(HttpCase):
    """Preview calling in a real browser: a call, the script, an order, the outcome; by keys."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        china = cls.env.ref("base.cn")
        cls.env.company.country_id = china
        cls.agent = new_test_user(
            cls.env,
            login="gb_campaign_agent",
            groups="gb_callcenter.group_gb_agent",
            tz="Asia/Shanghai",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        provider = cls.env["gb.telephony.provider"].create(
            {"name": "Tour PBX", "reference": "campaign-tour", "code": "demo"}
        )
        cls.env["gb.seat"].search([]).active = False
        cls.env["gb.seat"].create(
            {"name": "Tour seat", "extension": "8801", "provider_id": provider.id}
        )
        cls.customer = cls.env["res.partner"].create(
            {"name": "Tour Customer", "phone": "13912340001", "country_id": china.id}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Trial pack of the new formula",
                "default_code": "GBTRIAL",
                "list_price": 99,
                "is_storable": False,
                "taxes_id": False,
            }
        )
        success = cls.env.ref("gb_campaign.gb_outcome_success")
        script = cls.env["gb.campaign.script"].create(
            {
                "name": "Trial",
                "step_ids": [
                    (0, 0, {"name": "Greeting", "text": "Am I speaking with {{customer.name}}?"}),
                    (0, 0, {"name": "Offer", "text": "Would you like to try?", "sequence": 20}),
                ],
            }
        )
        greeting, offer = script.step_ids.sorted("sequence")
        greeting.answer_ids = [(0, 0, {"name": "Yes"})]
        offer.answer_ids = [(0, 0, {"name": "Gladly", "outcome_id": success.id})]
        cls.campaign = cls.env["gb.campaign"].create(
            {
                "name": "Tour campaign",
                "user_ids": [(4, cls.agent.id)],
                "script_id": script.id,
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        call_list = cls.env["gb.campaign.list"].create(
            {"name": "Tour list", "campaign_id": cls.campaign.id}
        )
        call_list._fill_partners(cls.customer)
        cls.campaign.action_start()

    def test_preview_calling_with_script_and_order(self):
        self.start_tour(
            "/odoo/calling", "gb_preview_calling_tour", login=self.agent.login, timeout=120
        )
        row = self.campaign.list_ids.row_ids
        attempt = row.attempt_ids
        self.assertEqual((row.state, row.outcome_category), ("done", "success"))
        self.assertEqual(attempt.note, "Wants the trial pack")
        self.assertEqual(attempt.answers, [["Greeting", "Yes"], ["Offer", "Gladly"]])
        self.assertEqual(attempt.call_id.note, "Wants the trial pack")
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(order.campaign_id, self.campaign.utm_campaign_id)
        self.assertEqual(order.gb_call_id, attempt.call_id)
        self.assertEqual(order.order_line.product_id, self.product)
