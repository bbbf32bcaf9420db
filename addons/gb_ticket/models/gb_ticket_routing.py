from datetime import datetime, time, timedelta
from functools import cached_property

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# How many of the most urgent are tried when somebody asks for the next one while others do the same.
CLAIM_CANDIDATES = 50
FOLLOW_UP_HOUR = 9
# What a new draft is routed by: when one of these changes, the process is chosen again.
ROUTED_BY = frozenset(
    ("type_id", "channel", "severity", "category_id", "product_id", "order_line_id", "partner_id")
)


class RouteFacts:
    """What rules ask a work order for, looked up when a rule asks; ``record`` may be a work order that is not saved."""

    def __init__(self, record):
        self.record = record

    def __getitem__(self, name):
        return getattr(self, name)

    @cached_property
    def type_ids(self):
        return frozenset(self.record.type_id.ids)

    @cached_property
    def channel(self):
        return self.record.channel

    @cached_property
    def severity(self):
        return self.record.severity

    @cached_property
    def category_ids(self):
        return self._get_path(self.record.category_id)

    @cached_property
    def product_category_ids(self):
        product = self.record.product_id or self.record.order_line_id.product_id
        return self._get_path(product.categ_id)

    @cached_property
    def partner_category_ids(self):
        partner = self.record.partner_id
        return frozenset((partner.category_id | partner.commercial_partner_id.category_id).ids)

    @staticmethod
    def _get_path(node):
        """:return: ids of a node and all nodes above it"""
        return frozenset(int(part) for part in (node.parent_path or "").split("/") if part)


class GbTicket(models.Model):
    """Which process and department a work order gets, and who of the department."""

    _inherit = "gb.ticket"

    route_id = fields.Many2one(
        "gb.ticket.route",
        string="Routing rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The rule that chose the department; empty when somebody chose it by hand.",
    )
    route_explanation = fields.Html(
        string="Why this department", compute="_compute_route_explanation", sanitize=False
    )
    is_unclaimed = fields.Boolean(
        string="Unclaimed",
        compute="_compute_is_unclaimed",
        search="_search_is_unclaimed",
        help="A department has it, and nobody of the department works on it yet.",
    )
    is_claimable = fields.Boolean(
        compute="_compute_is_claimable",
        help="Unclaimed, and the current user works for the department.",
    )
    is_releasable = fields.Boolean(
        compute="_compute_is_claimable", help="The current user may give it back to the department."
    )
    concerns_me = fields.Boolean(
        string="Concerns me",
        compute="_compute_concerns_me",
        search="_search_concerns_me",
        help="The current user handles it, or a department that he works for or leads has it or a task of it.",
    )

    _unclaimed_idx = models.Index(
        "(department_id, urgency DESC, next_due_at, id) WHERE is_open IS TRUE AND user_id IS NULL"
    )
    _dispatched_idx = models.Index("(user_id, dispatched_at) WHERE user_id IS NOT NULL")

    # ------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------
    @api.depends("user_id", "department_id", "phase")
    def _compute_is_unclaimed(self):
        for ticket in self:
            ticket.is_unclaimed = (
                bool(ticket.department_id)
                and not ticket.user_id
                and ticket.phase in ("open", "waiting")
            )

    def _search_is_unclaimed(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain(
            [
                ("is_open", "=", True),
                ("user_id", "=", False),
                ("department_id", "!=", False),
                ("phase", "in", ("open", "waiting")),
            ]
        )
        return domain if set(value) == {True} else ~domain

    @api.depends("is_unclaimed", "user_id", "department_id", "is_open")
    @api.depends_context("uid")
    def _compute_is_claimable(self):
        mine = self.env.user._gb_departments()
        for ticket in self:
            department = ticket.department_id
            ticket.is_claimable = ticket.is_unclaimed and department in mine
            ticket.is_releasable = (
                ticket.is_open
                and ticket.phase in ("open", "waiting")
                and bool(department and ticket.user_id)
                and (
                    ticket.user_id == self.env.user
                    or self.env.user in department.sudo().gb_lead_ids
                )
            )

    @api.depends("user_id", "department_ids", "task_ids.user_id")
    @api.depends_context("uid")
    def _compute_concerns_me(self):
        user, mine = self.env.user, self.env.user._gb_departments()
        for ticket in self:
            sudo = ticket.sudo()
            ticket.concerns_me = user in sudo.user_id | sudo.task_ids.user_id or bool(
                sudo.department_ids & mine
            )

    def _search_concerns_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain.custom(
            to_sql=self._get_concerns_me_sql, predicate=lambda ticket: ticket.concerns_me
        )
        return domain if set(value) == {True} else ~domain

    def _get_concerns_me_sql(self, _model, alias, _query):
        # Columns with indexes and a short array: PostgreSQL joins their bitmaps, or walks the work orders in their order
        # where many fit. A sub-query of all ids of the departments is read as a whole for every list and counter.
        self.env["gb.ticket"].flush_model(["user_id", "department_id", "merged_into_id", "is_open"])
        self.env["gb.ticket.task"].flush_model(["ticket_id", "user_id", "department_id"])
        return SQL(
            "(%(user)s = %(uid)s OR %(department)s IN %(mine)s OR %(id)s = ANY(ARRAY("
            "SELECT ticket_id FROM gb_ticket_task WHERE user_id = %(uid)s OR department_id IN %(mine)s"
            " UNION ALL SELECT merged.id FROM gb_ticket target JOIN gb_ticket merged ON merged.merged_into_id = target.id"
            " WHERE target.is_open IS TRUE AND target.department_id IN %(mine)s)))",
            id=SQL.identifier(alias, "id"),
            user=SQL.identifier(alias, "user_id"),
            department=SQL.identifier(alias, "department_id"),
            mine=tuple(self.env.user._gb_departments().ids) or (0,),
            uid=self.env.uid,
        )

    # ------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------
    def _get_route(self):
        """:return: gb.ticket.route that decides on this work order, as superuser; empty when no rule fits"""
        self.ensure_one()
        return self.env["gb.ticket.route"]._find(self._get_route_facts(), self.company_id)

    def _get_route_facts(self):
        """Override to add facts for criteria of your own: an object with one item per criterion."""
        return RouteFacts(self.sudo())

    @api.model
    def _choose_process(self, vals):
        """:return: gb.ticket.process in use for a work order with these values: that of the first rule that fits"""
        Route, Process = self.env["gb.ticket.route"], self.env["gb.ticket.process"]
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
        rules = Route._get_rules(company.id)
        if not any(process_code for _id, process_code, _criteria in rules):
            return super()._choose_process(vals)
        draft = self.sudo().new(
            {
                name: vals[name]
                for name in ROUTED_BY & vals.keys()
                if not isinstance(vals[name], (list, tuple))
            }
        )
        facts = draft._get_route_facts()
        for _id, process_code, criteria in rules:
            if not Route._get_misfit(criteria, facts):
                return (
                    Process._get_active(process_code)
                    if process_code
                    else super()._choose_process(vals)
                )
        return super()._choose_process(vals)

    def write(self, vals):
        result = super().write(vals)
        if ROUTED_BY & vals.keys():
            self.filtered(lambda ticket: ticket.phase == "draft")._update_process()
        return result

    def _update_process(self):
        """Choose the process of drafts again: until it is accepted, a work order may become another matter."""
        for ticket in self.sudo():
            vals = {
                name: ticket._fields[name].convert_to_write(ticket[name], ticket)
                for name in ROUTED_BY
            }
            process = self._choose_process({**vals, "company_id": ticket.company_id.id})
            if process.code == ticket.process_id.code:
                continue
            ticket.process_id = process
            if ticket.state_id != process.start_state_id:
                ticket._run_clocks(ticket._set_state(process.start_state_id, actor="system"))

    def _explain_route(self):
        """Why this work order was, or would be, sent where it goes.

        :return: list of {"rule": gb.ticket.route, "fits": bool, "decides": bool, "why": sentence}, in order
        """
        self.ensure_one()
        Route = self.env["gb.ticket.route"].sudo()
        facts, decided, rows = self._get_route_facts(), False, []
        for route_id, _process_code, criteria in Route._get_rules(self.company_id.id):
            route = Route.browse(route_id)
            misfit = Route._get_misfit(criteria, facts)
            if misfit:
                why = self._explain_misfit(route, misfit)
            elif decided:
                why = self.env._("Fits too, but a rule above it decides.")
            elif route.department_id:
                why = self.env._(
                    "Fits: %(department)s.", department=route.department_id.display_name
                )
            else:
                why = self.env._("Fits: a dispatcher chooses the department.")
            rows.append(
                {
                    "rule": route,
                    "fits": not misfit,
                    "decides": not misfit and not decided,
                    "why": why,
                }
            )
            decided = decided or not misfit
        return rows

    def _explain_misfit(self, route, name):
        field, own = route._fields[name], self._describe_fact(name)
        wanted = route[name]
        if field.relational:
            wanted = ", ".join(wanted.mapped("display_name"))
        else:
            wanted = dict(field._description_selection(self.env))[wanted]
        return self.env._(
            "%(criterion)s: %(wanted)s. This work order: %(own)s.",
            criterion=field._description_string(self.env),
            wanted=wanted,
            own=own or self.env._("none"),
        )

    def _describe_fact(self, name):
        """:return: what the work order has for the criterion ``name``, as text"""
        ticket = self.sudo()
        if name in ("channel", "severity"):
            return dict(ticket._fields[name]._description_selection(self.env)).get(ticket[name])
        records = {
            "type_ids": ticket.type_id,
            "category_ids": ticket.category_id,
            "product_category_ids": (ticket.product_id or ticket.order_line_id.product_id).categ_id,
            "partner_category_ids": ticket.partner_id.category_id
            | ticket.partner_id.commercial_partner_id.category_id,
        }
        return ", ".join(records[name].mapped("display_name"))

    @api.depends(
        "route_id", "department_id", "state_id", "type_id", "channel", "severity", "category_id"
    )
    @api.depends_context("uid", "lang")
    def _compute_route_explanation(self):
        for ticket in self:
            step = (
                ticket.sudo()
                .step_ids.filtered(
                    lambda step: step.transition_id.effect in ("dispatch", "transfer")
                )
                .sorted("id")[-1:]
            )
            ticket.route_explanation = self.env["ir.qweb"]._render(
                "gb_ticket.route_explanation",
                {"ticket": ticket.sudo(), "step": step, "rows": ticket._explain_route()},
            )

    def action_explain_route(self):
        """:return: action that opens the explanation"""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why this department?"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("gb_ticket.gb_ticket_view_form_route").id, "form")],
            "target": "new",
        }

    # ------------------------------------------------------------
    # What the dialog of a move begins with
    # ------------------------------------------------------------
    def action_get_move_defaults(self, code):
        """What the dialog of a move is filled with when it opens.

        :param code: code of the move
        :return: {field: value as in ``write``}; only fields that the move sets
        """
        self.ensure_one()
        self.check_access("read")
        move_sudo = self._find_move(code)
        asked = (move_sudo.required_field_ids | move_sudo.optional_field_ids).mapped("name")
        defaults = self._get_move_defaults(move_sudo)
        return {
            name: self._fields[name].convert_to_write(value, self)
            if isinstance(value, models.BaseModel)
            else value
            for name, value in defaults.items()
            if name in asked
        }

    def _get_move_defaults(self, move):
        """Override to fill in more.

        :param move: gb.ticket.transition, as superuser
        :return: {field: value}
        """
        if move.effect == "dispatch":
            department = self.suggested_department_id or self._get_route().department_id
            return {"department_id": department} if department else {}
        if move.effect == "transfer":
            return {"department_id": self.department_id} if self.department_id else {}
        if move.effect == "wait":
            return {"follow_up_at": self._get_tomorrow_morning()}
        return {}

    def _get_tomorrow_morning(self):
        """:return: tomorrow at nine o'clock of the user, in UTC without time zone"""
        zone = pytz.timezone(self.env.user.tz or "UTC")
        tomorrow = datetime.now(zone).date() + timedelta(days=1)
        return (
            zone.localize(datetime.combine(tomorrow, time(FOLLOW_UP_HOUR)))
            .astimezone(pytz.UTC)
            .replace(tzinfo=None)
        )

    # ------------------------------------------------------------
    # Dispatch and transfer
    # ------------------------------------------------------------
    def _effect_dispatch(self, move, from_state, note):
        result = super()._effect_dispatch(move, from_state, note)
        route = self._get_route()
        self.route_id = route if route.department_id == self.department_id else False
        self._assign(self.user_id)
        return result

    def _effect_send_back(self, move, from_state, note):
        """It is nobody's now: it leaves the lists of the department that has sent it back."""
        result = super()._effect_send_back(move, from_state, note)
        self.write({"department_id": False, "route_id": False})
        return result

    def _effect_transfer(self, move, from_state, note):
        result = super()._effect_transfer(move, from_state, note)
        last = self.step_ids.sorted("id")[-1:]
        handler = self.user_id
        if handler == last.user_id:
            # nobody was named: into the pool of the department
            handler = handler.browse()
        if self.department_id != last.department_id:
            self.route_id = False
        self._assign(handler)
        return result

    def _assign(self, user):
        """Give the work order to ``user``, or by the department's rule to one of it, or to its pool.

        :raises UserError: when ``user`` does not work for the department
        """
        department = self.department_id
        if user and user not in department.gb_member_ids | department.gb_lead_ids:
            raise UserError(
                self.env._(
                    "%(user)s does not work for %(department)s: choose a member or lead of it.",
                    user=user.name,
                    department=department.display_name,
                )
            )
        if user:
            self._warn_of_absence(user)
        self.user_id = user or department._gb_choose_handler()

    def _warn_of_absence(self, user):
        """Tell the one who assigns it, and note it, when ``user`` is on leave; it is assigned all the same."""
        until = user._gb_get_absences().get(user)
        if not until or user == self.env.user:
            return
        text = self.env._(
            "%(user)s is on leave until %(until)s and will not see %(number)s before.",
            user=user.name,
            until=fields.Datetime.context_timestamp(self, until).strftime("%Y-%m-%d %H:%M"),
            number=self.name,
        )
        self._message_log(body=text)
        self.env.user._bus_send(
            "simple_notification", {"type": "warning", "message": text, "sticky": True}
        )

    def _after_move(self, move, step):
        result = super()._after_move(move, step)
        if move.effect == "dispatch":
            if self.route_id:
                step.details = {**(step.details or {}), "route_id": self.route_id.name}
            self._create_route_tasks()
        if move.effect in ("dispatch", "transfer"):
            self._notify_handler()
        if move.effect == "accept":
            self._dispatch_automatically()
        return result

    def _dispatch_automatically(self):
        """Dispatch at once when the rule says so and the process lets the system do it."""
        route = self._get_route()
        if not route.is_automatic:
            return
        move = self._get_moves("system").filtered(lambda move: move.effect == "dispatch")[:1]
        if move:
            self._transition(move.code, {"department_id": route.department_id.id}, actor="system")

    def _create_route_tasks(self):
        """Create the tasks for further departments; a department that has one already gets no second one."""
        departments = (
            self.route_id.task_department_ids - self.task_ids.department_id - self.department_id
        )
        self.env["gb.ticket.task"].create(
            [
                {"ticket_id": self.id, "department_id": department.id, "name": self.subject}
                for department in departments
            ]
        )

    def _notify_handler(self):
        """Tell the one who got it from somebody else."""
        if self.user_id and self.user_id != self.env.user:
            self.message_notify(
                partner_ids=self.user_id.partner_id.ids,
                subject=self.env._("%(number)s was given to you", number=self.name),
                body=self.subject,
            )

    # ------------------------------------------------------------
    # Claiming
    # ------------------------------------------------------------
    def action_claim(self):
        """Take unclaimed work orders of the current user's departments.

        :return: notice of what was claimed, and who has the others
        :raises UserError: when none of them could be claimed, saying why
        """
        self.check_access("read")
        claimed, refusals = self.browse(), []
        for ticket in self:
            refusal = ticket._claim()
            if refusal:
                refusals.append(refusal)
            else:
                claimed |= ticket
        if not claimed and refusals:
            raise UserError("\n".join(refusals))
        message = self.env._("Claimed: %(numbers)s.", numbers=", ".join(claimed.mapped("name")))
        return self._get_notice(
            " ".join([message, *refusals]), "warning" if refusals else "success"
        )

    def _claim(self):
        """:return: False when it is the current user's now, else the sentence why not"""
        self.ensure_one()
        # Waits for whoever has it. When that was another claim, PostgreSQL refuses this transaction, Odoo runs it
        # again on a fresh snapshot, and the winner's name is known then.
        self.flush_recordset()
        self.env.execute_query(
            SQL("SELECT id FROM gb_ticket WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        user, ticket_sudo = self.env.user, self.sudo()
        department = ticket_sudo.department_id
        if ticket_sudo.user_id == user:
            return self.env._("%(number)s is yours already.", number=self.name)
        if ticket_sudo.user_id:
            return self.env._(
                "%(user)s has claimed %(number)s already.",
                user=ticket_sudo.user_id.name,
                number=self.name,
            )
        if not ticket_sudo.is_unclaimed:
            return self.env._(
                "%(number)s is in “%(state)s”: there is nothing to claim.",
                number=self.name,
                state=ticket_sudo.state_id.name,
            )
        if department not in user._gb_departments():
            return self.env._(
                "%(number)s is for members of the department %(department)s.",
                number=self.name,
                department=department.display_name,
            )
        ticket_sudo._hand_to(user, "claim", self.env._("Claimed"))
        return False

    def action_claim_next(self):
        """Claim the most urgent unclaimed work order of the current user's departments; called on no record.

        :return: action that opens it, or a notice that there is none
        """
        tickets = self.env["gb.ticket"].search(
            [
                ("is_unclaimed", "=", True),
                ("department_id", "in", self.env.user._gb_departments().ids),
            ],
            order="urgency desc, next_due_at, id",
            limit=CLAIM_CANDIDATES,
        )
        # sudo: members may always lock what they may claim
        ticket = tickets.sudo().try_lock_for_update(allow_referencing=True, limit=1).sudo(False)
        if not ticket:
            return self._get_notice(
                self.env._(
                    "There is nothing to claim: your departments have no unclaimed work orders."
                ),
                "info",
            )
        ticket.sudo()._hand_to(self.env.user, "claim", self.env._("Claimed"))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": ticket.id,
            "views": [(False, "form")],
        }

    def action_release(self):
        """Give work orders back to the pool of their departments.

        :raises UserError: when one is neither the current user's nor of a department that he leads
        """
        self.check_access("read")
        for ticket in self:
            ticket._lock()
            if not ticket.is_releasable:
                raise UserError(
                    self.env._(
                        "%(number)s is for its handler, %(handler)s, or a lead of the department to give back.",
                        number=ticket.name,
                        handler=ticket.sudo().user_id.name or self.env._("nobody"),
                    )
                )
            ticket.sudo()._hand_to(
                self.env["res.users"], "release", self.env._("Given back to the department")
            )
        return self._get_notice(
            self.env._("Given back: %(numbers)s.", numbers=", ".join(self.mapped("name"))),
            "success",
        )

    def _hand_to(self, user, code, note):
        """Change the handler within the department, as superuser; a step of the history like any move."""
        self.ensure_one()
        self.user_id = user
        step = self._set_state(self.state_id, note=note)
        step.transition_code = code
        self._run_clocks(step)
        self._emit(f"ticket.{code}", step)

    @api.model
    def _get_notice(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
