import random
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.gb_callcenter.tools.demo_api import end_of_call, inbound_start, make_event

DAYS = 30
AHEAD = 7
# hour of the day in UTC (China is eight hours ahead), days of the week, calls of a broadcast, orders of an answered call
PROGRAMME = [
    # advertisement, medium, hour, minute, minutes, weekdays, calls, order share
    ("tv", "gb_media_tv", 12, 0, 20, {0, 2, 4, 6}, (5, 11), 0.20),
    ("radio", "gb_media_radio", 0, 15, 1, {0, 1, 2, 3, 4}, (0, 3), 0.12),
    ("live", "gb_media_live", 12, 30, 120, {5}, (8, 14), 0.25),
]
# products of an order of the advertisement, with quantities
BASKETS = {
    "tv": [("product_aptamil_2", 3), ("product_aptamil_2", 6), ("product_wyeth_2", 3)],
    "radio": [("product_merries_m", 2), ("product_pampers_l", 2)],
    "live": [("product_hegen_bottle", 2), ("product_pigeon_bottle", 3), ("product_wipes", 4)],
    "note": [("product_lotion", 3), ("product_gym", 1)],
    "print": [("product_belt", 2), ("product_gym", 1)],
}
SURNAMES = "赵钱孙李周吴郑王冯褚卫蒋"
GIVEN_NAMES = ("雨桐", "思琪", "佳怡")
CITIES = ("上海", "杭州", "苏州", "南京")


class GbMedia(models.Model):
    _inherit = "gb.media"

    @api.model
    def _load_gb_media_demo(self):
        """A month of broadcasts with calls and orders (demo data only)."""
        dice = random.Random(51)
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        customers = self._load_gb_demo_customers()
        broadcasts = self._load_gb_demo_broadcasts(today)
        plan = []  # moment, hotline, share of orders, advertisement
        now = fields.Datetime.now() - timedelta(minutes=30)
        for name, broadcast, calls, share in broadcasts:
            for _index in range(dice.randint(*calls)):
                # most call at once: the curve falls quickly
                delay = min(dice.expovariate(1 / 22) + 2, 130) if calls[1] < 20 else None
                at = broadcast.start_at + (
                    timedelta(minutes=delay)
                    if delay
                    else timedelta(days=dice.randint(0, DAYS - 4), hours=dice.randint(1, 11))
                )
                plan.append((at, broadcast.hotline_id, share, name))
        tv = self.env.ref("gb_campaign.gb_media_tv")
        plan += [  # nobody has told the call centre why they call at noon
            (
                today - timedelta(days=back) + timedelta(hours=4, minutes=back),
                tv.hotline_id,
                0,
                "tv",
            )
            for back in (3, 8, 9, 17)
        ]
        plan = [row for row in plan if row[0] < now]
        calls = self._load_gb_demo_calls(dice, plan, customers)
        for (at, _hotline, share, name), call in zip(plan, calls, strict=True):
            if call.result == "answered" and dice.random() < share:
                self._load_gb_demo_order(
                    dice, name, call.partner_id, at + timedelta(minutes=4), call
                )
        note = self.env.ref("gb_campaign.gb_media_ad_note")
        for back in (19, 15, 12, 8, 2):
            self._load_gb_demo_order(
                dice,
                "note",
                dice.choice(customers),
                today - timedelta(days=back, hours=-11),
                tags={
                    "source_id": note.utm_source_id.id,
                    "campaign_id": note.utm_campaign_id.id,
                    "gb_source": "web",
                },
            )

    @api.model
    def _load_gb_demo_customers(self):
        return self.env["res.partner"].create(
            [
                {
                    "name": surname + given,
                    "phone": f"1391{row:02d}{column}{row * 37 % 1000:03d}5",
                    "city": CITIES[(row + column) % len(CITIES)],
                    "country_id": self.env.ref("base.cn").id,
                }
                for row, surname in enumerate(SURNAMES)
                for column, given in enumerate(GIVEN_NAMES)
            ]
        )

    @api.model
    def _load_gb_demo_broadcasts(self, today):
        """:return: list of (advertisement, gb.media.broadcast, (least, most calls), share of orders)"""
        found = []
        broadcasts = self.env["gb.media.broadcast"]
        for name, media, hour, minute, length, weekdays, calls, share in PROGRAMME:
            starts = [
                today + timedelta(days=day, hours=hour, minutes=minute)
                for day in range(-DAYS, AHEAD)
            ]
            created = broadcasts.create(
                [
                    {
                        "media_id": self.env.ref(f"gb_campaign.{media}").id,
                        "ad_id": self.env.ref(f"gb_campaign.gb_media_ad_{name}").id,
                        "start_at": start,
                        "end_at": start + timedelta(minutes=length),
                    }
                    for start in starts
                    if start.weekday() in weekdays
                ]
            )
            found += [(name, broadcast, calls, share) for broadcast in created]
        notes = broadcasts.create(
            [
                {
                    "media_id": self.env.ref("gb_campaign.gb_media_note").id,
                    "ad_id": self.env.ref("gb_campaign.gb_media_ad_note").id,
                    "start_at": today - timedelta(days=back, hours=-10),
                    "end_at": today - timedelta(days=back - 1, hours=-10),
                }
                for back in (28, 21, 14, 7)
            ]
        )
        notes[0].actual_cost = 260
        issue = broadcasts.create(
            {
                "media_id": self.env.ref("gb_campaign.gb_media_print").id,
                "ad_id": self.env.ref("gb_campaign.gb_media_ad_print").id,
                "start_at": today - timedelta(days=DAYS - 2),
                "end_at": today + timedelta(days=1),
                "window_minutes": 7 * 1440,
            }
        )
        return [*found, ("print", issue, (20, 24), 0.12)]

    @api.model
    def _load_gb_demo_calls(self, dice, plan, customers):
        """:return: the calls of ``plan``, in its order"""
        provider = self.env.ref("gb_callcenter.gb_telephony_provider_demo").sudo()
        queue = self.env.ref("gb_callcenter.gb_queue_orders")
        extensions = (
            self.env["gb.seat"]
            .search([("queue_ids", "in", queue.ids), ("provider_id", "=", provider.id)])
            .mapped("extension")
        )
        events, linked_ids = [], []
        for index, (moment, hotline, _share, _name) in enumerate(plan):
            at = int(moment.replace(tzinfo=timezone.utc).timestamp()) + 7
            linked = f"demo-media-{at}.{index}"
            linked_ids.append(linked)
            number = dice.choice(customers).phone
            is_lost = dice.random() < 0.15
            events += inbound_start(
                linked,
                at,
                number,
                hotline.number,
                queue.code,
                None if is_lost else dice.choice(extensions),
            )
            if is_lost:
                events += end_of_call(linked, at + 20, [linked], by=0, reason="abandoned")
                continue
            channel, end = events[-1]["data"]["channel"], at + 4 + dice.randint(60, 300)
            events.append(make_event("answer", at + 4, linked, channel))
            events.append(make_event("unqueue", at + 4, linked, linked, reason="connected"))
            events += end_of_call(linked, end, [linked, channel], by=0, reason="caller")
        self.env["gb.call"].sudo()._ingest(provider, events)
        calls = self.env["gb.call"].search(
            [("provider_id", "=", provider.id), ("linked_id", "in", linked_ids)]
        )
        by_linked = {call.linked_id: call for call in calls}
        return [by_linked[linked] for linked in linked_ids]

    @api.model
    def _load_gb_demo_order(self, dice, name, partner, at, call=None, tags=None):
        """An order of the past; most are delivered, some cancelled."""
        product, quantity = dice.choice(BASKETS[name])
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "date_order": at,
                "gb_source": "phone",
                "gb_call_id": call.id if call else False,
                "gb_agent_id": call.user_id.id if call else False,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.env.ref(f"gb_callcenter.{product}").id,
                            "product_uom_qty": quantity,
                        }
                    )
                ],
                **(tags or {}),
            }
        )
        order.action_confirm()
        order.date_order = at
        if dice.random() < 0.1:
            order._action_cancel()
            return
        pickings = order.picking_ids
        for move in pickings.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        # the moves alone: the customers of long ago get no messages
        pickings.move_ids._action_done()
        pickings.date_done = at + timedelta(days=2)
