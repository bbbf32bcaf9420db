"""What bringing in customers from a file costs, beside Odoo's own import: printed, in one run on one machine.

GB_ROWS=100000 is the size. Odoo's own import gets GB_ODOO_ROWS=5000 of them, in one go, as a user would do it.
"""

import json
import os

import pytest


@pytest.fixture(scope="session")
def shell(bench_database):
    sizes = {
        name: os.environ.get(name, size)
        for name, size in (("GB_ROWS", "100000"), ("GB_ODOO_ROWS", "5000"))
    }
    with bench_database("import", **sizes) as (_database, shell):
        yield shell


def test_customer_import(shell, report):
    for line in shell("import_in_odoo.py").splitlines():
        if line.startswith("FIGURES "):
            name, figures = json.loads(line[8:])
            report.append((name, figures))
