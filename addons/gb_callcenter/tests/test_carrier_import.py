import base64
import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.table_file import Table
from .common_delivery import DeliveryCase

HEAD = "快递单号,扫描时间,物流状态,签收人"


@tagged("post_install", "-at_install")
class TestCarrierImport(DeliveryCase):
    def _wizard(self, data, user=None, **values):
        wizard = (
            self.env["gb.carrier.import"]
            .with_user(user or self.manager)
            .create(
                {
                    "carrier_id": self.carrier.id,
                    "file": base64.b64encode(data),
                    "filename": "轨迹.csv",
                    **values,
                }
            )
        )
        wizard.action_read()
        return wizard

    def test_file_is_previewed_and_taken_in(self):
        picking = self._sent("T1")
        data = f"{HEAD}\nT1,2026/3/2 10:00,已签收,陈先生\n".encode("gb18030")
        wizard = self._wizard(data)
        self.assertEqual(
            wizard.column_ids.mapped("meaning"), ["tracking", "at", "text", "receiver"]
        )
        self.assertIn("1 rows, 0 with problems", wizard.preview)
        self.assertIn("陈先生", wizard.preview)
        self.assertFalse(picking.gb_delivery_state)
        wizard.action_import()
        self.assertEqual(picking.gb_delivery_state, "delivered")
        self.assertEqual(picking.gb_receiver, "陈先生")
        self.assertFalse(wizard.error_file)
        again = self._wizard(data)
        again.action_import()
        self.assertIn("0 events taken in, 1 known already", again.result)

    def test_rows_with_problems_are_kept_and_given_back(self):
        wizard = self._wizard(
            f"{HEAD}\nT1,gestern,已签收,\n,2026/3/2 10:00,已签收,\nT3,2026/3/2 10:00,,\nT4,2026/3/2 10:00,已签收,\n".encode()
        )
        self.assertIn("4 rows, 3 with problems", wizard.preview)
        wizard.action_import()
        table = Table(base64.b64decode(wizard.error_file))
        rows = [row for _line, row in table]
        self.assertEqual([row["Line"] for row in rows], ["2", "3", "4"])
        self.assertIn("gestern", rows[0]["Problem"])
        events = self.env["gb.carrier.event"].search([("carrier_id", "=", self.carrier.id)])
        self.assertEqual(len(events.filtered("problem")), 4, "nothing has disappeared")
        self.assertIn("gestern", "".join(events.mapped("raw")))

    def test_meaning_of_columns_is_remembered(self):
        data = b"A,B,C\nT1,2026-03-02,x\n"
        wizard = self._wizard(data)
        with self.assertRaisesRegex(UserError, "Tracking number"):
            wizard.action_import()
        for column, meaning in zip(wizard.column_ids, ("tracking", "at", "text"), strict=True):
            column.meaning = meaning
        wizard.action_import()
        again = self._wizard(data)
        self.assertEqual(again.column_ids.mapped("meaning"), ["tracking", "at", "text"])
        again.column_ids[1].meaning = "tracking"
        with self.assertRaisesRegex(UserError, "Two columns"):
            again.action_import()

    def test_xlsx(self):
        picking = self._sent("7531234567")
        book = openpyxl.Workbook()
        book.active.append(["Tracking number", "Time", "Status"])
        book.active.append([7531234567, "2026-03-02 10:00", "Delivered"])
        stream = io.BytesIO()
        book.save(stream)
        self._wizard(stream.getvalue()).action_import()
        self.assertEqual(picking.gb_delivery_state, "delivered")

    def test_bad_files_and_users_are_told(self):
        with self.assertRaisesRegex(UserError, "old Excel"):
            self._wizard(b"\xd0\xcf\x11\xe0" + bytes(600))
        with self.assertRaisesRegex(UserError, "no rows"):
            self._wizard(b"\n\n")
        with self.assertRaises(AccessError):
            self._wizard(b"a\n1\n", user=self.lead)
