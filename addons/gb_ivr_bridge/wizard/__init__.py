from . import gb_ivr_compare
