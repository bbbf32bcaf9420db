from . import base_partner_merge
from . import gb_article_compare
from . import gb_carrier_import
from . import gb_carrier_request
from . import gb_article_import
from . import gb_article_send
