from . import ivr
from . import telephony
