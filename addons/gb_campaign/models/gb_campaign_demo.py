import random
from datetime import timedelta

from odoo import api, fields, models

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = (
    "雨桐",
    "欣怡",
    "佳宁",
    "晓燕",
    "丽君",
    "思琪",
    "婷婷",
    "静怡",
    "梦洁",
    "诗涵",
    "美玲",
    "雅文",
)
CITIES = [("SH", "上海"), ("ZJ", "杭州"), ("JS", "苏州"), ("GD", "深圳"), ("BJ", "北京")]
RESULTS = (
    ["no_answer"] * 6
    + ["busy"] * 2
    + ["refused"] * 4
    + ["later"] * 2
    + ["interested"] * 2
    + ["success"] * 4
)


class GbCampaign(models.Model):
    _inherit = "gb.campaign"

    @api.model
    def _load_demo_customers(self):
        """Members for the lists of the demo's campaigns (demo data only)."""
        dice = random.Random(6)
        values = []
        for index in range(80):
            state, city = CITIES[index % len(CITIES)]
            values.append(
                {
                    "name": dice.choice(SURNAMES) + dice.choice(GIVEN),
                    "phone": f"+86 136 {5000 + index:04} {dice.randint(1000, 9999)}",
                    "country_id": self.env.ref("base.cn").id,
                    "state_id": self.env.ref(f"base.state_cn_{state}").id,
                    "city": city,
                    "tz": "Asia/Shanghai",
                    "lang": self.env.user.lang,
                }
            )
        partners = self.env["res.partner"].create(values)
        today = fields.Date.today()
        self.env["gb.child"].create(
            [
                {
                    "partner_id": partner.id,
                    "name": dice.choice(("乐乐", "安安", "小宝", "糖糖", "豆豆", "果果")),
                    "sex": dice.choice(("female", "male")),
                    "birth_date": today - timedelta(days=dice.randint(20, 900)),
                }
                for partner in partners[:60]
            ]
        )
        return partners

    def _load_demo_calls(self):
        """Fill the demo's lists and call for some days (demo data only)."""
        partners = self._load_demo_customers()
        dice = random.Random(7)
        now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        for number, campaign in enumerate(self):
            for call_list in campaign.list_ids:
                call_list._fill_partners(partners[number * 5 :])
            campaign.state = "running"
            outcomes = {name: campaign._get_outcome(name) for name in set(RESULTS)}
            agents = campaign.agent_ids.sorted("id")[:2]
            rows = campaign.list_ids.row_ids.filtered(lambda row: row.state == "waiting")
            for row in rows[: 45 - 15 * number]:
                agent = dice.choice(agents)
                day = now - timedelta(days=dice.randint(1, 5))
                at = day.replace(hour=dice.randint(1, 10), minute=dice.randint(0, 59))
                result = dice.choice(RESULTS)
                attempt = row._begin_attempt(row._get_number(), user=agent, at=at)
                attempt.state = "connected" if outcomes[result].is_reached else "no_answer"
                next_at = now + timedelta(days=1) if result in ("later", "interested") else None
                row._finish(outcomes[result], next_at, attempt=attempt, at=at)
                attempt.ended_at = at + timedelta(seconds=dice.randint(15, 240))
