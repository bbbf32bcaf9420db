"""What the order desk costs: product search among many products beside Odoo's own, an order beside a plain one.

GB_PRODUCTS=50000 is the size.
"""

import json
import os

import pytest


@pytest.fixture(scope="session")
def shell(bench_database):
    sizes = {"GB_PRODUCTS": os.environ.get("GB_PRODUCTS", "50000")}
    with bench_database("order_desk", **sizes) as (_database, shell):
        yield shell


def test_order_desk(shell, report):
    for line in shell("order_desk_in_odoo.py").splitlines():
        if line.startswith("FIGURES "):
            name, figures = json.loads(line[8:])
            report.append((name, figures))
