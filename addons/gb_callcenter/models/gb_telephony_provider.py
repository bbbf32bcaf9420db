import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.demo_api import DemoApi
from ..tools.provider_api import ProviderError

_logger = logging.getLogger(__name__)


class GbTelephonyProvider(models.Model):
    """A telephone system. Its adapter (``_get_api_class``) does the talking and knows no ORM."""

    _name = "gb.telephony.provider"
    _description = "Telephony provider"
    _order = "sequence, id"

    name = fields.Char(required=True)
    reference = fields.Char(
        required=True,
        help="Short name by which the telephone system signs on, also part of its address.",
    )
    code = fields.Selection([("demo", "Demo (no telephone system)")], required=True, default="demo")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    country_id = fields.Many2one(
        "res.country",
        string="Numbers are dialled as in",
        help="Country whose habits tell what a number without country code means. "
        "Empty: the company's country.",
    )
    last_event_at = fields.Datetime(string="Last event", readonly=True)
    event_count = fields.Integer(string="Events taken in", readonly=True)
    alarm = fields.Char(
        readonly=True, help="What the telephone system's side has complained of last."
    )
    alarm_at = fields.Datetime(string="Alarm since", readonly=True)
    dead_letter_count = fields.Integer(compute="_compute_dead_letter_count")

    _reference_uniq = models.Constraint(
        "UNIQUE(reference)", "Another provider has this reference already."
    )

    def _compute_dead_letter_count(self):
        counts = dict(
            self.env["gb.dead.letter"]
            .sudo()
            ._read_group(
                [("provider_id", "in", self.ids), ("is_done", "=", False)],
                ["provider_id"],
                ["__count"],
            )
        )
        for provider in self:
            provider.dead_letter_count = counts.get(provider, 0)

    @api.model
    def _get_default(self):
        """The provider that new hotlines, queues and seats belong to: the first of the company."""
        return self.search([("company_id", "in", [self.env.company.id, False])], limit=1)

    def _get_region(self):
        """ISO code of the country whose habits tell what a dialled number means, or None."""
        self.ensure_one()
        country = self.country_id or (self.company_id or self.env.company).country_id
        return country.code or None

    # ------------------------------------------------------------------
    # Hooks for other providers
    # ------------------------------------------------------------------

    def _get_api_class(self):
        """Override to return the adapter class of your ``code``
        (a subclass of ``tools.provider_api.ProviderApi``)."""
        self.ensure_one()
        return DemoApi

    def _get_api_settings(self):
        """Override to return what the adapter is made with: a dict of plain values
        (address, secret, …). Never log it."""
        self.ensure_one()
        return {}

    def _get_alive_linked_ids(self):
        """Override to return the linked ids (a set) of the calls that the telephone system has now,
        or None when it cannot be asked."""
        self.ensure_one()
        return None

    def _get_softphone_credentials(self, seat):
        """Override to return what a browser signs in with as the telephone of ``seat``, fresh at each call:
        ``{"uri", "user", "password", "server" or "", "ice_servers", "expires_at"}``. Never store or log it."""
        self.ensure_one()
        raise UserError(
            self.env._(
                "This telephone system knows no telephones in the browser. Please tell your administrator."
            )
        )

    def _config_changed(self):
        """Override to let the telephone system know, after the commit, that queues or hotlines have changed."""

    def _send_after_commit(self, commands):
        """Send commands as soon as this transaction is committed. What cannot be delivered is logged: the telephone
        system asks for everything again by and by.

        :param list commands: (command, args)
        """
        self.ensure_one()
        if not commands:
            return
        api, reference = self.sudo()._get_api(), self.reference

        def send():
            for command, args in commands:
                try:
                    api.send(command, args, None)
                except ProviderError as error:
                    _logger.info("%s: command %s failed: %s", reference, command, error.code)

        self.env.cr.postcommit.add(send)

    # ------------------------------------------------------------------
    # Commands and events
    # ------------------------------------------------------------------

    def _get_api(self):
        self.ensure_one()
        return self._get_api_class()(**self._get_api_settings())

    def _command(self, command, args, token=None):
        """Send a command to the telephone system and wait for its answer.

        :param str command: see docs/architecture.md, "Commands"
        :param dict args: its arguments
        :param str token: unique per intent; the same token is carried out once
        :return: the result, a dict
        :raise UserError: with a message for the agent when the telephone system refuses or is away
        """
        self.ensure_one()
        try:
            result, events = self._get_api().send(command, args, token)
        except ProviderError as error:
            _logger.info("%s: command %s failed: %s", self.reference, command, error.code)
            raise UserError(self._get_error_message(error)) from error
        if events:
            # only the demo provider answers with events of its own making
            self.env["gb.call"].sudo()._ingest(self.sudo(), events)
        return result

    def _on_dial(self, reference, state, at, linkedid=None):
        """Override to follow a number that was dialled for somebody; call ``super()`` for others' references.

        :param str reference: of the command that dials
        :param str state: see ``DIAL`` in docs/architecture.md
        :param datetime at: naive UTC
        :param str linkedid: the call's id in the PBX, as soon as there is one
        """

    def _get_error_message(self, error):
        """What the agent is told about a ``ProviderError``: what happened and what to do."""
        messages = {
            "unreachable": self.env._(
                "The telephone system does not answer. Your calls go on; please try again in a moment "
                "or tell your supervisor."
            ),
            "pbx_down": self.env._(
                "The telephone system is being restarted. Please try again in a moment."
            ),
            "no_call": self.env._("There is no call to do this with."),
            "not_registered": self.env._(
                "Your telephone is not connected. Check that it is switched on and signed in."
            ),
            "no_browser_phone": self.env._(
                "The telephone system is not prepared for a telephone in the browser at this seat. "
                "Please tell your administrator."
            ),
            "not_signed_in": self.env._("You are not signed in at this seat."),
            "unknown_queue": self.env._(
                "The telephone system does not know one of this seat's queues. Please tell your administrator."
            ),
        }
        return messages.get(error.code) or self.env._(
            "The telephone system refused: %(reason)s", reason=str(error)
        )

    def _note_events(self, count):
        """Note that the telephone system has just delivered ``count`` events."""
        self.ensure_one()
        self.env.execute_query(
            SQL(
                """UPDATE gb_telephony_provider
                      SET event_count = coalesce(event_count, 0) + %s, last_event_at = now() AT TIME ZONE 'UTC'
                    WHERE id = %s RETURNING id""",
                count,
                self.id,
            )
        )
        self.invalidate_recordset(["event_count", "last_event_at"], flush=False)

    def action_view_dead_letters(self):
        """Open the events that could not be taken in."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.gb_dead_letter_action"
        )
        return dict(action, domain=[("provider_id", "=", self.id)])

    def action_clear_alarm(self):
        """The alarm has been dealt with."""
        self.check_access("write")
        self.write({"alarm": False, "alarm_at": False})

    def action_test_connection(self):
        """Ask the telephone system whether it is there and show the answer."""
        self.ensure_one()
        self.check_access("write")
        result = self._command("ping", {})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The telephone system answers. %(version)s", version=result.get("version") or ""
                ),
            },
        }
