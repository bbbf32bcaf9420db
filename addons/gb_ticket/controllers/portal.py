from odoo import SUPERUSER_ID
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .progress import ProgressController

PAGE_SIZE = 20
MAX_SEARCH = 80


class TicketPortal(CustomerPortal):
    """Work orders of signed-in customers. Portal users have no access to the model: what they see is looked up here, with
    a domain that says whose it is."""

    def _get_portal_tickets(self):
        """:return: gb.ticket as superuser, to be searched with ``_get_portal_ticket_domain`` only"""
        return request.env["gb.ticket"].with_user(SUPERUSER_ID).with_context(lang=request.env.lang)

    def _get_portal_ticket_domain(self):
        """Those of the customer's own company; not what an agent is still writing down."""
        partner = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", partner.id) & (
            Domain("phase", "!=", "draft") | Domain("channel", "in", ("web", "portal", "email"))
        )

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "gb_ticket_count" in counters:
            values["gb_ticket_count"] = self._get_portal_tickets().search_count(
                self._get_portal_ticket_domain()
            )
        return values

    def _get_ticket_sortings(self):
        return {
            "newest": {"label": request.env._("Newest"), "order": "id desc"},
            "due": {"label": request.env._("Promised time"), "order": "due_at, id desc"},
            "stage": {"label": request.env._("Stage"), "order": "state_id, id desc"},
        }

    def _get_ticket_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {
                "label": request.env._("Being worked on"),
                "domain": Domain("is_open", "=", True),
            },
            "mine": {
                "label": request.env._("Waiting for me"),
                "domain": Domain("state_id.code", "in", ("waiting_customer", "call_back")),
            },
            "ended": {"label": request.env._("Closed"), "domain": Domain("is_open", "=", False)},
        }

    @route(
        ["/my/work-orders", "/my/work-orders/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_tickets(self, page=1, sortby=None, filterby=None, search=None, **_kwargs):
        """The customer's work orders."""
        sortings, filters = self._get_ticket_sortings(), self._get_ticket_filters()
        sortby = sortby if sortby in sortings else "newest"
        filterby = filterby if filterby in filters else "all"
        search = (search or "").strip()[:MAX_SEARCH]
        domain = self._get_portal_ticket_domain() & filters[filterby]["domain"]
        if search:
            domain &= Domain("name", "ilike", search) | Domain("subject", "ilike", search)
        tickets = self._get_portal_tickets()
        pager = portal_pager(
            url="/my/work-orders",
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
            total=tickets.search_count(domain),
            page=page,
            step=PAGE_SIZE,
        )
        found = tickets.search(
            domain, order=sortings[sortby]["order"], limit=PAGE_SIZE, offset=pager["offset"]
        )
        values = self._prepare_portal_layout_values()
        values.update(
            rows=[self._prepare_ticket_row(ticket) for ticket in found],
            page_name="gb_tickets",
            default_url="/my/work-orders",
            pager=pager,
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_filters=filters,
            filterby=filterby,
            searchbar_inputs={"all": {"input": "all", "label": request.env._("Number or matter")}},
            search_in="all",
            search=search,
        )
        return request.render("gb_ticket.portal_my_tickets", values)

    def _prepare_ticket_row(self, ticket):
        """What the list shows of one."""
        return {
            "url": f"/my/work-orders/{ticket.id}",
            "number": ticket.name if ticket.name != "/" else request.env._("Received"),
            "subject": ticket.subject,
            "type": ticket.type_id.name,
            "stage": ticket.state_id.customer_name or ticket.state_id.name,
            "phase": ticket.phase,
            "waits_for_me": ticket.state_code in ("waiting_customer", "call_back"),
            "created": ticket._format_for_customer(ticket.create_date, request.env.lang),
            "due": ticket.is_open and ticket._format_for_customer(ticket.due_at, request.env.lang),
        }

    @route(
        "/my/work-orders/<int:ticket_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_ticket(self, ticket_id, done=None, **_kwargs):
        """One work order: the page that there is without signing in, too."""
        ticket = self._get_portal_tickets().search(
            Domain("id", "=", ticket_id) & self._get_portal_ticket_domain(), limit=1
        )
        if not ticket:
            raise request.not_found()
        return ProgressController()._render_progress(ticket, done=done)
