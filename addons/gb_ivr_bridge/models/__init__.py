from . import gb_telephony_provider
