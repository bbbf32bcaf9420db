"""An addon of somebody else brings a node type: it is installed into a database of our addons, and its tests run there."""

import configparser
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDON = "gb_ivr_warranty"
SECONDS = 400


@pytest.fixture
def database():
    name = f"gbt_{os.environ['GB_RUN']}_sample"
    subprocess.run([ROOT / "scripts/newdb.sh", name], check=True, timeout=SECONDS)
    return name  # scripts/test.sh drops it


def test_addon_with_a_node_type_installs_and_its_node_is_published(database):
    config = configparser.RawConfigParser()
    config.read(os.environ["GB_ODOO_CONF"])
    paths = [config["options"]["addons_path"], str(Path(__file__).parent)]
    run = subprocess.run(
        [
            os.environ["GB_ODOO"],
            *("-c", os.environ["GB_ODOO_CONF"]),
            *("-d", database),
            f"--addons-path={','.join(paths)}",
            *("-i", ADDON),
            *("--test-tags", f"/{ADDON}"),
            "--no-http",
            "--max-cron-threads=0",
            "--stop-after-init",
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    log = run.stdout + run.stderr
    assert run.returncode == 0, log[-4000:]
    failed, errors, tests = map(
        int, re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log).groups()
    )
    assert (failed, errors) == (0, 0), log[-4000:]
    assert tests >= 4, log[-4000:]
