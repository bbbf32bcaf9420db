from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

PAGE = "/my/membership"


class MembershipPortal(CustomerPortal):
    """The signed-in customer's own membership. Portal users have no access to numbers, PINs and cards: the page
    works on the user's own customer only, whatever is sent."""

    def _get_member_sudo(self):
        # the user's own record; its numbers and cards are not open to portal users
        return request.env.user.partner_id.sudo()

    def _prepare_membership_values(self, **values):
        partner_sudo = self._get_member_sudo()
        cards_sudo = request.env["loyalty.card"].sudo().search(partner_sudo._get_gb_card_domain())
        return dict(
            self._prepare_portal_layout_values(),
            page_name="gb_membership",
            member=partner_sudo,
            pin_state=partner_sudo._get_gb_pin_state(),
            cards=[
                {"id": card.id, "name": card.program_id.name, "points": card.points_display}
                for card in cards_sudo
            ],
            **values,
        )

    def _render_membership(self, **values):
        response = request.render(
            "gb_callcenter.portal_my_membership", self._prepare_membership_values(**values)
        )
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        return response

    @staticmethod
    def _read_new_pin(post):
        pin = (post.get("pin") or "").strip()
        if pin != (post.get("pin_again") or "").strip():
            raise UserError(request.env._("The two PINs differ. Please type the same one twice."))
        return pin

    @route(PAGE, type="http", auth="user", website=True, methods=["GET"])
    def portal_my_membership(self, done=None, **_kw):
        """The membership: number, points, PIN, news."""
        return self._render_membership(done=done)

    @route(f"{PAGE}/enrol", type="http", auth="user", website=True, methods=["POST"])
    def portal_enrol(self, **post):
        """Become a member, with a PIN if one is given."""
        partner_sudo = self._get_member_sudo()
        if partner_sudo.gb_member_number:
            return request.redirect(PAGE)
        try:
            with request.env.cr.savepoint():
                partner_sudo._gb_enrol(self._read_new_pin(post) or None)
        except UserError as error:
            return self._render_membership(error=str(error))
        partner_sudo.gb_wants_news = bool(post.get("wants_news"))
        return request.redirect(f"{PAGE}?done=enrolled")

    @route(f"{PAGE}/pin", type="http", auth="user", website=True, methods=["POST"])
    def portal_set_pin(self, **post):
        """A first PIN, or another one for him who knows the present one."""
        partner_sudo = self._get_member_sudo()
        try:
            pin = self._read_new_pin(post)
            if partner_sudo._get_gb_pin_state() != "none":
                self._check_current_pin(partner_sudo, (post.get("current") or "").strip())
            partner_sudo._gb_set_pin(pin)
        except UserError as error:
            return self._render_membership(error=str(error))
        return request.redirect(f"{PAGE}?done=pin")

    def _check_current_pin(self, partner_sudo, pin):
        state = partner_sudo._check_gb_pin(pin)
        if state == "wrong":
            raise UserError(request.env._("The present PIN is wrong."))
        if state == "locked":
            raise UserError(
                request.env._("Your PIN is locked after too many wrong tries. Please call us.")
            )

    @route(f"{PAGE}/news", type="http", auth="user", website=True, methods=["POST"])
    def portal_set_news(self, **post):
        """Opt in to the member club's news, or out."""
        self._get_member_sudo().gb_wants_news = bool(post.get("wants_news"))
        return request.redirect(f"{PAGE}?done=news")
