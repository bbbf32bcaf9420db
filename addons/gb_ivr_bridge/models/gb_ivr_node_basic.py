from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import LANGUAGES, VARIABLE


class GbIvrNode(models.Model):
    """Types that need nothing but the telephone: play, menu, collect digits, opening hours, variables, language, HTTP, jump,
    hang up."""

    _inherit = "gb.ivr.node"

    timeout = fields.Integer(string="Waits for a key (s)", default=5)
    retries = fields.Integer(
        string="Times asked again", default=2, help="After a wrong key or silence."
    )
    variable = fields.Char(help="Where what was entered is kept; empty: the node's code.")
    min_digits = fields.Integer(string="At least digits", default=1)
    max_digits = fields.Integer(string="At most digits", default=12)
    terminator = fields.Selection(
        [("#", "#"), ("*", "*"), ("none", "None: the length ends it")],
        string="Ended by",
        default="#",
    )
    digit_timeout = fields.Integer(string="Between keys (s)", default=3)
    is_masked = fields.Boolean(
        string="Secret", help="Never logged, and forgotten as soon as it was used."
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        ondelete="restrict",
        check_company=True,
        help="Its weekly hours, days off and time zone, as they are when the version is published.",
    )
    language = fields.Selection(LANGUAGES)
    value_ids = fields.One2many(
        "gb.ivr.value",
        "node_id",
        string="Variables",
        domain=[("role", "=", "set")],
        context={"default_role": "set"},
        copy=True,
    )
    argument_ids = fields.One2many(
        "gb.ivr.value",
        "node_id",
        string="Sent",
        domain=[("role", "=", "argument")],
        context={"default_role": "argument"},
        copy=True,
    )
    result_ids = fields.One2many(
        "gb.ivr.value",
        "node_id",
        string="Taken from the answer",
        domain=[("role", "=", "result")],
        context={"default_role": "result"},
        copy=True,
    )
    url = fields.Char(
        string="Address", help="Only hosts that the connector's own configuration allows are asked."
    )
    flow_id = fields.Many2one(
        "gb.ivr.flow", string="Other flow", ondelete="restrict", check_company=True
    )

    @api.constrains("variable")
    def _check_variable(self):
        for node in self.filtered("variable"):
            if not VARIABLE.fullmatch(node.variable):
                raise ValidationError(
                    self.env._("“%(name)s” cannot name a variable.", name=node.variable)
                )

    @api.constrains("min_digits", "max_digits", "timeout", "digit_timeout", "retries")
    def _check_numbers(self):
        for node in self:
            if not 0 <= node.min_digits <= node.max_digits or not 1 <= node.max_digits <= 40:
                raise ValidationError(
                    self.env._("Ask for 1 to 40 digits, and for no more at least than at most.")
                )
            if not 1 <= node.timeout <= 60 or not 1 <= node.digit_timeout <= 20:
                raise ValidationError(
                    self.env._("Wait 1 to 60 seconds for a key, and 1 to 20 between keys.")
                )
            if not 0 <= node.retries <= 9:
                raise ValidationError(self.env._("Ask again at most 9 times."))

    # play ---------------------------------------------------------------

    def _get_exits_play(self):
        return [("next", self.env._("Next"))]

    def _compile_play(self):
        return {self.code: self._play(self._speech(), self._go("next"), barge=self.is_barge)}

    def _get_problems_play(self):
        return self._get_silence_problems()

    def _get_silence_problems(self):
        return (
            [] if self._speech() else [self.env._("It says nothing: give it a prompt or a text.")]
        )

    def _play(self, speech, target, barge=True):
        return self._operation("play", {"next": target}, speech=speech, barge=barge)

    # menu ---------------------------------------------------------------

    def _get_exits_menu(self):
        return [
            ("invalid", self.env._("Wrong keys only")),
            ("timeout", self.env._("No key")),
        ]

    def _compile_menu(self):
        keys = [key for key, _label in self._get_exits() if len(key) == 1]
        return {self.code: self._menu(self._speech(), keys, self._go_all())}

    def _get_problems_menu(self):
        problems = self._get_silence_problems()
        if not any(len(key) == 1 for key, _label in self._get_exits()):
            problems.append(self.env._("The menu has no key: add what callers may press."))
        return problems

    def _menu(self, speech, keys, targets):
        """A menu operation with this node's manners. ``targets``: of each key, ``invalid`` and ``timeout``"""
        return self._operation(
            "menu",
            targets,
            speech=speech,
            keys=list(keys),
            timeout=self.timeout,
            retries=self.retries,
            invalid=self._get_invalid(),
            no_input=self._get_no_input(),
        )

    def _get_invalid(self):
        return self.invalid_prompt_id._get_parts(self.version_id) or self._say("invalid")

    def _get_no_input(self):
        return self.no_input_prompt_id._get_parts(self.version_id) or self._say("no_input")

    # collect ------------------------------------------------------------

    def _get_exits_collect(self):
        return [
            ("ok", self.env._("Entered")),
            ("invalid", self.env._("Wrong input only")),
            ("timeout", self.env._("Nothing entered")),
        ]

    def _compile_collect(self):
        return {
            self.code: self._collect(
                self._speech(),
                self.variable or self.code,
                (self.min_digits, self.max_digits),
                self._go_all(),
                terminator=self.terminator,
                masked=self.is_masked,
            )
        }

    def _get_problems_collect(self):
        return self._get_silence_problems()

    def _collect(self, speech, variable, digits, targets, terminator="#", masked=False):
        """An operation that asks for digits, with this node's manners. ``targets``: of ``ok``, ``invalid``, ``timeout``"""
        return self._operation(
            "collect",
            targets,
            speech=speech,
            variable=variable,
            min=digits[0],
            max=digits[1],
            terminator="" if terminator == "none" else terminator or "",
            timeout=self.timeout,
            digit_timeout=self.digit_timeout,
            retries=self.retries,
            invalid=self._get_invalid(),
            no_input=self._get_no_input(),
            masked=masked,
        )

    # opening hours --------------------------------------------------------

    def _get_exits_hours(self):
        return [("open", self.env._("Open")), ("closed", self.env._("Closed"))]

    def _compile_hours(self):
        return {self.code: self._operation("hours", self._go_all(), schedule=self._get_schedule())}

    def _get_problems_hours(self):
        if not self.calendar_id:
            return [self.env._("Choose the working hours.")]
        if self.calendar_id.sudo().two_weeks_calendar:
            return [
                self.env._(
                    "“%(name)s” alternates between two weeks, which telephone menus cannot do.",
                    name=self.calendar_id.name,
                )
            ]
        return []

    def _get_schedule(self):
        """The working hours as the contract's ``schedule``. Breaks are closed, days off of the past are left out."""
        if not self.calendar_id:
            return {"tz": "UTC", "weekly": [], "closed": [], "open": []}
        return self.calendar_id._get_gb_schedule(self.company_id)

    # variables ------------------------------------------------------------

    def _get_exits_set(self):
        return [("next", self.env._("Next"))]

    def _compile_set(self):
        values = {value.name: value.value or "" for value in self.value_ids}
        return {self.code: self._operation("set", self._go_all(), values=values)}

    def _get_problems_set(self):
        return [] if self.value_ids else [self.env._("It sets no variable.")]

    def _get_exits_branch(self):
        return [("else", self.env._("Otherwise"))]

    def _get_rules(self):
        return self.exit_ids.filtered(lambda exit_: exit_.key != "else")

    def _compile_branch(self):
        rules = [
            {
                "variable": rule.variable or "",
                "operator": rule.operator or "=",
                "value": [part.strip() for part in (rule.value or "").split(",")]
                if rule.operator == "in"
                else rule.value or "",
                "exit": rule.key,
            }
            for rule in self._get_rules()
        ]
        return {self.code: self._operation("branch", self._go_all(), rules=rules)}

    def _get_problems_branch(self):
        rules = self._get_rules()
        if not rules:
            return [self.env._("It has no rule.")]
        return [
            self.env._("The rule “%(rule)s” names no variable.", rule=rule.label or rule.key)
            for rule in rules
            if not rule.variable
        ]

    # language -------------------------------------------------------------

    def _get_exits_language(self):
        return [("next", self.env._("Next"))]

    def _compile_language(self):
        return {
            self.code: self._operation("language", self._go_all(), language=self.language or "")
        }

    def _get_problems_language(self):
        if not self.language:
            return [self.env._("Choose the language.")]
        if self.language not in self.version_id._get_languages():
            return [
                self.env._(
                    "The flow does not speak %(language)s: add it to the flow.",
                    language=dict(self._fields["language"]._description_selection(self.env))[
                        self.language
                    ],
                )
            ]
        return []

    # HTTP -----------------------------------------------------------------

    def _get_exits_http(self):
        return [("ok", self.env._("Answered")), ("failed", self.env._("Not answered"))]

    def _compile_http(self):
        return {
            self.code: self._operation(
                "http",
                self._go_all(),
                url=self.url or "",
                args={value.name: value.value or "" for value in self.argument_ids},
                timeout=min(self.timeout, 10),
                values={value.name: value.value or value.name for value in self.result_ids},
            )
        }

    def _get_problems_http(self):
        if not (self.url or "").lower().startswith(("https://", "http://")):
            return [self.env._("Give it an address that begins with https:// or http://.")]
        return []

    # jump and hang up -------------------------------------------------------

    def _get_exits_jump(self):
        return []

    def _compile_jump(self):
        target = f"flow:{self.flow_id.code}" if self.flow_id else ""
        return {self.code: self._operation("set", {"next": target}, values={})}

    def _get_problems_jump(self):
        if not self.flow_id:
            return [self.env._("Choose the flow that it goes to.")]
        if not self.flow_id.published_id and self.flow_id != self.version_id.flow_id:
            return [
                self.env._(
                    "“%(flow)s” has no published version: callers would end in the queue.",
                    flow=self.flow_id.name,
                )
            ]
        return []

    def _get_exits_hangup(self):
        return []

    def _compile_hangup(self):
        return {self.code: self._operation("hangup", speech=self._speech())}
