from . import test_browser
from . import test_call_facts
from . import test_ingest
from . import test_panel
from . import test_phone_number
from . import test_queue
from . import test_roles
from . import test_seat
