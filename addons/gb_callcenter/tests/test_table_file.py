import io
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import openpyxl

from odoo.tests import BaseCase, tagged

from ..tools.table_file import (
    Table,
    TableError,
    guess_columns,
    pick,
    to_date,
    to_datetime,
    to_decimal,
    write_xlsx,
)


@tagged("post_install", "-at_install")
class TestTableFile(BaseCase):
    TEXT = '运单号,"金额(元)",备注\r\nSF001,"1,234.50","两\n行"\r\n,,\r\nSF002,5,\r\n'

    def _check(self, table):
        self.assertEqual(table.headers, ["运单号", "金额(元)", "备注"])
        rows = list(table)
        self.assertEqual([line for line, _row in rows], [2, 5])
        self.assertEqual(rows[0][1], {"运单号": "SF001", "金额(元)": "1,234.50", "备注": "两\n行"})
        self.assertEqual(list(table), rows, "may be read again")

    def test_csv_in_the_usual_encodings(self):
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            with self.subTest(encoding):
                self._check(Table(self.TEXT.encode(encoding)))

    def test_delimiters(self):
        for delimiter in ";\t|":
            with self.subTest(delimiter):
                table = Table(f"a{delimiter}b,c{delimiter}d\n1{delimiter}2,3\n".encode())
                self.assertEqual(list(table), [(2, {"a": "1", "b,c": "2,3", "d": ""})])

    def test_xlsx_cells_are_what_a_person_reads(self):
        book = openpyxl.Workbook()
        for row in (
            ["运单号", "金额", "日期", "时间", "代码", "代码"],
            [75312345678901, 12.5, datetime(2026, 11, 2), datetime(2026, 11, 2, 9, 30), "007", 1],
            [None] * 6,
            ["SF9", 3.0, None, None, None, True],
        ):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        table = Table(stream.getvalue())
        self.assertEqual(table.headers[-2:], ["代码", "代码 (2)"])
        (line_1, row_1), (line_2, row_2) = table
        self.assertEqual((line_1, line_2), (2, 4))
        self.assertEqual(
            list(row_1.values()),
            ["75312345678901", "12.5", "2026-11-02", "2026-11-02 09:30:00", "007", "1"],
        )
        self.assertEqual(row_2["金额"], "3")
        self.assertEqual(row_2["代码 (2)"], "True")

    def test_numbers_that_shops_write_as_formulas_are_texts(self):
        self.assertEqual(list(Table(b'a\n="008"\n'))[0][1], {"a": "008"})

    def test_bad_files_are_told(self):
        for data, code in (
            (b" \n ", "empty"),
            (b"PK\x03\x04nothing", "broken"),
            (b"\xd0\xcf\x11\xe0" + bytes(20), "old_excel"),
            (b"a,b\n\xff\xff\x81", "encoding"),
        ):
            with self.subTest(code), self.assertRaises(TableError) as caught:
                list(Table(data))
            self.assertEqual(caught.exception.code, code)

    def test_columns_are_found_by_their_headings(self):
        names = {
            "tracking": ["运单号", "Tracking No"],
            "amount": ["金额", "Amount"],
            "fee": ["Fee"],
        }
        self.assertEqual(
            guess_columns(["tracking no.", "AMOUNT （元）", "x"], names),
            {"tracking": "tracking no.", "amount": "AMOUNT （元）"},
        )
        self.assertEqual(pick({"a": "1"}, {"x": "a", "y": "b"}), {"x": "1", "y": ""})

    def test_amounts(self):
        for text, value in (
            ("¥1,234.50", "1234.50"),
            ("￥12", "12"),
            ("12.00元", "12.00"),
            ("-¥3", "-3"),
            ("（12.00）", "-12.00"),
            ("1 234,5", "1234.5"),
            ("１２", "12"),
        ):
            with self.subTest(text):
                self.assertEqual(to_decimal(text), Decimal(value))
        for text in ("", "twelve", "1,2,3", "NaN", "inf"):
            with self.subTest(text), self.assertRaises(ValueError):
                to_decimal(text)

    def test_moments(self):
        china = timezone(timedelta(hours=8))
        for text, zone, value in (
            ("2026-11-22 12:30", None, datetime(2026, 11, 22, 12, 30)),
            ("2026/1/2", None, datetime(2026, 1, 2)),
            ("2026年11月22日 12:30", china, datetime(2026, 11, 22, 4, 30)),
            ("2026-11-22T12:30:00Z", china, datetime(2026, 11, 22, 12, 30)),
            ("2026-11-22T12:30:00.123+08:00", None, datetime(2026, 11, 22, 4, 30)),
            ("20261122", None, datetime(2026, 11, 22)),
            ("20261122123005", None, datetime(2026, 11, 22, 12, 30, 5)),
        ):
            with self.subTest(text):
                self.assertEqual(to_datetime(text, zone), value)
        for text in ("", "yesterday", "2026-13-01", "22.11.2026"):
            with self.subTest(text), self.assertRaises(ValueError):
                to_datetime(text)
        self.assertEqual(to_date("2026-11-22 23:30:00+08:00"), date(2026, 11, 22))
        self.assertEqual(to_date("2026-11-22"), date(2026, 11, 22))

    def test_written_cells_are_never_formulas(self):
        data = write_xlsx(["a", "b"], [["=1+1", 2], [None, Decimal("3.5")]])
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        self.assertEqual(sheet["A2"].value, "=1+1")
        self.assertEqual(sheet["A2"].data_type, "s")
        self.assertEqual([row for _line, row in Table(data)][1]["b"], "3.5")
