from . import gb_ivr_compare
from . import gb_ivr_publish
