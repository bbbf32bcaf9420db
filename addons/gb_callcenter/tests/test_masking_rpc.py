import contextlib
import json

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CallCentreCase

NUMBER = "13912345678"
HIDDEN = "1234567"  # no mask shows more than 5678 and 139


@tagged("post_install", "-at_install")
class TestMaskingRpc(HttpCase, CallCentreCase):
    """What the browser of somebody who sees no numbers can get out of the server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("gb_callcenter.group_gb_agent").implied_ids -= cls.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        for user in (cls.agent, cls.inspector, cls.analyst):
            user.group_ids += cls.env.ref("base.group_allow_export")
            user.group_ids += cls.env.ref("gb_callcenter.group_gb_export")
        cls.secret = (
            cls.env["res.partner"]
            .with_context(tracking_disable=False)
            .create({"name": "Lin Secret", "phone": NUMBER, "country_id": cls.china.id})
        )
        cls.phone = cls.secret.gb_phone_ids

    def setUp(self):
        super().setUp()
        self._sign_in(self.agent, self.seat_1)
        self.call = self._finished_call(self.seat_1, number=NUMBER)

    def _post(self, url, params):
        response = self.url_open(
            url,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def _rpc(self, model, method, *args, **kwargs):
        """:return: the result of a call of the signed-in user, or the error's message"""
        answer = self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )
        if "error" in answer:
            return answer["error"]["data"]["message"]
        return answer["result"]

    def _ask(self, user, model, method, *args, **kwargs):
        """The same without the network."""
        try:
            with self.env.cr.savepoint():
                return call_kw(self.env(user=user)[model], method, args, kwargs)
        except UserError as error:
            return str(error)

    def _assert_hidden(self, answer, *where):
        text = json.dumps(answer, ensure_ascii=False)
        digits = "".join(filter(str.isdigit, text))
        for leak in (HIDDEN, NUMBER, "1234-567", "123 4567", "1234 5678"):
            self.assertNotIn(leak, text, where)
        self.assertNotIn("8613912345678", digits, where)

    def _each_user(self):
        for user in (self.agent, self.inspector, self.analyst):
            self.authenticate(user.login, user.login)
            yield user

    # ------------------------------------------------------------------

    def test_reading(self):
        partner, phone, call = self.secret.id, self.phone.id, self.call.id
        spec = {"phone": {}, "phone_sanitized": {}, "display_name": {}}
        numbers = {"number": {}, "number_key": {}, "display_name": {}}
        for _user in self._each_user():
            row = self._rpc("res.partner", "read", [partner], ["phone", "phone_sanitized"])[0]
            self.assertEqual(row["phone"], "139****5678")
            self.assertEqual(row["phone_sanitized"], "+86139****5678")
            [row] = self._rpc("gb.phone", "read", [phone])
            self.assertEqual(row["display_name"], "139****5678")
            for model, method, args, kwargs in (
                ("res.partner", "web_read", [[partner], {**spec, "gb_phone_ids": {"fields": numbers}}], {}),
                ("res.partner", "read", [[partner]], {}),
                ("res.partner", "search_read", [[("id", "=", partner)]], {}),
                ("res.partner", "web_search_read", [[("id", "=", partner)], spec], {}),
                ("res.partner", "copy_data", [[partner]], {}),
                ("res.partner", "export_data", [[partner], ["phone", "gb_phone_ids/number"]], {}),
                ("res.partner", "name_search", ["Lin Secret"], {}),
                ("res.partner", "web_name_search", ["Lin Secret", spec], {}),
                ("gb.phone", "name_search", [""], {"domain": [("id", "=", phone)]}),
                ("gb.phone", "copy_data", [[phone]], {}),
                ("gb.call", "read", [[call]], {}),
                ("gb.call", "search_read", [[("id", "=", call)]], {}),
                ("gb.call", "name_search", [""], {"domain": [("id", "=", call)]}),
                ("gb.call", "web_read", [[call], {"leg_ids": {"fields": {"number": {}, "transfer_target": {}}}, "partner_id": {"fields": spec}}], {}),
                ("gb.call.leg", "read", [self.call.leg_ids.ids], {}),
                ("gb.call.event", "read", [self.call.event_ids.ids], {}),
                ("gb.call", "action_open_partner", [[call]], {}),
                ("res.partner", "onchange", [[partner], {"name": "X"}, ["name"], spec], {}),
                ("res.partner", "onchange", [[partner], {"country_id": self.china.id}, ["country_id"], spec], {}),
                ("res.partner", "onchange", [[], {"parent_id": partner}, [], {**spec, "parent_id": {"fields": spec}}], {}),
                ("gb.call", "onchange", [[call], {"note": "x"}, ["note"], {"number": {}, "note": {}}], {}),
                ("res.partner", "message_get_suggested_recipients", [[partner]], {}),
                ("res.partner", "get_mention_suggestions", ["Lin Secret"], {}),
                ("res.partner", "gb_call_ids", [[partner]], {}),
            ):  # fmt: skip
                answer = self._rpc(model, method, *args, **kwargs)
                self._assert_hidden(answer, model, method)

    def test_groups_orders_and_aggregates_are_refused(self):
        for user in (self.agent, self.inspector, self.analyst):
            for model, method, args, kwargs in (
                ("gb.phone", "formatted_read_group", [[], ["number"], ["__count"]], {}),
                ("gb.phone", "web_read_group", [[], ["number_key"]], {"aggregates": ["__count"]}),
                ("gb.phone", "read_group", [[], ["number"], ["number"]], {}),
                ("gb.phone", "formatted_read_group", [[], [], ["number:array_agg"]], {}),
                ("gb.phone", "formatted_read_group", [[], ["partner_id"], ["number:max"]], {}),
                ("gb.phone", "formatted_read_group", [[], ["partner_id.phone"], ["__count"]], {}),
                ("gb.call", "formatted_read_group", [[], ["partner_id"], ["number_key:min"]], {}),
                ("res.partner", "web_read_group", [[], ["phone"]], {}),
                ("res.partner", "search_read", [[], ["name"]], {"order": "phone"}),
                ("gb.phone", "search", [[]], {"order": "number_key desc"}),
            ):
                answer = self._ask(user, model, method, *args, **kwargs)
                self.assertIsInstance(answer, str, (model, method, args))
                self.assertIn("hidden from you", answer, (model, method, args))
                self._assert_hidden(answer, model, method)

    def test_a_number_is_not_found_out_by_searching(self):
        for user in (self.agent, self.inspector, self.analyst):
            for operator, value in (
                ("like", "391"),
                ("ilike", "13912"),
                ("ilike", "139123"),
                ("=like", "1391%"),
                ("=like", "139________"),
                ("=ilike", "%12345678"),
                ("ilike", "345678"),
                ("ilike", "2345678"),
            ):
                for model, field in (
                    ("res.partner", "phone"),
                    ("res.partner", "phone_sanitized"),
                    ("res.partner", "phone_mobile_search"),
                    ("res.partner", "gb_number_search"),
                    ("res.partner", "gb_phone_ids.number"),
                    ("res.partner", "gb_phone_ids"),
                    ("res.users", "partner_id.phone"),
                    ("gb.phone", "number"),
                    ("gb.phone", "number_key"),
                    ("gb.phone", "display_name"),
                    ("gb.phone", "partner_id.phone"),
                    ("gb.call", "number"),
                    ("gb.call", "partner_id.gb_phone_ids.number_key"),
                    ("gb.call", "display_name"),
                ):
                    answer = self._ask(user, model, "search", [(field, operator, value)])
                    self.assertIn(answer, ([], None), (model, field, operator, value))
                self.assertEqual(self._ask(user, "gb.phone", "name_search", value), [])
                self.assertEqual(self._ask(user, "gb.call", "name_search", value), [])
                self.assertEqual(self._ask(user, "res.partner", "name_search", value), [])
            for operator, value in (
                (">", "139"),
                ("<=", "+86139123"),
                ("not like", "1391"),
                ("not ilike", "1391"),
                ("!=", NUMBER),
                ("not in", [NUMBER]),
                ("in", [f"1391234{number:04}" for number in range(5670, 5680)]),
            ):
                for model, field in (
                    ("res.partner", "phone"),
                    ("res.partner", "gb_phone_ids.number_key"),
                    ("gb.call", "number_key"),
                ):
                    answer = self._ask(user, model, "search_count", [(field, operator, value)])
                    self.assertIsInstance(answer, str, (model, field, operator))
            for operator, value in ((">", "139"), ("in", [NUMBER])):
                domain = [("partner_id", "any", ["!", ("phone", operator, value)])]
                self.assertIsInstance(self._ask(user, "gb.phone", "search", domain), str, operator)
            spread = ["|", ("phone", "=", NUMBER), ("phone", "=", "13912345679")]
            self.assertIn("one telephone number", self._ask(user, "res.partner", "search", spread))

    def test_who_knows_the_number_or_its_last_digits_finds_the_customer(self):
        found = [self.secret.id]
        for user in (self.agent, self.inspector, self.analyst):
            for value in (NUMBER, "+86 139 1234 5678", "139-1234-5678", "5678"):
                for field in ("phone", "gb_number_search", "phone_mobile_search"):
                    domain = [(field, "ilike", value), ("id", "in", found)]
                    self.assertEqual(self._ask(user, "res.partner", "search", domain), found, value)
                domain = [("number", "ilike", value), ("id", "=", self.phone.id)]
                self.assertEqual(self._ask(user, "gb.phone", "search", domain), self.phone.ids)
                domain = ["|", ("number", "ilike", value), ("number_key", "ilike", value)]
                self.assertIn(self.call.id, self._ask(user, "gb.call", "search", domain))
                names = self._ask(user, "res.partner", "name_search", value)
                self.assertIn(self.secret.id, [row[0] for row in names], value)
                self._assert_hidden(names)
            self.assertIn(
                self.secret.id, self._ask(user, "res.partner", "search", [("phone", "!=", False)])
            )

    def test_the_panel_and_the_card(self):
        self.authenticate(self.agent.login, self.agent.login)
        panel = self._rpc("gb.seat", "get_panel")
        card = panel["wrap"][0]
        self.assertEqual((card["number"], card["e164"]), ("139****5678", "+86139****5678"))
        self.assertEqual(card["partner"]["phone"], "139****5678")
        self._assert_hidden(panel)

    def test_the_other_screens(self):
        partner = self.secret.id
        for model, method, args in (
            ("res.partner", "get_gb_360", [partner]),
            ("res.partner", "get_gb_timeline", [partner]),
            ("res.partner", "search_gb_360", [NUMBER]),
            ("res.partner", "search_gb_360", ["5678"]),
            ("gb.order.desk", "get_desk", [partner]),
            ("gb.order.desk", "open_draft", [partner]),
            ("gb.order.desk", "get_orders", [partner]),
        ):
            answer = self._ask(self.agent, model, method, *args)
            self.assertNotIsInstance(answer, str, (method, answer))
            self._assert_hidden(answer, method)
        found = self._ask(self.agent, "res.partner", "search_gb_360", "91234567")
        self.assertNotIn(partner, [row["id"] for row in found])

    def test_chatter_and_avatar_card(self):
        message = self.secret.with_context(tracking_disable=False).message_post(body="x")
        field = self.env["ir.model.fields"]._get("res.partner", "phone")
        self.env["mail.tracking.value"].sudo().create(
            {
                "field_id": field.id,
                "old_value_char": NUMBER,
                "new_value_char": NUMBER,
                "mail_message_id": message.id,
            }
        )
        for _user in self._each_user():
            answer = self._post(
                "/mail/thread/messages",
                {"thread_model": "res.partner", "thread_id": self.secret.id},
            )
            self._assert_hidden(answer, "messages")
            card = {"id": self.secret.id, "model": "res.partner"}
            answer = self._post("/mail/data", {"fetch_params": [["avatar_card", card]]})
            self._assert_hidden(answer, "avatar")
            self.assertIn("139****5678", json.dumps(answer))

    @mute_logger("odoo.http")
    def test_json_2_and_vcard(self):
        for user in self._each_user():
            key = (
                self.env["res.users.apikeys"]
                .with_user(user)
                .sudo()
                ._generate("rpc", "test", self.env.cr.now().replace(year=2100))
            )
            response = self.url_open(
                "/json/2/res.partner/read",
                data=json.dumps({"ids": [self.secret.id], "fields": ["phone"]}),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
            )
            self._assert_hidden(response.text, "json/2")
            self.assertIn("139****5678", response.text)
            response = self.url_open(f"/web/partner/vcard?partner_ids={self.secret.id}")
            self._assert_hidden(response.text, "vcard")

    def test_texts_with_placeholders_do_not_show_it(self):
        for user in self._each_user():
            if not self.env["res.partner"].with_user(user).has_access("write"):
                continue
            context = {"context": {"active_model": "res.partner", "active_id": self.secret.id}}
            for body in ("{{ object.phone }}", "{{ object.gb_phone_ids.number_key }}"):
                composer = self._rpc(
                    "sms.composer",
                    "web_save",
                    [],
                    {
                        "res_model": "res.partner",
                        "res_id": self.secret.id,
                        "body": body,
                        "composition_mode": "comment",
                    },
                    {
                        "body": {},
                        "recipient_single_number": {},
                        "recipient_single_number_itf": {},
                        "recipient_single_description": {},
                    },
                    **context,
                )
                self._assert_hidden(composer)
                sent = self._rpc("sms.composer", "action_send_sms", [composer[0]["id"]])
                self.assertIn("hidden from you", sent)
            answer = self._rpc(
                "mail.compose.message",
                "web_save",
                [],
                {
                    "model": "res.partner",
                    "res_ids": str(self.secret.ids),
                    "composition_mode": "mass_mail",
                    "subject": "{{ object.phone }}",
                    "body": '<p t-out="object.phone"/>',
                },
                {"subject": {}, "body": {}},
            )
            if isinstance(answer, list):
                sent = self._rpc("mail.compose.message", "action_send_mail", [answer[0]["id"]])
                self.assertIn("hidden from you", str(sent))

    @staticmethod
    def _read_all(records, names):
        try:
            return records.read(names)
        except AccessError:  # of a field that shows what this user may not see
            rows = []
            for name in names:
                with contextlib.suppress(AccessError):
                    rows += records.read([name])
            return rows

    def test_no_field_of_any_model_shows_it(self):
        """Walks over everything that these users can read."""
        for user in self._each_user():
            env = self.env(user=user)
            seen = 0
            for name in sorted(env.registry):
                model = env[name]
                if model._abstract or model._transient or not model._auto:
                    continue
                if not model.has_access("read"):
                    continue
                records = model.with_context(active_test=False).search(
                    [], limit=60, order="id desc"
                )
                names = [
                    fname
                    for fname, field in model._fields.items()
                    if field.type in ("char", "text", "html", "json", "many2one", "reference")
                    and (field.store or field.related or fname == "display_name")
                    and model._has_field_access(field, "read")
                ]
                rows = self._read_all(records, names)
                seen += len(rows)
                text = json.dumps(rows, default=str, ensure_ascii=False)
                self.assertNotIn(HIDDEN, text, (user.login, name))
            self.assertGreater(seen, 100)
