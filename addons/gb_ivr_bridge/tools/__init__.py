from . import asterisk_api
from . import asterisk_events
from . import ivr_speech
