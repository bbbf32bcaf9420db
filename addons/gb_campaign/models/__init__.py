from . import gb_media
