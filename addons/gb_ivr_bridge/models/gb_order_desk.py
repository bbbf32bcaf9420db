from odoo import api, models
from odoo.exceptions import AccessError


class GbOrderDesk(models.AbstractModel):
    """The order desk for callers who order by themselves: the same cart, prices, checks and confirmation as at an agent's
    seat, in the name of a session whose caller has given his PIN.

    A session counts only in superuser mode, which no client can ask for: ``gb_ivr_session`` in a client's context is nothing.
    """

    _inherit = "gb.order.desk"

    def _get_ivr_session(self):
        """:return: ``gb.ivr.session`` that the desk works for; empty at an agent's seat"""
        session_id = self.env.context.get("gb_ivr_session") if self.env.su else False
        return self.env["gb.ivr.session"].browse(session_id or [])

    @api.model
    def _check_desk_access(self, partner=None):
        session = self._get_ivr_session()
        if not session:
            return super()._check_desk_access(partner)
        partners = self.env["res.partner"]
        if partner is None:
            return partners
        partner = partners.browse(partner if isinstance(partner, int) else partner.id)
        if not session.is_verified or partner != session.partner_id:
            raise AccessError(self.env._("The caller has not proved to be this customer."))
        return partner

    def _check_call(self, call_id):
        session = self._get_ivr_session()
        return session.call_id if session else super()._check_call(call_id)

    def _get_desk_call(self, order_sudo):
        session = self._get_ivr_session()
        return session.call_id if session else super()._get_desk_call(order_sudo)

    def _get_verified_heads(self, partners, call=None):
        session = self._get_ivr_session()
        if not session:
            return super()._get_verified_heads(partners, call)
        caller = session.partner_id if session.is_verified else self.env["res.partner"]
        return caller.commercial_partner_id & partners.commercial_partner_id

    def _get_draft_key(self, partner, call_id):
        session = self._get_ivr_session()
        if not session:
            return super()._get_draft_key(partner, call_id)
        return f"{session.company_id.id}-ivr-{session.id}-{partner.id}"

    def _prepare_draft_values(self, partner, call):
        values = super()._prepare_draft_values(partner, call)
        session = self._get_ivr_session()
        if session:
            values.update(gb_ivr_session_id=session.id, gb_agent_id=False, user_id=False)
        return values

    def _get_order(self, order_id, is_own=True):
        session = self._get_ivr_session()
        if not session:
            return super()._get_order(order_id, is_own)
        order_sudo = super()._get_order(order_id, is_own=False)
        if order_sudo.gb_ivr_session_id != session:
            raise AccessError(self.env._("This order belongs to another call."))
        return order_sudo

    def _get_cart(self, order_sudo, notes=()):
        # nobody looks at the cart of a caller, who waits: each step tells of it what he asked for
        if self._get_ivr_session():
            return {"id": order_sudo.id}
        return super()._get_cart(order_sudo, notes)

    def _log_confirmation(self, order_sudo):
        if not self._get_ivr_session():
            return super()._log_confirmation(order_sudo)
        call = order_sudo.gb_call_id
        if call:
            body = self.env._(
                "Ordered by the customer himself in the telephone menu, call %(call)s.",
                call=call.display_name,
            )
        else:
            body = self.env._("Ordered by the customer himself in the telephone menu.")
        return order_sudo.message_post(body=body)
