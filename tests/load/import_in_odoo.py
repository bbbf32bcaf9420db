"""For `odoo shell`: customers from a workbook, ours and Odoo's own import and plain SQL. Everything is rolled back."""

import base64
import json
import os
import resource
import time

env = globals()["env"]

from odoo.addons.gb_callcenter.tools.table_file import write_xlsx  # noqa: E402


def out(name, **figures):
    print("FIGURES " + json.dumps([name, figures]))


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


HEADINGS = ["姓名", "手机号", "邮箱", "城市", "详细地址", "备注"]
env.company.country_id = env.ref("base.cn")


def rows(count, start=0):
    for n in range(start, start + count):
        yield [
            f"客户{n}", f"1{3_000_000_000 + n * 7}", f"c{n}@example.com", "杭州", f"文三路{n}号", "",
        ]  # fmt: skip


count = int(os.environ["GB_ROWS"])
content = write_xlsx(HEADINGS, rows(count))
start_memory = memory()
work = env["gb.customer.import"].create(
    {"file": base64.b64encode(content), "file_name": "customers.xlsx"}
)
work.action_start()
began = time.perf_counter()
work._stage()
staged = time.perf_counter() - began
began = time.perf_counter()
while work._run_batch():
    env.cr.flush()
    env.invalidate_all()
spent = time.perf_counter() - began
work.invalidate_recordset()
out(
    f"{count} customers from a workbook",
    read_ms_a_row=round(staged * 1000 / count, 3),
    import_ms_a_row=round(spent * 1000 / count, 3),
    created=work.created_count,
    more_memory_mb=memory() - start_memory,
)

few = int(os.environ["GB_ODOO_ROWS"])
content = write_xlsx(["name", "phone", "email", "city", "street", "comment"], rows(few, 5_000_000))
own = env["base_import.import"].create(
    {
        "res_model": "res.partner",
        "file": content,
        "file_type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "file_name": "customers.xlsx",
    }
)
names = ["name", "phone", "email", "city", "street", "comment"]
began = time.perf_counter()
result = own.execute_import(names, names, {"has_headers": True, "quoting": '"', "separator": ","})
spent = time.perf_counter() - began
out(
    f"the same by Odoo's import, {few} rows",
    ms_a_row=round(spent * 1000 / few, 3),
    created=len(result.get("ids") or []),
)

began = time.perf_counter()
for row in rows(few, 8_000_000):
    env.cr.execute(
        "INSERT INTO res_partner (name, phone, email, city, street, active, type, autopost_bills, create_date, write_date) "
        "VALUES (%s, %s, %s, %s, %s, true, 'contact', 'ask', now(), now())",
        row[:5],
    )
out(
    "the partner's row alone by one INSERT each",
    ms_a_row=round((time.perf_counter() - began) * 1000 / few, 3),
)
env.cr.rollback()
