from . import recording
from . import carrier
