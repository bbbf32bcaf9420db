import base64
import json
import time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tools.signature import sign

from .common import TicketCase

CONTROLLER = "odoo.addons.gb_ticket.controllers.api"
SECRET = "secret-of-the-web-shop"
ROOT = "/gb/v1/work-orders"


class ApiCase(HttpCase, TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_user = new_test_user(
            cls.env,
            "gb_web_shop",
            groups="base.group_user,gb_callcenter.group_gb_agent",
            company_id=cls.company.id,
        )
        cls.client = cls.env["gb.api.client"].create(
            {
                "name": "Web shop",
                "user_id": cls.shop_user.id,
                "secret_input": SECRET,
                "can_move": True,
                "can_message": True,
                "can_sms": True,
            }
        )
        cls.customer.ref = "C-4711"

    def _ask(
        self, method, path, values=None, key=None, secret=SECRET, raw=None, client=None, stamp=None
    ):
        """:return: (status, answer)"""
        body = (
            raw if raw is not None else json.dumps(values).encode() if values is not None else b""
        )
        headers = {
            "Content-Type": "application/json",
            "X-GB-Client": client or self.client.key,
            **sign(secret, f"{method} {path}\n".encode() + body, stamp),
            **({"Idempotency-Key": key} if key else {}),
        }
        answer = self.url_open(path, data=body or None, headers=headers, method=method)
        self.env.invalidate_all()
        self.headers = answer.headers
        return answer.status_code, answer.json()

    def _order(self, **values):
        return {
            "type": "complaint",
            "subject": "Bottle leaks",
            "remedy": "A new bottle",
            "customer": {"ref": "C-4711"},
            **values,
        }


@tagged("post_install", "-at_install")
class TestApi(ApiCase):
    # --- who ----------------------------------------------------------------------------------
    @mute_logger(CONTROLLER)
    def test_what_is_not_signed_well_is_refused(self):
        for why, kwargs, error in (
            ("other secret", {"secret": "another secret, as long"}, "bad_signature"),
            ("unknown client", {"client": "nobody"}, "bad_signature"),
            ("stale", {"stamp": time.time() - 301}, "stale"),
        ):
            status, answer = self._ask("POST", ROOT, self._order(), **kwargs)
            self.assertEqual((status, answer["error"]), (401, error), why)
        headers = {"X-GB-Client": self.client.key, **sign(SECRET, b"GET /gb/v1/work-orders\n")}
        answer = self.url_open(f"{ROOT}/WO1", headers=headers)
        self.assertEqual(answer.status_code, 401, "A signature is good for one path only.")
        self.assertFalse(self.env["gb.ticket"].search([("create_uid", "=", self.shop_user.id)]))

    @mute_logger(CONTROLLER)
    def test_client_without_secret_or_with_an_archived_user_gets_nothing(self):
        self.shop_user.active = False
        self.assertEqual(self._ask("GET", ROOT)[0], 401)
        self.shop_user.active = True
        self.client.sudo().secret = False
        self.assertEqual(self._ask("GET", ROOT, secret="x")[0], 401)
        self.assertEqual(
            self.url_open(ROOT, headers={"X-GB-Client": self.client.key}).status_code, 401
        )

    def test_scopes(self):
        self.client.write(
            {"can_read": False, "can_create": False, "can_move": False, "can_message": False}
        )
        for method, path in (
            ("GET", ROOT),
            ("GET", f"{ROOT}/1"),
            ("POST", ROOT),
            ("POST", f"{ROOT}/1/transitions/accept"),
            ("POST", f"{ROOT}/1/messages"),
        ):
            status, answer = self._ask(method, path)
            self.assertEqual((status, answer["error"]), (403, "scope"), path)

    def test_secret_can_never_be_read_and_only_administrators_make_clients(self):
        client = self.client.with_user(self.manager)
        self.assertNotIn(SECRET, str(client.read()))
        for name in ("secret", "secret_input"):
            with self.assertRaises(AccessError):
                client.read([name])
        with self.assertRaises(AccessError):
            client.write({"user_id": self.env.ref("base.user_admin").id})
        with self.assertRaisesRegex(ValidationError, "of its own"):
            self.client.user_id = self.env.ref("base.user_root")

    # --- create -------------------------------------------------------------------------------
    def test_create_accepts_and_normalises(self):
        status, answer = self._ask(
            "POST",
            ROOT,
            self._order(
                order=self.order.name,
                product="Baby bottle",
                contact={"name": "Granny", "phone": "0138 0000 7772", "email": "g@example.com"},
                quantity=2,
                urgency=1,
                attachments=[{"name": "a.txt", "content": base64.b64encode(b"hello").decode()}],
            ),
        )
        self.assertEqual(status, 201, answer)
        ticket = self.env["gb.ticket"].browse(answer["id"])
        self.assertEqual(answer["number"], ticket.name)
        self.assertEqual(answer["state"], "accepted")
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.channel, "api")
        self.assertEqual(ticket.contact_phone, "+8613800007772")
        self.assertEqual(ticket.order_line_id, self.order.order_line)
        self.assertEqual(ticket.urgency, "1")
        self.assertEqual(ticket.accepted_by_id, self.shop_user)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "gb.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertEqual(attachment.raw, b"hello")

    def test_customers_are_found_by_any_of_their_data_or_made(self):
        self.customer.email = "Chen@Customer.example"
        for customer in (
            {"id": self.customer.id},
            {"email": "chen@customer.example"},
            {"phone": "+86 138-0000-7771"},
        ):
            _status, answer = self._ask("POST", ROOT, self._order(customer=customer, accept=False))
            self.assertEqual(answer["customer"]["id"], self.customer.id, customer)
        new = {"name": "Wu Lei", "phone": "13900001234", "ref": "C-9"}
        _status, answer = self._ask("POST", ROOT, self._order(customer=new))
        made = self.env["res.partner"].browse(answer["customer"]["id"])
        self.assertEqual((made.name, made.ref, made.phone), ("Wu Lei", "C-9", "+8613900001234"))

    def test_bad_values_are_told_and_nothing_is_stored(self):
        before = self.env["gb.ticket"].search_count([])
        for values, status, error, text in (
            (self._order(type="nonsense"), 422, "bad_value", "nonsense"),
            (self._order(subject=""), 422, "bad_value", "subject"),
            (self._order(colour="blue"), 422, "bad_value", "colour"),
            (self._order(quantity="many"), 422, "bad_value", "quantity"),
            (self._order(urgency=7), 422, "bad_value", "urgency"),
            (self._order(occurred_at="yesterday"), 422, "bad_value", "occurred_at"),
            (self._order(customer={"ref": "C-0"}), 422, "bad_value", "name"),
            (self._order(customer="Chen"), 422, "bad_value", "customer"),
            (self._order(order="S99999"), 422, "bad_value", "S99999"),
            (self._order(attachments=[{"content": "no base64!"}]), 422, "bad_value", "base64"),
            (self._order(subject="x" * 20001), 422, "bad_value", "20000"),
            (self._order(customer=None), 422, "refused", "Customer"),
        ):
            got, answer = self._ask("POST", ROOT, values)
            self.assertEqual((got, answer["error"]), (status, error), answer)
            self.assertIn(text, answer["message"].replace(",", ""))
        for raw in (b"{", b"[1]", b'"x"', b"\xff"):
            got, answer = self._ask("POST", ROOT, raw=raw)
            self.assertEqual((got, answer["error"]), (422, "malformed"))
        self.assertEqual(self.env["gb.ticket"].search_count([]), before)

    def test_other_companys_customer_and_order_are_unknown(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.order.partner_id = self.env["res.partner"].create({"name": "Somebody"})
        status, answer = self._ask("POST", ROOT, self._order(order=self.order.name))
        self.assertEqual((status, answer["error"]), (422, "bad_value"))
        foreign = self.env["res.partner"].create(
            {"name": "F", "ref": "F-1", "company_id": company.id}
        )
        status, answer = self._ask("POST", ROOT, self._order(customer={"id": foreign.id}))
        self.assertEqual((status, answer["error"]), (422, "bad_value"))

    def test_too_large(self):
        status, answer = self._ask("POST", ROOT, raw=b" " * (1024 * 1024 + 1))
        self.assertEqual(status, 413)

    def test_same_key_gets_the_same_answer(self):
        first = self._ask("POST", ROOT, self._order(), key="k-1")
        again = self._ask("POST", ROOT, self._order(), key="k-1")
        self.assertEqual(first, again)
        self.assertEqual(self.headers["Idempotent-Replay"], "true")
        self.assertEqual(
            self.env["gb.ticket"].search_count([("create_uid", "=", self.shop_user.id)]), 1
        )
        status, answer = self._ask("POST", ROOT, self._order(subject="Other"), key="k-1")
        self.assertEqual((status, answer["error"]), (409, "key_reused"))

    def test_key_of_a_refused_request_can_be_used_again(self):
        self.assertEqual(self._ask("POST", ROOT, self._order(type="x"), key="k-2")[0], 422)
        self.assertEqual(self._ask("POST", ROOT, self._order(), key="k-2")[0], 201)

    def test_batch_is_stored_whole_or_not_at_all(self):
        rows = [self._order(subject=f"Matter {n}", accept=False) for n in range(100)]
        status, answer = self._ask("POST", ROOT, {"work_orders": rows})
        self.assertEqual((status, len(answer["work_orders"])), (201, 100))
        rows[1]["type"] = "nonsense"
        before = self.env["gb.ticket"].search_count([])
        status, answer = self._ask("POST", ROOT, {"work_orders": rows})
        self.assertEqual((status, answer["index"]), (422, 1))
        status, answer = self._ask("POST", ROOT, {"work_orders": [*rows, rows[0]]})
        self.assertEqual((status, answer["error"]), (422, "malformed"))
        self.assertEqual(self.env["gb.ticket"].search_count([]), before)

    # --- read ---------------------------------------------------------------------------------
    def test_read_one_by_number_or_id_without_internal_notes(self):
        ticket = self._walk(self._ticket(user=self.shop_user), "accepted")
        ticket.message_post(body="He is a nuisance")
        for reference in (ticket.name, ticket.name.lower(), str(ticket.id)):
            status, answer = self._ask("GET", f"{ROOT}/{reference}")
            self.assertEqual((status, answer["number"]), (200, ticket.name))
        self.assertNotIn("nuisance", json.dumps(answer))
        self.assertIn("dispatch", [move["code"] for move in answer["transitions"]])
        self.assertEqual(answer["history"][-1]["transition"], "accept")
        status, answer = self._ask("GET", f"{ROOT}/WO0000-000000")
        self.assertEqual((status, answer["error"]), (404, "unknown"))

    def test_other_companys_work_order_is_unknown(self):
        company = self.env["res.company"].create({"name": "Other"})
        ticket = self.env["gb.ticket"].create(
            {"subject": "X", "type_id": self.complaint.id, "company_id": company.id}
        )
        self.assertEqual(self._ask("GET", f"{ROOT}/{ticket.id}")[0], 404)

    def test_list_with_filters_and_pages(self):
        tickets = self.env["gb.ticket"].browse(
            row["id"]
            for row in self._ask(
                "POST",
                ROOT,
                {"work_orders": [self._order(subject=str(n), accept=False) for n in range(5)]},
            )[1]["work_orders"]
        )
        found, after = [], 0
        while after is not None:
            path = f"{ROOT}?customer_ref=C-4711&state=draft&limit=2&after={after}"
            status, page = self._ask("GET", path)
            self.assertEqual(status, 200, page)
            found += [row["id"] for row in page["work_orders"]]
            after = page["next"]
        self.assertEqual(found, tickets.ids)
        for query, count in (
            (f"customer={self.customer.id}&open=1", 5),
            (f"customer={self.customer.id}&state=closed,cancelled", 0),
            (f"customer={self.customer.id}&type=consultation", 0),
            ("customer_phone=13800007771", 5),
            ("customer_email=nobody@example.com", 0),
            (f"customer={self.customer.id}&changed_since=2000-01-01T00:00:00Z", 5),
            (f"customer={self.customer.id}&changed_since=2100-01-01T00:00:00%2B08:00", 0),
        ):
            status, page = self._ask("GET", f"{ROOT}?{query}")
            self.assertEqual((status, len(page["work_orders"])), (200, count), query)
        self.assertEqual(self._ask("GET", f"{ROOT}?limit=x")[0], 422)
        self.assertEqual(self._ask("GET", f"{ROOT}?changed_since=x")[0], 422)

    # --- move ---------------------------------------------------------------------------------
    def test_move_with_values_and_revision(self):
        _status, order = self._ask("POST", ROOT, self._order(type="consultation"))
        path = f"{ROOT}/{order['number']}/transitions/answer"
        status, answer = self._ask("POST", path, {})
        self.assertEqual((status, answer["error"]), (422, "refused"))
        values = {"values": {"answer": "Yes"}, "revision": order["revision"] - 1}
        status, answer = self._ask("POST", path, values)
        self.assertEqual((status, answer["error"]), (409, "conflict"))
        status, answer = self._ask("POST", path, {**values, "revision": order["revision"]})
        self.assertEqual((status, answer["state"], answer["pending"]), (200, "closed", False))
        status, answer = self._ask("POST", path, {"values": {"nonsense": 1}})
        self.assertEqual((status, answer["error"]), (422, "bad_value"))

    def test_move_that_the_user_may_not_do(self):
        ticket = self._walk(self._ticket(user=self.shop_user), "dispatched")
        status, answer = self._ask("POST", f"{ROOT}/{ticket.name}/transitions/sign", {})
        self.assertEqual((status, answer["error"]), (403, "forbidden"))
        status, answer = self._ask("POST", f"{ROOT}/{ticket.name}/transitions/fly", {})
        self.assertEqual((status, answer["error"]), (422, "refused"))

    def test_move_that_a_superior_confirms_is_pending(self):
        _status, order = self._ask("POST", ROOT, self._order())
        path = f"{ROOT}/{order['number']}/transitions/decline"
        status, answer = self._ask("POST", path, {"note": "Not ours"})
        self.assertEqual((status, answer["pending"], answer["state"]), (200, True, "accepted"))

    # --- messages -----------------------------------------------------------------------------
    def test_message_of_the_customer_is_stored_once_and_resumes(self):
        ticket = self._walk(self._ticket(user=self.shop_user), "processing")
        self._move(
            ticket, self.handler, "wait_customer", {"follow_up_at": self._later(days=1)}, "Which?"
        )
        path = f"{ROOT}/{ticket.name}/messages"
        for _attempt in range(2):
            status, answer = self._ask("POST", path, {"id": "m-1", "body": "The <b>blue</b> one"})
            self.assertEqual(status, 201, answer)
        message = ticket.gb_message_ids.filtered(lambda row: "blue" in (row.body or ""))
        self.assertEqual(len(message), 1)
        self.assertNotIn("<b>blue", message.body, "Text is no HTML.")
        self.assertEqual(ticket.state_code, "processing")
        self.assertEqual(self._ask("POST", path, {"body": " "})[0], 422)
        self.assertEqual(self._ask("POST", path, {"body": "x", "channel": "smoke"})[0], 422)

    def test_internal_note_is_not_shown_to_the_customer(self):
        ticket = self._walk(self._ticket(user=self.shop_user), "accepted")
        self._ask("POST", f"{ROOT}/{ticket.name}/messages", {"internal": True, "body": "Psst"})
        self.assertIn("Psst", ticket.message_ids[0].body)
        self.assertTrue(ticket.message_ids[0].subtype_id.internal)
        self.assertNotIn("Psst", str(ticket.gb_message_ids.mapped("body")))
