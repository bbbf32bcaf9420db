"""What bringing in customers from a file costs, beside Odoo's own import: printed, in one run on one machine.

GB_ROWS=100000 is the size. Odoo's own import gets GB_ODOO_ROWS=5000 of them, in one go, as a user would do it.
"""

import pytest


@pytest.fixture(scope="module")
def bench(bench_database):
    with bench_database("import", GB_ROWS="100000", GB_ODOO_ROWS="5000") as bench:
        yield bench


def test_customer_import(bench, report):
    report.extend(bench.measure("import_in_odoo.py"))
