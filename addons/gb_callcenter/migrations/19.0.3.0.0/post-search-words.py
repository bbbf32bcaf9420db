from odoo import SUPERUSER_ID, api

BATCH = 2000


def migrate(cr, version):
    """The words that products are found by have whole words now, too."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    products = env["product.product"].search([])
    for start in range(0, len(products), BATCH):
        batch = products[start : start + BATCH]
        batch._compute_gb_search_words()
        env.flush_all()
        env.invalidate_all()
