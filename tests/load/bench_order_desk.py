"""What the order desk costs: product search among many products beside Odoo's own, an order beside a plain one.

GB_PRODUCTS=50000 is the size.
"""

import pytest


@pytest.fixture(scope="module")
def bench(bench_database):
    with bench_database("order_desk", GB_PRODUCTS="50000") as bench:
        bench.seed("seed_products.py")
        yield bench


def test_order_desk(bench, report):
    report.extend(bench.measure("order_desk_in_odoo.py"))
