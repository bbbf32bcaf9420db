from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.gb_callcenter.tests.common import CallCentreCase


class TicketCase(CallCentreCase):
    """The call centre with two departments, a person of each role, a customer with a confirmed order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # rules of the demo data would dispatch what the tests want to do themselves
        cls.env["gb.ticket.route"].search([]).active = False
        cls.dispatcher = cls._new_ticket_user("gb_dispatcher", "dispatcher")
        cls.clerk = cls._new_ticket_user("gb_clerk", "call_back")
        cls.handler = cls._new_ticket_user("gb_handler", "department")
        cls.handler_2 = cls._new_ticket_user("gb_handler_2", "department")
        cls.department_lead = cls._new_ticket_user("gb_department_lead", "department")
        cls.stranger = cls._new_ticket_user("gb_stranger", "department")
        cls.quality, cls.logistics, cls.elsewhere = cls.env["hr.department"].create(
            [{"name": name} for name in ("Quality", "Logistics", "Elsewhere")]
        )
        cls.quality.write(
            {
                "gb_member_ids": [(4, cls.handler.id), (4, cls.handler_2.id)],
                "gb_lead_ids": [(4, cls.department_lead.id)],
            }
        )
        cls.elsewhere.gb_member_ids = cls.stranger
        cls.complaint = cls.env.ref("gb_ticket.gb_ticket_type_complaint")
        cls.consultation = cls.env.ref("gb_ticket.gb_ticket_type_consultation")
        cls.product = cls.env["product.product"].create(
            {"name": "Baby bottle", "type": "consu", "list_price": 59.0}
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [(0, 0, {"product_id": cls.product.id, "product_uom_qty": 2})],
            }
        )

    @classmethod
    def _new_ticket_user(cls, login, role):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,gb_ticket.group_gb_{role}",
            company_id=cls.company.id,
        )

    def _ticket(self, user=None, **values):
        """A draft, made by an agent unless said. :return: gb.ticket as superuser"""
        values = {
            "subject": "Bottle leaks",
            "type_id": self.complaint.id,
            "partner_id": self.customer.id,
            "remedy": "A new bottle",
            **values,
        }
        ticket = self.env["gb.ticket"].with_user(user or self.agent).create(values)
        return ticket.with_env(self.env)

    def _move(self, ticket, user, code, values=None, note=None, **kwargs):
        result = ticket.with_user(user)._transition(code, values, note, **kwargs)
        ticket.invalidate_recordset()
        return result

    def _walk(self, ticket, until):
        """Move ``ticket`` along the straight way of the closed loop until it is in the state ``until``."""
        way = [
            ("accepted", self.agent, "accept", {}),
            ("dispatched", self.agent, "dispatch", {"department_id": self.quality.id}),
            ("processing", self.handler, "sign", {}),
            ("review", self.handler, "submit", self._result(ticket)),
            ("call_back", self.clerk, "approve", {"is_checked": True}),
            ("closed", self.clerk, "close", {"solved": "yes", "satisfaction": "5"}),
        ]
        codes = [step[0] for step in way]
        start = codes.index(ticket.state_code) + 1 if ticket.state_code in codes else 0
        for state, user, code, values in way[start : codes.index(until) + 1]:
            self._move(ticket, user, code, values)
            self.assertEqual(ticket.state_code, state)
        return ticket

    def _result(self, ticket):
        """What the handler enters with his result. Extended where a kind asks for more."""
        values = {"solution": "A new bottle was sent."}
        if ticket.kind == "complaint":
            values.update(
                cause_id=self.env.ref("gb_ticket.gb_ticket_cause_material").id,
                responsible_department_id=self.quality.id,
                compensation_decision="none",
            )
        elif ticket.kind == "consultation":
            values["answer"] = "It is dishwasher-safe."
        elif ticket.kind == "suggestion":
            values["adoption"] = "adopted"
        return values

    @staticmethod
    def _later(**delta):
        return fields.Datetime.now() + timedelta(**delta)
