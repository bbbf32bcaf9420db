from odoo.tests import HttpCase, new_test_user, tagged

SUBJECT = "GB tour bottle leaks"


@tagged("post_install", "-at_install")
class TestTicketTours(HttpCase):
    """The journeys of work orders in a real browser, each part as the user who does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.agent = cls._new_user("gb_tour_agent", "gb_callcenter.group_gb_agent")
        cls.dispatcher = cls._new_user("gb_tour_dispatcher", "gb_ticket.group_gb_dispatcher")
        cls.clerk = cls._new_user("gb_tour_clerk", "gb_ticket.group_gb_call_back")
        cls.inspector = cls._new_user("gb_tour_quality", "gb_ticket.group_gb_department")
        cls.packer = cls._new_user("gb_tour_logistics", "gb_ticket.group_gb_department")
        cls.quality, cls.logistics = cls.env["hr.department"].create(
            [
                {"name": "GB Tour Quality", "gb_member_ids": cls.inspector.ids},
                {"name": "GB Tour Logistics", "gb_member_ids": cls.packer.ids},
            ]
        )
        cls.cause = cls.env["gb.ticket.cause"].create({"name": "GB tour cause"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "GB Tour Customer", "phone": "13912345699"}
        )
        product = cls.env["product.product"].create({"name": "GB tour bottle", "type": "consu"})
        cls.order = cls.env["sale.order"].create(
            {
                "name": "GBTOUR1",
                "partner_id": cls.customer.id,
                "order_line": [(0, 0, {"product_id": product.id})],
            }
        )
        # what other data routes by itself must not come between
        cls.env["gb.ticket.route"].search([]).active = False

    @classmethod
    def _new_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,{groups}",
            tz="Asia/Shanghai",
            tour_enabled=False,
            context={"no_reset_password": True},
        )

    def _tour(self, name, user):
        self.start_tour("/odoo/work-order-overview", name, login=user.login, timeout=120)

    def _find(self):
        return self.env["gb.ticket"].search([("subject", "=", SUBJECT)])

    def _ticket(self, **values):
        return (
            self.env["gb.ticket"]
            .with_user(self.agent)
            .create(
                {
                    "subject": SUBJECT,
                    "type_id": self.env.ref("gb_ticket.gb_ticket_type_complaint").id,
                    "partner_id": self.customer.id,
                    "remedy": "A new bottle",
                    **values,
                }
            )
        )

    def _submit(self, ticket):
        ticket.with_user(self.packer)._transition(
            "submit",
            {
                "solution": "A new bottle was sent.",
                "cause_id": self.cause.id,
                "responsible_department_id": self.logistics.id,
                "compensation_decision": "none",
            },
        )
        ticket.with_user(self.clerk)._transition("approve", {"is_checked": True})
        ticket.invalidate_recordset()

    def test_complaint_over_two_departments_until_satisfied(self):
        self._tour("gb_ticket_accept_tour", self.agent)
        ticket = self._find()
        self.assertEqual(ticket.state_code, "accepted")
        self.assertEqual(ticket.remedy, "A new bottle")
        self._tour("gb_ticket_dispatch_tour", self.dispatcher)
        self._tour("gb_ticket_send_back_tour", self.inspector)
        ticket.invalidate_recordset()
        self.assertEqual(ticket.return_count, 1)
        self.assertEqual(ticket.suggested_department_id, self.logistics)
        self._tour("gb_ticket_redispatch_tour", self.dispatcher)
        self._tour("gb_ticket_sign_tour", self.packer)
        self._tour("gb_ticket_submit_tour", self.packer)
        self._tour("gb_ticket_approve_tour", self.clerk)
        self._tour("gb_ticket_close_tour", self.clerk)
        ticket.invalidate_recordset()
        self.assertEqual(ticket.closing, "satisfied")
        self.assertEqual(ticket.satisfaction, "5")
        moves = ticket.step_ids.sorted("id").mapped("transition_code")
        self.assertEqual(
            moves,
            [
                False,
                "accept",
                "dispatch",
                "send_back",
                "dispatch",
                "sign",
                "submit",
                "approve",
                "close",
            ],
        )

    def test_dissatisfied_customer_starts_the_next_cycle(self):
        ticket = self._ticket()
        ticket.with_user(self.agent)._transition("accept")
        ticket.with_user(self.dispatcher)._transition(
            "dispatch", {"department_id": self.logistics.id}
        )
        ticket.with_user(self.packer)._transition("sign")
        self._submit(ticket)
        self._tour("gb_ticket_reject_tour", self.clerk)
        ticket.invalidate_recordset()
        self.assertEqual((ticket.cycle, ticket.level), (2, 1))
        self._tour("gb_ticket_submit_tour", self.packer)
        self._tour("gb_ticket_approve_tour", self.clerk)
        self._tour("gb_ticket_close_tour", self.clerk)
        ticket.invalidate_recordset()
        self.assertEqual(ticket.closing, "satisfied")

    def _accepted_on_order(self):
        ticket = self._ticket(order_id=self.order.id, order_line_id=self.order.order_line.id)
        ticket._transition("accept")
        return ticket

    def test_likely_duplicate_is_answered_as_new(self):
        first = self._accepted_on_order()
        self._tour("gb_ticket_duplicate_new_tour", self.agent)
        second = self.env["gb.ticket"].search([("subject", "=", f"{SUBJECT} again")])
        self.assertEqual(second.state_code, "accepted")
        self.assertEqual(second.duplicate_answer, "new")
        self.assertEqual(second.duplicate_reason, "The second bottle")
        self.assertEqual(first.state_code, "accepted")

    def test_likely_duplicate_is_appended(self):
        first = self._accepted_on_order()
        self._tour("gb_ticket_duplicate_append_tour", self.agent)
        second = self.env["gb.ticket"].search([("subject", "=", f"{SUBJECT} again")])
        self.assertEqual(second.state_code, "merged")
        self.assertEqual(second.merged_into_id, first)

    def test_saved_draft_shows_its_likely_duplicates(self):
        self._accepted_on_order()
        self._ticket(
            subject=f"{SUBJECT} again",
            order_id=self.order.id,
            order_line_id=self.order.order_line.id,
        )
        self._tour("gb_ticket_saved_draft_tour", self.agent)
