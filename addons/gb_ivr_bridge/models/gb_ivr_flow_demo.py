from odoo import api, models

CHINESE_NAMES = {
    "gb_ivr_flow_main": "主菜单",
    "gb_ivr_flow_english": "英文菜单",
    "gb_hotline_main": "总机",
    "gb_hotline_main_asterisk": "总机（Asterisk）",
}


class GbIvrFlow(models.Model):
    _inherit = "gb.ivr.flow"

    @api.model
    def _publish_demo(self):
        """Publish the demo's flows, give the main line its menu, and begin a second version of it."""

        def find(name):
            return self.env.ref(f"gb_ivr_bridge.{name}")

        if self.env["res.lang"]._get_data(code="zh_CN"):
            for name, chinese in CHINESE_NAMES.items():
                find(name).with_context(lang="zh_CN").name = chinese
        main = find("gb_ivr_flow_main")
        if main.published_id:
            return
        find("gb_ivr_version_english").action_publish()
        version = find("gb_ivr_version_main")
        version.action_publish()
        (find("gb_hotline_main") | find("gb_hotline_main_asterisk")).flow_id = main
        draft = version.copy({"note": "Double Eleven: offers first, call-back instead of waiting"})
        nodes = {node.code: node for node in draft.node_ids}
        nodes["welcome"].write(
            {
                "text_zh_CN": "您好，欢迎致电宝贝之家，双十一大促正在进行中。",
                "text_en_US": "Welcome to Baby House. Our Double Eleven sale is on.",
            }
        )
        callback = self.env["gb.ivr.node"].create(
            {
                "version_id": draft.id,
                "type": "callback",
                "code": "callback",
                "name": "预约回拨",
                "queue_id": nodes["agent"].queue_id.id,
                "sequence": 187,
                "x": 1600,
                "y": 600,
            }
        )
        for exit_ in nodes["agent"].exit_ids.filtered(
            lambda exit_: exit_.key in ("full", "timeout")
        ):
            exit_.target_node_id = callback
        for exit_ in callback.exit_ids.filtered(lambda exit_: exit_.key != "failed"):
            exit_.target_node_id = nodes["bye"]
        main_menu = nodes["main"]
        main_menu.write(
            {
                "text_zh_CN": "双十一优惠活动请按4，电话订购请按1，查询订单请按2，查询售后工单进度请按3，人工服务请按0。",
                "text_en_US": "For our Double Eleven offers, press 4. To order, press 1. For the status of an order, press 2. "
                "For an after-sales case, press 3. To talk to our staff, press 0.",
            }
        )
        exits = {exit_.key: exit_ for exit_ in main_menu.exit_ids}
        exits["4"].sequence = -10
        exits["5"].unlink()
