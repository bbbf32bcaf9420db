import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

TRANSITION_VALUES = (
    "code",
    "name",
    "sequence",
    "description",
    "target",
    "style",
    "scope",
    "is_by_customer",
    "is_by_system",
    "domain",
    "domain_message",
    "guard",
    "effect",
    "closing",
    "is_note_required",
    "notify",
)
LIMITS = ("max_returns", "max_cycles", "max_rework", "max_reopens", "max_reminders", "reopen_days")
FORMAT = "gb.ticket.process/1"


class GbTicketProcess(models.Model):
    """A version of a process: which moves there are between states. Running work orders finish on the version that they
    began with; publishing a draft makes it the version for new ones and lets the older one fade away.

    draft ──publish──► active ──next version published──► fading ──last work order ended──► retired
    """

    _name = "gb.ticket.process"
    _description = "Work order process"
    _order = "code, version desc"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="The same for all versions of a process.")
    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In use"), ("fading", "Fading"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    published_at = fields.Datetime(string="Published", readonly=True, copy=False)
    description = fields.Text(translate=True)
    start_state_id = fields.Many2one(
        "gb.ticket.state",
        string="Begins in",
        required=True,
        default=lambda self: self.env.ref("gb_ticket.gb_ticket_state_draft", False),
    )
    transition_ids = fields.One2many(
        "gb.ticket.transition", "process_id", string="Moves", copy=True
    )
    max_returns = fields.Integer(
        string="Times sent back", default=2, help="After that a supervisor assigns it for good."
    )
    max_cycles = fields.Integer(string="Cycles", default=3)
    max_rework = fields.Integer(string="Times reworked", default=3)
    max_reopens = fields.Integer(string="Times reopened", default=2)
    max_reminders = fields.Integer(string="Reminders while waiting", default=3)
    reopen_days = fields.Integer(
        string="Days to reopen",
        default=7,
        help="Later the customer's wish becomes a new work order.",
    )
    running_count = fields.Integer(string="Running work orders", compute="_compute_running_count")

    _version_uniq = models.Constraint("UNIQUE(code, version)", "This version exists already.")
    _one_active = models.UniqueIndex(
        "(code) WHERE state = 'active'", "Another version of this process is in use."
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for process in self:
            process.display_name = f"{process.name or ''} v{process.version}"

    def _compute_running_count(self):
        counts = dict(
            self.env["gb.ticket"]
            .sudo()
            ._read_group(
                [("process_id", "in", self.ids), ("is_open", "=", True)],
                ["process_id"],
                ["__count"],
            )
        )
        for process in self:
            process.running_count = counts.get(process, 0)

    @api.model
    def _get_active(self, code="closed_loop"):
        """:return: the version in use of the process ``code``. :raises UserError: when there is none"""
        process = self.sudo().browse(self._get_active_id(code))
        if not process:
            raise UserError(
                self.env._(
                    "No version of the process “%(code)s” is in use: publish one.", code=code
                )
            )
        return process

    @api.model
    @ormcache("code")
    def _get_active_id(self, code):
        # asked for with every new work order
        return self.sudo().search([("code", "=", code), ("state", "=", "active")], limit=1).id

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    @ormcache("self.id")
    def _get_start_values(self):
        """:return: what a new work order of this version begins with (dict); asked for with every one"""
        state_sudo = self.sudo().start_state_id
        return {"state_id": state_sudo.id, "phase": state_sudo.phase, "is_open": state_sudo.is_open}

    def write(self, vals):
        if {"code", "start_state_id"} & vals.keys():
            self.transition_ids._check_process_is_draft()
        if {"code", "state", "start_state_id"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.filtered(lambda process: process.state != "draft"):
            raise UserError(self.env._("Only a draft can be deleted; a version in use fades away."))

    # ------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------
    def action_new_version(self):
        """Copy this version into a draft that may be changed. :return: action that opens the draft"""
        self.ensure_one()
        self.check_access("write")
        last = self.search([("code", "=", self.code)], order="version desc", limit=1)
        # moves refer to fields and server actions, which only administrators may read
        draft_sudo = self.sudo().copy({"version": last.version + 1})
        return draft_sudo._get_form_action()

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_publish(self):
        """Check the draft and make it the version in use; the present one fades away.

        :raises ValidationError: with everything that is wrong with the draft
        """
        self.check_access("write")
        for process in self:
            if process.state != "draft":
                raise UserError(self.env._("Only a draft can be published."))
            problems = process._get_problems()
            if problems:
                raise ValidationError("\n".join(problems))
            present = self.search([("code", "=", process.code), ("state", "=", "active")])
            present.state = "fading"
            present.flush_recordset(["state"])
            process.write({"state": "active", "published_at": fields.Datetime.now()})
            present._retire()
        # demo data may be rolled back after this, and takes with it what is not written yet
        self.env.flush_all()
        self.env.registry.clear_cache()

    def _retire(self):
        """Retire fading versions on which no work order runs any more."""
        fading = self.filtered(lambda process: process.state == "fading")
        fading.invalidate_recordset(["running_count"])
        fading.filtered(lambda process: not process.running_count).state = "retired"

    def _get_problems(self):
        """:return: list of sentences that say why this version cannot be published"""
        self.ensure_one()
        problems = []
        if not self.transition_ids:
            return [self.env._("The process has no moves.")]
        reached, moves = {self.start_state_id}, self.transition_ids
        grown = True
        while grown:
            grown = False
            for move in moves.filtered(lambda move: set(move.from_state_ids) & reached):
                if move.target == "state" and move.to_state_id not in reached:
                    reached.add(move.to_state_id)
                    grown = True
        lost = moves.from_state_ids.filtered(lambda state: state not in reached)
        problems += [
            self.env._("No move leads to “%(state)s”.", state=state.name) for state in lost
        ]
        exits = {
            state
            for move in moves.filtered(lambda move: move.target == "state")
            for state in move.from_state_ids
        }
        problems += [
            self.env._("Nothing leads out of “%(state)s”.", state=state.name)
            for state in reached
            if state.is_open and state not in exits
        ]
        if not any(state.phase == "closed" for state in reached):
            problems.append(self.env._("No move leads to a closed state."))
        problems += [
            self.env._(
                "Nobody may use “%(move)s”: name a role, the customer or the system.",
                move=move.name,
            )
            for move in moves
            if not (move.group_ids or move.is_by_customer or move.is_by_system)
        ]
        return problems

    def _migrate(self, target, mapping=None):
        """Take the running work orders of this version over to ``target``.

        :param target: gb.ticket.process in use
        :param mapping: {code of a state: code of the state to take instead}; states that ``target`` knows need none
        :return: the work orders taken over
        :raises UserError: when a state of a running work order has no place in ``target``
        """
        self.ensure_one()
        mapping = mapping or {}
        tickets_sudo = (
            self.env["gb.ticket"]
            .sudo()
            .search([("process_id", "=", self.id), ("is_open", "=", True)])
        )
        known = target.transition_ids.from_state_ids | target.transition_ids.to_state_id
        for state, tickets in tickets_sudo.grouped("state_id").items():
            code = mapping.get(state.code, state.code)
            new_state = known.filtered(lambda known_state, code=code: known_state.code == code)
            if not new_state:
                raise UserError(
                    self.env._(
                        "%(count)s work orders are in “%(state)s”, which %(process)s does not know: say where they go.",
                        count=len(tickets),
                        state=state.name,
                        process=target.display_name,
                    )
                )
            for ticket in tickets:
                ticket.process_id = target
                ticket._set_state(
                    new_state,
                    actor="system",
                    note=self.env._("Process changed to %(process)s", process=target.display_name),
                )
        self._retire()
        return tickets_sudo

    # ------------------------------------------------------------
    # JSON
    # ------------------------------------------------------------
    def _export(self):
        """:return: this version as plain data, states and roles by code and external id"""
        self.ensure_one()
        groups = self.transition_ids.group_ids | self.transition_ids.approval_group_id
        xmlids = groups.get_external_id()
        return {
            "format": FORMAT,
            "code": self.code,
            "name": self.name,
            "description": self.description or "",
            "start": self.start_state_id.code,
            "limits": {name: self[name] for name in LIMITS},
            "states": [
                {
                    "code": state.code,
                    "name": state.name,
                    "phase": state.phase,
                    "sequence": state.sequence,
                    "customer_name": state.customer_name or "",
                }
                for state in self.transition_ids.from_state_ids | self.transition_ids.to_state_id
            ],
            "transitions": [
                {
                    **{name: move[name] for name in TRANSITION_VALUES},
                    "from": move.from_state_ids.mapped("code"),
                    "to": move.to_state_id.code or False,
                    "roles": [xmlids[group.id] for group in move.group_ids],
                    "confirmed_by": xmlids.get(move.approval_group_id.id) or False,
                    "required": sorted(move.required_field_ids.mapped("name")),
                    "optional": sorted(move.optional_field_ids.mapped("name")),
                }
                for move in self.transition_ids
            ],
        }

    @api.model
    def _import(self, data):
        """Create a draft version from what ``_export`` gave; states that are missing are created too.

        :param data: dict, or JSON text
        :return: the draft
        :raises UserError: saying what in the data cannot be used
        """
        if isinstance(data, str | bytes):
            try:
                data = json.loads(data)
            except ValueError as error:
                raise UserError(self.env._("This is no JSON: %(error)s", error=error)) from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UserError(
                self.env._("This is no process: “format” has to be %(format)s.", format=FORMAT)
            )
        try:
            return self._import_checked(data)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise UserError(
                self.env._("Something is missing or wrong: %(error)s", error=error)
            ) from error

    def _import_checked(self, data):
        State = self.env["gb.ticket.state"].with_context(active_test=False)
        states = {state.code: state for state in State.search([])}
        for row in data.get("states", []):
            if row["code"] not in states:
                states[row["code"]] = State.create(
                    {
                        key: row[key]
                        for key in ("code", "name", "phase", "sequence", "customer_name")
                        if key in row
                    }
                )
        last = self.search([("code", "=", data["code"])], order="version desc", limit=1)
        process = self.create(
            {
                "name": data["name"],
                "code": data["code"],
                "version": last.version + 1,
                "description": data.get("description"),
                "start_state_id": self._find(states, data["start"]).id,
                **{
                    name: int(data["limits"][name])
                    for name in LIMITS
                    if name in data.get("limits", {})
                },
            }
        )
        for row in data["transitions"]:
            process.transition_ids.create(
                {
                    "process_id": process.id,
                    **{name: row[name] for name in TRANSITION_VALUES if name in row},
                    "from_state_ids": [
                        (6, 0, [self._find(states, code).id for code in row["from"]])
                    ],
                    "to_state_id": self._find(states, row["to"]).id if row.get("to") else False,
                    "group_ids": [(6, 0, [self._find_role(xmlid).id for xmlid in row["roles"]])],
                    "approval_group_id": self._find_role(row["confirmed_by"]).id
                    if row.get("confirmed_by")
                    else False,
                    "required_field_ids": [(6, 0, self._find_fields(row.get("required", [])))],
                    "optional_field_ids": [(6, 0, self._find_fields(row.get("optional", [])))],
                }
            )
        return process

    def _find(self, states, code):
        if code not in states:
            raise UserError(self.env._("There is no state “%(code)s”.", code=code))
        return states[code]

    def _find_role(self, xmlid):
        group = self.env.ref(xmlid, raise_if_not_found=False)
        if not group or group._name != "res.groups":
            raise UserError(self.env._("There is no role “%(role)s”.", role=xmlid))
        return group

    def _find_fields(self, names):
        found = [
            self.env["ir.model.fields"]._get("gb.ticket", name)
            for name in names
            if name in self.env["gb.ticket"]._fields
        ]
        if len(found) != len(names):
            lost = sorted(set(names) - {field.name for field in found})
            raise UserError(
                self.env._("Work orders have no such fields: %(names)s", names=", ".join(lost))
            )
        return [field.id for field in found]

    def action_export(self):
        """Download this version as JSON."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/gb/ticket/process/{self.id}.json",
            "target": "download",
        }
