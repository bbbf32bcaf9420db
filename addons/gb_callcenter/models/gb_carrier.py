from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.base.models.res_partner import _tz_get


class GbCarrier(models.Model):
    """A company that brings parcels to customers: what it reports to us and the money that it hands over. Odoo's
    delivery methods (prices, rules) belong to one of these."""

    _name = "gb.carrier"
    _description = "Carrier"
    _inherit = ["gb.secret.mixin", "mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        tracking=True,
        help="Short name by which the carrier's system signs on, also part of its address.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    method_ids = fields.One2many("delivery.carrier", "gb_carrier_id", string="Delivery methods")
    status_ids = fields.One2many("gb.carrier.status", "carrier_id", string="Own states")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        help="Gets the activities about refused, lost and returned parcels.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time zone",
        required=True,
        default="Asia/Shanghai",
        help="What times without a time zone are in, in the carrier's files and messages.",
    )
    silent_days = fields.Integer(
        string="Silent after (days)",
        default=3,
        help="A parcel on its way of which nothing was heard for so many days is looked into.",
    )
    cod_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of remittances",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="Where the money arrives that the carrier has collected.",
    )
    fee_account_id = fields.Many2one(
        "account.account", string="Account of fees", check_company=True
    )
    write_off_account_id = fields.Many2one(
        "account.account",
        string="Account of differences",
        check_company=True,
        help="Where differences go that are accepted.",
    )
    remittance_columns = fields.Json(copy=False, help="Columns of the carrier's statements.")
    event_columns = fields.Json(copy=False, help="Columns of the carrier's files of events.")
    last_event_at = fields.Datetime(string="Last event", readonly=True, copy=False)
    event_count = fields.Integer(string="Events taken in", readonly=True, copy=False)
    open_event_count = fields.Integer(
        string="Events to work off", compute="_compute_open_event_count"
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "Another carrier has this code already.")
    _code_check = models.Constraint(
        "CHECK(code ~ '^[A-Za-z0-9_-]{1,40}$')",
        "The code is made of letters, digits, hyphens and underscores.",
    )

    def _compute_open_event_count(self):
        counts = dict(
            self.env["gb.carrier.event"]._read_group(
                [("carrier_id", "in", self.ids), ("problem", "!=", False)],
                ["carrier_id"],
                ["__count"],
            )
        )
        for carrier in self:
            carrier.open_event_count = counts.get(carrier, 0)

    def action_view_events(self):
        """Open what the carrier has reported."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "gb_callcenter.gb_carrier_event_action"
            ),
            "domain": [("carrier_id", "=", self.id)],
        }

    @api.model
    def _find_for_request(self, code):
        """The active carrier that signs on as ``code``, with sudo; empty when unknown."""
        return self.sudo().search([("code", "=", code)], limit=1)

    def _begin_intake(self, count):
        """Let one intake at a time work on this carrier's parcels. The row is written, so that a transaction that began
        before another one ended is run again on a fresh snapshot."""
        self.ensure_one()
        self.env.execute_query(
            SQL(
                """UPDATE gb_carrier SET last_event_at = %s, event_count = COALESCE(event_count, 0) + %s
                    WHERE id = %s RETURNING id""",
                fields.Datetime.now(),
                count,
                self.id,
            )
        )
        self.invalidate_recordset(["last_event_at", "event_count"])
