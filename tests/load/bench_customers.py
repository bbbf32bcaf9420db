"""What a million customers cost: their overview, scoring and allocating them. Printed beside Odoo's own customer form, Odoo's own
means and plain SQL, in one run on one machine.

GB_CUSTOMERS=1000000 customers and GB_LINES=3000000 order lines (two an order) are the sizes; one customer has 200 orders and
500 contacts.
"""

import pytest


@pytest.fixture(scope="module")
def bench(bench_database):
    with bench_database("customers", GB_CUSTOMERS="1000000", GB_LINES="3000000") as bench:
        bench.seed("seed_customers.py")
        yield bench


def test_customer_360(bench, report):
    report.extend(bench.measure("customer_360_in_odoo.py"))


def test_scores(bench, report):
    """Last, because it commits."""
    report.extend(bench.measure("customers_in_odoo.py"))
