from datetime import timedelta

from odoo import api, fields, models


def _key(digit):
    return {"type": "digits", "digits": digit, "ended": "full"}


class GbIvrScenario(models.Model):
    _inherit = "gb.ivr.scenario"

    @api.model
    def _load_demo(self):
        """Scenarios of the demo's main menu, as people would keep them from the simulator."""
        flow = self.env.ref("gb_ivr_bridge.gb_ivr_flow_main")
        if not flow.published_id or self.search_count([("flow_id", "=", flow.id)], limit=1):
            return
        today = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        monday = today.replace(hour=2) + timedelta(days=7 - today.weekday())  # 10 o'clock in China
        night = monday + timedelta(hours=12)
        caller = self.env.ref("gb_callcenter.partner_1").phone
        for name, at, inputs in (
            ("老客户查询订单", monday, [_key("1"), _key("2"), _key("2"), {"type": "hangup"}]),
            ("英文来电转到英文菜单", monday, [_key("2"), {"type": "hangup"}]),
            (
                "转人工，通话后评价五分",
                monday,
                [_key("1"), _key("0"), {"type": "returned", "status": "after"}, _key("5")],
            ),
            ("夜间来电留言", night, [_key("1"), _key("5"), {"type": "recorded", "seconds": 24}]),
        ):
            start = {
                "hotline": flow.hotline_ids[:1].number,
                "caller": caller,
                "at": fields.Datetime.to_string(at),
                "look_up": True,
            }
            self.save_simulation(flow.published_id.id, name, start, inputs)
        # a draft may greet in other words
        self.search([("flow_id", "=", flow.id)]).is_speech_checked = False
