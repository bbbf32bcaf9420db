from odoo import models

from odoo.addons.mail.tools.discuss import Store


class ResUsers(models.Model):
    _inherit = "res.users"

    def _init_store_data(self, store: Store):
        result = super()._init_store_data(store)
        # whether the chat offers the command /ticket
        store.add_global_values(
            gb_can_create_ticket=self.env.user._is_internal()
            and self.env["gb.ticket"].has_access("create")
        )
        return result
