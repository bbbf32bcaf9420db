from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import TicketCase

READERS = ("agent", "agent_3", "lead", "clerk", "dispatcher", "inspector", "analyst", "manager")
CHILDREN = (
    "gb.ticket.step",
    "gb.ticket.task",
    "gb.ticket.clock",
    "gb.ticket.message",
    "gb.ticket.rating",
)
# readable although they belong to no work order: words and settings that screens show
SETTINGS = (
    "gb.ticket.type",
    "gb.ticket.state",
    "gb.ticket.category",
    "gb.ticket.route",
    "gb.ticket.process",
    "gb.ticket.transition",
    "gb.ticket.clock.kind",
    "gb.ticket.clock.policy",
    "gb.ticket.template",
)


@tagged("post_install", "-at_install")
class TestRights(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.ticket.route"].search([]).active = False
        cls.nobody = new_test_user(cls.env, "gb_nobody", "base.group_user")
        cls.role_only = new_test_user(cls.env, "gb_role_only", "gb_ticket.group_gb_ticket_user")
        cls.portal = new_test_user(cls.env, "gb_portal", "base.group_portal")

    @classmethod
    def _other_company(cls):
        company = cls.env["res.company"].create({"name": "Second company"})
        return company, {
            role: new_test_user(
                cls.env,
                f"gb_other_{role.rsplit('_', 1)[-1]}",
                groups=f"base.group_user,{role}",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            )
            for role in (
                "gb_callcenter.group_gb_agent",
                "gb_callcenter.group_gb_manager",
                "gb_callcenter.group_gb_analyst",
                "gb_ticket.group_gb_dispatcher",
                "gb_ticket.group_gb_department",
            )
        }

    def _with_children(self):
        """A work order in processing with one of each record that belongs to it."""
        ticket = self._walk(self._ticket(), "processing")
        self.env["gb.ticket.task"].create(
            {"name": "Look", "ticket_id": ticket.id, "department_id": self.logistics.id}
        )
        self.env["gb.ticket.message"].create(
            {"ticket_id": ticket.id, "direction": "in", "channel": "phone", "body": "Hello"}
        )
        self.env["gb.ticket.rating"].create({"ticket_id": ticket.id})
        if not ticket.clock_ids:
            self.env["gb.ticket.clock"].create(
                {
                    "ticket_id": ticket.id,
                    "kind_id": self.env["gb.ticket.clock.kind"].search([], limit=1).id
                    or self.env["gb.ticket.clock.kind"].create({"name": "Test", "code": "test"}).id,
                }
            )
        self.env["gb.ticket.clock.event"].create(
            {"clock_id": ticket.clock_ids[:1].id, "event": "activate", "at": "2026-03-04 03:00:00"}
        )
        return ticket

    def _sees(self, user, records):
        """Searching and reading by id agree."""
        records = records.with_user(user)
        found = bool(records.search_count([("id", "in", records.ids)]))
        self.assertEqual(
            found, all(record.has_access("read") for record in records), (user.login, records)
        )
        return found

    # --- who sees which work orders ------------------------------------------------------------
    def test_the_call_centre_and_its_readers_see_all(self):
        tickets = self._ticket() | self._walk(self._ticket(), "processing")
        for name in READERS:
            for ticket in tickets:
                self.assertTrue(self._sees(getattr(self, name), ticket), name)

    def test_departments_see_theirs_but_no_drafts(self):
        draft, ticket = self._ticket(), self._walk(self._ticket(), "dispatched")
        for user in (self.handler, self.handler_2, self.department_lead):
            self.assertTrue(self._sees(user, ticket))
            self.assertFalse(self._sees(user, draft))
        for user in (self.stranger, self.role_only):
            self.assertFalse(self._sees(user, ticket))

    def test_a_new_member_sees_at_once_and_a_former_one_no_more(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self.assertFalse(self._sees(self.stranger, ticket))
        self.quality.gb_member_ids = [(4, self.stranger.id)]
        self.assertTrue(self._sees(self.stranger, ticket))
        self.stranger.gb_department_ids = [(3, self.quality.id)]
        self.assertFalse(self._sees(self.stranger, ticket))

    def test_a_handler_who_left_the_department_still_sees_what_he_handles(self):
        ticket = self._walk(self._ticket(), "processing")
        self.quality.gb_member_ids = [(3, self.handler.id)]
        self.assertTrue(self._sees(self.handler, ticket))
        self.assertFalse(self._sees(self.handler, self._walk(self._ticket(), "dispatched")))

    def test_what_belongs_to_a_work_order_is_seen_with_it(self):
        ticket = self._with_children()
        for model in CHILDREN:
            records = self.env[model].search([("ticket_id", "=", ticket.id)])
            self.assertTrue(records, model)
            for name in READERS + ("handler", "department_lead"):
                self.assertTrue(self._sees(getattr(self, name), records), (model, name))
            for user in (self.stranger, self.role_only):
                self.assertFalse(self._sees(user, records), model)
        events = ticket.clock_ids[:1].sudo().mapped("id") and self.env[
            "gb.ticket.clock.event"
        ].search([("clock_id", "in", ticket.clock_ids.ids)])
        self.assertTrue(self._sees(self.handler, events))
        self.assertFalse(self._sees(self.stranger, events))

    def test_approvals_are_seen_by_who_asked_and_who_decides(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._move(ticket, self.agent, "decline", note="Not ours")
        approval = ticket.approval_ids
        self.assertEqual(len(approval), 1)
        for user in (self.agent, self.lead, self.manager, self.inspector, self.analyst):
            self.assertTrue(self._sees(user, approval), user.login)
        for user in (self.agent_2, self.handler, self.stranger):
            self.assertFalse(self._sees(user, approval), user.login)

    def test_outside_the_work_orders_nothing_is_seen(self):
        ticket = self._with_children()
        models = [
            name
            for name in self.env.registry
            if name.startswith(("gb.ticket", "gb.eligibility", "gb.webhook", "gb.api"))
        ]
        self.assertGreater(len(models), 20)
        for user in (self.nobody, self.portal, self.env.ref("base.public_user")):
            for name in models:
                model = self.env[name].with_user(user)
                if not model._abstract:
                    self.assertFalse(model.has_access("read"), (user.login, name))
            with self.assertRaises(AccessError):
                ticket.with_user(user).read(["name"])

    # --- who changes what ----------------------------------------------------------------------
    def test_readers_change_nothing(self):
        ticket = self._with_children()
        for user in (self.inspector, self.analyst, self.role_only):
            with self.assertRaises(AccessError):
                ticket.with_user(user).subject = "Mine"
            with self.assertRaises(AccessError):
                self._ticket(user)
            with self.assertRaises(AccessError):
                self._move(ticket, user, "submit", {"solution": "x"})
            with self.assertRaises(AccessError):
                ticket.task_ids.with_user(user).action_claim()

    def test_departments_create_no_work_orders_and_write_only_theirs(self):
        with self.assertRaises(AccessError):
            self._ticket(self.handler)
        ticket = self._walk(self._ticket(), "processing")
        ticket.with_user(self.handler).remedy = "A refund"
        with self.assertRaises(AccessError):
            ticket.with_user(self.stranger).remedy = "Mine"
        with self.assertRaises(AccessError):
            ticket.with_user(self.handler).unlink()

    def test_history_clocks_and_ratings_are_written_by_nobody(self):
        ticket = self._with_children()
        for records, values in (
            (ticket.step_ids[:1], {"note": "Never happened"}),
            (ticket.clock_ids[:1], {"is_breached": False}),
            (ticket.rating_request_ids[:1], {"score": "5"}),
        ):
            for user in (self.agent, self.handler, self.lead, self.manager):
                with self.assertRaises(AccessError, msg=records._name):
                    records.with_user(user).write(values)
                with self.assertRaises(AccessError, msg=records._name):
                    records.with_user(user).unlink()

    def test_only_managers_change_settings(self):
        for name in SETTINGS:
            model = self.env[name]
            for user in (
                self.agent,
                self.lead,
                self.handler,
                self.dispatcher,
                self.inspector,
                self.analyst,
            ):
                self.assertTrue(model.with_user(user).has_access("read"), name)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(
                        model.with_user(user).has_access(operation), (name, user.login)
                    )
            self.assertTrue(model.with_user(self.manager).has_access("write"), name)

    # --- companies -----------------------------------------------------------------------------
    def test_another_company_sees_and_moves_nothing(self):
        ticket = self._with_children()
        _company, users = self._other_company()
        for role, user in users.items():
            self.assertFalse(self._sees(user, ticket), role)
            for model in CHILDREN:
                self.assertFalse(
                    self._sees(user, self.env[model].search([("ticket_id", "=", ticket.id)])),
                    (role, model),
                )
            mine = ticket.with_user(user)
            for call in (
                lambda mine=mine: mine.action_transition("submit", {"solution": "x"}),
                lambda mine=mine: mine.action_get_move_defaults("submit"),
                lambda mine=mine: mine.action_claim(),
                lambda mine=mine: mine.action_release(),
                lambda mine=mine: mine.action_explain_route(),
                lambda mine=mine: mine.read(["subject"]),
                lambda mine=mine: mine.write({"subject": "Ours"}),
                lambda mine=mine: mine.task_ids.browse(ticket.task_ids.ids).action_claim(),
                lambda mine=mine: mine.task_ids.browse(ticket.task_ids.ids).action_done("x"),
            ):
                with (
                    self.assertRaises(AccessError, msg=role),
                    mute_logger("odoo.addons.base.models.ir_rule"),
                ):
                    call()

    def test_a_department_shared_by_companies_shares_no_work_orders(self):
        ticket = self._walk(self._ticket(), "dispatched")
        _company, users = self._other_company()
        other = users["gb_ticket.group_gb_department"]
        self.quality.gb_member_ids = [(4, other.id)]
        self.assertFalse(self._sees(other, ticket))

    def test_another_companys_settings_are_not_seen(self):
        company, users = self._other_company()
        route = self.env["gb.ticket.route"].create({"name": "Theirs", "company_id": company.id})
        self.assertFalse(self._sees(self.manager, route))
        self.assertTrue(self._sees(users["gb_callcenter.group_gb_manager"], route))

    # --- every model ---------------------------------------------------------------------------
    def test_every_model_has_rights_and_none_for_everybody(self):
        access = self.env["ir.model.access"].search([("model_id.model", "=like", "gb.%")])
        for name in self.env.registry:
            model = self.env[name]
            if (
                not name.startswith(("gb.ticket", "gb.eligibility", "gb.webhook", "gb.api"))
                or model._abstract
            ):
                continue
            rows = access.filtered(lambda row, name=name: row.model_id.model == name)
            self.assertTrue(rows if model._auto else True, name)
            self.assertTrue(all(row.group_id for row in rows), name)

    def test_records_of_companies_have_a_company_rule(self):
        for name in self.env.registry:
            model = self.env[name]
            if not name.startswith(("gb.ticket", "gb.eligibility", "gb.webhook", "gb.api")):
                continue
            if (
                model._abstract
                or model._transient
                or not {"company_id", "ticket_id"} & set(model._fields)
            ):
                continue
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", name), ("global", "=", True)]
            )
            self.assertTrue(
                rules.filtered(lambda rule: "company_id" in (rule.domain_force or "")),
                f"{name} has no company rule",
            )

    def test_secrets_are_read_by_nobody_but_the_system(self):
        for name in self.env.registry:
            if not name.startswith("gb."):
                continue
            for field in self.env[name]._fields.values():
                # a work order's own access_token is in the link that its agents send to the customer
                if field.store and field.name in ("secret", "token", "secret_hash", "token_hash"):
                    self.assertTrue(field.groups, f"{name}.{field.name}")

    # --- speed ---------------------------------------------------------------------------------
    def test_a_departments_list_is_read_through_indexes(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self.env.flush_all()
        self._insert_closed(ticket, 30_000)
        member = self.env["gb.ticket"].with_user(self.handler)
        query = member._search([], order="id desc", limit=80)
        plan = "\n".join(
            row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        )
        self.assertIn("gb_ticket__department_id_index", plan)
        self.assertNotIn("Seq Scan on gb_ticket ", plan)
        self.assertIn(ticket, member.search([], limit=80))

    def _insert_closed(self, ticket, count):
        """Many closed work orders of another department, as years leave them behind."""
        columns = [
            field.name
            for field in ticket._fields.values()
            if field.store
            and field.column_type
            and field.name not in ("id", "name", "access_token")
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO gb_ticket (name, %(columns)s) SELECT 'X' || n, %(values)s"
                " FROM gb_ticket, generate_series(1, %(count)s) n WHERE id = %(id)s",
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                values=SQL(", ").join(
                    SQL("%s", self.elsewhere.id)
                    if name == "department_id"
                    else SQL("false")
                    if name == "is_open"
                    else SQL.identifier(name)
                    for name in columns
                ),
                count=count,
                id=ticket.id,
            )
        )
        self.env.cr.execute("ANALYZE gb_ticket")
        self.env.cr.execute(
            "INSERT INTO gb_ticket_department_rel (ticket_id, department_id)"
            " SELECT id, department_id FROM gb_ticket WHERE name LIKE 'X%%' AND department_id = %s",
            [self.elsewhere.id],
        )
        self.env.cr.execute("ANALYZE gb_ticket_department_rel")
