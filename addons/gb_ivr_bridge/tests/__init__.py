from . import test_adapter
from . import test_ivr_ask
from . import test_ivr_identity
from . import test_routes
from . import test_streams
from . import test_ivr_compile
