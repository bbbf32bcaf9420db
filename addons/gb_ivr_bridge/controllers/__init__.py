from . import ivr
from . import telephony
from . import ivr_documents
