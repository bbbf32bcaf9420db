import fnmatch

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools.webhook_client import AddressError, check_url


class GbWebhook(models.Model):
    """Another system that is told about work orders (docs/api.md, "Webhooks")."""

    _name = "gb.webhook"
    _description = "Webhook"
    _inherit = ["gb.secret.mixin", "mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Only work orders of this company; empty means every company's.",
    )
    url = fields.Char(
        string="Address",
        required=True,
        tracking=True,
        help="Where events are sent, with https. Hosts of the own network have to be listed by an administrator.",
    )
    secret_input = fields.Char(
        help="Signs every request: at least 16 characters. It can be set but never be read again.",
    )
    events = fields.Char(
        help="Events to send, separated by commas; * stands for anything, e.g. ticket.accept, ticket.close*. "
        "Empty means all.",
    )
    type_ids = fields.Many2many(
        "gb.ticket.type",
        "gb_webhook_type_rel",
        "webhook_id",
        "type_id",
        string="Types",
        help="Only work orders of these types; empty means all.",
    )
    has_customer_data = fields.Boolean(
        string="With the customer's data",
        default=True,
        help="Send name, telephone number and e-mail address of the customer and the contact too.",
    )
    alarm = fields.Char(readonly=True, copy=False)
    alarm_at = fields.Datetime(string="Alarm since", readonly=True, copy=False)
    failure_count = fields.Integer(string="Failures in a row", readonly=True, copy=False)
    retry_at = fields.Datetime(
        string="Tried again at",
        readonly=True,
        copy=False,
        help="The other side did not answer; nothing is sent before.",
    )
    waiting_count = fields.Integer(string="Waiting", compute="_compute_counts")
    dead_count = fields.Integer(string="Given up", compute="_compute_counts")

    def _compute_counts(self):
        counts = {
            (webhook, state): count
            for webhook, state, count in self.env["gb.webhook.delivery"]
            .sudo()
            ._read_group(
                [("webhook_id", "in", self.ids), ("state", "in", ("queued", "failed", "dead"))],
                ["webhook_id", "state"],
                ["__count"],
            )
        }
        for webhook in self:
            webhook.waiting_count = sum(
                counts.get((webhook, state), 0) for state in ("queued", "failed")
            )
            webhook.dead_count = counts.get((webhook, "dead"), 0)

    @api.constrains("url")
    def _check_url(self):
        for webhook in self:
            try:
                check_url(webhook.url, self._get_internal_hosts())
            except AddressError as error:
                raise ValidationError(
                    self.env._("This address cannot be used: %(reason)s.", reason=str(error))
                ) from error

    def _check_secret(self):
        # no constraint: those of stored fields run before the secret is stored
        if self.sudo().filtered(lambda webhook: webhook.active and not webhook.secret):
            raise ValidationError(
                self.env._("Set a secret: the other side has to see that events come from you.")
            )

    # ------------------------------------------------------------
    # Who wants what
    # ------------------------------------------------------------
    @api.model
    def _get_internal_hosts(self):
        """:return: hosts of the own network that may be sent to, also without TLS (set of names and addresses)"""
        listed = self.env["ir.config_parameter"].sudo().get_param("gb_ticket.internal_hosts") or ""
        return {host.strip() for host in listed.split(",") if host.strip()}

    @api.model
    @tools.ormcache(cache="stable")
    def _get_filters(self):
        """:return: of all webhooks in use: ((id, company id, patterns, type ids), …)"""
        return tuple(
            (
                webhook.id,
                webhook.company_id.id,
                tuple(part.strip() for part in (webhook.events or "*").split(",") if part.strip()),
                frozenset(webhook.type_ids.ids),
            )
            for webhook in self.sudo().search([])
        )

    @api.model
    def _find_for(self, ticket, event):
        """:return: webhooks that want ``event`` of ``ticket``, as superuser"""
        return self.sudo().browse(
            webhook_id
            for webhook_id, company_id, patterns, type_ids in self._get_filters()
            if company_id in (False, ticket.company_id.id)
            and (not type_ids or ticket.type_id.id in type_ids)
            and any(fnmatch.fnmatchcase(event, pattern) for pattern in patterns)
        )

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        webhooks._check_secret()
        self.env.registry.clear_cache("stable")
        return webhooks

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"active", "secret_input"}:
            self._check_secret()
        if vals.keys() & {"active", "company_id", "events", "type_ids"}:
            self.env.registry.clear_cache("stable")
        if vals.get("url") or vals.get("secret_input") or vals.get("active"):
            # a new address is tried at once
            super().write({"retry_at": False, "failure_count": 0})
            self.env["gb.webhook.delivery"]._wake()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache("stable")
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------
    def action_ping(self):
        """Send the event ``ping``, and show how it goes."""
        self.ensure_one()
        self.check_access("write")
        self.env["gb.webhook.delivery"]._queue(self, "ping", {})
        return self.action_view_deliveries()

    def action_view_deliveries(self):
        """Open what was sent to this one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_ticket.gb_webhook_delivery_action"
        )
        return {**action, "domain": [("webhook_id", "=", self.id)], "context": {}}

    def _raise_alarm(self, text):
        """Tell the managers that ``text`` is wrong, once until it works again."""
        for webhook in self:
            was_told = bool(webhook.alarm)
            webhook.write({"alarm": text, "alarm_at": webhook.alarm_at or fields.Datetime.now()})
            if was_told:
                continue
            managers = self.env.ref("gb_callcenter.group_gb_manager").all_user_ids.filtered(
                lambda user, company=webhook.company_id: (
                    user.active and (not company or company in user.company_ids)
                )
            )
            webhook.message_notify(
                partner_ids=managers.partner_id.ids,
                subject=self.env._("Webhook %(name)s does not work", name=webhook.name),
                body=text,
            )
