from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestCallbackClaims(BaseCase):
    """Two agents at once: two real transactions on a committed call-back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls.row_id = env["gb.callback"].create({"number": "+8613800008881"}).id
            cls.user_ids = [
                env["res.users"].create({"name": login, "login": login}).id
                for login in ("claims_one", "claims_two")
            ]
        cls.addClassCleanup(cls._clean_up)

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["gb.callback"].browse(cls.row_id).unlink()
            users = env["res.users"].browse(cls.user_ids)
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def _take(self, cr, index):
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["gb.callback"].browse(self.row_id)._take(env["res.users"].browse(self.user_ids[index]))
        env.flush_all()

    def test_one_gets_it_and_the_other_is_told(self):
        with self.registry.cursor() as one, self.registry.cursor() as two:
            # both have begun before either has taken it
            for cr in (one, two):
                cr.execute("SELECT user_id FROM gb_callback WHERE id = %s", [self.row_id])
            self._take(one, 0)
            with mute_logger("odoo.sql_db"), self.assertRaisesRegex(UserError, "just now"):
                self._take(two, 1)
            two.rollback()
            one.commit()
            with self.assertRaisesRegex(UserError, "has taken this call-back over already"):
                self._take(two, 1)
            two.rollback()
            two.execute("SELECT user_id FROM gb_callback WHERE id = %s", [self.row_id])
            self.assertEqual(two.fetchone()[0], self.user_ids[0])
            two.rollback()
