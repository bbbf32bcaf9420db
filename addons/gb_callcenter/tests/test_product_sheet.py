from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .common_orders import OrderCase


@tagged("post_install", "-at_install")
class TestProductSheet(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._new_user("gb_sheet_approver", "lead")
        cls.approver.group_ids += cls.env.ref("gb_callcenter.group_gb_approve_sheet")
        cls.pricelist = cls.env["product.pricelist"].create({"name": "Members"})
        cls.cron = cls.env.ref("gb_callcenter.ir_cron_product_sheet")

    def _sheet(self, kind="off_sale", product=None, line=None, **values):
        if kind == "price":
            values.setdefault("pricelist_id", self.pricelist.id)
        return (
            self.env["gb.product.sheet"]
            .with_user(self.lead)
            .create(
                {
                    "kind": kind,
                    "reason": "Recall",
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "product_tmpl_id": (product or self.bottle).product_tmpl_id.id,
                                **(line or {}),
                            },
                        )
                    ],
                    **values,
                }
            )
        )

    def _approve(self, sheet):
        sheet.with_user(self.lead).action_submit()
        sheet.with_user(self.approver).action_approve()
        return sheet

    def _price(self, at=None):
        return self.pricelist._get_product_price(self.bottle, 1, date=at or fields.Datetime.now())

    @contextmanager
    def _refused(self, error, message):
        """As assertRaisesRegex, and what was written until then is rolled back as in a request."""
        with self.assertRaises(error) as caught:
            yield
        self.assertRegex(str(caught.exception), message)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    @staticmethod
    def _in(**delta):
        return fields.Datetime.now() + timedelta(**delta)

    # ------------------------------------------------------------
    # Moves
    # ------------------------------------------------------------
    def test_somebody_else_approves(self):
        sheet = self._sheet()
        self.assertRegex(sheet.name, r"^PS\d{8}$")
        sheet.action_submit()
        with self.assertRaisesRegex(AccessError, "not allowed to approve"):
            sheet.action_approve()
        own = self._sheet().with_user(self.approver)
        own.sudo().user_id = self.approver
        own.sudo().line_ids.product_tmpl_id = self.diaper.product_tmpl_id
        own.action_submit()
        with self.assertRaisesRegex(AccessError, "else than the author"):
            own.action_approve()
        with self.assertRaisesRegex(AccessError, "by its buttons"):
            sheet.with_user(self.lead).write({"state": "effective"})
        self.assertTrue(self.bottle._gb_is_for_sale())
        sheet.with_user(self.approver).action_refuse()
        self.assertEqual(sheet.state, "draft")

    def test_a_submitted_sheet_does_not_change(self):
        sheet = self._sheet()
        sheet.action_submit()
        for values in ({"until": self._in(days=1)}, {"line_ids": [(5,)]}):
            with self.assertRaisesRegex(UserError, "does not change any more"):
                sheet.write(values)
        with self.assertRaisesRegex(UserError, "does not change any more"):
            sheet.line_ids.write({"percent": 3})
        with self.assertRaisesRegex(UserError, "does not change any more"):
            sheet.unlink()

    def test_what_is_missing_is_said(self):
        with self._refused(UserError, "Say why"):
            self._sheet(reason=" ").action_submit()
        with self._refused(ValidationError, "at least one product"):
            self._sheet(line_ids=False).action_submit()
        with self._refused(ValidationError, "price list"):
            self._sheet("price", pricelist_id=False, line={"new_price": 5}).action_submit()
        with self._refused(ValidationError, "new price of"):
            self._sheet("price").action_submit()
        with self._refused(ValidationError, "how many percent"):
            self._sheet("price", line={"adjustment": "percent"}).action_submit()
        with self._refused(UserError, "in the past"):
            self._sheet(until=self._in(days=-1)).action_submit()
        with self._refused(ValidationError, "all its variants"):
            self._sheet(line={"product_id": self.bottle.id})

    def test_rights(self):
        sheet = self._sheet()
        self.assertTrue(sheet.with_user(self.agent).read(["name"]))
        self.assertTrue(sheet.with_user(self.analyst).line_ids.read(["kind"]))
        with self.assertRaises(AccessError):
            sheet.with_user(self.agent).action_submit()
        with self.assertRaises(AccessError):
            self.env["gb.product.sheet"].with_user(self.analyst).create({"kind": "off_sale"})
        self.assertFalse(self.env["gb.product.sheet"].with_user(self._other_company()).search([]))

    # ------------------------------------------------------------
    # On and off sale
    # ------------------------------------------------------------
    def test_off_sale_is_seen_at_once_and_restored(self):
        sheet = self._approve(self._sheet())
        self.assertEqual(sheet.state, "effective")
        self.assertFalse(self.bottle._gb_is_for_sale())
        self.assertFalse(self.bottle.sale_ok or self.bottle.is_published)
        self.assertFalse(
            self.env["product.product"].search(
                self.env["product.product"]._get_gb_for_sale_domain()
                & Domain("id", "=", self.bottle.id)
            )
        )
        sheet.sudo()._apply()
        sheet.with_user(self.approver).action_end()
        self.assertEqual(sheet.state, "ended")
        self.assertTrue(self.bottle.sale_ok and self.bottle.is_published)
        self.assertTrue(self.bottle._gb_is_for_sale())

    def test_what_was_not_published_stays_so(self):
        self.bottle.is_published = False
        sheet = self._approve(self._sheet())
        sheet.with_user(self.approver).action_end()
        self.assertTrue(self.bottle.sale_ok)
        self.assertFalse(self.bottle.is_published)

    def test_the_cron_begins_and_ends_it_at_its_time(self):
        begin, end = self._in(hours=5), self._in(hours=9)
        sheet = self._approve(self._sheet(effective_from=begin, until=end))
        self.assertEqual(sheet.state, "approved")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertLessEqual({begin, end}, set(triggers.mapped("call_at")))
        self._run_cron()
        self.assertTrue(self.bottle.sale_ok)
        with freeze_time(begin + timedelta(seconds=1)):
            self._run_cron()
            self._run_cron()
            self.assertEqual(sheet.state, "effective")
            self.assertFalse(self.bottle.sale_ok)
        with freeze_time(end + timedelta(seconds=1)):
            self._run_cron()
        self.assertEqual(sheet.state, "ended")
        self.assertTrue(self.bottle.sale_ok)

    def test_a_cron_that_comes_late_begins_and_ends_it(self):
        sheet = self._approve(
            self._sheet(effective_from=self._in(hours=1), until=self._in(hours=2))
        )
        with freeze_time(self._in(hours=3)):
            self._run_cron()
        self.assertEqual(sheet.state, "ended")
        self.assertTrue(self.bottle.sale_ok)

    def test_on_sale_takes_the_place_of_off_sale(self):
        off = self._approve(self._sheet())
        on = self._approve(self._sheet("on_sale"))
        self.assertEqual((off.state, on.state), ("ended", "effective"))
        self.assertTrue(self.bottle.sale_ok and self.bottle.is_published)

    def test_on_sale_again_tells_who_waits(self):
        self.bottle.write({"sale_ok": False})
        wait = self.env["gb.product.wait"].create(
            {"partner_id": self.customer.id, "product_id": self.bottle.id}
        )
        self._approve(self._sheet("on_sale"))
        self.assertEqual(wait.state, "notified")

    def test_a_cancelled_sheet_does_nothing(self):
        sheet = self._approve(self._sheet(effective_from=self._in(hours=5)))
        with self.assertRaises(AccessError):
            sheet.with_user(self.lead).action_cancel()
        sheet.with_user(self.approver).action_cancel()
        with freeze_time(self._in(hours=6)):
            self._run_cron()
        self.assertEqual(sheet.state, "cancelled")
        self.assertTrue(self.bottle.sale_ok)

    # ------------------------------------------------------------
    # Prices
    # ------------------------------------------------------------
    def test_a_price_changes_to_the_second_and_back(self):
        begin, end = self._in(hours=5), self._in(hours=9)
        sheet = self._approve(
            self._sheet("price", line={"new_price": 45}, effective_from=begin, until=end)
        )
        self.assertEqual(self._price(begin - timedelta(seconds=1)), 60)
        self.assertEqual(self._price(begin), 45)
        self.assertEqual(self._price(end + timedelta(seconds=1)), 60)
        line = sheet.line_ids
        self.assertEqual((line.old_price, line.target_price), (60, 45))
        self.assertEqual(self.bottle.product_tmpl_id.with_user(self.agent).gb_sheet_count, 1)

    def test_percent_is_of_the_sales_price(self):
        sheet = self._approve(self._sheet("price", line={"adjustment": "percent", "percent": -10}))
        self.assertEqual(self._price(), 54)
        self.assertEqual(sheet.line_ids.target_price, 54)

    def test_a_temporary_price_lies_over_the_standing_one(self):
        standing = self._approve(self._sheet("price", line={"new_price": 50}))
        promotion = self._approve(
            self._sheet("price", line={"new_price": 40}, until=self._in(hours=9))
        )
        self.assertEqual(self._price(), 40)
        promotion.with_user(self.approver).action_end()
        self.assertEqual(self._price(self._in(seconds=1)), 50)
        lower = self._approve(self._sheet("price", line={"new_price": 48}))
        self.assertEqual((standing.state, lower.state), ("ended", "effective"))
        self.assertEqual(self._price(self._in(seconds=1)), 48)

    def test_sheets_that_contradict_are_refused(self):
        self._sheet(effective_from=self._in(hours=1), until=self._in(hours=5)).action_submit()
        second = self._sheet("on_sale", effective_from=self._in(hours=2))
        self.assertIn("Baby bottle", second.conflicts)
        with self.assertRaisesRegex(UserError, "at the same time"):
            second.action_submit()
        self._sheet("on_sale", effective_from=self._in(hours=6)).action_submit()
        self._sheet(product=self.diaper).action_submit()
        self._sheet("price", line={"new_price": 5}).action_submit()
        other = self.env["product.pricelist"].create({"name": "Web"})
        self._sheet("price", pricelist_id=other.id, line={"new_price": 5}).action_submit()
        with self.assertRaisesRegex(UserError, "at the same time"):
            self._sheet("price", line={"new_price": 6}).action_submit()

    def test_the_desk_sells_at_the_new_price(self):
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("product.group_product_pricelist")
        )
        self.customer.specific_property_product_pricelist = self.pricelist
        self._approve(self._sheet("price", line={"new_price": 45}))
        order = self._order({self.bottle: 1})
        self.assertEqual(order.pricelist_id, self.pricelist)
        self.assertEqual(order.order_line.price_unit, 45)
