"""What scoring and allocating customers costs: printed beside Odoo's own means and plain SQL, in one run on one machine.

GB_CUSTOMERS=1000000 customers and GB_LINES=3000000 order lines (two an order) are the sizes.
"""

import json
import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def shell(bench_database):
    sizes = {
        name: os.environ.get(name, size)
        for name, size in (("GB_CUSTOMERS", "1000000"), ("GB_LINES", "3000000"))
    }
    with bench_database("customers", **sizes) as (database, shell):
        shell("seed_customers.py")
        # as autovacuum will have done with so many rows
        subprocess.run(["vacuumdb", "--quiet", "--analyze", database], check=True)
        yield shell


def test_customers(shell, report):
    for line in shell("customers_in_odoo.py").splitlines():
        if line.startswith("FIGURES "):
            name, figures = json.loads(line[8:])
            report.append((name, figures))
