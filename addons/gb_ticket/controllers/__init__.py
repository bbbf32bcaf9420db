from . import process
from . import portal
from . import progress
from . import service_form
from . import api
from . import sms
