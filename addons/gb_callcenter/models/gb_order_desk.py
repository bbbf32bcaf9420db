from odoo import api, models
from odoo.exceptions import AccessError, UserError


class GbOrderDesk(models.AbstractModel):
    """What an agent may do for the customer he talks to: find products, sell them, look after orders.

    Agents have no rights in the sales, stock and accounting apps. Every public method here checks the role, the company
    and that the agent may read the customer; then it acts as superuser in the smallest scope.
    """

    _name = "gb.order.desk"
    _description = "Order desk"

    @api.model
    def _check_desk_access(self, partner=None):
        """Let agents pass who may serve ``partner`` in the current company.

        :param partner: ``res.partner`` record, id, or nothing when no customer is concerned
        :return: the customer, as the current user sees him
        :raise AccessError: when the user is no agent, or may not read the customer
        :raise UserError: when there is no such customer here
        """
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("The order desk is for agents of the call centre."))
        partners = self.env["res.partner"]
        if partner is None:
            return partners
        partner = partners.browse(partner if isinstance(partner, int) else partner.id).exists()
        if not partner:
            raise UserError(self.env._("This customer does not exist any more."))
        partner.check_access("read")
        company = partner.sudo().company_id
        if company and company != self.env.company:
            raise AccessError(
                self.env._(
                    "%(customer)s belongs to %(company)s. Switch to that company first.",
                    customer=partner.display_name,
                    company=company.name,
                )
            )
        return partner

    def _get_verified_heads(self, partners, call=None):
        """:return: heads of those families of ``partners`` of which somebody was checked to be the caller (superuser)"""
        heads_sudo = partners.sudo().commercial_partner_id
        families_sudo = heads_sudo.search([("commercial_partner_id", "in", heads_sudo.ids)])
        return families_sudo._filtered_gb_verified(call).commercial_partner_id
