import logging
from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

OPEN_STATES = ("waiting", "notified")
HOLD_HOURS = 48
WAIT_DAYS = 60


class GbProductWait(models.Model):
    """A customer who waits for a product that is out of stock.

    waiting → notified (goods came, the customer was told) → ordered; or expired, cancelled. Who was told keeps his goods
    for some hours (system parameter ``gb_callcenter.wait_hold_hours``), then the next ones are told.
    """

    _name = "gb.product.wait"
    _description = "Customer waiting for a product"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "create_date, id"
    _rec_name = "product_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade", index=True)
    quantity = fields.Float(default=1.0, required=True, digits="Product Unit")
    channel = fields.Selection(
        [("sms", "SMS"), ("email", "E-mail"), ("phone", "Call back")],
        string="Tell by",
        required=True,
        default="sms",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("notified", "Told"),
            ("ordered", "Ordered"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    until = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=WAIT_DAYS),
        help="The customer waits until this day, then the wait expires.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        default=lambda self: self.env.user,
        index="btree_not_null",
        help="Rings the customer, when that was agreed.",
    )
    call_id = fields.Many2one("gb.call", readonly=True, index="btree_not_null", copy=False)
    order_id = fields.Many2one(
        "sale.order", string="Ordered with", readonly=True, index="btree_not_null", copy=False
    )
    notified_at = fields.Datetime(string="Told", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "Say how many the customer wants."
    )
    _waiting_uniq = models.UniqueIndex(
        "(product_id, partner_id, company_id) WHERE state = 'waiting'",
        "This customer waits for the product already.",
    )
    _open_idx = models.Index("(product_id, create_date) WHERE state IN ('waiting', 'notified')")

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        waits = super().create(vals_list)
        for wait_sudo in waits.sudo():
            # the web shop's own list would tell them once more
            wait_sudo.product_id.stock_notification_partner_ids -= wait_sudo.partner_id
        waits._schedule_expiry()
        return waits

    def write(self, vals):
        result = super().write(vals)
        if "until" in vals:
            self._schedule_expiry()
        return result

    # ------------------------------------------------------------
    # Back in stock
    # ------------------------------------------------------------
    @api.model
    def _notify_back_in_stock(self, products, companies=None):
        """Tell those who wait for ``products``, first come first served, as far as the stock reaches.

        Called whenever stock of a product became available; costs one query when nobody waits.

        :param products: product.product
        :param companies: res.company whose stock changed, all by default
        :return: those who were told now
        """
        told_sudo = waits_sudo = self.sudo()
        if not products:
            return told_sudo
        domain = Domain("product_id", "in", products.ids) & Domain("state", "=", "waiting")
        if companies:
            domain &= Domain("company_id", "in", companies.ids)
        waits_sudo = waits_sudo.search(domain, order="create_date, id")
        if not waits_sudo:
            return told_sudo
        # two receipts at once must not tell the same customer twice
        waits_sudo = waits_sudo.try_lock_for_update(allow_referencing=True)
        for (company, product), lined_up in waits_sudo.grouped(
            lambda wait: (wait.company_id, wait.product_id)
        ).items():
            left = lined_up._get_quantity_to_promise(company, product)
            for wait_sudo in lined_up:
                # who wants more than there is keeps his place for the next receipt
                if product.uom_id.compare(wait_sudo.quantity, left) <= 0:
                    left -= wait_sudo.quantity
                    told_sudo |= wait_sudo
        for wait_sudo in told_sudo:
            # a broken template must not hold up the receipt
            try:
                with self.env.cr.savepoint():
                    wait_sudo._notify()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception:
                _logger.exception("%s could not be told that the product is back", wait_sudo)
        return told_sudo

    def _get_quantity_to_promise(self, company, product):
        """:return: what is in stock, not promised to an order and not kept for somebody who was told"""
        product_sudo = (
            product.sudo().with_company(company).with_context(allowed_company_ids=company.ids)
        )
        if not product_sudo._gb_is_for_sale():
            return 0.0
        product_sudo.invalidate_recordset(["qty_available", "outgoing_qty", "free_qty"])
        kept = self.sudo()._read_group(
            [
                ("product_id", "=", product.id),
                ("company_id", "=", company.id),
                ("state", "=", "notified"),
            ],
            aggregates=["quantity:sum"],
        )[0][0]
        free = min(product_sudo.free_qty, product_sudo.qty_available - product_sudo.outgoing_qty)
        return free - (kept or 0.0)

    def _notify(self):
        """Tell one customer that the product is back, by the way agreed, once."""
        self.ensure_one()
        if self.state != "waiting":
            return
        self.write({"state": "notified", "notified_at": fields.Datetime.now()})
        self.product_id.stock_notification_partner_ids -= self.partner_id
        getattr(self, f"_notify_by_{self._get_channel()}")()
        self._schedule_expiry()

    def _get_channel(self):
        """:return: the channel agreed, or the call back when the customer has no such address"""
        if (self.channel == "sms" and not self.partner_id.phone) or (
            self.channel == "email" and not self.partner_id.email
        ):
            return "phone"
        return self.channel

    def _notify_by_sms(self):
        self._message_sms_with_template(
            template=self.env.ref("gb_callcenter.sms_template_product_back"),
            partner_ids=self.partner_id.ids,
            sms_numbers=None,
            put_in_queue=True,
        )
        self._wake("sms.ir_cron_sms_scheduler_action")

    def _notify_by_email(self):
        self.env.ref("gb_callcenter.mail_template_product_back").send_mail(self.id)
        self._wake("mail.ir_cron_mail_scheduler_action")

    def _wake(self, xmlid):
        """The queue is sent soon, not within this receipt."""
        cron = self.env.ref(xmlid, raise_if_not_found=False)
        if cron:
            cron._trigger()

    def _notify_by_phone(self):
        self.activity_schedule(
            "mail.mail_activity_data_call",
            summary=self.env._("Back in stock: %(product)s", product=self.product_id.display_name),
            note=self.env._(
                "%(customer)s waits for it and wanted to be rung.",
                customer=self.partner_id.display_name,
            ),
            user_id=self.user_id.id,
        )

    # ------------------------------------------------------------
    # Ends
    # ------------------------------------------------------------
    @api.model
    def _get_hold(self):
        """:return: how long goods are kept for a customer who was told"""
        hours = self.env["ir.config_parameter"].sudo().get_param("gb_callcenter.wait_hold_hours")
        try:
            return timedelta(hours=float(hours or HOLD_HOURS))
        except ValueError:
            return timedelta(hours=HOLD_HOURS)

    @api.model
    def _close_by_order(self, orders):
        """The customers of confirmed ``orders`` do not wait any longer for what they have ordered."""
        products = orders.order_line.product_id
        if not products:
            return
        families = orders.partner_id.commercial_partner_id
        waits_sudo = self.sudo().search(
            Domain("product_id", "in", products.ids)
            & Domain("state", "in", OPEN_STATES)
            & Domain("partner_id.commercial_partner_id", "in", families.ids)
        )
        for wait_sudo in waits_sudo:
            order = orders.filtered(
                lambda order: (
                    order.company_id == wait_sudo.company_id  # noqa: B023
                    and order.partner_id.commercial_partner_id
                    == wait_sudo.partner_id.commercial_partner_id  # noqa: B023
                    and wait_sudo.product_id in order.order_line.product_id  # noqa: B023
                )
            )[:1]
            if order:
                wait_sudo.write({"state": "ordered", "order_id": order.id})
                wait_sudo.activity_unlink(["mail.mail_activity_data_call"])

    def _schedule_expiry(self):
        """Wake the cron when the first of these waits ends."""
        cron_sudo = self.env.ref("gb_callcenter.ir_cron_product_wait", raise_if_not_found=False)
        if not cron_sudo:
            return
        ends = set()
        for wait in self:
            if wait.state == "waiting":
                ends.add(datetime.combine(wait.until + timedelta(days=1), time.min))
            elif wait.state == "notified":
                ends.add(wait.notified_at + self._get_hold())
        if ends:
            cron_sudo.sudo()._trigger(at=sorted(ends))

    @api.model
    def _cron_expire(self, limit=500):
        """End the waits whose time is up; what was kept for them goes to the next in line."""
        now = fields.Datetime.now()
        late = Domain("state", "=", "waiting") & Domain("until", "<", fields.Date.to_date(now))
        unused = Domain("state", "=", "notified") & Domain(
            "notified_at", "<=", now - self._get_hold()
        )
        waits = self.search(late | unused, limit=limit).try_lock_for_update(allow_referencing=True)
        freed = defaultdict(self.env["product.product"].browse)
        for wait in waits.filtered(lambda wait: wait.state == "notified"):
            freed[wait.company_id] |= wait.product_id
        waits.write({"state": "expired"})
        for company, products in freed.items():
            self._notify_back_in_stock(products, company)
        remaining = self.search_count(late | unused) if len(waits) == limit else 0
        self.env["ir.cron"]._commit_progress(len(waits), remaining=remaining)

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------
    def action_gb_cancel(self):
        """The customer does not wait any longer."""
        self.check_access("write")
        waits = self.filtered(lambda wait: wait.state in OPEN_STATES)
        kept = waits.filtered(lambda wait: wait.state == "notified")
        waits.write({"state": "cancelled"})
        waits.activity_unlink(["mail.mail_activity_data_call"])
        for company, ended in kept.grouped("company_id").items():
            self._notify_back_in_stock(ended.product_id, company)
        return True

    def action_gb_notify(self):
        """Tell the customer now, whatever the stock is.

        :raises UserError: when he does not wait any more
        """
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads tell customers before their turn."))
        self.check_access("write")
        for wait in self:
            if wait.state != "waiting":
                raise UserError(
                    self.env._(
                        "%(customer)s was told already, or does not wait any more.",
                        customer=wait.partner_id.display_name,
                    )
                )
            wait.sudo()._notify()  # templates and the product's list; the wait was checked
        return True
