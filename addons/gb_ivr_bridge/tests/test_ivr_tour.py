from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestIvrTour(HttpCase):
    """A menu is drawn by mouse and keys, tried, kept as a scenario and published."""

    def test_flow_is_drawn_simulated_and_published(self):
        manager = new_test_user(
            self.env,
            login="gb_ivr_tour",
            groups="base.group_user,gb_callcenter.group_gb_manager",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        flow = self.env["gb.ivr.flow"].create({"name": "GB tour menu", "code": "gb-tour"})
        self.start_tour("/odoo/ivr-flows", "gb_ivr_canvas_tour", login=manager.login, timeout=180)
        flow.invalidate_recordset()
        self.assertEqual(flow.published_id.published_by_id, manager)
        menu = flow.published_id.document["nodes"]["menu1"]
        self.assertEqual((menu["exits"]["1"], menu["exits"]["timeout"]), ("hangup1", "hangup1"))
        self.assertEqual(flow.scenario_ids.name, "Ends by 1")
        self.assertTrue(flow.draft_id)
