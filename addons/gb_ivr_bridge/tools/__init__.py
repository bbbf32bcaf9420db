from . import asterisk_api
from . import asterisk_events
