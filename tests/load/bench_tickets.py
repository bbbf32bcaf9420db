"""What work orders cost among a million of them: printed beside plain SQL, in one run on one machine.

GB_TICKETS=1000000 closed and GB_OPEN=60000 open ones, of which GB_DUE=5000 have a clock that is due, are the sizes.
"""

import json
import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def shell(bench_database):
    sizes = {
        name: os.environ.get(name, size)
        for name, size in (("GB_TICKETS", "1000000"), ("GB_OPEN", "60000"), ("GB_DUE", "5000"))
    }
    with bench_database("tickets", **sizes) as (database, shell):
        shell("seed_tickets.py")
        # as autovacuum will have done with so many rows
        subprocess.run(["vacuumdb", "--quiet", "--analyze", database], check=True)
        yield shell


def test_work_orders(shell, report):
    for line in shell("tickets_in_odoo.py").splitlines():
        if line.startswith("FIGURES "):
            name, figures = json.loads(line[8:])
            report.append((name, figures))
