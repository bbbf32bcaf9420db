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

from hypothesis import HealthCheck, settings  # noqa: E402

# the same examples in every run, on however slow a machine
settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
