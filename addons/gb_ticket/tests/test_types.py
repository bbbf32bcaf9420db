from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTypes(TransactionCase):
    def test_types_that_customers_need_are_there(self):
        codes = set(self.env["gb.ticket.type"].search([]).mapped("code"))
        self.assertLessEqual(
            {"consultation", "complaint", "repair", "return", "exchange", "refund"}, codes
        )

    def test_agents_read_and_managers_edit(self):
        kind = self.env["gb.ticket.type"].search([], limit=1)
        agent = new_test_user(self.env, "gbt_agent", "gb_callcenter.group_gb_agent")
        manager = new_test_user(self.env, "gbt_manager", "gb_callcenter.group_gb_manager")
        self.assertTrue(kind.with_user(agent).name)
        with self.assertRaises(AccessError):
            kind.with_user(agent).name = "Mine"
        kind.with_user(manager).name = "Ours"

    def test_code_is_unique(self):
        code = self.env["gb.ticket.type"].search([], limit=1).code
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["gb.ticket.type"].create({"name": "Again", "code": code})
