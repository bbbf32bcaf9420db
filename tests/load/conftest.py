"""What the measurements share: the printed report, a database of their own, scripts in `odoo shell`."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from pbx_fixtures import ROOT

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def report(request):
    """List of (what, figures), printed when the measurements of a file are done. Times say little about a busy machine:
    how busy it was stands with them."""
    lines, began, load = [], time.monotonic(), os.getloadavg()[0]
    yield lines
    width = max((len(name) for name, _figures in lines), default=0)
    print(
        f"\n\n{request.path.name}: {os.cpu_count()} processors, load average {load:.1f} at the beginning, "
        f"{os.getloadavg()[0]:.1f} at the end, {time.monotonic() - began:.0f} s\n"
        + "\n".join(f"{name:<{width}}  {figures}" for name, figures in lines),
        flush=True,
    )


@pytest.fixture(scope="session")
def bench_database():
    return _bench_database


class Bench:
    """A database to measure in."""

    def __init__(self, name, environment):
        self.name = f"gbt_{os.environ['GB_RUN']}_{name}"
        # scripts come by standard input and import what stands beside them
        paths = filter(None, (str(HERE), os.environ.get("PYTHONPATH")))
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment}

    def run(self, script):
        """:return: what a script has printed in `odoo shell`"""
        with open(HERE / script) as source:
            done = subprocess.run(
                [os.environ["GB_ODOO"], "shell", "-c", os.environ["GB_ODOO_CONF"], "-d", self.name,
                 "--log-level=error", "--no-http"],
                stdin=source, env=self.environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr[-3000:]
        return done.stdout

    def seed(self, script):
        """Fill the database; figures about the rows are up to date then, as autovacuum will have done with so many."""
        printed = self.run(script)
        subprocess.run(["vacuumdb", "--quiet", "--analyze", self.name], check=True)
        return printed

    def measure(self, script):
        """:return: list of (what, figures) that a script has printed"""
        return [
            tuple(json.loads(line[8:]))
            for line in self.run(script).splitlines()
            if line.startswith("FIGURES ")
        ]


@contextmanager
def _bench_database(name, **sizes):
    """A fresh database with our addons.

    :param sizes: environment of its scripts; what is set outside goes before
    :return: Bench
    """
    bench = Bench(name, {size: os.environ.get(size, value) for size, value in sizes.items()})
    subprocess.run([ROOT / "scripts/newdb.sh", bench.name], check=True)
    try:
        yield bench
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", bench.name], check=False)
        data_dir = re.search(
            r"^data_dir = (.*)$", Path(os.environ["GB_ODOO_CONF"]).read_text(), re.M
        )[1]
        shutil.rmtree(Path(data_dir) / "filestore" / bench.name, ignore_errors=True)
