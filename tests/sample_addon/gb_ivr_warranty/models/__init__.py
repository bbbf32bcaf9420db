from . import gb_ivr_node
from . import gb_ivr_session
