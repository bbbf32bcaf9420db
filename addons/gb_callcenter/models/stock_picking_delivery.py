from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .gb_carrier_status import DELIVERY_STATES

ON_THE_WAY = ("accepted", "in_transit", "out_for_delivery", "exception")
# what may follow a state; a parcel on its way may become anything
FOLLOWERS = {
    "refused": {"returned", "lost", "delivered"},
    "returned": {"delivered", "lost"},
    "lost": {"delivered", "returned"},
    "delivered": {"refused", "returned"},
}
RANK = {state: rank for rank, (state, _label) in enumerate(DELIVERY_STATES)}
REQUESTS = [
    ("expedite", "Deliver sooner"),
    ("address", "Other address"),
    ("time", "Other time"),
    ("stop", "Stop and bring back"),
    ("search", "Search for the parcel"),
]


class StockPicking(models.Model):
    """Where a parcel is, as the carrier tells."""

    _inherit = "stock.picking"

    carrier_tracking_ref = fields.Char(index="btree_not_null")
    gb_delivery_state = fields.Selection(
        DELIVERY_STATES, string="Parcel", readonly=True, copy=False, index="btree_not_null"
    )
    gb_delivered_at = fields.Datetime(
        string="Received by the customer",
        copy=False,
        help="As the carrier told. Days for returns count from here, else from the transfer.",
    )
    gb_refused_at = fields.Datetime(string="Refused", readonly=True, copy=False)
    gb_last_event_at = fields.Datetime(string="Last heard of", readonly=True, copy=False)
    gb_receiver = fields.Char(string="Received by", readonly=True, copy=False)
    gb_carrier_id = fields.Many2one(
        "gb.carrier", related="carrier_id.gb_carrier_id", string="Carried by"
    )
    gb_carrier_event_ids = fields.One2many(
        "gb.carrier.event", "picking_id", string="Carrier's events", readonly=True
    )
    gb_is_silent = fields.Boolean(
        string="Nothing heard",
        compute="_compute_gb_is_silent",
        search="_search_gb_is_silent",
        help="On its way, and the carrier has told nothing for as many days as set for it.",
    )

    # ------------------------------------------------------------
    # Silence
    # ------------------------------------------------------------
    @api.depends("gb_delivery_state", "gb_last_event_at", "carrier_id", "state", "date_done")
    def _compute_gb_is_silent(self):
        now = fields.Datetime.now()
        for picking in self:
            carrier = picking.sudo().carrier_id.gb_carrier_id
            heard = picking.gb_last_event_at or picking.date_done
            picking.gb_is_silent = bool(
                carrier
                and picking.state == "done"
                and heard
                and (not picking.gb_delivery_state or picking.gb_delivery_state in ON_THE_WAY)
                and heard < now - timedelta(days=carrier.silent_days)
            )

    @api.model
    def _search_gb_is_silent(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        domains = []
        for carrier in self.env["gb.carrier"].sudo().search([]):
            before = fields.Datetime.now() - timedelta(days=carrier.silent_days)
            domains.append(
                Domain("carrier_id.gb_carrier_id", "=", carrier.id)
                & (
                    Domain("gb_last_event_at", "<", before)
                    | (Domain("gb_last_event_at", "=", False) & Domain("date_done", "<", before))
                )
            )
        return (
            Domain("state", "=", "done")
            & Domain("picking_type_code", "=", "outgoing")
            & Domain("gb_delivery_state", "in", [*ON_THE_WAY, False])
            & Domain.OR(domains)
        )

    # ------------------------------------------------------------
    # What the carrier tells
    # ------------------------------------------------------------
    def _gb_follow_events(self):
        """Derive the parcel's state from all its events. Their order of arrival and repetitions make no difference."""
        for picking in self:
            events = picking.gb_carrier_event_ids.filtered("state").sorted(
                lambda event: (event.at, RANK[event.state], event.id)
            )
            state, deciding = False, events.browse()
            for event in events:
                if state in FOLLOWERS and event.state not in FOLLOWERS[state]:
                    continue
                if event.state != state:
                    state, deciding = event.state, event
            if not deciding:
                continue
            values = {"gb_last_event_at": events[-1].at}
            if picking.gb_delivery_state != state:
                values["gb_delivery_state"] = state
            if state == "delivered":
                values.update(gb_delivered_at=deciding.at, gb_receiver=deciding.receiver)
            elif picking.gb_delivery_state == "delivered":
                values.update(gb_delivered_at=False, gb_receiver=False)
            refusals = events.filtered(lambda event: event.state == "refused")
            if refusals and state != "delivered":
                values["gb_refused_at"] = refusals[0].at
            is_new = picking.gb_delivery_state != state
            picking.write(values)
            if is_new:
                picking._on_gb_delivery_event(deciding)

    def _on_gb_delivery_event(self, event):
        """Called as superuser when an event has changed where a parcel is. Override to do more.

        :param event: gb.carrier.event that decided; ``self.gb_delivery_state`` is the new state
        """
        self.ensure_one()
        if self.gb_delivery_state == "refused":
            returned = self._gb_return_refused()
            self._gb_ask_to_look(
                event,
                self.env._(
                    "The customer refused the parcel %(number)s: %(text)s",
                    number=event.tracking_number,
                    text=event.text or event.code,
                )
                if returned
                else self.env._(
                    "The customer refused the parcel %(number)s, and no return could be made: the transfer is not done.",
                    number=event.tracking_number,
                ),
            )
        elif self.gb_delivery_state in ("lost", "exception", "returned"):
            labels = dict(self._fields["gb_delivery_state"]._description_selection(self.env))
            self._gb_ask_to_look(
                event,
                self.env._(
                    "%(state)s: parcel %(number)s. %(text)s",
                    state=labels[self.gb_delivery_state],
                    number=event.tracking_number,
                    text=event.text or event.code,
                ),
            )

    def _gb_return_refused(self):
        """Make Odoo's return of everything that a refused parcel holds, once.

        :return: the return transfers, empty when none can be made
        """
        self.ensure_one()
        returns = self.return_ids.filtered(lambda picking: picking.state != "cancel")
        if returns or self.state != "done":
            return returns
        wizard = (
            self.env["stock.return.picking"]
            .with_company(self.company_id)
            .with_context(active_model="stock.picking", active_id=self.id, active_ids=self.ids)
            .create({"picking_id": self.id})
        )
        for line in wizard.product_return_moves:
            line.to_refund = True
        return returns.browse(wizard.action_create_returns_all()["res_id"])

    def _gb_ask_to_look(self, event, summary):
        order = self.sale_id
        user = event.carrier_id.user_id or order.gb_agent_id or order.user_id
        if user.active and self.company_id in user.company_ids:
            self.activity_schedule("mail.mail_activity_data_todo", summary=summary, user_id=user.id)
        else:
            self.message_post(body=summary)

    # ------------------------------------------------------------
    # What we ask of the carrier
    # ------------------------------------------------------------
    def action_gb_ask_carrier(self, kind=None, note=None):
        """Ask the carrier for something on the customer's behalf and keep it with the delivery.

        :param kind: one of ``REQUESTS``; without it the dialog is opened
        :param note: what exactly, text
        :raises UserError: when the parcel has arrived already or nothing is said
        """
        self.ensure_one()
        self._check_gb_request()
        if not kind:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Ask the carrier"),
                "res_model": "gb.carrier.request",
                "views": [[False, "form"]],
                "target": "new",
                "context": {"default_picking_id": self.id},
            }
        labels = dict(
            self.env["gb.carrier.request"]._fields["kind"]._description_selection(self.env)
        )
        if kind not in labels:
            raise UserError(self.env._("Choose what the carrier is asked for."))
        if not (note or "").strip():
            raise UserError(self.env._("Say what exactly the carrier is asked for."))
        picking_sudo = (
            self.sudo()
        )  # agents have no rights in stock; role, company and state were checked
        picking_sudo.message_post(
            body=self.env._(
                "Asked of %(carrier)s (%(number)s): %(kind)s. %(note)s",
                carrier=picking_sudo.gb_carrier_id.name or picking_sudo.carrier_id.name or "–",
                number=picking_sudo.carrier_tracking_ref or "–",
                kind=labels[kind],
                note=note.strip(),
            ),
            author_id=self.env.user.partner_id.id,
        )
        return True

    def _check_gb_request(self):
        picking_sudo = self.sudo()
        user = self.env.user
        if not (
            user.has_group("gb_callcenter.group_gb_agent")
            or user.has_group("stock.group_stock_user")
        ):
            raise AccessError(self.env._("Only agents and the warehouse ask carriers."))
        if picking_sudo.company_id not in self.env.companies:
            raise AccessError(self.env._("This delivery belongs to another company."))
        picking_sudo.partner_id.with_env(self.env).check_access("read")
        if picking_sudo.picking_type_code != "outgoing" or picking_sudo.state == "cancel":
            raise UserError(self.env._("This is no delivery on its way to a customer."))
        if picking_sudo.gb_delivery_state in ("delivered", "returned"):
            raise UserError(
                self.env._("The parcel has arrived already: the carrier can change nothing.")
            )
