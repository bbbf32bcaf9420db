from . import gb_media_schedule_import
from . import gb_campaign_allocation
from . import gb_campaign_allocation_line
