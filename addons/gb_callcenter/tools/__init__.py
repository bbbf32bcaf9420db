from . import call_facts
from . import demo_api
from . import phone_number
from . import provider_api
from . import signature
from . import table_file
from . import product_words
