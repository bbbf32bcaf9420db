def post_init_hook(env):
    """What is there already counts too: customers get their numbers, telephone numbers their rows in the index, and
    calls theirs in the contact log."""
    partners = env["res.partner"].with_context(active_test=False).search([("phone", "!=", False)])
    partners._sync_gb_phone()
    env["res.partner"]._number_gb_customers()
    env["gb.contact"]._fill_from_calls()


def uninstall_hook(env):
    """The tables of orders, invoices and partners stay; what we have hung on them must not."""
    env["gb.customer.score.queue"]._drop_triggers()
