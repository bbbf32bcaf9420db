"""test_summary.py REPORT NAME:EXIT_CODE:SECONDS…: one line for each part of a test run, and the totals.

A part that ended without a report, or failed without a failed test, counts as one failure.
"""

import sys
import xml.etree.ElementTree as ET

report, *parts = sys.argv[1:]
total = {"passed": 0, "failed": 0, "skipped": 0}
for part in parts:
    name, code, seconds = part.split(":")
    count = dict.fromkeys(total, 0)
    try:
        suites = list(ET.parse(f"{report}.{name}.xml").getroot().iter("testsuite"))
    except (OSError, ET.ParseError):
        suites = []
    for suite in suites:
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        count["failed"] += number["failures"] + number["errors"]
        count["skipped"] += number["skipped"]
        count["passed"] += (
            number["tests"] - number["failures"] - number["errors"] - number["skipped"]
        )
    if code != "0" and not count["failed"]:
        count["failed"] = 1
    print(f"{name:10} {', '.join(f'{n} {key}' for key, n in count.items())} in {seconds} s")
    for key, n in count.items():
        total[key] += n
print(", ".join(f"{n} {key}" for key, n in total.items()))
