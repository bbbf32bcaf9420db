import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# the same examples in every run, on however slow a machine
settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")


def pytest_collection_modifyitems(items):
    """The addon's __init__.py needs Odoo: these tests do without, so pytest must not import it."""
    for item in items:
        for node in item.listchain():
            if isinstance(node, pytest.Package):
                node.setup = lambda: None
