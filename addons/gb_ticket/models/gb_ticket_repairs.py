from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

FAILED_REPAIRS = 2


class GbTicket(models.Model):
    """Repairs, and what is offered instead when they fail."""

    _inherit = "gb.ticket"

    is_under_warranty = fields.Boolean(
        string="Under warranty", compute="_compute_is_under_warranty"
    )
    is_remedy_offered = fields.Boolean(
        string="Exchange or refund is offered",
        compute="_compute_is_remedy_offered",
        help="Two repairs under warranty have failed: the customer chooses.",
    )
    remedy_choice = fields.Selection(
        [
            ("repair", "Repair once more"),
            ("exchange", "Exchange"),
            ("refund", "Return and refund"),
        ],
        string="Customer chose",
        copy=False,
        help="After two failed repairs under warranty.",
    )

    @api.depends("warranty_until", "kind")
    def _compute_is_under_warranty(self):
        for ticket in self:
            today = ticket._to_local_date(fields.Datetime.now())
            ticket.is_under_warranty = bool(
                ticket.warranty_until and ticket.warranty_until >= today
            )

    @api.depends("failed_repair_count", "kind", "is_under_warranty")
    def _compute_is_remedy_offered(self):
        for ticket in self:
            ticket.is_remedy_offered = (
                ticket.kind == "repair"
                and ticket.is_under_warranty
                and ticket.failed_repair_count >= FAILED_REPAIRS
            )

    def action_create_repair(self):
        """Make the repair order; free of charge while under warranty.

        :return: action that opens it
        :raises UserError: when there is one already, or the product is not known
        """
        self.ensure_one()
        ticket = self._begin_document()
        if not ticket._get_product():
            raise UserError(self.env._("Choose the order line or the product first."))
        if ticket._get_product().type == "service":
            raise UserError(self.env._("A service cannot be repaired."))
        going = ticket.repair_ids.filtered(lambda repair: repair.state not in ("done", "cancel"))
        if going:
            raise UserError(
                self.env._("%(repair)s is being worked on already.", repair=going[0].display_name)
            )
        repair = ticket.env["repair.order"].create(ticket._prepare_repair_values())
        ticket._link_documents(repair)
        return self._open_documents(repair.with_env(self.env))

    def _prepare_repair_values(self):
        """:return: values of the repair order; addons that need more on it extend them"""
        received = self._get_returns().filtered(lambda picking: picking.state == "done")[:1]
        overridden = bool(self._get_override("repair"))
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "product_id": self._get_product().id,
            "product_qty": self.quantity,
            "picking_id": received.id,
            "under_warranty": self.is_under_warranty or overridden,
            "user_id": self.user_id.id,
            "internal_notes": self._describe_fault(),
            "gb_cycle": self.cycle,
            "gb_ticket_id": self.id,
            **({"schedule_date": self.appointment_at} if self.appointment_at else {}),
        }

    def _describe_fault(self):
        parts = [self.fault_type_id.name, self.subject, self.description, self.address]
        return plaintext2html("\n".join(part for part in parts if part))

    def _note_remedy_offered(self):
        """Put on record that the customer may choose, when two repairs have failed."""
        if self.is_remedy_offered:
            self.message_post(
                body=self.env._(
                    "%(count)s repairs under warranty have failed: offer the customer an exchange or a refund.",
                    count=self.failed_repair_count,
                )
            )
