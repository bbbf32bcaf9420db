import itertools
import time
from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user

from ..tools.demo_api import end_of_call, inbound_start, make_event, ring

_sequence = itertools.count(1)


class CallCentreCase(TransactionCase):
    """A small call centre on the demo provider: two teams, two queues, three seats, one user of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        # agents see whole numbers, whatever the setting of this database
        cls.env.ref("gb_callcenter.group_gb_agent").implied_ids += cls.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        cls.china = cls.env.ref("base.cn")
        cls.company = cls.env.company
        cls.company.country_id = cls.china
        cls.provider = cls.env["gb.telephony.provider"].create(
            {"name": "Test PBX", "reference": f"test-{next(_sequence)}", "code": "demo"}
        )
        cls.team_orders, cls.team_service = cls.env["gb.team"].create(
            [{"name": "Orders"}, {"name": "Service"}]
        )
        cls.queue_orders, cls.queue_service = cls.env["gb.queue"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "provider_id": cls.provider.id,
                    "team_id": team.id,
                }
                for name, code, team in (
                    ("Orders", "orders", cls.team_orders),
                    ("Service", "aftersales", cls.team_service),
                )
            ]
        )
        cls.hotline = cls.env["gb.hotline"].create(
            {
                "name": "Order hotline",
                "number": "8000",
                "provider_id": cls.provider.id,
                "queue_id": cls.queue_orders.id,
            }
        )
        cls.seat_1, cls.seat_2, cls.seat_3 = cls.env["gb.seat"].create(
            [
                {
                    "name": f"Seat {extension}",
                    "extension": extension,
                    "provider_id": cls.provider.id,
                    "queue_ids": [(4, queue.id)],
                }
                for extension, queue in (
                    ("1001", cls.queue_orders),
                    ("1002", cls.queue_orders),
                    ("1003", cls.queue_service),
                )
            ]
        )
        cls.agent, cls.agent_2, cls.agent_3 = (
            cls._new_user(f"gb_agent_{number}", "agent") for number in (1, 2, 3)
        )
        cls.lead = cls._new_user("gb_lead", "lead")
        cls.inspector = cls._new_user("gb_inspector", "inspector")
        cls.analyst = cls._new_user("gb_analyst", "analyst")
        cls.manager = cls._new_user("gb_manager", "manager")
        cls.team_orders.write(
            {
                "leader_ids": [(4, cls.lead.id)],
                "member_ids": [(4, cls.agent.id), (4, cls.agent_2.id)],
            }
        )
        cls.team_service.member_ids = cls.agent_3
        cls.pause_reason = cls.env["gb.pause.reason"].create({"name": "Test break"})
        cls.disposition = cls.env["gb.disposition"].create({"name": "Test disposition"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Chen Xiaomei", "phone": "138 0000 7771", "country_id": cls.china.id}
        )

    @classmethod
    def _new_user(cls, login, role):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,gb_callcenter.group_gb_{role}",
            company_id=cls.company.id,
        )

    @classmethod
    def _ingest(cls, events):
        return cls.env["gb.call"].sudo()._ingest(cls.provider.sudo(), events)

    @classmethod
    def _seat_of(cls, user):
        return cls.env["gb.seat"].with_user(user)

    def _sign_in(self, user, seat, minutes_ago=60):
        """Sign ``user`` in at ``seat``, as if that had been some time ago."""
        self._seat_of(user).panel_sign_in(seat.id)
        since = fields.Datetime.now() - timedelta(minutes=minutes_ago)
        seat.sudo().state_since = since
        seat.sudo().log_ids.filtered(lambda log: not log.end_at).start_at = since

    def _call(self, number="13800007771", extension="1001", queue="orders", at=None):
        """A call that rings at ``extension``. :return: (linked id, channel of the seat, Unix time)"""
        at = at or time.time()
        linked = f"test-{at:.3f}-{next(_sequence)}"
        events = inbound_start(linked, at, number, "8000", queue, extension)
        self._ingest(events)
        return linked, events[-1]["data"]["channel"] if extension else "", at

    def _answer(self, linked, channel, at):
        self._ingest(
            [
                make_event("answer", at, linked, channel),
                make_event("unqueue", at, linked, linked, reason="connected"),
            ]
        )

    def _hang_up(self, linked, channels, at, by=0, reason="caller"):
        self._ingest(end_of_call(linked, at, [linked, *channels], by=by, reason=reason))

    def _find(self, linked):
        return self.env["gb.call"].search(
            [("provider_id", "=", self.provider.id), ("linked_id", "=", linked)]
        )

    def _finished_call(self, seat, talk=60, **values):
        """An answered and ended call at ``seat``. :return: gb.call"""
        values.setdefault("extension", seat.extension)
        values.setdefault("at", time.time() - talk - 10)
        linked, channel, at = self._call(**values)
        self._answer(linked, channel, at + 3)
        self._hang_up(linked, [channel], at + 3 + talk)
        return self._find(linked)


__all__ = ["CallCentreCase", "end_of_call", "inbound_start", "make_event", "ring"]
