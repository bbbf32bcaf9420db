"""The totals of several pytest runs.

As a plugin (``-p test_summary``, GB_TOTALS=FILE): writes the counts that pytest prints into FILE.
As a script, ``test_summary.py REPORT NAME:EXIT_CODE:SECONDS…``: one line for each run, read from REPORT.NAME.json, and the totals.
A run that ended without counts, or failed without a failed test, counts as one failure.
"""

import json
import os
import sys
from pathlib import Path

KEYS = {
    "passed": ("passed", "xpassed"),
    "failed": ("failed", "error", "subtests failed"),
    "skipped": ("skipped", "xfailed"),
}


def pytest_terminal_summary(terminalreporter):
    counts = {
        key: sum(len(terminalreporter.stats.get(category, ())) for category in categories)
        for key, categories in KEYS.items()
    }
    Path(os.environ["GB_TOTALS"]).write_text(json.dumps(counts))


def main(report, *parts):
    total = dict.fromkeys(KEYS, 0)
    for part in parts:
        name, code, seconds = part.split(":")
        try:
            count = json.loads(Path(f"{report}.{name}.json").read_text())
        except (OSError, ValueError):
            count = dict.fromkeys(KEYS, 0)
        if code != "0" and not count["failed"]:
            count["failed"] = 1
        print(f"{name:10} {', '.join(f'{n} {key}' for key, n in count.items())} in {seconds} s")
        for key, n in count.items():
            total[key] += n
    print(", ".join(f"{n} {key}" for key, n in total.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
