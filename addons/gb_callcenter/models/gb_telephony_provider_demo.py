import random
from datetime import timedelta, timezone

from odoo import fields, models

from ..tools.demo_api import history

DAYS = 14
OPENING_HOUR_UTC = 1  # nine o'clock in China


class GbTelephonyProvider(models.Model):
    _inherit = "gb.telephony.provider"

    def _load_demo_history(self):
        """Fill an empty demo centre with two weeks of calls (demo data only)."""
        self.ensure_one()
        if self.code != "demo" or self.env["gb.call"].search_count([], limit=1):
            return
        dice = random.Random(20)
        today = fields.Datetime.now().replace(
            hour=OPENING_HOUR_UTC, minute=0, second=0, microsecond=0
        )
        mornings = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
        seats = self.env["gb.seat"].search([("provider_id", "=", self.id)])
        agents = self.env["gb.team"].search([]).member_ids.sorted("id")
        self._load_demo_shifts(seats, agents, mornings)
        by_queue = {}
        for seat in seats[: len(agents)]:
            for queue in seat.queue_ids:
                by_queue.setdefault(queue.code, []).append(seat.extension)
        hotlines = self.env["gb.hotline"].search([("provider_id", "=", self.id)])
        numbers = self.env["gb.phone"].search([("partner_id.country_id.code", "=", "CN")])
        events, answered = history(
            dice,
            [int(morning.replace(tzinfo=timezone.utc).timestamp()) for morning in mornings],
            [*numbers.mapped("number"), "13111112222", "+1 415 555 2671", "anonymous"],
            [
                (hotline.number, hotline.queue_id.code)
                for hotline in hotlines
                if hotline.queue_id.code in by_queue
            ],
            by_queue,
        )
        dispositions = self.env["gb.disposition"].search([("direction", "=", False)])
        for linked, end in answered:
            if dice.random() < 0.9:
                work = dice.randint(5, 60)
                for values in (
                    {"disposition_id": dice.choice(dispositions.ids)},
                    {"wrap_end": True},
                ):
                    events.append(
                        {
                            "id": f"demo-agent-{linked}-{next(iter(values))}",
                            "source": "agent",
                            "at": end + work,
                            "data": {"type": "AGENT", "linkedid": linked, "values": values},
                        }
                    )
        self.env["gb.call"]._ingest(self, events, own=True)

    def _load_demo_shifts(self, seats, agents, mornings):
        logs = []
        for morning in mornings:
            for seat, agent in zip(seats, agents, strict=False):
                logs.append(
                    {
                        "seat_id": seat.id,
                        "user_id": agent.id,
                        "state": "ready",
                        "start_at": morning - timedelta(hours=1),
                        "end_at": morning + timedelta(hours=11),
                        "seconds": 12 * 3600,
                    }
                )
        self.env["gb.seat.log"].create(logs)
