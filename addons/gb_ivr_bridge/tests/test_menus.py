from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestMenus(TransactionCase):
    """What of the configuration is shown to whom."""

    def _names(self, role):
        user = new_test_user(
            self.env, login=f"menus_{role}", groups=f"gb_callcenter.group_gb_{role}"
        )
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        ids = {menu.get("xmlid"): menu for menu in menus.values()}
        root = ids.get("gb_callcenter.menu_gb_configuration")
        return [menus[child]["xmlid"] for child in root["children"]] if root else []

    def test_leads_find_telephone_menus_and_nothing_else_of_the_configuration(self):
        self.assertEqual(self._names("lead"), ["gb_ivr_bridge.menu_gb_ivr"])

    def test_agents_have_no_configuration_and_managers_all_of_it(self):
        self.assertFalse(self._names("agent"))
        wanted = {"gb_callcenter.menu_gb_queue", "gb_ivr_bridge.menu_gb_ivr"}
        self.assertLessEqual(wanted, set(self._names("manager")))
