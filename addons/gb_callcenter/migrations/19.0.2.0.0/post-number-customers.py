from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Customers from before there were customer numbers get theirs."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["res.partner"]._number_gb_customers()
