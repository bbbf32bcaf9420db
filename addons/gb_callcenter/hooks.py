def post_init_hook(env):
    """Give every customer who already has a telephone number his row in the number index, and every call with a
    customer its row in the contact log."""
    partners = env["res.partner"].with_context(active_test=False).search([("phone", "!=", False)])
    partners._sync_gb_phone()


def uninstall_hook(env):
    """The tables of orders, invoices and partners stay; what we have hung on them must not."""
    env["gb.customer.score.queue"]._drop_triggers()
    env["gb.contact"]._fill_from_calls()
