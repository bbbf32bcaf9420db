from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.gb_ivr_bridge.ivr import new_session, step

CALL = {"id": "1", "hotline": "8000", "caller": "+8613800138000", "at": 0}


@tagged("post_install", "-at_install")
class TestWarrantyNode(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        flow = cls.env["gb.ivr.flow"].create({"name": "Warranty", "code": "sample-warranty"})
        cls.version = cls.env["gb.ivr.version"].create({"flow_id": flow.id})
        nodes = cls.env["gb.ivr.node"]
        values = {"version_id": cls.version.id}
        nodes.create({**values, "type": "hangup", "code": "bye"})
        cls.node = nodes.create(
            {
                **values,
                "type": "warranty",
                "code": "guarantee",
                "is_start": True,
                "text_zh_CN": "请输入序列号，按井号键结束。",
                "exit_ids": [
                    (0, 0, {"key": key, "target": "bye"}) for key in ("told", "agent", "failed")
                ],
            }
        )

    def _run(self, session, **event):
        documents = {"sample-warranty": self.version.document}
        return step(documents, session, {"at": 1, **event})

    def test_type_has_its_exits_and_its_setting_in_the_form(self):
        self.assertEqual(self.node.exit_ids.mapped("key"), ["told", "agent", "failed"])
        with Form(self.node) as form:
            form.warranty_months = 24
        with Form(self.env["gb.ivr.node"].with_context(default_version_id=self.version.id)) as form:
            form.type = "play"
            form.name = "Hello"
            with self.assertRaises(AssertionError):
                form.warranty_months = 3  # not shown

    def test_what_is_wrong_keeps_it_from_being_published(self):
        self.node.warranty_months = 0
        texts = [problem["text"] for problem in self.version.get_problems()]
        self.assertTrue(any("how many months" in text for text in texts), texts)

    def test_published_node_asks_odoo_and_tells_the_date(self):
        self.version.action_publish()
        self.assertEqual(self.version.document["nodes"]["guarantee"]["type"], "warranty")
        session, instruction, _track = self._run(
            new_session(CALL), type="start", flow="sample-warranty"
        )
        self.assertEqual(instruction["do"], "collect")
        session, instruction, _track = self._run(
            session, type="digits", digits="12345678", ended="terminator"
        )
        self.assertEqual((instruction["do"], instruction["name"]), ("ask", "warranty"))
        self.assertEqual(instruction["args"], {"serial": "12345678", "months": "12"})
        product = self.env["product.product"].create({"name": "Breast pump", "tracking": "serial"})
        self.env["stock.lot"].create({"name": "12345678", "product_id": product.id})
        caller = self.env["gb.ivr.session"].sudo().new({"company_id": self.env.company.id})
        answer = caller._answer_warranty(instruction["args"])
        self.assertEqual(answer["exit"], "found")
        session, instruction, _track = self._run(session, type="answer", **answer)
        self.assertEqual(instruction["do"], "play")
        self.assertIn("保修到", instruction["speech"][0]["say"])
        _session, instruction, track = self._run(session, type="played")
        self.assertEqual(instruction["do"], "hangup")
        self.assertEqual(
            [(entry["node"], entry["type"]) for entry in track],
            [("guarantee", "warranty"), ("bye", "hangup")],
        )

    def test_unknown_serial_number_goes_to_an_agent(self):
        caller = self.env["gb.ivr.session"].sudo().new({"company_id": self.env.company.id})
        self.assertEqual(caller._answer_warranty({"serial": "0000"})["exit"], "none")
