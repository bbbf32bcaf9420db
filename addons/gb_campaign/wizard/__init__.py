from . import gb_media_schedule_import
