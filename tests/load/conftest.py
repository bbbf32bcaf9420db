"""What the measurements share: the printed report, a database of their own, scripts in `odoo shell`."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from pbx_fixtures import ROOT

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def report():
    lines = []
    yield lines
    if lines:
        width = max(len(name) for name, _figures in lines)
        print("\n\n" + "\n".join(f"{name:<{width}}  {figures}" for name, figures in lines))


@pytest.fixture(scope="session")
def bench_database():
    return _bench_database


@contextmanager
def _bench_database(name, **environment):
    """A fresh database with our addons. :return: (its name, shell(script) → what the script printed)"""
    database = f"gbt_{os.environ['GB_RUN']}_{name}"
    subprocess.run([ROOT / "scripts/newdb.sh", database], check=True)
    command = [os.environ["GB_ODOO"], "shell", "-c", os.environ["GB_ODOO_CONF"], "-d", database,
               "--log-level=error", "--no-http"]  # fmt: skip

    def shell(script):
        with open(HERE / script) as source:
            done = subprocess.run(
                command, stdin=source, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr[-3000:]
        return done.stdout

    try:
        yield database, shell
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", database], check=False)
        data_dir = re.search(
            r"^data_dir = (.*)$", Path(os.environ["GB_ODOO_CONF"]).read_text(), re.M
        )[1]
        shutil.rmtree(Path(data_dir) / "filestore" / database, ignore_errors=True)
