"""What work orders cost among a million of them: printed beside plain SQL, in one run on one machine.

GB_TICKETS=1000000 closed and GB_OPEN=60000 open ones, of which GB_DUE=5000 have a clock that is due, are the sizes.
"""

import pytest


@pytest.fixture(scope="module")
def bench(bench_database):
    with bench_database("tickets", GB_TICKETS="1000000", GB_OPEN="60000", GB_DUE="5000") as bench:
        bench.seed("seed_tickets.py")
        yield bench


def test_work_orders(bench, report):
    report.extend(bench.measure("tickets_in_odoo.py"))
