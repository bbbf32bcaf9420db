"""Odoo's own test_lint checks, on our addons only.

odoo_lint.py -c odoo.conf -d DATABASE addon [addon…]
"""

import argparse
import importlib
import sys
import unittest

parser = argparse.ArgumentParser()
parser.add_argument("-c", required=True)
parser.add_argument("-d", required=True)
parser.add_argument("addons", nargs="+")
args = parser.parse_args()

import odoo.modules  # noqa: E402
from odoo.modules.module import Manifest  # noqa: E402
from odoo.tools import config  # noqa: E402

config.parse_config(
    ["-c", args.c, "-d", args.d, "--no-http", "--log-level=warn"], setup_logging=True
)
only = [manifest for manifest in map(Manifest.for_addon, args.addons) if manifest]
if len(only) != len(args.addons):
    sys.exit(f"addons not found, only {[manifest.name for manifest in only]}")
Manifest.all_addon_manifests = staticmethod(lambda: list(only))
import odoo.addons.base  # noqa: E402

odoo.modules.get_modules = lambda: [manifest.name for manifest in only]

MODULES = (
    "test_dunderinit",
    "test_eslint",
    "test_i18n",
    "test_jstranslate",
    "test_l10n",
    "test_manifests",
    "test_markers",
    "test_onchange_domains",
    "test_orm_import",
    "test_pofile",
    "test_test_holes",
)
suite = unittest.TestSuite()
for name in MODULES:
    module = importlib.import_module(f"odoo.addons.test_lint.tests.{name}")
    if hasattr(module, "get_modules"):
        module.get_modules = odoo.modules.get_modules
    for cls in vars(module).values():
        if (
            isinstance(cls, type)
            and issubclass(cls, unittest.TestCase)
            and cls.__module__ == module.__name__
        ):
            for method in vars(cls):
                if method.startswith("test_") and callable(getattr(cls, method)):
                    suite.addTest(cls(method))
result = unittest.TextTestRunner(verbosity=1).run(suite)
if not result.testsRun:
    sys.exit("no check ran")
sys.exit(not result.wasSuccessful())
