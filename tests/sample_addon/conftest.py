"""The addon's own tests run inside Odoo, started by test_sample_addon.py."""

collect_ignore = ["gb_ivr_warranty"]
