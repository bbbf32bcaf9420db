import logging
import threading
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from unittest.mock import patch

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.demo_stories import STORIES
from .gb_ticket_after_sales import DOCUMENTS

_logger = logging.getLogger(__name__)

ZONE = pytz.timezone("Asia/Shanghai")
XMLIDS = {
    "customer": ("partner_id", "gb_callcenter.partner_%s"),
    "type": ("type_id", "gb_ticket.gb_ticket_type_%s"),
    "category": ("category_id", "gb_ticket.gb_ticket_category_%s"),
    "product": ("product_id", "%s"),
    "exchange_for": ("exchange_product_id", "%s"),
    "order": ("order_id", "gb_callcenter.sale_order_%s"),
    "fault": ("fault_type_id", "gb_ticket.gb_ticket_fault_%s"),
    "cause": ("cause_id", "gb_ticket.gb_ticket_cause_%s"),
    "responsible": ("responsible_department_id", "gb_ticket.hr_department_%s"),
    "department": ("department_id", "gb_ticket.hr_department_%s"),
    "suggested": ("suggested_department_id", "gb_ticket.hr_department_%s"),
    "cancel_reason": ("cancel_reason_id", "gb_ticket.gb_ticket_cancel_reason_%s"),
}


@contextmanager
def moved_clock(moment):
    """Make it ``moment`` for the thread that loads the demo."""
    real, thread = fields.Datetime.now, threading.get_ident()

    def now(*_args):
        return moment if threading.get_ident() == thread else real()

    with patch.object(fields.Datetime, "now", staticmethod(now)):
        yield


class GbTicket(models.Model):
    """Work orders of the demo: moved by the people of the demo as users would, at times of the past weeks."""

    _inherit = "gb.ticket"

    @api.model
    def _load_demo(self):
        """Tell the stories in an empty database (demo data only)."""
        if self.search_count([], limit=1):
            return
        self._stock_demo()
        tickets = self.browse()
        for days, begin, values, path in sorted(STORIES, key=lambda story: -story[0]):
            tickets |= self._tell_demo_story(self._get_demo_begin(days, begin), values, path)
        self._finish_demo(tickets)

    @api.model
    def _get_demo_begin(self, days, begin):
        """:return: naive UTC datetime, so many working days ago at a local time, or so many minutes ago"""
        now = fields.Datetime.now()
        if not days:
            return now - timedelta(minutes=begin)
        day = pytz.utc.localize(now).astimezone(ZONE).date()
        while days:
            day -= timedelta(days=1)
            days -= day.weekday() < 5
        local = ZONE.localize(datetime.combine(day, time.fromisoformat(begin)))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _tell_demo_story(self, begin, values, path):
        hours = self.env["gb.ticket.clock"]._get_hours(self.env.company.id, False)
        agent = self._get_demo_user(path[0][1] if path else "agent1")
        values = self._prepare_demo_values(values, begin)
        with self._demo_moment(begin):
            ticket = self.with_user(agent).create(values)
        ticket = ticket.with_env(self.env)
        ticket.call_ids = ticket._find_demo_call()
        moment, now = begin, fields.Datetime.now()
        for minutes, login, act, *arguments in path:
            moment = hours.add(moment, minutes) if minutes else moment
            if moment > now:
                break
            try:
                with self.env.cr.savepoint(), self._demo_moment(moment):
                    ticket._do_demo_step(login, act, arguments)
            except UserError as error:
                # e.g. no refund in a company without a chart of accounts
                _logger.info("Demo: “%s” ends before “%s”: %s", ticket.subject, act, error)
                break
            ticket.invalidate_recordset()
            ticket._backdate_demo(moment)
        return ticket

    @api.model
    @contextmanager
    def _demo_moment(self, moment):
        """What is done inside happens at ``moment``: its messages too, whose time is the clock's otherwise."""
        messages = self.env["mail.message"].sudo().with_context(active_test=False)
        last = messages.search([], order="id desc", limit=1).id or 0
        with moved_clock(moment):
            yield
            self.env.cr.flush()  # with the messages of tracked fields
        messages.search([("id", ">", last)]).write({"date": moment})

    @api.model
    def _get_demo_user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    @api.model
    def _read_demo_values(self, values):
        """:return: ``values`` with records instead of the demo's names"""
        result = {}
        for name, value in values.items():
            if name in XMLIDS:
                field, xmlid = XMLIDS[name]
                result[field] = self.env.ref(xmlid % value).id
            elif name == "follow_up":
                result["follow_up_at"] = fields.Datetime.now() + timedelta(days=value)
            else:
                result[name] = value
        return result

    @api.model
    def _prepare_demo_values(self, values, begin):
        bought = values.get("bought")
        result = self._read_demo_values(
            {name: value for name, value in values.items() if name != "bought"}
        )
        if "occurred" in result:
            result["occurred_at"] = begin - timedelta(days=result.pop("occurred"))
        order = self.env["sale.order"].browse(result.get("order_id"))
        if bought:
            order = self._make_demo_order(
                self.env["res.partner"].browse(result["partner_id"]),
                begin,
                **{**bought, "product": self.env.ref(bought["product"])},
            )
            result["order_id"] = order.id
        elif order.date_order and order.date_order > begin:
            ordered_at = begin - timedelta(days=3)
            order.date_order = ordered_at
            order.picking_ids.scheduled_date = ordered_at
            self._backdate_demo_rows(order, ordered_at)
            self._backdate_demo_rows(order.picking_ids, ordered_at)
        if order:
            result["order_line_id"] = order.order_line[:1].id
            result["product_id"] = order.order_line[:1].product_id.id
        if result["type_id"] == self.env.ref("gb_ticket.gb_ticket_type_expedite").id:
            result["picking_id"] = order.picking_ids[:1].id
        return result

    def _find_demo_call(self):
        """:return: the customer's last call before this work order, if it came in by telephone"""
        if self.channel != "phone":
            return self.env["gb.call"]
        return self.env["gb.call"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("offered_at", "<=", self.step_ids.started_at),
            ],
            limit=1,
        )

    def _backdate_demo(self, moment):
        """Rows whose time is the database's are of ``moment`` too."""
        self.gb_message_ids.filtered(lambda message: message.at > moment).write({"at": moment})
        for documents in (
            self.approval_ids,
            self.task_ids,
            self.replacement_ids.picking_ids,
            *(self[field] for field, _counter in DOCUMENTS.values()),
        ):
            self._backdate_demo_rows(documents, moment)

    @api.model
    def _finish_demo(self, tickets):
        """Nothing of the demo is sent; clocks that have run out meanwhile are overdue."""
        self.env["gb.ticket.clock"].search(
            [("next_threshold_at", "<=", fields.Datetime.now())]
        )._sweep(defaultdict(list))
        tickets.gb_message_ids.filtered(lambda message: message.state == "queued").write(
            {"state": "sent"}
        )
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "in", [self._name, *DOCUMENTS]), ("state", "=", "outgoing")])
        )
        mails.write({"state": "sent"})
        self.env["sms.sms"].sudo().search([("state", "=", "outgoing")]).write({"state": "sent"})
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE gb_ticket SET create_date = begun FROM (SELECT ticket_id, min(started_at) AS begun "
                "FROM gb_ticket_step GROUP BY ticket_id) AS step WHERE step.ticket_id = gb_ticket.id"
            )
        )
        tickets.invalidate_recordset(["create_date"])

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------
    def _do_demo_step(self, login, act, arguments):
        """Do one step as the user ``login``, as the customer or as the system."""
        actor = login if login in ("customer", "system") else "user"
        ticket = self.with_user(self._get_demo_user(login)) if actor == "user" else self.sudo()
        special = getattr(ticket, f"_demo_{act}", None)
        if special:
            special(*arguments)
            return
        values, note = (*arguments, None, None)[:2]
        values = ticket._complete_demo_values(act, self._read_demo_values(values or {}))
        if act != "dispatch" or self.state_code == "accepted":  # a rule may have been quicker
            ticket._transition(act, values, note, actor=actor)

    def _complete_demo_values(self, act, values):
        if act == "dispatch" and "department_id" not in values:
            values["department_id"] = self.sudo()._get_route().department_id.id
        if act == "submit" and self.kind == "complaint":
            granted = values.get("compensation")
            values["compensation_decision"] = "granted" if granted else "none"
        return values

    def _demo_attempt(self, reached, note):
        self._log_attempt(reached, note)

    def _demo_reply(self, channel, body):
        self._send_reply(channel, body)

    def _demo_receive(self, channel, body):
        self._receive(channel, body)

    def _demo_chase(self):
        self._chase("web")

    def _demo_ask(self):
        self._request_rating("sms").asked_at = fields.Datetime.now()

    def _demo_rate(self, solved, score, comment):
        self._get_rating()._answer(solved, score, comment, channel="sms")

    def _demo_task(self, department, name):
        self.env["gb.ticket.task"].create(
            {
                "ticket_id": self.id,
                "name": name,
                "department_id": self.env.ref(f"gb_ticket.hr_department_{department}").id,
            }
        )

    def _demo_task_done(self, result):
        departments = self.env.user._gb_departments()
        tasks = self.task_ids.filtered(
            lambda task: task.state == "open" and task.department_id in departments
        )
        tasks.action_claim()
        tasks.action_done(result)

    def _demo_extension(self, reason):
        self._ask_extension(self.due_at + timedelta(days=2), reason)

    def _demo_new_matter(self, reason):
        self.action_answer_duplicate("new", reason=reason)

    def _demo_join(self):
        other = self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("category_id", "=", self.category_id.id),
                ("id", "!=", self.id),
                ("is_open", "=", True),
            ],
            limit=1,
        )
        self.action_answer_duplicate("append", other.id, "The same parcel")
