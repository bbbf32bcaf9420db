"""What finding articles costs: printed beside Odoo's own search and plain SQL, in one run on one machine.

GB_ARTICLES=20000 is the size.
"""

import pytest


@pytest.fixture(scope="module")
def bench(bench_database):
    with bench_database("articles", GB_ARTICLES="20000") as bench:
        bench.seed("seed_articles.py")
        yield bench


def test_articles(bench, report):
    report.extend(bench.measure("articles_in_odoo.py"))
