import random
from datetime import timedelta, timezone

from odoo import fields, models

from ..tools.demo_api import history

DAYS = 14
CHINESE = {
    "gb_queue_orders": "订购",
    "gb_queue_aftersales": "售后",
    "gb_hotline_orders": "订购热线",
    "gb_hotline_aftersales": "服务热线",
    "gb_team_orders": "订购组",
    "gb_team_aftersales": "售后组",
    "gb_skill_formula": "婴儿配方奶粉",
    "gb_skill_english": "英语",
    "product_1": "婴儿配方奶粉 1 段 900 克",
    "product_2": "纸尿裤 M 码 64 片",
    "product_3": "玻璃奶瓶 240 毫升",
}
OPENING_HOUR_UTC = 1  # nine o'clock in China


class GbTelephonyProvider(models.Model):
    _inherit = "gb.telephony.provider"

    def _load_demo_history(self):
        """Fill an empty demo centre with two weeks of calls (demo data only)."""
        self.ensure_one()
        if self.code != "demo" or self.env["gb.call"].search_count([], limit=1):
            return
        self._translate_demo()
        dice = random.Random(20)
        today = fields.Datetime.now().replace(
            hour=OPENING_HOUR_UTC, minute=0, second=0, microsecond=0
        )
        mornings = [today - timedelta(days=back) for back in range(DAYS, -1, -1)]
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
        events, answered = self._drop_future(events, answered)
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

    def _drop_future(self, events, answered):
        """Today is under way: its later calls have not been made yet."""
        now = fields.Datetime.now().replace(tzinfo=timezone.utc).timestamp() - 120
        future = {event["data"]["linkedid"] for event in events if event["at"] > now}
        return (
            [event for event in events if event["data"]["linkedid"] not in future],
            [pair for pair in answered if pair[0] not in future],
        )

    def _load_demo_shifts(self, seats, agents, mornings):
        meal, rest = (
            self.env.ref(f"gb_callcenter.gb_pause_reason_{name}") for name in ("meal", "break")
        )
        ready = self.env["gb.pause.reason"]
        day = [(ready, 180), (meal, 45), (ready, 150), (rest, 15), (ready, 180)]  # minutes
        logs = []
        for morning in mornings:
            for seat, agent in zip(seats, agents, strict=False):
                start = morning
                for reason, minutes in day:
                    end = start + timedelta(minutes=minutes)
                    if end > fields.Datetime.now():
                        break
                    logs.append(
                        {
                            "seat_id": seat.id,
                            "user_id": agent.id,
                            "company_id": seat.company_id.id,
                            "state": "paused" if reason else "ready",
                            "pause_reason_id": reason.id,
                            "start_at": start,
                            "end_at": end,
                            "seconds": minutes * 60,
                        }
                    )
                    start = end
        self.env["gb.seat.log"].create(logs)

    def _translate_demo(self):
        """The first users are Chinese: so is the demo's centre, where the language is installed."""
        if "zh_CN" not in dict(self.env["res.lang"].get_installed()):
            return
        for name, chinese in CHINESE.items():
            record = self.env.ref(f"gb_callcenter.{name}", raise_if_not_found=False)
            if record:
                record.with_context(lang="zh_CN").name = chinese
