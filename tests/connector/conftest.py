import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
for place in (
    TESTS,
    TESTS / "connector",
    TESTS.parent / "addons/gb_ivr_bridge",
    TESTS.parent / "scripts",
):
    sys.path.insert(0, str(place))
