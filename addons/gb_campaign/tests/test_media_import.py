import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gb_callcenter.tools.table_file import Table, write_xlsx

from .common_media import EIGHT, MediaCase

HEADERS = ["播出日期", "时间", "时长（分钟）", "广告", "媒体", "热线", "计划费用"]


@tagged("post_install", "-at_install")
class TestMediaImport(MediaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"

    def _import(self, content, user=None, **values):
        wizard = (
            self.env["gb.media.schedule.import"]
            .with_user(user or self.manager)
            .create({"file": base64.b64encode(content), "filename": "plan.xlsx", **values})
        )
        wizard.action_import()
        return wizard

    def _found(self):
        return self.env["gb.media.broadcast"].search([("ad_id", "=", self.ad.id)], order="start_at")

    def test_rows_are_read_in_the_companys_time(self):
        rows = [
            ["2026-11-02", "20:00-20:30", 30, self.ad.name, "City TV", "8000", 5000],
            ["2026/11/03", "20:00", "0:30", "formula, six for five", "city tv", "", "¥1,200"],
        ]
        self._import(write_xlsx(HEADERS, rows))
        first, second = self._found()
        self.assertEqual((first.start_at, first.end_at), (EIGHT, EIGHT + timedelta(minutes=30)))
        self.assertEqual((first.hotline_id, first.planned_cost), (self.hotline, 5000))
        self.assertEqual(second.end_at - second.start_at, timedelta(seconds=30))
        self.assertEqual(second.planned_cost, 1200)

    def test_same_file_again_updates_and_doubles_nothing(self):
        row = ["2026-11-02", "20:00", 30, self.ad.name, "City TV", "8000", 5000]
        self._import(write_xlsx(HEADERS, [row]))
        self._import(write_xlsx(HEADERS, [[*row[:6], 6000]]))
        self.assertEqual(self._found().planned_cost, 6000)

    def test_rows_with_problems_are_listed_and_keep_nobody_out(self):
        good = ["2026-11-02", "20:00", 30, self.ad.name, "City TV", "", ""]
        wizard = self._import(
            write_xlsx(
                HEADERS,
                [
                    good,
                    ["2026-11-02", "20:10", 30, self.ad.name, "City Radio", "8000", ""],
                    ["tomorrow", "", 30, self.ad.name, "City TV", "", ""],
                    ["2026-11-04", "20:00", "long", self.ad.name, "City TV", "", ""],
                    ["2026-11-04", "20:00", 30, "Nothing", "City TV", "", ""],
                    ["2026-11-04", "20:00", 30, self.ad.name, "Nowhere", "", ""],
                    ["2026-11-04", "20:00", 30, self.ad.name, "City TV", "9999", ""],
                ],
            )
        )
        self.assertEqual(len(self._found()), 1)
        self.assertIn("1 broadcasts added, 0 updated, 6 rows with problems", wizard.result)
        problems = [row["Problem"] for _line, row in Table(base64.b64decode(wizard.error_file))]
        for problem, text in zip(
            problems,
            ["told apart", "no date", "no length", "no advertisement", "no medium", "no hotline"],
            strict=True,
        ):
            self.assertIn(text, problem)

    def test_csv_with_one_column_of_time_and_the_wizards_medium(self):
        content = b"start,minutes\n2026-11-02 20:00,30\n"
        self._import(content, media_id=self.tv.id, ad_id=self.ad.id)
        self.assertEqual(self._found().start_at, EIGHT)

    def test_missing_columns_are_named(self):
        with self.assertRaisesRegex(UserError, "advertisement, medium"):
            self._import(b"start,minutes\n2026-11-02 20:00,30\n")
        with self.assertRaisesRegex(UserError, "cannot be read"):
            self._import(b"PK broken")

    def test_only_managers_import(self):
        with self.assertRaises(AccessError):
            self._import(b"start\n", user=self.lead)
