from . import recording
from . import carrier
from . import knowledge
