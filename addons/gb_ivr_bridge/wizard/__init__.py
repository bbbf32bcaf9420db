from . import gb_ivr_compare
from . import gb_ivr_publish
from . import gb_ticket_reply
