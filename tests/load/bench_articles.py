"""What finding an article costs among many: printed beside Odoo's own search and plain SQL, in one run on one machine.

GB_ARTICLES=20000 is the size.
"""

import json
import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def shell(bench_database):
    sizes = {"GB_ARTICLES": os.environ.get("GB_ARTICLES", "20000")}
    with bench_database("articles", **sizes) as (database, shell):
        shell("seed_articles.py")
        # as autovacuum will have done with so many rows
        subprocess.run(["vacuumdb", "--quiet", "--analyze", database], check=True)
        yield shell


def test_articles(shell, report):
    for line in shell("articles_in_odoo.py").splitlines():
        if line.startswith("FIGURES "):
            name, figures = json.loads(line[8:])
            report.append((name, figures))
