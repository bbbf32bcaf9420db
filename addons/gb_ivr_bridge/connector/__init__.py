"""The connector between Asterisk and Odoo. Started as ``python -m connector --config FILE``; knows nothing of Odoo's code."""
