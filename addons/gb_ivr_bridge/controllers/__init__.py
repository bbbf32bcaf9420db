from . import callers
from . import ivr
from . import telephony
from . import ivr_documents
from . import ivr_prompts
