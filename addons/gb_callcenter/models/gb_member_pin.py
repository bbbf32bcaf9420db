from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools.member_pin import date_spellings, is_known, is_pin, is_trivial

CONFLICT_TRIES = 10
FOREVER = fields.Datetime.to_datetime("9999-12-31 00:00:00")


class GbMemberPin(models.Model):
    """A member's PIN: its hash, and how often it was tried in vain. Nobody may read it, by no way.

    Tries are counted in transactions of their own, before the PIN is compared: what fails later takes none back,
    and of several tries at once each is counted (``docs/adr/026``).
    """

    _name = "gb.member.pin"
    _description = "Member's PIN"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade", groups=NO_ACCESS)
    pin_hash = fields.Char(required=True, groups=NO_ACCESS)
    failures = fields.Integer(default=0, required=True, groups=NO_ACCESS)
    locked_until = fields.Datetime(groups=NO_ACCESS)
    set_at = fields.Datetime(required=True, groups=NO_ACCESS, default=fields.Datetime.now)

    _partner_uniq = models.UniqueIndex("(partner_id)", "This member has a PIN already.")

    @api.model
    def _get_number(self, name, default):
        value = self.env["ir.config_parameter"].sudo().get_param(f"gb_callcenter.{name}")
        return int(value) if value and value.isdigit() else default

    @api.model
    def _get_max_tries(self):
        """Wrong tries until the PIN is locked (``gb_callcenter.pin_tries``)."""
        return max(1, self._get_number("pin_tries", 5))

    @api.model
    def _get_locked_until(self):
        """Until when a PIN is locked now (``gb_callcenter.pin_lock_minutes``; 0: until a lead unlocks it)."""
        minutes = self._get_number("pin_lock_minutes", 30)
        return fields.Datetime.now() + timedelta(minutes=minutes) if minutes else FOREVER

    # ------------------------------------------------------------------
    # Setting
    # ------------------------------------------------------------------

    @api.model
    def _check_new(self, partner, pin):
        """Refuse what is no PIN or easy to guess.

        :param partner: res.partner (superuser)
        :raise UserError:
        """
        if not is_pin(pin):
            raise UserError(self.env._("A PIN has 4 to 8 digits and nothing else."))
        if is_trivial(pin):
            raise UserError(
                self.env._("This PIN is too easy to guess: no repeated digits, no 1234 or 4321.")
            )
        days = [partner.gb_birth_date, *partner.gb_child_ids.mapped("birth_date")]
        if any(pin in date_spellings(day) for day in days if day):
            raise UserError(self.env._("This PIN is too easy to guess: it is a birthday."))
        numbers = [
            "".join(filter(str.isdigit, number or ""))
            for number in (
                *partner.gb_phone_ids.mapped("number_key"),
                partner.gb_member_number,
                partner.gb_customer_number,
            )
        ]
        if is_known(pin, numbers):
            raise UserError(
                self.env._(
                    "This PIN is too easy to guess: it is part of a telephone, customer or member number."
                )
            )

    @api.model
    def _set(self, partner, pin):
        """Give ``partner`` (superuser) the PIN ``pin``; it is unlocked by that."""
        self._check_new(partner, pin)
        pin_hash = self.env["res.users"]._crypt_context().hash(pin)
        now = fields.Datetime.now()
        pins_sudo = self.sudo()
        if not pins_sudo.search_count([("partner_id", "=", partner.id)], limit=1):
            pins_sudo.create({"partner_id": partner.id, "pin_hash": pin_hash, "set_at": now})
            return
        pins_sudo._update(
            partner,
            SQL(
                """UPDATE gb_member_pin
                   SET pin_hash = %s, set_at = %s, failures = 0, locked_until = NULL
                   WHERE partner_id = %s RETURNING id""",
                pin_hash,
                now,
                partner.id,
            ),
        )

    @api.model
    def _unlock(self, partner):
        """Allow tries again. :return: whether there is a PIN"""
        return bool(
            self._update(
                partner,
                SQL(
                    """UPDATE gb_member_pin SET failures = 0, locked_until = NULL
                       WHERE partner_id = %s RETURNING id""",
                    partner.id,
                ),
            )
        )

    # ------------------------------------------------------------------
    # Checking
    # ------------------------------------------------------------------

    @api.model
    def _get_states(self, partners):
        """State of the PINs of these customers: none, set or locked. :return: {id: state}"""
        now = fields.Datetime.now()
        pins_sudo = self.sudo().search([("partner_id", "in", partners.ids)])
        states = {
            pin.partner_id.id: "locked" if pin.locked_until and pin.locked_until > now else "set"
            for pin in pins_sudo
        }
        return {partner.id: states.get(partner.id, "none") for partner in partners}

    @api.model
    def _check(self, partner, pin):
        """Compare ``pin`` with the one of ``partner``.

        :return: ok, wrong, locked (also when this was one try too many), none (there is no PIN)
        """
        now = fields.Datetime.now()
        limit = self._get_max_tries()
        # the try is counted, and the last one locks, before anything is compared
        row = self._update(
            partner,
            SQL(
                """UPDATE gb_member_pin
                   SET failures = CASE WHEN locked_until IS NULL THEN failures + 1 ELSE 1 END,
                       locked_until = CASE WHEN (CASE WHEN locked_until IS NULL THEN failures + 1 ELSE 1 END) >= %s
                                           THEN %s::timestamp END
                   WHERE partner_id = %s AND (locked_until IS NULL OR locked_until <= %s)
                   RETURNING pin_hash, locked_until""",
                limit,
                self._get_locked_until(),
                partner.id,
                now,
            ),
        )
        if not row:
            return "locked" if self._get_states(partner)[partner.id] != "none" else "none"
        pin_hash, locked_until = row
        valid, replacement = (
            self.env["res.users"]._crypt_context().verify_and_update(pin or "", pin_hash)
        )
        if not valid:
            return "locked" if locked_until else "wrong"
        self._update(
            partner,
            SQL(
                """UPDATE gb_member_pin SET failures = 0, locked_until = NULL, pin_hash = %s
                   WHERE partner_id = %s AND pin_hash = %s RETURNING id""",
                replacement or pin_hash,
                partner.id,
                pin_hash,
            ),
        )
        return "ok"

    @api.model
    def _update(self, partner, query):
        """Run ``UPDATE … RETURNING`` on the row of ``partner`` in a transaction of its own, and return its row or None.

        A row that this very transaction has made is not seen there, nor tried by anybody else: it is changed here.
        """
        for last in (*[False] * (CONFLICT_TRIES - 1), True):
            try:
                with self.env.registry.cursor() as cr:
                    cr.execute(SQL("SET LOCAL lock_timeout = '5s'"))
                    cr.execute(query)
                    row = cr.fetchone()
                    is_there = row or self._is_stored(cr, partner)
                break
            except psycopg2.errors.SerializationFailure:
                if last:
                    raise
        if not is_there:
            self.env["gb.member.pin"].flush_model()
            self.env.cr.execute(query)
            row = self.env.cr.fetchone()
        self.env["gb.member.pin"].invalidate_model()
        return row

    @api.model
    def _is_stored(self, cr, partner):
        cr.execute(SQL("SELECT 1 FROM gb_member_pin WHERE partner_id = %s", partner.id))
        return bool(cr.fetchone())
