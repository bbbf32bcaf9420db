import base64
import csv
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..models import gb_customer_import
from ..tools.table_file import write_xlsx
from .common import CallCentreCase

REFUSAL = "This one is refused."
HEADINGS = ["姓名", "手机号", "邮箱", "省份", "城市", "详细地址", "宝宝姓名", "预产期", "积分"]


def as_csv(*rows, headings=HEADINGS, encoding="utf-8"):
    stream = io.StringIO()
    csv.writer(stream).writerows([headings, *rows])
    return stream.getvalue().encode(encoding)


def person(name, phone="", email="", state="", child="", born=""):
    return [name, phone, email, state, "", "", child, born, ""]


@tagged("post_install", "-at_install")
class TestCustomerImport(CallCentreCase):
    """Customers come in from files: mapped, checked, in batches, each row with what became of it."""

    def _import(self, content, user=None, name="customers.csv", **values):
        record = (
            self.env["gb.customer.import"]
            .with_user(user or self.lead)
            .create({"file": base64.b64encode(content), "file_name": name, **values})
        )
        return record

    def _run(self, record):
        record.action_start()
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_customer_import").method_direct_trigger()
        record.invalidate_recordset()
        return record

    def _states(self, record):
        return record.row_ids.sorted("line").mapped("state")

    def _find(self, name):
        return self.env["res.partner"].search([("name", "=", name)])

    def test_headings_are_understood_and_the_rest_is_left_open(self):
        record = self._import(as_csv(person("王小红", "13800138001")))
        fields = dict(record.column_ids.mapped(lambda c: (c.heading, c.field)))
        self.assertEqual(fields["姓名"], "name")
        self.assertEqual(fields["手机号"], "phone")
        self.assertEqual(fields["预产期"], "child_birth")
        self.assertFalse(fields["积分"])
        self.assertEqual(record.column_ids[0].sample, "王小红")

    def test_a_row_becomes_a_customer_with_number_place_and_child(self):
        zhejiang = self.env.ref("base.state_cn_ZJ", raise_if_not_found=False)
        state = zhejiang.name if zhejiang else ""
        record = self._run(
            self._import(
                as_csv(
                    person("王小红", "138-0013-8001", "wang@example.com", state, "豆豆", "2027/3/1")
                )
            )
        )
        self.assertEqual((record.state, self._states(record)), ("done", ["created"]))
        partner = self._find("王小红")
        self.assertEqual(partner.gb_phone_ids.mapped("number_key"), ["+8613800138001"])
        self.assertEqual(partner.state_id, zhejiang)
        self.assertEqual(partner.gb_child_ids.name, "豆豆")
        self.assertEqual(str(partner.gb_child_ids.birth_date), "2027-03-01")
        self.assertEqual(record.row_ids.partner_id, partner)

    def test_a_workbook_and_a_file_in_gb18030_say_the_same(self):
        row = person("刘备注", "13900139002")
        book = self._import(write_xlsx(HEADINGS, [row]), name="a.xlsx", duplicate_policy="create")
        text = self._import(as_csv(row, encoding="gb18030"), duplicate_policy="create")
        self.assertEqual(
            book.column_ids.mapped("heading"), text.column_ids.mapped("heading"), HEADINGS
        )
        self._run(book)
        self._run(text)
        self.assertEqual(len(self._find("刘备注")), 2)

    def test_bad_rows_are_refused_one_by_one_and_come_back_in_a_workbook(self):
        record = self._run(
            self._import(
                as_csv(
                    person("好客户", "13700137001"),
                    person("坏号码", "12"),
                    person("坏邮箱", "", "not an address"),
                    person("坏日期", "13700137002", child="豆", born="31.31.2020"),
                    person("没有此省", "13700137003", state="Atlantis"),
                )
            )
        )
        self.assertEqual(self._states(record), ["created", "error", "error", "error", "error"])
        self.assertFalse(self._find("坏号码") | self._find("坏日期") | self._find("没有此省"))
        action = record.action_download_errors()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[3].split("?")[0])
        )
        sheet = openpyxl.load_workbook(io.BytesIO(attachment.raw)).active
        lines = list(sheet.iter_rows(values_only=True))
        self.assertEqual(list(lines[0][: len(HEADINGS)]), HEADINGS)
        self.assertEqual(
            [line[0] for line in lines[1:]], ["坏号码", "坏邮箱", "坏日期", "没有此省"]
        )
        self.assertIn("12", lines[1][-1])
        self.assertEqual(lines[1][-2], 3, "the line as the spreadsheet numbers it")

    def test_a_known_customer_is_updated_by_any_of_his_numbers(self):
        self.env["gb.phone"].create(
            {"partner_id": self.customer.id, "number": "0571 8888 6666", "kind": "home"}
        )
        record = self._run(
            self._import(as_csv(person("Chen Xiaomei", "057188886666", "chen@example.com")))
        )
        self.assertEqual(self._states(record), ["updated"])
        self.assertEqual(self.customer.email, "chen@example.com")
        self.assertEqual(self.customer.phone, "138 0000 7771", "his main number stays")
        self.assertEqual(len(self.customer.gb_phone_ids), 2)

    def test_a_known_customer_can_be_left_or_doubled_on_purpose(self):
        content = as_csv(person("Somebody else", "13800007771", "x@example.com"))
        record = self._run(self._import(content, duplicate_policy="skip"))
        self.assertEqual(self._states(record), ["skipped"])
        self.assertEqual(record.row_ids.partner_id, self.customer)
        self.assertFalse(self.customer.email)
        record = self._run(self._import(content, duplicate_policy="create"))
        self.assertEqual(self._states(record), ["created"])
        self.assertTrue(self._find("Somebody else"))

    def test_the_same_customer_twice_in_one_file_is_one_customer(self):
        record = self._run(
            self._import(
                as_csv(
                    person("李双", "13600136001", child="大宝", born="2020-01-01"),
                    person(
                        "李双", "136 0013 6001", "li@example.com", child="小宝", born="2024-01-01"
                    ),
                )
            )
        )
        self.assertEqual(self._states(record), ["created", "updated"])
        partner = self._find("李双")
        self.assertEqual(len(partner), 1)
        self.assertEqual(partner.email, "li@example.com")
        self.assertEqual(len(partner.gb_child_ids), 2)

    def test_a_row_that_belongs_to_two_customers_is_refused(self):
        self.env["res.partner"].create({"name": "Other", "email": "other@example.com"})
        record = self._run(self._import(as_csv(person("?", "13800007771", "other@example.com"))))
        self.assertEqual(self._states(record), ["error"])

    def test_what_the_database_refuses_takes_no_other_row_with_it(self):
        create = type(self.env["res.partner"]).create

        def refuse(partners, vals_list):
            if any(vals.get("name") == "毒" for vals in vals_list):
                raise UserError(REFUSAL)
            return create(partners, vals_list)

        self.env.registry["res.partner"].create = refuse
        self.addCleanup(delattr, self.env.registry["res.partner"], "create")
        record = self._run(
            self._import(
                as_csv(person("甲", "13500135001"), person("毒"), person("乙", "13500135002"))
            )
        )
        self.assertEqual(self._states(record), ["created", "error", "created"])
        self.assertEqual(record.row_ids.filtered("error").error, REFUSAL)

    def test_it_goes_on_behind_the_last_batch_after_a_stop(self):
        rows = [person(f"客户{n:03}", f"1330000{n:04}") for n in range(25)]
        record = self._import(as_csv(*rows))
        record.action_start()
        with patch.object(gb_customer_import, "BATCH_ROWS", 10):
            work = record.sudo()
            work.with_user(self.lead)._stage()
            work.with_user(self.lead)._run_batch()
            record.action_stop()
            with self.enter_registry_test_mode():
                self.env.ref("gb_callcenter.ir_cron_customer_import").method_direct_trigger()
            self.assertEqual(record.done_count, 10)
            record.action_resume()
            with self.enter_registry_test_mode():
                self.env.ref("gb_callcenter.ir_cron_customer_import").method_direct_trigger()
        record.invalidate_recordset()
        self.assertEqual((record.state, record.created_count, record.progress), ("done", 25, 100))
        self.assertEqual(self.env["res.partner"].search_count([("name", "=like", "客户0__")]), 25)

    def test_refused_rows_can_be_tried_again(self):
        headings = ["姓名", "等级"]
        record = self._run(self._import(as_csv(["钻石客户", "钻石级"], headings=headings)))
        self.assertEqual(self._states(record), ["error"])
        self.env["gb.customer.level"].create({"name": "钻石级"})
        record.action_retry_errors()
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_customer_import").method_direct_trigger()
        self.assertEqual(self._states(record), ["created"])
        self.assertEqual(self._find("钻石客户").gb_level_id.name, "钻石级")

    def test_a_saved_mapping_is_used_for_the_next_file(self):
        first = self._import(as_csv(["甲", "8"], headings=["A", "B"]))
        self.assertFalse(any(first.column_ids.mapped("field")))
        first.column_ids[0].field = "name"
        first.action_save_mapping()
        second = self._import(
            as_csv(["乙", "9"], headings=["a ", "B"]), mapping_id=first.mapping_id.id
        )
        self.assertEqual(second.column_ids[0].field, "name")

    def test_two_columns_for_one_field_and_none_for_a_name_are_told(self):
        record = self._import(as_csv(["甲", "乙"], headings=["A", "B"]))
        with self.assertRaisesRegex(UserError, "at least"):
            record.action_start()
        record.column_ids.field = "name"
        with self.assertRaisesRegex(UserError, "same field"):
            record.action_start()

    def test_the_preview_shows_errors_and_escapes_the_file(self):
        record = self._import(as_csv(person("<b>粗</b>", "12")))
        self.assertIn("&lt;b&gt;", record.preview)
        self.assertNotIn("<b>粗", record.preview)
        self.assertIn("table-danger", record.preview)

    def test_a_file_that_is_no_table_is_refused_in_words(self):
        for content in (b"", b"\xd0\xcf\x11\xe0old", b"PK\x03\x04broken"):
            with self.subTest(content), self.assertRaises(UserError):
                self._import(content)

    def test_agents_analysts_and_other_companies_keep_out(self):
        for user in (self.agent, self.analyst, self.inspector):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._import(as_csv(person("甲")), user=user)
        record = self._import(as_csv(person("甲")))
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "gb_import_stranger",
            groups="gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            record.with_user(stranger).read(["file_name"])

    def test_queries_of_a_batch_do_not_grow_with_its_rows(self):
        def queries(start, count):
            rows = [person(f"批{n}", f"1310000{n:04}") for n in range(start, start + count)]
            record = self._import(as_csv(*rows))
            record.action_start()
            record.sudo()._stage()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            record._run_batch()
            return self.env.cr.sql_log_count - before

        queries(0, 5)
        few, many = queries(100, 10), queries(200, 60)
        self.assertLess(many - few, 50, f"{few} queries for 10 rows, {many} for 60")


@tagged("post_install", "-at_install")
class TestCustomerImportTour(HttpCase):
    """A team lead imports a file with a bad row in the browser."""

    def test_import_with_errors(self):
        self.env.company.country_id = self.env.ref("base.cn")
        new_test_user(
            self.env,
            "gb_import_lead",
            groups="gb_callcenter.group_gb_lead",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        self.start_tour("/odoo/customer-imports", "gb_customer_import_tour", login="gb_import_lead")
        record = self.env["gb.customer.import"].search([], limit=1)
        self.assertEqual(record.state, "queued")
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_customer_import").method_direct_trigger()
        self.start_tour(
            f"/odoo/customer-imports/{record.id}",
            "gb_customer_import_result_tour",
            login="gb_import_lead",
        )
        names = record.row_ids.partner_id.mapped("name")
        self.assertEqual(sorted(names), ["巡检丙", "巡检甲"])
