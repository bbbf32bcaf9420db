from . import recording
from . import carrier
from . import knowledge
from . import membership
from . import closing
