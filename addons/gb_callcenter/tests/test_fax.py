import base64
import io
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.gb_callcenter.tools.demo_api import DemoApi
from odoo.addons.gb_callcenter.tools.fax_image import to_fax_tiff, to_pdf
from odoo.addons.gb_callcenter.tools.provider_api import ProviderError

NOW = "2026-03-02 09:00:00"


def make_picture(color=255):
    target = io.BytesIO()
    Image.new("L", (200, 300), color).save(target, "PNG")
    return target.getvalue()


@tagged("post_install", "-at_install")
class TestFax(TransactionCase):
    """Sending from a record, tries, what is told of faxes, who sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.cn")
        cls.provider = cls.env["gb.telephony.provider"].create(
            {
                "name": "Lines",
                "reference": "fax_test",
                "code": "demo",
                "sequence": -1,
                "fax_tries": 2,
            }
        )
        cls.team = cls.env["gb.team"].create({"name": "Fax team"})
        cls.other_team = cls.env["gb.team"].create({"name": "Other team"})
        cls.agent = new_test_user(cls.env, "fax_agent", "gb_callcenter.group_gb_agent")
        cls.agent.gb_team_ids = cls.team
        cls.customer = cls.env["res.partner"].create(
            {"name": "Wholesaler", "phone": "021-62345678", "gb_team_id": cls.team.id}
        )
        cls.machine = cls.env["gb.phone"].create(
            {"partner_id": cls.customer.id, "number": "021-62345679", "kind": "fax"}
        )
        cls.faxes = cls.env["gb.fax"]

    def setUp(self):
        super().setUp()
        self.sent, self.refusal = [], None

        def send(api, command, args, token=None):
            if self.refusal:
                raise ProviderError(self.refusal, "")
            self.sent.append((command, args, token))
            return {}, []

        self.patch(DemoApi, "send", send)

    def _queue(self, **values):
        values.setdefault("partner_id", self.customer.id)
        return self.faxes._queue_document(make_picture(), "021-62345679", **values)

    def _run(self, at=NOW):
        with freeze_time(at), self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_send_faxes").method_direct_trigger()

    def _tell(self, reference, kind="FAX_OUT", call=None, **note):
        note = {"type": kind, "reference": reference, "at": 1772442000.0, "number": "", **note}
        return self.faxes._follow(self.provider, note, call)

    # ------------------------------------------------------------------ out

    @freeze_time(NOW)
    def test_a_fax_is_sent_and_its_contact_is_noted(self):
        fax = self._queue(subject="Offer")
        self.assertEqual((fax.state, fax.page_count, fax.provider_id), ("queued", 1, self.provider))
        self._run()
        self.assertEqual((fax.state, fax.tries), ("sending", 1))
        [(command, args, _token)] = self.sent
        self.assertEqual(command, "fax.send")
        self.assertEqual((args["number"], args["document"]), ("02162345679", fax.sha256))
        self._tell(args["reference"], ok=True, pages=1, station="62345679")
        self.assertEqual((fax.state, fax.station), ("sent", "62345679"))
        contact = self.env["gb.contact"].search(
            [("res_model", "=", "gb.fax"), ("res_id", "=", fax.id)]
        )
        self.assertEqual((contact.channel, contact.direction), ("fax", "outbound"))
        self._tell(args["reference"], ok=False, error="busy")
        self.assertEqual(fax.state, "sent", "told again, nothing happens")

    @freeze_time(NOW)
    def test_an_engaged_line_is_tried_again_and_given_up(self):
        fax = self._queue()
        self._run()
        self._tell(self.sent[-1][1]["reference"], ok=False, error="busy")
        self.assertEqual((fax.state, fax.error), ("queued", "The line was engaged."))
        self._run()
        self.assertEqual(len(self.sent), 1, "not before its time")
        later = fields.Datetime.to_datetime(NOW) + timedelta(minutes=5)
        self._run(later)
        self.assertNotEqual(self.sent[0][1]["reference"], self.sent[1][1]["reference"])
        self._tell(self.sent[0][1]["reference"], ok=True)
        self.assertEqual(fax.state, "sending", "what is told of an earlier try counts no more")
        self._tell(self.sent[1][1]["reference"], ok=False, error="no_fax")
        self.assertEqual(fax.state, "failed")
        self.assertIn("No fax machine", fax.error)
        fax.with_user(self.agent).action_send_again()
        self.assertEqual((fax.state, fax.tries), ("queued", 0))

    @freeze_time(NOW)
    def test_a_telephone_system_that_is_away_is_no_try(self):
        fax = self._queue()
        self.refusal = "unreachable"
        self._run()
        self.assertEqual((fax.state, fax.tries), ("queued", 0))
        self.refusal = None
        self._run("2026-03-02 09:10:00")
        self.assertEqual((fax.state, fax.tries), ("sending", 1))

    @freeze_time(NOW)
    def test_silence_of_two_hours_ends_a_try(self):
        fax = self._queue()
        self._run()
        self._run("2026-03-02 11:30:00")
        self.assertEqual(fax.state, "queued")
        self.assertIn("told nothing", fax.error)

    @freeze_time(NOW)
    def test_a_number_that_does_not_exist_is_not_tried_again(self):
        fax = self._queue()
        self._run()
        self._tell(self.sent[-1][1]["reference"], ok=False, error="number")
        self.assertEqual(fax.state, "failed")

    def test_cancel_before_and_while_it_is_sent(self):
        fax = self._queue(user_id=self.agent.id)
        fax.with_user(self.agent).action_cancel()
        self.assertEqual((fax.state, self.sent), ("cancelled", []))
        fax.write({"state": "sending", "tries": 1})
        fax.with_user(self.agent).action_cancel()
        self.assertEqual(self.sent[-1][0], "fax.cancel")
        with self.assertRaisesRegex(UserError, "not been sent"):
            fax.with_user(self.agent).action_cancel()

    def test_what_is_no_picture_and_whom_nobody_may_ring_is_refused(self):
        with self.assertRaisesRegex(UserError, "cannot be faxed"):
            self.faxes._queue_document(b"words", "021-62345679")
        self.machine.do_not_call = True
        with self.assertRaisesRegex(UserError, "does not want"):
            self._queue()

    # --------------------------------------------------------------- wizard

    def _open(self, user=None):
        customer = self.customer.with_user(user or self.agent)
        context = customer.action_gb_send_fax()["context"]
        return self.env["gb.fax.send"].with_user(user or self.agent).with_context(**context)

    def test_the_dialog_chooses_the_fax_machine_and_sends_a_file(self):
        wizard = self._open().create({"file": base64.b64encode(make_picture())})
        self.assertEqual(wizard.phone_id, self.machine)
        wizard.action_send()
        fax = self.faxes.search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.customer.id)]
        )
        self.assertEqual(
            (fax.state, fax.user_id, fax.number), ("queued", self.agent, "021-62345679")
        )
        self.assertTrue(base64.b64decode(fax.file).startswith(b"%PDF-"))

    def test_the_dialog_takes_no_file_of_another_record(self):
        secret = self.env["ir.attachment"].create(
            {
                "name": "x.png",
                "raw": make_picture(),
                "res_model": "res.partner",
                "res_id": self.env.company.partner_id.id,
            }
        )
        wizard = self._open().create({"attachment_id": secret.id})
        with self.assertRaisesRegex(AccessError, "another record"):
            wizard.action_send()

    def test_only_agents_send_and_only_to_their_customers(self):
        nobody = new_test_user(self.env, "fax_nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.customer.with_user(nobody).action_gb_send_fax()
        wizard = self._open().create({"file": base64.b64encode(make_picture())})
        self.customer.gb_team_id = self.other_team
        with self.assertRaises(AccessError):
            wizard.action_send()

    # ------------------------------------------------------------------- in

    def _receive(self, content, reference="line17000001", **note):
        import hashlib

        digest = hashlib.sha256(content).hexdigest()
        note.setdefault("number", "02162345679")
        return self._tell(reference, "FAX_IN", sha256=digest, pages=2, ok=True, **note), digest

    def test_pages_come_in_once(self):
        content, _ = to_fax_tiff(make_picture(), make_picture(0))
        fax, digest = self._receive(content)
        self.assertEqual(
            (fax.state, fax.partner_id, fax.direction), ("arriving", self.customer, "inbound")
        )
        again, _ = self._receive(content)
        self.assertEqual(again, fax)
        received = []
        self.patch(type(self.faxes), "_received", lambda fax: received.append(fax.id))
        self.assertTrue(self.faxes._store(self.provider, digest, content))
        self.assertIs(self.faxes._store(self.provider, digest, content), False)
        self.assertEqual((fax.state, fax.page_count, received), ("received", 2, [fax.id]))
        self.assertEqual(base64.b64decode(fax.tiff), content)
        self.assertTrue(base64.b64decode(fax.file).startswith(b"%PDF-"))
        with self.assertRaises(ValueError):
            self.faxes._store(self.provider, "0" * 64, content)
        other = self.provider.copy({"reference": "fax_other"})
        self.assertIsNone(self.faxes._store(other, digest, content))

    def test_nothing_received_is_a_failed_fax_without_contact(self):
        fax = self._tell(
            "line17000002", "FAX_IN", sha256="", ok=False, error="no_fax", number="02162345679"
        )
        self.assertEqual(fax.state, "failed")
        self.assertFalse(
            self.env["gb.contact"].search([("res_model", "=", "gb.fax"), ("res_id", "=", fax.id)])
        )

    def test_received_pages_are_shown_in_their_proportions(self):
        content, _ = to_fax_tiff(make_picture())
        pdf, pages = to_pdf(content)
        self.assertEqual(pages, 1)
        self.assertTrue(pdf.startswith(b"%PDF-"))

    # --------------------------------------------------------------- rights

    def test_agents_see_faxes_of_their_customers_with_masked_numbers(self):
        content, _ = to_fax_tiff(make_picture())
        fax, _ = self._receive(content)
        self.env.ref("gb_callcenter.group_gb_agent").implied_ids -= self.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        shown = fax.with_user(self.agent).read(["number", "display_name"])[0]
        self.assertNotIn("62345679", shown["number"])
        self.customer.gb_team_id = self.other_team
        with self.assertRaises(AccessError):
            fax.with_user(self.agent).read(["subject"])
        unknown, _ = self._receive(content, reference="line17000003", number="01087654321")
        with self.assertRaises(AccessError):
            unknown.with_user(self.agent).read(["subject"])
        lead = new_test_user(self.env, "fax_lead", "gb_callcenter.group_gb_lead")
        self.assertTrue(unknown.with_user(lead).read(["subject"]))

    def test_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other company"})
        manager = new_test_user(
            self.env,
            "fax_manager",
            "gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        fax = self._queue()
        self.assertFalse(self.faxes.with_user(manager).search([("id", "=", fax.id)]))
        self.assertFalse(self.faxes._find_tiff(fax.sha256, company))
        self.assertTrue(self.faxes._find_tiff(fax.sha256, self.company))

    def test_nobody_writes_faxes_by_hand(self):
        manager = new_test_user(self.env, "fax_manager2", "gb_callcenter.group_gb_manager")
        with self.assertRaises(AccessError):
            self._queue().with_user(manager).write({"state": "sent"})

    def test_an_erased_customer_has_no_faxes(self):
        fax = self._queue()
        self.customer._gb_erase_calls()
        self.assertFalse(fax.exists())

    def test_a_public_article_goes_by_fax(self):
        article = self.env["gb.article"].create({"name": "Returns", "body": "<p>Within 7 days</p>"})
        reports = type(self.env["ir.actions.report"])
        pdf = to_pdf(to_fax_tiff(make_picture())[0])[0]
        with (
            patch.object(
                type(article), "_get_public_url", lambda article, short=False: "https://x"
            ),
            patch.object(reports, "_render_qweb_pdf", lambda *args, **kwargs: (pdf, "pdf")),
        ):
            article.send_to_customer(self.customer.id, "fax", self.machine.id)
        fax = self.faxes.search([("res_model", "=", "gb.article"), ("res_id", "=", article.id)])
        self.assertEqual((fax.subject, fax.number), ("Returns", "021-62345679"))
