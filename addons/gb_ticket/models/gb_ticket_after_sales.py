from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

DOCUMENTS = {  # model: (field of the work order, what its counter is called)
    "stock.picking": ("transfer_ids", "transfer_count"),
    "account.move": ("account_move_ids", "account_move_count"),
    "repair.order": ("repair_ids", "repair_count"),
    "sale.order": ("replacement_ids", "replacement_count"),
    "loyalty.card": ("coupon_ids", "coupon_count"),
}

# Who works with these documents in Odoo's own screens; others see their state on the work order only. To be allowed to
# read a document is not enough: its form shows what else hangs on it.
OPENED_BY = {
    "stock.picking": "stock.group_stock_user",
    "account.move": "account.group_account_invoice,account.group_account_readonly",
    "repair.order": "stock.group_stock_user",
    "sale.order": "sales_team.group_sale_salesman",
    "loyalty.card": "sales_team.group_sale_salesman",
}


class GbTicket(models.Model):
    """Odoo's documents that a work order has brought about: made from here, linked both ways, their state read by the
    guards. Who makes them needs no right on stock or accounts: his right on the work order is checked, then the
    document is made as superuser in his name."""

    _inherit = "gb.ticket"

    transfer_ids = fields.One2many(
        "stock.picking", "gb_ticket_id", string="Transfers", readonly=True
    )
    account_move_ids = fields.One2many(
        "account.move", "gb_ticket_id", string="Invoices and credit notes", readonly=True
    )
    repair_ids = fields.One2many("repair.order", "gb_ticket_id", string="Repairs", readonly=True)
    replacement_ids = fields.One2many(
        "sale.order", "gb_ticket_id", string="Replacement orders", readonly=True
    )
    coupon_ids = fields.One2many("loyalty.card", "gb_ticket_id", string="Coupons", readonly=True)
    transfer_count = fields.Integer(compute="_compute_document_counts", compute_sudo=True)
    account_move_count = fields.Integer(compute="_compute_document_counts", compute_sudo=True)
    repair_count = fields.Integer(compute="_compute_document_counts", compute_sudo=True)
    replacement_count = fields.Integer(compute="_compute_document_counts", compute_sudo=True)
    coupon_count = fields.Integer(compute="_compute_document_counts", compute_sudo=True)
    document_count = fields.Integer(
        string="Number of documents",
        readonly=True,
        default=0,
        copy=False,
        help="Made from this work order.",
    )
    documents = fields.Json(
        compute="_compute_documents",
        help="The documents for those who may not open them: "
        "list of {model, id, type, name, state, style, amount, can_open}.",
    )

    @api.depends("document_count")
    def _compute_document_counts(self):
        for model, (_field, counter) in DOCUMENTS.items():
            counts = dict(
                self.env[model]._read_group(
                    [("gb_ticket_id", "in", self.ids)], ["gb_ticket_id"], ["__count"]
                )
            )
            for ticket in self:
                ticket[counter] = counts.get(ticket._origin, 0)

    @api.depends("document_count")
    @api.depends_context("uid", "lang")
    def _compute_documents(self):
        for ticket in self:
            rows = []
            for model, (field, _counter) in DOCUMENTS.items():
                can_open = self.env.user.has_groups(OPENED_BY[model])
                rows += [
                    {
                        "model": model,
                        "id": document.id,
                        "can_open": can_open,
                        **ticket._describe_document(document),
                    }
                    for document in ticket.sudo()[field].sorted("id")
                ]
            ticket.documents = rows

    def _describe_document(self, document):
        """:return: {type, name, state, style, amount} of a linked document, as text for the user"""
        state = document._fields.get("state")
        labels = dict(state._description_selection(self.env)) if state else {}
        done = document.sudo()[state.name] in ("done", "posted", "sale") if state else True
        row = {
            "type": self.env["ir.model"]._get(document._name).name,
            "name": document.display_name,
            "state": labels.get(document.state, "") if state else "",
            "style": "success" if done else "info",
            "amount": "",
        }
        if state and document.state == "cancel":
            row["style"] = "muted"
        if document._name == "stock.picking":
            row["type"] = (
                self.env._("Return") if self._is_return(document) else self.env._("Delivery")
            )
            if document.gb_inspection:
                inspections = dict(
                    document._fields["gb_inspection"]._description_selection(self.env)
                )
                row["state"] = f"{row['state']} · {inspections[document.gb_inspection]}"
        elif document._name == "account.move":
            types = dict(document._fields["move_type"]._description_selection(self.env))
            row["type"] = types[document.move_type]
            row["amount"] = document.currency_id.format(document.amount_total)
            if document.state == "posted":
                payments = dict(document._fields["payment_state"]._description_selection(self.env))
                row["state"] = f"{row['state']} · {payments.get(document.payment_state, '')}"
                row["style"] = "success" if document.payment_state == "paid" else "warning"
        elif document._name == "loyalty.card":
            row["state"] = document.points_display
        return row

    # ------------------------------------------------------------
    # Making documents
    # ------------------------------------------------------------
    def _check_may_act(self):
        """Whether the current user may bring about documents from this work order: agents and members of the departments
        that work on it.

        :raises AccessError: for others
        :raises UserError: while it is a draft, or ended
        """
        self.ensure_one()
        self.check_access("write")
        sudo, user = self.sudo(), self.env.user
        if not user.has_group("gb_callcenter.group_gb_agent") and (
            user
            not in sudo.department_ids.gb_member_ids
            | sudo.department_ids.gb_lead_ids
            | sudo.user_id
        ):
            raise AccessError(
                self.env._("This is for the departments that work on %(number)s.", number=self.name)
            )
        if self.phase == "draft":
            raise UserError(self.env._("Accept the work order first."))
        if not self.is_open:
            raise UserError(
                self.env._(
                    "%(number)s is ended: reopen it, or make a new one that follows it.",
                    number=self.name,
                )
            )

    def _begin_document(self):
        """Check the right and lock the work order, so that nothing is made twice.

        :return: the work order as superuser in its company
        """
        self._check_may_act()
        self._lock()
        return self.sudo().with_company(self.company_id)

    def _link_documents(self, documents):
        """Link documents with the work order and tell both sides. Called as superuser."""
        self.ensure_one()
        documents.write({"gb_ticket_id": self.id})
        # also makes two transactions at once collide: the second one sees the first one's documents
        self.document_count += len(documents)
        self._fulfil_clock("decide")
        for document in documents:
            document.message_post(
                body=self.env._(
                    "Made from the work order %(ticket)s.", ticket=self._get_html_link()
                )
            )
            self.message_post(
                body=self.env._(
                    "%(type)s made: %(document)s",
                    type=self._describe_document(document)["type"],
                    document=document._get_html_link(),
                )
            )

    def _open_documents(self, documents):
        """:return: action that opens the documents, or tells their names to who may not"""
        model = documents._name
        name = self._describe_document(documents.sudo()[:1])["type"] if documents else ""
        if not self.env.user.has_groups(OPENED_BY[model]):
            return self._tell(
                self.env._(
                    "%(type)s: %(names)s",
                    type=name,
                    names=", ".join(documents.sudo().mapped("display_name")),
                )
            )
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", documents.ids)],
            "context": {"create": False},
        }
        if len(documents) == 1:
            action.update(res_id=documents.id, views=[(False, "form")])
        return action

    def _tell(self, message, style="success"):
        """:return: action that shows a notice and closes the dialog"""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": style,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _action_view(self, model):
        self.ensure_one()
        self.check_access("read")
        return self._open_documents(self.sudo()[DOCUMENTS[model][0]].with_env(self.env))

    def action_view_transfers(self):
        """Open the transfers that were made from the work order."""
        return self._action_view("stock.picking")

    def action_view_account_moves(self):
        """Open the invoices and credit notes that were made from the work order."""
        return self._action_view("account.move")

    def action_view_repairs(self):
        """Open the repair orders that were made from the work order."""
        return self._action_view("repair.order")

    def action_view_replacements(self):
        """Open the replacement orders that were made from the work order."""
        return self._action_view("sale.order")

    def action_view_coupons(self):
        """Open the coupons that were made from the work order."""
        return self._action_view("loyalty.card")

    def action_open_remedy(self):
        """Open the dialog of a remedy; which one is in the context as ``gb_remedy``."""
        self.ensure_one()
        self._check_may_act()
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_ticket.gb_ticket_remedy_action")
        remedy = self.env.context.get("gb_remedy", "return")
        labels = dict(
            self.env["gb.ticket.remedy"]._fields["remedy"]._description_selection(self.env)
        )
        return {
            **action,
            "name": labels[remedy],
            "context": {"default_ticket_id": self.id, "default_remedy": remedy},
        }
