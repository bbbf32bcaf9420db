import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestDashboard(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref("gb_ticket.spreadsheet_dashboard_gb_ticket")
        cls.data = json.loads(cls.dashboard.spreadsheet_data)

    def test_fields_models_and_menus_exist(self):
        Ticket = self.env["gb.ticket"]
        ids = {row["id"] for row in self.data["globalFilters"]}
        used = []
        for pivot in self.data["pivots"].values():
            self.assertEqual(pivot["model"], "gb.ticket")
            used += [row["fieldName"] for row in pivot["measures"] + pivot["rows"]]
            used += [leaf[0] for leaf in pivot["domain"]]
            used += [row["chain"] for row in pivot["fieldMatching"].values()]
            self.assertLessEqual(set(pivot["fieldMatching"]), ids)
            Ticket.search_count(pivot["domain"])
        for figure in self.data["sheets"][0]["figures"]:
            data = figure["data"]
            if data["type"] != "scorecard":
                used += [*data["metaData"]["groupBy"], data["metaData"]["measure"]]
                Ticket.search_count(data["searchParams"]["domain"])
                self.env.ref(data["actionXmlId"])
        names = {name.split(":")[0] for name in used} - {"__count"}
        self.assertFalse(names - set(Ticket._fields))
        for menu in self.data["chartOdooMenusReferences"].values():
            self.env.ref(menu)

    def test_formulas_name_pivots_and_measures_that_exist(self):
        for sheet in self.data["sheets"]:
            for cell, formula in sheet["cells"].items():
                if "PIVOT.VALUE(" not in formula:
                    continue
                number, measure = formula.split("PIVOT.VALUE(")[1].split(")")[0].split(",")[:2]
                measures = [row["id"] for row in self.data["pivots"][number]["measures"]]
                self.assertIn(measure.strip('"'), measures, f"{sheet['name']}!{cell}")

    def test_leads_analysts_and_managers_see_it(self):
        for user in (self.lead, self.manager, self.analyst):
            dashboard = self.dashboard.with_user(user)
            self.assertTrue(json.loads(dashboard._get_serialized_readonly_dashboard())["snapshot"])
            dashboard.check_access("read")
        for user in (self.agent, self.handler):
            with self.assertRaises(AccessError):
                self.dashboard.with_user(user).check_access("read")
