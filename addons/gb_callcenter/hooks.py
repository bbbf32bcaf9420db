def post_init_hook(env):
    """Give every customer who already has a telephone number his row in the number index."""
    partners = env["res.partner"].with_context(active_test=False).search([("phone", "!=", False)])
    partners._sync_gb_phone()
