from . import test_adapter
from . import test_routes
from . import test_streams
