"""What target groups cost: how long it takes until the size of a group is known, and until it is drawn. Printed beside Odoo's own
search with the same meaning and the plain SQL that one would write by hand, in one run on one machine.

GB_CUSTOMERS=1000000 customers, GB_LINES=3000000 order lines (two an order), as many contacts and children as customers, a tenth as many
work orders are the sizes.
"""

import pytest


@pytest.fixture(scope="module")
def bench(bench_database):
    with bench_database("campaigns", GB_CUSTOMERS="1000000", GB_LINES="3000000") as bench:
        bench.seed("seed_customers.py")
        bench.seed("seed_targets.py")
        yield bench


def test_target_groups(bench, report):
    report.extend(bench.measure("targets_in_odoo.py"))
