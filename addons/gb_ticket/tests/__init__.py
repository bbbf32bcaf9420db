from . import test_types
