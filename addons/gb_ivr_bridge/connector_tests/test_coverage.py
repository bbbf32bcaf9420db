"""Every branch of what runs on a call is gone through by the tests of single operations, without those that draw by lot."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "ivr"
MODULES = ("interpreter", "document", "words", "hours")


def test_every_branch_of_the_interpreter_is_tested(tmp_path):
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")}
    coverage = [sys.executable, "-m", "coverage"]
    tests = [str(HERE / f"test_{name}.py") for name in ("interpreter", "document", "words")]
    run = subprocess.run(
        [
            *coverage,
            "run",
            "--branch",
            "--source",
            str(PACKAGE),
            "-m",
            "pytest",
            "-q",
            *tests,
        ],
        env=environment,
        cwd=HERE.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    included = ",".join(str(PACKAGE / f"{name}.py") for name in MODULES)
    report = subprocess.run(
        [*coverage, "report", "--show-missing", "--fail-under", "100", "--include", included],
        env=environment,
        cwd=HERE.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.returncode == 0, report.stdout + report.stderr
    assert all(f"{name}.py" in report.stdout for name in MODULES), report.stdout
