"""What the customer's overview costs among a million customers: printed beside Odoo's own customer form.

GB_CUSTOMERS=1000000 is the size; one of them has 200 orders and 500 contacts.
"""

import json
import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def shell(bench_database):
    sizes = {"GB_CUSTOMERS": os.environ.get("GB_CUSTOMERS", "1000000")}
    with bench_database("customer_360", **sizes) as (database, shell):
        shell("seed_customers_360.py")
        # as autovacuum will have done with so many rows
        subprocess.run(["vacuumdb", "--quiet", "--analyze", database], check=True)
        yield shell


def test_customer_360(shell, report):
    for line in shell("customer_360_in_odoo.py").splitlines():
        if line.startswith("FIGURES "):
            name, figures = json.loads(line[8:])
            report.append((name, figures))
