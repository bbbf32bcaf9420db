import io
import shutil
import unittest

import openpyxl
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from .common_delivery import DeliveryCase


class ClosingCase(DeliveryCase):
    DAY = "2026-03-05"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.journal = cls.env["account.journal"].create(
            {"name": "Bank", "type": "bank", "code": "TBNK", "company_id": cls.company.id}
        )
        cls.carrier.cod_journal_id = cls.journal
        with freeze_time("2026-03-05 06:00:00"):
            cls.first = cls._invoiced("D1", 100)
            cls._invoiced("D2", 40)
            remittance = cls.env["gb.remittance"].create(
                {
                    "name": "S-1",
                    "carrier_id": cls.carrier.id,
                    "line_ids": [(0, 0, {"tracking_number": "D1", "amount": 100})],
                }
            )
            remittance.action_match()
            remittance.action_post()
        cls._take_in(
            {"tracking": "D1", "at": "2026-03-05 20:00", "text": "已签收"},
            {"tracking": "D2", "at": "2026-03-06 20:00", "text": "客户拒收"},
        )

    def _closing(self, user=None, **values):
        return (
            self.env["gb.daily.closing"]
            .with_user(user or self.manager)
            .create({"date_from": self.DAY, **values})
        )

    def _mine(self, closing):
        return closing.line_ids.filtered(lambda line: line.carrier_id == self.carrier)


@tagged("post_install", "-at_install")
class TestDailyClosing(ClosingCase):
    def test_figures_come_from_sales_stock_and_accounts(self):
        line = self._mine(self._closing())
        self.assertEqual(line.means, "cash_on_delivery")
        self.assertEqual((line.order_count, line.order_amount), (2, 140))
        self.assertEqual((line.delivery_count, line.delivered_count, line.refused_count), (2, 1, 0))
        self.assertEqual((line.collected, line.refunded, line.outstanding), (100, 0, 40))

    def test_day_is_the_companys_day(self):
        with freeze_time("2026-03-05 17:00:00"):  # one o'clock on the 6th in Shanghai
            self._sent("D3", 70)
        self.assertEqual(self._mine(self._closing()).order_count, 2)
        self.assertEqual(self._mine(self._closing(date_from="2026-03-06")).order_count, 1)

    def test_settlement_of_a_period(self):
        closing = self._closing(kind="settlement", date_to="2026-03-31")
        self.assertEqual(self._mine(closing).refused_count, 1)
        self.assertIn("2026-03-05 – 2026-03-31", closing.name)

    def test_closed_figures_stay(self):
        closing = self._closing()
        closing.action_close()
        self.assertEqual(closing.closed_by_id, self.manager)
        with freeze_time("2026-03-05 07:00:00"):
            self._sent("D4", 70)
        with self.assertRaisesRegex(UserError, "frozen"):
            closing.action_compute()
        with self.assertRaisesRegex(UserError, "frozen"):
            closing.date_from = "2026-03-04"
        with self.assertRaises(UserError):
            closing.unlink()
        self.assertEqual(self._mine(closing).order_count, 2)
        with self.assertRaisesRegex(UserError, "Write down why"):
            closing.action_reopen()
        closing.reopen_reason = "Booked late"
        closing.action_reopen()
        self.assertIn("Booked late", closing.message_ids[0].body)
        closing.action_compute()
        self.assertEqual(self._mine(closing).order_count, 3)

    def test_day_that_is_not_over_stays_open(self):
        closing = self._closing(date_from="2099-01-01")
        with self.assertRaisesRegex(UserError, "not over"):
            closing.action_close()

    @freeze_time("2026-03-05 15:59:00")  # one minute to midnight in Shanghai
    def test_today_is_closed_after_the_companys_midnight(self):
        self.manager.tz = "Pacific/Kiritimati"  # where it is tomorrow already
        closing = self._closing()
        with self.assertRaisesRegex(UserError, "not over"):
            closing.action_close()
        with freeze_time("2026-03-05 16:00:00"):
            closing.action_close()
        self.assertEqual(closing.state, "closed")

    def test_who_may_what(self):
        closing = self._closing()
        self.assertTrue(closing.with_user(self.lead).read(["name"]))
        self.assertTrue(closing.with_user(self.analyst).line_ids)
        for user in (self.lead, self.analyst):
            with self.subTest(user.login), self.assertRaises(AccessError):
                closing.with_user(user).action_close()
        with self.assertRaises(AccessError):
            closing.with_user(self.agent).read(["name"])
        closing.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            closing.with_user(self.lead).read(["name"])

    @unittest.skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    def test_pdf_has_the_figures(self):
        closing = self._closing()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf(
            "gb_callcenter.gb_daily_closing_action_report", closing.ids
        )
        self.assertEqual(kind, "pdf")
        text = "".join(page.extract_text() for page in PdfFileReader(io.BytesIO(content)).pages)
        text = " ".join(text.split())
        for part in ("Test Express", "Cash on delivery", "140.00", "2026-03-05"):
            self.assertIn(part, text)


@tagged("post_install", "-at_install")
class TestClosingDownload(HttpCase, ClosingCase):
    def test_spreadsheet_is_downloaded(self):
        closing = self._closing()
        self.authenticate(self.manager.login, self.manager.login)
        response = self.url_open(closing.action_xlsx()["url"])
        self.assertEqual(response.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
        self.assertEqual(rows["Test Express"][2:4], (2, 140))
        self.authenticate(self.agent.login, self.agent.login)
        self.assertEqual(self.url_open(closing.action_xlsx()["url"]).status_code, 403)
