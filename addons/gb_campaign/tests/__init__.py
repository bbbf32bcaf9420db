from . import test_calling_rules
from . import test_campaign_desk
from . import test_claiming
from . import test_list_filling
from . import test_media
from . import test_media_attribution
