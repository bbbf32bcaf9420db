from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.gb_callcenter.tests.test_browser import hoot_id
from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestIvrUnits(HttpCase):
    @no_retry
    def test_hoot_desktop(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={hoot_id('@gb_ivr_bridge')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
