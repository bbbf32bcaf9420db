import base64
import hashlib
import io

from PIL import Image

from odoo.tests import TransactionCase, tagged

from odoo.addons.gb_callcenter.tools.fax_image import to_fax_tiff, to_pdf

from ..tools.asterisk_events import read_event

AT = 1772442000.0


def make_pages():
    target = io.BytesIO()
    Image.new("L", (200, 300), 255).save(target, "PNG")
    return to_fax_tiff(target.getvalue())[0]


@tagged("post_install", "-at_install")
class TestIvrFax(TransactionCase):
    """Faxes of the PBX: work orders of those that come in, answers of work orders that go out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.provider = cls.env["gb.telephony.provider"].create(
            {"name": "PBX", "reference": "fax_pbx", "code": "asterisk", "sequence": -1}
        )
        cls.customer = cls.env["res.partner"].create({"name": "Wholesaler"})
        cls.machine = cls.env["gb.phone"].create(
            {"partner_id": cls.customer.id, "number": "021-62345679", "kind": "fax"}
        )
        cls.hotline = cls.env["gb.hotline"].create(
            {"name": "Fax", "number": "8009", "provider_id": cls.provider.id, "is_fax_line": True}
        )
        cls.pages = make_pages()
        cls.sha256 = hashlib.sha256(cls.pages).hexdigest()

    def _ingest(self, *events):
        result = self.env["gb.call"]._ingest(
            self.provider,
            [
                {
                    "seq": seq,
                    "id": f"{self.id()[-40:]}{seq:08d}".replace("_", ""),
                    "source": source,
                    "at": AT + seq,
                    "data": data,
                }
                for seq, (source, data) in enumerate(events, 1)
            ],
        )
        self.assertFalse(result["rejected"])
        return result

    def _cel(self, kind, **data):
        return (
            "cel",
            {
                "type": kind, "channel": "PJSIP/trunk-1", "uniqueid": "17.1", "linkedid": "17.1", "context": "gb-inbound",
                "exten": "8009", "cid_num": "02162345679", "cid_name": "", "app": "", "appdata": "", "peer": "",
                "userdef": "", "extra": {}, **data,
            },
        )  # fmt: skip

    def _fax(self, kind="FAX_IN", linked="17.1", **data):
        return (
            "ivr",
            {
                "type": kind, "linkedid": linked, "uniqueid": linked, "session": "", "reference": "line171",
                "name": "fax-line171.tif", "size": len(self.pages), "sha256": self.sha256, "pages": 1, "ok": True,
                "station": "", "number": "02162345679", "error": "", "values": {}, **data,
            },
        )  # fmt: skip

    def test_a_fax_that_comes_in_is_one_work_order_with_its_pages(self):
        events = [
            self._cel("CHAN_START"),
            self._cel("ANSWER"),
            self._fax(),
            self._cel("HANGUP"),
            self._cel("LINKEDID_END"),
        ]
        self._ingest(*events)
        fax = self.env["gb.fax"].search([("provider_id", "=", self.provider.id)])
        self.assertEqual((fax.state, fax.partner_id), ("arriving", self.customer))
        self.assertEqual(fax.call_id.hotline_id, self.hotline)
        self.assertFalse(fax.ticket_ids)
        self.assertTrue(self.env["gb.fax"]._store(self.provider, self.sha256, self.pages))
        ticket = fax.ticket_ids
        self.assertEqual((ticket.channel, ticket.partner_id), ("fax", self.customer))
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "gb.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertEqual(files.mimetype, "application/pdf")
        self._ingest(*events)
        self.env["gb.call"]._derive(self.provider, ["17.1"])
        self.env["gb.fax"]._store(self.provider, self.sha256, self.pages)
        fax._received()
        self.env["gb.fax"]._cron_make_fax_tickets()
        self.assertEqual(len(self.env["gb.ticket"].search([("gb_fax_id", "=", fax.id)])), 1)
        contact = self.env["gb.contact"].search(
            [("res_model", "=", "gb.fax"), ("res_id", "=", fax.id)]
        )
        self.assertEqual((contact.partner_id, contact.channel), (self.customer, "fax"))
        self.assertEqual(
            self.env["gb.contact"].search([("partner_id", "=", self.customer.id)]),
            contact,
            "the call of a fax line is no contact of its own",
        )

    def test_a_fax_of_nobody_known_is_a_work_order_too(self):
        self._ingest(
            self._cel("CHAN_START", cid_num="01087654321"), self._fax(number="01087654321")
        )
        self.env["gb.fax"]._store(self.provider, self.sha256, self.pages)
        ticket = self.env["gb.fax"].search([("provider_id", "=", self.provider.id)]).ticket_ids
        self.assertEqual((len(ticket), ticket.contact_phone), (1, "01087654321"))
        contacts = self.env["gb.contact"]
        source = [("res_model", "=", "gb.fax"), ("res_id", "=", ticket.gb_fax_id.id)]
        self.assertFalse(ticket.partner_id or contacts.search(source))
        ticket.partner_id = self.customer
        self.assertEqual(ticket.gb_fax_id.partner_id, self.customer)
        self.assertEqual(contacts.search(source).partner_id, self.customer)
        ticket.partner_id = self.customer.copy()
        self.assertEqual(ticket.gb_fax_id.partner_id, self.customer, "known already")

    def test_a_work_order_that_cannot_be_made_is_made_later(self):
        self._ingest(self._cel("CHAN_START"), self._fax())
        tickets = type(self.env["gb.ticket"])
        original = tickets._prepare_fax_values

        def fail(*_args):
            raise ValueError

        self.patch(tickets, "_prepare_fax_values", fail)
        with self.assertLogs("odoo.addons.gb_ivr_bridge.models.gb_fax", "ERROR"):
            self.env["gb.fax"]._store(self.provider, self.sha256, self.pages)
        self.patch(tickets, "_prepare_fax_values", original)
        with self.enter_registry_test_mode():
            self.env.ref("gb_ivr_bridge.ir_cron_make_fax_tickets").method_direct_trigger()
        fax = self.env["gb.fax"].search([("provider_id", "=", self.provider.id)])
        self.assertEqual((fax.state, len(fax.ticket_ids)), ("received", 1))

    def _make_ticket(self):
        kind = self.env["gb.ticket.type"].search([("kind", "=", "message")], limit=1)
        return self.env["gb.ticket"].create(
            {
                "subject": "Order list",
                "description": "x",
                "type_id": kind.id,
                "partner_id": self.customer.id,
                "channel": "fax",
            }
        )

    def test_an_answer_by_fax_follows_the_fax(self):
        pdf = to_pdf(self.pages)[0]
        self.patch(
            type(self.env["ir.actions.report"]),
            "_render_qweb_pdf",
            lambda *args, **how: (pdf, "pdf"),
        )
        ticket = self._make_ticket()
        message = ticket._send_reply("fax", body="We shall send it tomorrow")
        self.assertEqual((message.state, message.address), ("queued", "021-62345679"))
        fax = self.env["gb.fax"].search([("ticket_message_id", "=", message.id)])
        fax._begin_attempt()
        # sent by itself: no call of its own
        self._ingest(
            self._cel("CHAN_START", uniqueid="fax-1", linkedid="fax-1", cid_num=""),
            self._fax("FAX_OUT", "", reference=fax._get_reference(), sha256=fax.sha256),
        )
        self.assertEqual((fax.state, message.state), ("sent", "sent"))
        self.assertTrue(message.delivered_at)
        self.assertFalse(self.env["gb.call"].search([("linked_id", "=", "fax-1")]))

    def test_an_answer_that_never_arrives_says_why(self):
        pdf = to_pdf(self.pages)[0]
        self.patch(
            type(self.env["ir.actions.report"]),
            "_render_qweb_pdf",
            lambda *args, **how: (pdf, "pdf"),
        )
        message = self._make_ticket()._send_reply("fax", body="Tomorrow")
        fax = self.env["gb.fax"].search([("ticket_message_id", "=", message.id)])
        fax._begin_attempt()
        self._ingest(
            self._fax("FAX_OUT", "", reference=fax._get_reference(), ok=False, error="number")
        )
        self.assertEqual(
            (message.state, message.failure), ("failed", "This number does not exist.")
        )

    def test_what_a_menu_sends_to_a_number_is_tried_again(self):
        document = self.env["gb.ivr.fax.document"].create(
            {"name": "Price list", "file": base64.b64encode(self.pages)}
        )
        self._ingest(
            self._cel("CHAN_START"),
            self._fax(
                "FAX_OUT",
                reference="ab" * 8,
                sha256=document.sha256,
                ok=False,
                error="busy",
                later=True,
            ),
        )
        fax = self.env["gb.fax"].search([("provider_id", "=", self.provider.id)])
        self.assertEqual((fax.state, fax.subject, fax.tries), ("queued", "Price list", 1))
        self.assertEqual(fax.call_id.linked_id, "17.1")
        self.env["gb.call"]._derive(self.provider, ["17.1"])
        self.assertEqual(
            self.env["gb.fax"].search_count([("provider_id", "=", self.provider.id)]), 1
        )

    def test_the_connector_knows_fax_lines_and_what_is_recorded(self):
        self.hotline.is_recorded = False
        self.provider.is_dual_recorded = True
        config = self.provider._get_connector_config()
        row = next(row for row in config["hotlines"] if row["number"] == "8009")
        self.assertEqual((row["fax"], row["record"]), (True, False))
        self.assertEqual(config["recording"], {"dual": True})

    def test_malformed_faxes_are_refused(self):
        for wrong in ({"reference": ""}, {"sha256": "x"}, {"pages": "many"}):
            with self.subTest(wrong), self.assertRaises(ValueError):
                read_event("ivr", AT, self._fax(**wrong)[1])
