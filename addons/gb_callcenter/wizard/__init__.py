from . import base_partner_merge
from . import gb_article_compare
