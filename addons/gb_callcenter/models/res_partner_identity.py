from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

AGENT = "gb_callcenter.group_gb_agent"
LEAD = "gb_callcenter.group_gb_lead"
IDENTITY_BUS_TYPE = "gb_callcenter.identity"
MIN_REASON = 3


class ResPartner(models.Model):
    """Is the caller this customer? What the answer protects is left out of every screen until then."""

    _inherit = "res.partner"

    gb_identity_check_ids = fields.One2many(
        "gb.identity.check", "partner_id", string="Identity checks", readonly=True, groups=AGENT
    )

    # ------------------------------------------------------------------
    # Asked by others
    # ------------------------------------------------------------------

    def _is_gb_verified(self, call=None):
        """Whether the customer's identity was checked. In a call only a check of this call counts, by anybody, also by
        the telephone system: somebody else may be calling now. Outside of calls the current user's own checks of the
        last minutes count (``gb_callcenter.identity_minutes``, 30).

        :param call: gb.call; by default the one in which the current user is
        :rtype: bool
        """
        self.ensure_one()
        return bool(self._filtered_gb_verified(call))

    def _filtered_gb_verified(self, call=None):
        """:return: those of whom ``_is_gb_verified`` is true"""
        call = call or self._get_gb_live_call()
        domain = Domain("partner_id", "in", self.ids) & Domain("is_passed", "=", True)
        if call:
            domain &= Domain("call_id", "=", call.id)
        else:
            domain &= Domain("user_id", "=", self.env.uid)
            domain &= Domain("at", ">=", self._get_gb_identity_since())
        # the check may have been made by a colleague who has passed the call on
        rows = self.env["gb.identity.check"].sudo()._read_group(domain, ["partner_id"])
        passed = {partner.id for (partner,) in rows}
        return self.filtered(lambda partner: partner.id in passed)

    @api.model
    def _get_gb_live_call(self):
        """:return: gb.call in which the current user is, or that rings at his seat; may be empty"""
        legs_sudo = (
            self.env["gb.call.leg"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("ended_at", "=", False),
                    ("call_id.ended_at", "=", False),
                ],
                order="ring_at desc, id desc",
            )
        )
        legs_sudo = legs_sudo.filtered("answered_at") or legs_sudo
        return legs_sudo[:1].call_id.with_env(self.env)

    def _gb_record_check(self, method, is_passed, call=None, answers=(), reason=None, user=None):
        """Record an identity check and tell the agent's screen.

        :param str method: ``gb.identity.check.method``
        :param answers: pairs of (gb.identity.question, whether it was answered rightly)
        :param user: who asked; none for the telephone system
        :return: gb.identity.check (superuser)
        """
        self.ensure_one()
        check = (
            self.env["gb.identity.check"]
            .sudo()
            .create(
                {
                    "partner_id": self.id,
                    "call_id": call.id if call else False,
                    "user_id": user.id if user else False,
                    "method": method,
                    "is_passed": is_passed,
                    "reason": reason,
                    "company_id": (call.sudo().company_id if call else self.env.company).id,
                    "answer_ids": [
                        fields.Command.create(
                            {
                                "question_id": question.id,
                                "question": question.name,
                                "is_right": is_right,
                            }
                        )
                        for question, is_right in answers
                    ],
                }
            )
        )
        agent = user or (call and call.sudo().user_id)
        if agent:
            agent.sudo()._bus_send(
                IDENTITY_BUS_TYPE,
                {"partner_id": self.id, "call_id": call.id if call else False},
            )
        return check

    def _gb_verify_ivr_pin(self, pin, call):
        """The customer has typed ``pin`` on his telephone. For telephone systems (``call._request_gb_pin()``).

        :return: as ``_check_gb_pin()``
        """
        self.ensure_one()
        state = self._check_gb_pin(pin)
        if state != "none":
            self._gb_record_check("ivr", state == "ok", call)
        return state

    # ------------------------------------------------------------------
    # The agent's dialog
    # ------------------------------------------------------------------

    def get_gb_identity_check(self, call_id=None):
        """What the agent's dialog shows. Right answers are in it only where the agent has to compare by himself.

        :param int call_id: the call, if there is one
        :return: dict, see docs/architecture.md
        :raise AccessError: not an agent, or the customer or call is not his
        """
        call = self._gb_check_identity_access(call_id)
        partner_sudo = (
            self.sudo()
        )  # facts of orders, children and numbers; the customer was checked
        last = self._get_gb_last_check(call)
        tries_left = self._get_gb_tries_left(call)
        is_verified = self._is_gb_verified(call)
        questions = self.env["gb.identity.question"]._get_for(
            partner_sudo, call.sudo() if call else None
        )
        required = self._get_gb_identity_number("required")
        return {
            "partner": {"id": self.id, "name": self.display_name},
            "call_id": call.id if call else False,
            "state": "passed" if is_verified else "none" if tries_left else "blocked",
            "last": bool(last)
            and {
                "method": last.method,
                "method_name": last._fields["method"].convert_to_export(last.method, last),
                "is_passed": last.is_passed,
                "at": fields.Datetime.to_string(last.at),
                "user": last.user_id.name or "",
                "reason": last.reason or "",
            },
            "member_number": partner_sudo.gb_member_number or False,
            "pin": partner_sudo._get_gb_pin_state(),
            "can_request_pin": bool(call) and call._can_request_gb_pin(),
            "questions": [
                {
                    "id": question.id,
                    "name": question.name,
                    "hint": question.hint or "",
                    "kind": question.kind,
                    "fact": facts[0] if question.is_shown else False,
                }
                for question, facts in questions
            ],
            "required": required,
            "can_ask": len(questions) >= required,
            "tries_left": tries_left,
            "can_override": bool(tries_left) or self.env.user.has_group(LEAD),
        }

    def gb_verify_pin(self, pin, call_id=None):
        """Check the PIN that the customer has told.

        :return: as ``get_gb_identity_check()``, with ``result``: ok, wrong, locked or none
        """
        call = self._gb_check_identity_access(call_id)
        state = self._check_gb_pin(pin)
        if state != "none":
            self._gb_record_check("pin", state == "ok", call, user=self.env.user)
        return dict(self.get_gb_identity_check(call_id), result=state)

    def gb_verify_facts(self, answers, call_id=None):
        """Check what the customer has answered.

        :param dict answers: id of the question → text, or whether the fact shown was named; unanswered ones are
            left out
        :return: as ``get_gb_identity_check()``, with ``result`` (ok or wrong) and ``answers`` {id: right}
        :raise UserError: no tries left, or fewer answers than needed
        """
        call = self._gb_check_identity_access(call_id)
        if not self._get_gb_tries_left(call):
            raise UserError(
                self.env._("Too many wrong answers. A team lead can go on without a check.")
            )
        given = {
            int(key): value.strip() if isinstance(value, str) else value
            for key, value in answers.items()
        }
        rated = [
            (question, question._is_right(given[question.id], facts))
            for question, facts in self.env["gb.identity.question"]._get_for(
                self.sudo(), call.sudo() if call else None
            )
            if given.get(question.id) not in (None, "")
        ]
        required = self._get_gb_identity_number("required")
        if len(rated) < required:
            raise UserError(
                self.env._("Ask at least %(count)s questions.", count=required),
            )
        right = sum(is_right for _question, is_right in rated)
        allowed = self._get_gb_identity_number("wrong")
        is_passed = right >= required and len(rated) - right <= allowed
        self._gb_record_check("facts", is_passed, call, rated, user=self.env.user)
        return dict(
            self.get_gb_identity_check(call_id),
            result="ok" if is_passed else "wrong",
            answers={question.id: is_right for question, is_right in rated},
        )

    def gb_verify_override(self, reason, call_id=None):
        """Go on without a check; the reason is recorded.

        :raise UserError: no reason, or no tries left and not a team lead
        """
        call = self._gb_check_identity_access(call_id)
        reason = (reason or "").strip()
        if len(reason) < MIN_REASON:
            raise UserError(self.env._("Say why you go on without a check."))
        if not self._get_gb_tries_left(call) and not self.env.user.has_group(LEAD):
            raise UserError(
                self.env._("The check has failed. Only a team lead can go on without it.")
            )
        self._gb_record_check("override", True, call, reason=reason, user=self.env.user)
        return dict(self.get_gb_identity_check(call_id), result="ok")

    def gb_request_pin(self, call_id):
        """Let the telephone system ask the customer for his PIN, where it can.

        :raise UserError: it cannot
        """
        call = self._gb_check_identity_access(call_id)
        if not call or not call._can_request_gb_pin():
            raise UserError(self.env._("The telephone system cannot ask for the PIN in this call."))
        call._request_gb_pin()
        return True

    # ------------------------------------------------------------------
    # Inside
    # ------------------------------------------------------------------

    def _gb_check_identity_access(self, call_id=None):
        """The call, once it is sure that the user may check this customer in it."""
        self.ensure_one()
        if not self.env.user.has_group(AGENT):
            raise AccessError(self.env._("Only call centre agents may do this."))
        self.check_access("read")
        call = self.env["gb.call"].browse(call_id or [])
        if call:
            call.check_access("read")
            known = call.sudo().partner_id
            if known and known != self:
                raise UserError(self.env._("This call is with another customer."))
        return call or self._get_gb_live_call()

    def _get_gb_last_check(self, call):
        domain = Domain("at", ">=", self._get_gb_identity_since())
        if call:
            domain |= Domain("call_id", "=", call.id)
        domain &= Domain("partner_id", "=", self.id)
        return self.env["gb.identity.check"].sudo().search(domain, limit=1)

    def _get_gb_identity_since(self):
        return fields.Datetime.now() - timedelta(minutes=self._get_gb_identity_number("minutes"))

    def _get_gb_tries_left(self, call):
        """How often facts may still be asked: wrong tries of the last minutes count, whoever asked."""
        failed = (
            self.env["gb.identity.check"]
            .sudo()
            .search_count(
                [
                    ("partner_id", "=", self.id),
                    ("method", "=", "facts"),
                    ("is_passed", "=", False),
                    ("at", ">=", self._get_gb_identity_since()),
                ]
            )
        )
        return max(0, self._get_gb_identity_number("tries") - failed)

    @api.model
    def _get_gb_identity_number(self, name):
        """A system parameter ``gb_callcenter.identity_<name>``, a whole number."""
        defaults = {"minutes": 30, "required": 2, "wrong": 1, "tries": 3}
        value = self.env["ir.config_parameter"].sudo().get_param(f"gb_callcenter.identity_{name}")
        return int(value) if value and value.isdigit() else defaults[name]
