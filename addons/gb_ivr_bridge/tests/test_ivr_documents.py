import base64
import io
import json

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tests.common import CallCentreCase
from odoo.addons.gb_callcenter.tools.signature import sign

from .common import SECRET, AsteriskMixin
from .common_flow import FlowMixin, make_wav

UNKNOWN = "0" * 64


def make_pdf():
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    pages = Canvas(target)
    for text in ("Price list", "Second page"):
        pages.drawString(72, 720, text)
        pages.showPage()
    pages.save()
    return target.getvalue()


@tagged("post_install", "-at_install")
class TestIvrDocuments(FlowMixin, AsteriskMixin, HttpCase, CallCentreCase):
    def setUp(self):
        super().setUp()
        self._small_flow()
        self.url = f"/gb/v1/telephony/{self.reference}"

    def _post(self, path, body=b"{}", secret=SECRET):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **sign(secret, body)}
        return self.url_open(f"{self.url}/{path}", data=body, headers=headers)

    def _publish(self):
        self.draft.action_publish()
        self.env.flush_all()
        return self.draft.digest

    def test_connector_fetches_what_the_configuration_names(self):
        digest = self._publish()
        self.assertEqual(self._post("config").json()["flows"]["test-main"], digest)
        answer = self._post(f"flows/{digest}").json()
        self.assertEqual(self.draft._get_digest(answer["document"]), digest)
        self.assertEqual(self._post(f"flows/{UNKNOWN}").status_code, 404)

    def test_other_companies_flow_is_unknown(self):
        digest = self._publish()
        self.provider.company_id = self.env["res.company"].create({"name": "Other shop"})
        self.flow.company_id = self.company
        self.env.flush_all()
        self.assertEqual(self._post(f"flows/{digest}").status_code, 404)

    def test_connector_fetches_sounds_and_fax_pages(self):
        sound = self.env["gb.ivr.sound"]._store(make_wav())
        document = self.env["gb.ivr.fax.document"].create(
            {"name": "Prices", "file": base64.b64encode(make_pdf())}
        )
        self.env.flush_all()
        answer = self._post(f"prompts/{sound.sha256}")
        self.assertEqual(answer.content, sound._get_wav())
        self.assertEqual(answer.headers["Content-Type"], "audio/wav")
        answer = self._post(f"documents/{document.sha256}")
        self.assertEqual(answer.headers["Content-Type"], "image/tiff")
        with Image.open(io.BytesIO(answer.content)) as image:
            self.assertEqual(
                (image.format, image.mode, image.width, image.n_frames), ("TIFF", "1", 1728, 2)
            )
        for path in ("prompts", "documents"):
            self.assertEqual(self._post(f"{path}/{UNKNOWN}").status_code, 404)

    def test_what_cannot_be_faxed_is_refused(self):
        with self.assertRaisesRegex(UserError, "cannot be faxed"):
            self.env["gb.ivr.fax.document"].create(
                {"name": "Prices", "file": base64.b64encode(b"just some text")}
            )

    @mute_logger("odoo.addons.gb_ivr_bridge.controllers.telephony")
    def test_unsigned_and_oversized_requests_are_refused(self):
        digest = self._publish()
        for path in (f"flows/{digest}", f"prompts/{UNKNOWN}", f"documents/{UNKNOWN}"):
            self.assertEqual(self._post(path, secret="another secret").status_code, 401, path)
            self.assertEqual(self._post(path, b" " * 70000).status_code, 413, path)

    def test_version_shows_which_connectors_have_it(self):
        digest = self._publish()
        self.assertEqual(self.draft.delivery_state, "0 of 1")
        self._post("config", {"have": {"flows": {"test-main": digest}, "version": "x"}})
        self.env.invalidate_all()
        self.assertEqual(self.draft.delivery_state, "1 of 1")
        delivery = self.flow.delivery_ids
        self.assertEqual((delivery.version_id, delivery.is_current), (self.draft, True))
        second = self.draft.copy()
        second.action_publish()
        self.env.flush_all()
        self.assertFalse(delivery.is_current)
        self._post("config", {"have": {"flows": {"test-main": digest}}})
        self.assertEqual(
            self.env["gb.ivr.delivery"].search_count([("flow_id", "=", self.flow.id)]), 1
        )
        self._post("config", {"have": {"flows": {}}})
        self.env.invalidate_all()
        self.assertFalse(self.flow.delivery_ids)

    def test_nonsense_about_what_a_connector_has_is_ignored(self):
        self._publish()
        for have in ("text", [], {"flows": []}, {"flows": {"test-main": 7, "x": "y"}}, None):
            self.assertEqual(self._post("config", {"have": have}).status_code, 200)
        self.env.invalidate_all()
        self.assertFalse(self.flow.delivery_ids)
