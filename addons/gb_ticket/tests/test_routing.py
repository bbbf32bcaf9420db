from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestRouting(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.ticket.route"].search([]).active = False
        cls.damage, cls.other_problem = cls.env["gb.ticket.category"].create(
            [{"name": "Damage"}, {"name": "Other problem"}]
        )
        cls.leak = cls.env["gb.ticket.category"].create(
            {"name": "Leaks", "parent_id": cls.damage.id}
        )
        cls.vip = cls.env["res.partner.category"].create({"name": "VIP"})
        cls.food = cls.env["product.category"].create({"name": "Food"})
        cls.milk = cls.env["product.category"].create(
            {"name": "Milk powder", "parent_id": cls.food.id}
        )

    @classmethod
    def _rule(cls, name="Rule", **values):
        values.setdefault("department_id", cls.quality.id)
        return cls.env["gb.ticket.route"].create({"name": name, **values})

    # --- criteria ------------------------------------------------------------------------------
    def test_a_rule_without_criteria_fits_everything(self):
        rule = self._rule()
        self.assertEqual(self._ticket()._get_route(), rule)

    def test_no_rule_fits(self):
        self._rule(type_ids=self.consultation.ids)
        self.assertFalse(self._ticket()._get_route())

    def test_the_first_fitting_rule_decides(self):
        self._rule("last", sequence=30)
        first = self._rule("first", sequence=10, type_ids=self.complaint.ids)
        self._rule("before, but for others", sequence=5, type_ids=self.consultation.ids)
        self.assertEqual(self._ticket()._get_route(), first)

    def test_problem_includes_those_under_it(self):
        rule = self._rule(category_ids=self.damage.ids)
        self.assertEqual(self._ticket(category_id=self.leak.id)._get_route(), rule)
        self.assertFalse(self._ticket(category_id=self.other_problem.id)._get_route())
        self.assertFalse(self._ticket()._get_route())

    def test_channel_and_severity(self):
        rule = self._rule(channel="web", severity="major")
        self.assertEqual(self._ticket(channel="web", severity="major")._get_route(), rule)
        self.assertFalse(self._ticket(channel="phone", severity="major")._get_route())
        self.assertFalse(self._ticket(channel="web", severity="minor")._get_route())

    def test_customer_tag_also_of_his_company(self):
        rule = self._rule(partner_category_ids=self.vip.ids)
        self.assertFalse(self._ticket()._get_route())
        parent = self.env["res.partner"].create(
            {"name": "Customer's company", "is_company": True, "category_id": [(4, self.vip.id)]}
        )
        self.customer.parent_id = parent
        self.assertEqual(self._ticket()._get_route(), rule)

    def test_product_category_includes_those_under_it(self):
        rule = self._rule(product_category_ids=self.food.ids)
        self.product.categ_id = self.milk
        self.assertEqual(self._ticket(product_id=self.product.id)._get_route(), rule)
        self.assertEqual(
            self._ticket(
                order_id=self.order.id, order_line_id=self.order.order_line.id
            )._get_route(),
            rule,
        )

    def test_a_rule_of_another_company_is_not_asked(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._rule(company_id=other.id, department_id=False)
        self.assertFalse(self._ticket()._get_route())
        rule = self._rule(company_id=False, department_id=False)
        self.assertEqual(self._ticket()._get_route(), rule)

    def test_a_changed_rule_counts_at_once(self):
        rule = self._rule()
        ticket = self._ticket()
        self.assertEqual(ticket._get_route(), rule)
        rule.channel = "fax"
        self.assertFalse(ticket._get_route())
        rule.channel = False
        rule.active = False
        self.assertFalse(ticket._get_route())

    def test_a_rule_that_dispatches_needs_a_department(self):
        with self.assertRaisesRegex(ValidationError, "needs a lead department"):
            self._rule(department_id=False, is_automatic=True)
        with self.assertRaisesRegex(ValidationError, "tasks are for others"):
            self._rule(task_department_ids=self.quality.ids)

    # --- process -------------------------------------------------------------------------------
    def _publish(self, code="express"):
        data = {
            **self.env["gb.ticket.process"]._get_active()._export(),
            "code": code,
            "name": "Express",
        }
        process = self.env["gb.ticket.process"]._import(data)
        process.action_publish()
        return process

    def test_the_rule_chooses_the_process(self):
        express = self._publish()
        self._rule(type_ids=self.complaint.ids, process_code="express")
        self.assertEqual(self._ticket().process_id, express)
        self.assertEqual(self._ticket(type_id=self.consultation.id).process_id.code, "closed_loop")

    def test_a_new_version_is_used_by_existing_rules(self):
        self._publish()
        self._rule(process_code="express")
        newer = self._publish()
        self.assertEqual(self._ticket().process_id, newer)

    def test_a_draft_that_becomes_another_matter_changes_its_process(self):
        express = self._publish()
        self._rule(type_ids=self.complaint.ids, process_code="express")
        ticket = self._ticket(type_id=self.consultation.id)
        ticket.with_user(self.agent).type_id = self.complaint
        self.assertEqual(ticket.process_id, express)
        self._move(ticket, self.agent, "accept")
        ticket.with_user(self.manager).type_id = self.consultation
        self.assertEqual(ticket.process_id, express)

    def test_choosing_the_process_costs_no_query_without_such_rules(self):
        for number in range(5):
            self._rule(f"Rule {number}", category_ids=self.other_problem.ids)
        tickets = self.env["gb.ticket"].with_user(self.agent)
        values = {"type_id": self.complaint.id, "partner_id": self.customer.id}
        process = tickets._choose_process(values)
        with self.assertQueryCount(0):
            # the version in use is the only thing asked for, and it is known in this transaction
            self.env["gb.ticket.route"]._get_rules(self.company.id)
        self.assertEqual(process.code, "closed_loop")

    # --- dispatch ------------------------------------------------------------------------------
    def test_dispatched_at_once_after_acceptance(self):
        rule = self._rule(is_automatic=True, task_department_ids=self.logistics.ids)
        ticket = self._ticket()
        self._move(ticket, self.agent, "accept")
        self.assertEqual(ticket.state_code, "dispatched")
        self.assertEqual(ticket.department_id, self.quality)
        self.assertEqual(ticket.route_id, rule)
        step = ticket.step_ids.sorted("id")[-1]
        self.assertEqual(step.actor, "system")
        self.assertEqual(step.details["route_id"], rule.name)
        self.assertEqual(ticket.task_ids.department_id, self.logistics)
        self.assertTrue(ticket.with_user(self.handler).has_access("read"))

    def test_without_automation_it_waits_for_a_dispatcher(self):
        self._rule()
        ticket = self._walk(self._ticket(), "accepted")
        self.assertFalse(ticket.department_id)
        self.assertEqual(
            ticket.with_user(self.dispatcher).action_get_move_defaults("dispatch"),
            {"department_id": self.quality.id},
        )

    def test_no_automation_where_the_process_forbids_it(self):
        data = self.env["gb.ticket.process"]._get_active()._export()
        for move in data["transitions"]:
            if move["code"] == "dispatch":
                move["is_by_system"] = False
        self.env["gb.ticket.process"]._import(data).action_publish()
        self._rule(is_automatic=True)
        ticket = self._ticket()
        self._move(ticket, self.agent, "accept")
        self.assertEqual(ticket.state_code, "accepted")

    def test_tasks_of_the_rule_are_created_once(self):
        self._rule(task_department_ids=(self.logistics | self.elsewhere).ids)
        ticket = self._walk(self._ticket(), "dispatched")
        self.assertEqual(ticket.task_ids.department_id, self.logistics | self.elsewhere)
        self._move(
            ticket,
            self.handler,
            "send_back",
            {"suggested_department_id": self.logistics.id},
            "Not ours",
        )
        self._move(ticket, self.dispatcher, "dispatch", {"department_id": self.quality.id})
        self.assertEqual(len(ticket.task_ids), 2)

    def test_a_department_chosen_by_hand_is_not_the_rules(self):
        self._rule()
        ticket = self._walk(self._ticket(), "accepted")
        self._move(ticket, self.dispatcher, "dispatch", {"department_id": self.logistics.id})
        self.assertFalse(ticket.route_id)

    def test_after_a_return_the_suggested_department_is_proposed(self):
        self._rule()
        ticket = self._walk(self._ticket(), "dispatched")
        self._move(
            ticket,
            self.handler,
            "send_back",
            {"suggested_department_id": self.logistics.id},
            "Not ours",
        )
        self.assertFalse(ticket.department_id)
        self.assertEqual(
            ticket.with_user(self.dispatcher).action_get_move_defaults("dispatch"),
            {"department_id": self.logistics.id},
        )

    def test_other_moves_begin_with_what_is_usual(self):
        ticket = self._walk(self._ticket(), "processing")
        self.handler.tz = "Asia/Shanghai"
        as_handler = ticket.with_user(self.handler)
        self.assertEqual(
            as_handler.action_get_move_defaults("transfer"), {"department_id": self.quality.id}
        )
        follow_up = as_handler.action_get_move_defaults("wait_customer")["follow_up_at"]
        self.assertEqual((follow_up.hour, follow_up.minute), (1, 0))  # nine o'clock in Shanghai
        self.assertEqual(as_handler.action_get_move_defaults("submit"), {})
        with self.assertRaisesRegex(UserError, "no move"):
            as_handler.action_get_move_defaults("fly")

    # --- why -----------------------------------------------------------------------------------
    def test_every_rule_is_explained_in_order(self):
        self._rule("For questions", sequence=1, type_ids=self.consultation.ids)
        self._rule("For damages", sequence=2, category_ids=self.damage.ids)
        self._rule("For the rest", sequence=3)
        self._rule("Never reached", sequence=4, department_id=self.logistics.id)
        rows = self._ticket(category_id=self.other_problem.id)._explain_route()
        self.assertEqual([row["fits"] for row in rows], [False, False, True, True])
        self.assertEqual([row["decides"] for row in rows], [False, False, True, False])
        self.assertEqual(
            rows[0]["why"],
            f"Types: {self.consultation.name}. This work order: {self.complaint.name}.",
        )
        self.assertEqual(rows[1]["why"], "Problems: Damage. This work order: Other problem.")
        self.assertIn("Quality", rows[2]["why"])
        self.assertIn("a rule above it decides", rows[3]["why"])

    def test_the_explanation_names_who_dispatched_by_hand(self):
        self._rule("For questions", type_ids=self.consultation.ids)
        ticket = self._walk(self._ticket(), "dispatched")
        text = ticket.with_user(self.handler).route_explanation
        self.assertIn("Chosen by hand", text)
        self.assertIn(self.agent.name, text)
        self.assertIn("For questions", text)
        self.assertIn("No rule fits", text)

    def test_the_explanation_names_the_rule_that_chose(self):
        self._rule("All to quality", is_automatic=True)
        ticket = self._ticket()
        self._move(ticket, self.agent, "accept")
        self.assertRegex(ticket.route_explanation, r"Routing rule</span>\s*All to quality")
        action = ticket.with_user(self.handler).action_explain_route()
        self.assertEqual((action["res_id"], action["target"]), (ticket.id, "new"))
