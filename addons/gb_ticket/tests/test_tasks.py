from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestTasks(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.ticket.route"].search([]).active = False
        cls.packer = cls._new_ticket_user("gb_packer", "department")
        cls.packer_2 = cls._new_ticket_user("gb_packer_2", "department")
        cls.logistics.gb_member_ids = cls.packer | cls.packer_2

    def _task(self, ticket=None, user=None, **values):
        ticket = ticket or self._walk(self._ticket(), "processing")
        task = (
            self.env["gb.ticket.task"]
            .with_user(user or self.handler)
            .create(
                {
                    "name": "Find the parcel",
                    "ticket_id": ticket.id,
                    "department_id": self.logistics.id,
                    **values,
                }
            )
        )
        return task.with_env(self.env)

    def _notices(self, ticket, user):
        return self.env["mail.message"].search(
            [
                ("model", "=", "gb.ticket"),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "user_notification"),
                ("notified_partner_ids", "in", user.partner_id.ids),
            ]
        )

    def test_claim_and_finish(self):
        task = self._task()
        task.with_user(self.packer).action_claim()
        self.assertEqual((task.state, task.user_id), ("doing", self.packer))
        task.with_user(self.packer).action_done("Found in the second warehouse")
        self.assertEqual((task.state, task.result), ("done", "Found in the second warehouse"))
        self.assertTrue(task.done_at)
        self.assertTrue(
            task.ticket_id.message_ids.filtered(lambda message: "second warehouse" in message.body)
        )

    def test_the_other_department_sees_work_order_and_task_only_with_a_task(self):
        ticket = self._walk(self._ticket(), "processing")
        self.assertFalse(ticket.with_user(self.packer).has_access("read"))
        task = self._task(ticket)
        self.assertTrue(ticket.with_user(self.packer).has_access("read"))
        self.assertTrue(task.with_user(self.packer).has_access("read"))
        self.assertFalse(task.with_user(self.stranger).has_access("read"))

    def test_the_second_claim_names_the_first(self):
        task = self._task()
        task.with_user(self.packer).action_claim()
        with self.assertRaisesRegex(UserError, "has claimed “Find the parcel” already"):
            task.with_user(self.packer_2).action_claim()
        task.with_user(self.packer).action_release()
        task.with_user(self.packer_2).action_claim()
        self.assertEqual(task.user_id, self.packer_2)

    def test_others_do_not_work_on_it(self):
        task = self._task()
        for action in ("action_claim", "action_done", "action_release"):
            with self.assertRaisesRegex(AccessError, "members of the department Logistics"):
                getattr(task.with_user(self.handler), action)()
            with self.assertRaises(AccessError):
                getattr(task.with_user(self.stranger), action)()

    def test_the_result_is_asked_for(self):
        task = self._task()
        action = task.with_user(self.packer).action_done()
        self.assertEqual(action["res_model"], "gb.ticket.task.finish")
        self.assertEqual(task.state, "open")
        form = Form(
            self.env["gb.ticket.task.finish"]
            .with_user(self.packer)
            .with_context(**action["context"])
        )
        form.result = "Sent today"
        form.save().action_confirm()
        self.assertEqual(
            (task.state, task.result, task.user_id), ("done", "Sent today", self.packer)
        )

    def test_what_is_done_is_not_done_again(self):
        task = self._task()
        task.with_user(self.packer).action_done("Found")
        with self.assertRaisesRegex(UserError, "is done already"):
            task.with_user(self.packer_2).action_done("Found again")
        with self.assertRaisesRegex(UserError, "is done already"):
            task.with_user(self.handler).action_cancel("Not needed")

    def test_state_and_handler_are_not_written(self):
        task = self._task()
        for values in ({"state": "done"}, {"user_id": self.packer.id}, {"result": "Done"}):
            with self.assertRaisesRegex(AccessError, "buttons of the task"):
                task.with_user(self.packer).write(values)
        with self.assertRaisesRegex(AccessError, "buttons of the task"):
            self._task(state="done")

    def test_who_adds_tasks(self):
        ticket = self._walk(self._ticket(), "processing")
        for user in (self.handler, self.department_lead, self.agent, self.dispatcher, self.manager):
            self.assertTrue(ticket.with_user(user).is_task_manageable)
            self._task(ticket, user)
        with self.assertRaisesRegex(AccessError, "Tasks of .* are added by its handler"):
            self._task(ticket, self.handler_2)
        with self.assertRaises(AccessError):
            self._task(ticket, self.stranger)
        with self.assertRaises(AccessError):
            self._task(ticket, self.inspector)

    def test_a_closed_work_order_gets_no_task(self):
        ticket = self._walk(self._ticket(), "closed")
        with self.assertRaisesRegex(UserError, "is closed"):
            self._task(ticket, self.agent)

    def test_a_blocking_task_holds_the_result_back(self):
        ticket = self._walk(self._ticket(), "processing")
        blocking = self._task(ticket)
        self._task(ticket, name="Tell the warehouse", is_blocking=False)
        with self.assertRaisesRegex(UserError, "done first: Find the parcel$"):
            self._move(ticket, self.handler, "submit", self._result(ticket))
        blocking.with_user(self.packer).action_done("Found")
        self._walk(ticket, "review")

    def test_the_handler_is_told_when_the_last_blocking_task_is_done(self):
        ticket = self._walk(self._ticket(), "processing")
        first, second = self._task(ticket), self._task(ticket)
        self._task(ticket, is_blocking=False)
        first.with_user(self.packer).action_done("Found")
        self.assertFalse(self._notices(ticket, self.handler))
        second.with_user(self.packer).action_done("Sent")
        self.assertEqual(
            self._notices(ticket, self.handler).subject, f"{ticket.name}: all tasks are done"
        )

    def test_cancel_and_reopen_by_the_lead_handler(self):
        task = self._task()
        with self.assertRaises(AccessError):
            task.with_user(self.packer).action_cancel("No time")
        task.with_user(self.handler).action_cancel("Found already")
        self.assertEqual(task.state, "cancelled")
        with self.assertRaises(AccessError):
            task.with_user(self.packer).action_reopen()
        task.with_user(self.handler).action_reopen()
        self.assertEqual(task.state, "open")

    def test_a_reopened_task_goes_back_to_who_did_it(self):
        task = self._task()
        task.with_user(self.packer).action_done("Found")
        task.with_user(self.handler).action_reopen()
        self.assertEqual((task.state, task.user_id), ("doing", self.packer))
        self.assertFalse(task.done_at)
        self.assertTrue(self._notices(task.ticket_id, self.packer))

    def test_nothing_is_reopened_while_the_result_is_checked(self):
        task = self._task(is_blocking=False)
        task.with_user(self.packer).action_done("Found")
        self._walk(task.ticket_id, "review")
        with self.assertRaisesRegex(UserError, "cannot be reopened"):
            task.with_user(self.agent).action_reopen()

    def test_another_department_starts_anew(self):
        task = self._task()
        task.with_user(self.packer).action_claim()
        task.with_user(self.handler).department_id = self.elsewhere
        self.assertEqual((task.state, task.user_id), ("open", self.env["res.users"]))
        self.assertTrue(task.ticket_id.with_user(self.stranger).has_access("read"))

    def test_closing_and_cancelling_end_the_tasks(self):
        for until, move, note in (
            ("closed", None, None),
            ("processing", "cancel", "The customer wrote so"),
        ):
            ticket = self._walk(self._ticket(), "processing")
            task = self._task(ticket, is_blocking=False)
            self._walk(ticket, until) if move is None else self._move(
                ticket,
                self.dispatcher,
                move,
                self._get_required(ticket, move),
                note,
            )
            self.assertEqual(task.state, "cancelled")

    def _get_required(self, ticket, code):
        """Something for each field that the move asks for."""
        move = ticket.process_id.transition_ids.filtered(lambda move: move.code == code)
        values = {}
        for field in move.required_field_ids:
            values[field.name] = (
                self.env[field.relation].search([], limit=1).id if field.relation else "x"
            )
        return values

    def test_begun_work_is_not_deleted(self):
        task = self._task()
        task.with_user(self.packer).action_claim()
        with self.assertRaisesRegex(UserError, "cancel the task instead"):
            task.with_user(self.agent).unlink()
        self._task(task.ticket_id).with_user(self.agent).unlink()

    def test_my_tasks_shows_mine_and_unclaimed_ones_of_my_departments(self):
        ticket = self._walk(self._ticket(), "processing")
        mine, free, other = self._task(ticket), self._task(ticket), self._task(ticket)
        mine.with_user(self.packer).action_claim()
        other.with_user(self.packer_2).action_claim()
        view = self.env.ref("gb_ticket.gb_ticket_task_view_search")
        domain = self._read_filter(view, "mine_or_unclaimed", self.packer)
        found = self.env["gb.ticket.task"].with_user(self.packer).search(domain)
        self.assertEqual(found, mine | free)

    def _read_filter(self, view, name, user):
        node = etree.fromstring(view.arch).find(f".//filter[@name='{name}']")
        return safe_eval(node.get("domain"), {"uid": user.id})
