import hashlib
import hmac
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from tempfile import TemporaryDirectory
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.models.gb_recording_store import ROOT_VARIABLE
from odoo.addons.gb_callcenter.tools.object_store import DirectoryStore, StoreError, sign

ACCESS, SECRET = "GBTESTACCESS", "gb-test-secret-of-forty-characters-0000"
CONTENT = b"RIFF" + b"\0" * 500


class Bucket(BaseHTTPRequestHandler):
    """An S3-like server that checks signatures by itself."""

    files, is_down = {}, False

    def log_message(self, *_args):
        pass

    def _answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        at = datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        wanted = sign(
            self.command, self.headers["Host"], self.path, body, "eu-test", ACCESS, SECRET, at
        )
        if self.is_down:
            return self._answer(503)
        if self.headers["Authorization"] != wanted["Authorization"]:
            return self._answer(403)
        if self.headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            return self._answer(400)
        if self.command == "PUT":
            self.files[self.path] = body
            return self._answer(200)
        if self.path not in self.files:
            return self._answer(404)
        if self.command == "DELETE":
            del self.files[self.path]
            return self._answer(204)
        return self._answer(200, self.files[self.path])

    do_GET = do_PUT = do_DELETE = _handle


@tagged("post_install", "-at_install")
class TestRecordingStorage(HttpCase):
    """Where recordings are kept, for how long, and who may hear them from there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["gb.telephony.provider"].create(
            {"name": "PBX", "reference": "store_test", "code": "demo"}
        )
        cls.queue = cls.env["gb.queue"].create(
            {"name": "Orders", "code": "store_orders", "provider_id": cls.provider.id}
        )
        cls.hotline = cls.env["gb.hotline"].create(
            {"name": "Hotline", "number": "8123", "provider_id": cls.provider.id}
        )
        cls.manager = new_test_user(
            cls.env,
            "store_manager",
            "gb_callcenter.group_gb_manager,gb_callcenter.group_gb_play_recording",
        )
        cls.sha256 = hashlib.sha256(CONTENT).hexdigest()

    def setUp(self):
        super().setUp()
        directory = TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.patch_environment(ROOT_VARIABLE, self.directory)

    def patch_environment(self, name, value):
        patcher = patch.dict("os.environ", {name: value})
        patcher.start()
        self.addCleanup(patcher.stop)

    def _use_directory(self):
        store = self.env["gb.recording.store"].create({"name": "Disk", "folder": "calls"})
        self.env.company.gb_recording_store_id = store
        return store

    def _use_bucket(self):
        server = HTTPServer(("127.0.0.1", 0), Bucket)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        Bucket.files, Bucket.is_down = {}, False
        store = self.env["gb.recording.store"].create(
            {
                "name": "Bucket", "kind": "s3", "endpoint": f"http://127.0.0.1:{server.server_port}", "bucket": "calls",
                "region": "eu-test", "prefix": "gb/rec", "access_key": ACCESS, "secret_input": SECRET,
            }
        )  # fmt: skip
        self.env.company.gb_recording_store_id = store
        return store

    def _record(self, at="2026-01-10 10:00:00", stored=True, **values):
        number = self.env["gb.call"].search_count([("provider_id", "=", self.provider.id)])
        call = self.env["gb.call"].with_context(gb_call_facts=True).create(
            {
                "provider_id": self.provider.id, "linked_id": f"store-{number}", "direction": "inbound",
                "offered_at": at, "company_id": self.env.company.id, **values,
            }
        )  # fmt: skip
        recording = self.env["gb.recording"].create(
            {"name": "1.wav", "call_id": call.id, "sha256": self.sha256, "size": len(CONTENT)}
        )
        if stored:
            self.env["gb.recording"]._store(self.provider, self.sha256, CONTENT)
        return recording

    def _play(self, recording, **how):
        self.authenticate("store_manager", "store_manager")
        return self.url_open(f"/gb/recording/{recording.id}", **how)

    def _delete_files(self):
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_delete_recordings").method_direct_trigger()

    # ------------------------------------------------------------ stores

    def test_a_directory_keeps_plays_and_deletes(self):
        store = self._use_directory()
        store.with_user(self.manager).action_test()
        recording = self._record()
        path = store._get_client().get_path(recording.sudo().store_key)
        self.assertEqual(path.read_bytes(), CONTENT)
        self.assertFalse(recording.sudo().audio)
        self.assertEqual(recording._read_audio(), CONTENT)
        self.assertEqual(self._play(recording).content, CONTENT)
        self.assertTrue(
            self.env["gb.access.log"].search(
                [("res_model", "=", "gb.recording"), ("res_id", "=", recording.id)]
            )
        )
        part = self._play(recording, headers={"Range": "bytes=0-3"})
        self.assertEqual((part.status_code, part.content), (206, b"RIFF"))
        recording._erase()
        self.assertTrue(path.exists(), "a transaction that fails has deleted nothing")
        self._delete_files()
        self.assertFalse(path.exists() or recording.sudo().store_key)

    def test_a_bucket_keeps_plays_and_deletes(self):
        store = self._use_bucket()
        store.with_user(self.manager).action_test()
        self.assertFalse(Bucket.files)
        recording = self._record()
        self.assertEqual(list(Bucket.files.values()), [CONTENT])
        self.assertTrue(next(iter(Bucket.files)).startswith("/calls/gb/rec/"))
        self.assertEqual(self._play(recording).content, CONTENT)
        recording._erase()
        Bucket.is_down = True
        with mute_logger("odoo.addons.gb_callcenter.models.gb_recording_storage"):
            self._delete_files()
        self.assertTrue(recording.sudo().store_key, "asked again when the store is back")
        Bucket.is_down = False
        self._delete_files()
        self.assertFalse(Bucket.files or recording.sudo().store_key)

    @mute_logger(
        "odoo.addons.gb_callcenter.models.gb_recording_storage",
        "odoo.addons.gb_callcenter.controllers.recording",
    )
    def test_a_store_that_is_away_loses_nothing(self):
        self._use_bucket()
        Bucket.is_down = True
        recording = self._record()
        self.assertTrue(recording.is_stored)
        self.assertEqual(self._play(recording).content, CONTENT)
        Bucket.is_down = False
        other = self._record()
        Bucket.is_down = True
        self.assertEqual(self._play(other).status_code, 503)

    def test_a_wrong_secret_is_told_without_the_secret(self):
        store = self._use_bucket()
        store.secret_input = "another-secret-of-enough-length"
        with self.assertRaisesRegex(UserError, "HTTP 403") as caught:
            store.action_test()
        self.assertNotIn("another-secret", str(caught.exception))
        store.invalidate_recordset()
        self.assertNotIn(
            "secret", store.with_user(self.manager).read(["secret_input"])[0]["secret_input"]
        )
        with self.assertRaises(AccessError):
            store.with_user(self.manager).read(["secret"])

    def test_signatures_are_those_of_the_standard(self):
        at = datetime(2013, 5, 24, tzinfo=timezone.utc)
        # computed step by step from the specification, independent of sign()
        empty = hashlib.sha256(b"").hexdigest()
        request = f"GET\n/b/k\n\nhost:h\nx-amz-content-sha256:{empty}\nx-amz-date:20130524T000000Z\n\nhost;x-amz-content-sha256;x-amz-date\n{empty}"
        text = f"AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/r/s3/aws4_request\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = b"AWS4S"
        for word in ("20130524", "r", "s3", "aws4_request"):
            key = hmac.digest(key, word.encode(), "sha256")
        wanted = hmac.digest(key, text.encode(), "sha256").hex()
        self.assertIn(wanted, sign("GET", "h", "/b/k", b"", "r", "A", "S", at)["Authorization"])

    def test_nothing_leads_out_of_the_directory(self):
        with self.assertRaises(StoreError):
            DirectoryStore(self.directory).put("../x", b"")
        with self.assertRaisesRegex(ValidationError, "folder"):
            self.env["gb.recording.store"].create({"name": "x", "folder": "../etc"})
        with self.assertRaisesRegex(ValidationError, "address"):
            self.env["gb.recording.store"].create(
                {"name": "x", "kind": "s3", "endpoint": "file:///etc"}
            )

    def test_a_store_in_use_is_not_deleted(self):
        store = self._use_directory()
        self._record()
        self.env.company.gb_recording_store_id = False
        with self.assertRaisesRegex(UserError, "Archive it"):
            store.unlink()

    def test_a_call_that_goes_takes_its_files_with_it(self):
        store = self._use_directory()
        recording = self._record()
        path = store._get_client().get_path(recording.sudo().store_key)
        recording.call_id.unlink()
        self.assertTrue(path.exists(), "not before the transaction is sure")
        self.env.cr.postcommit.run()
        self.assertFalse(path.exists())

    # --------------------------------------------------------- retention

    def _erase_expired(self, at):
        with freeze_time(at), self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_erase_recordings").method_direct_trigger()

    def test_queue_then_hotline_then_company_say_how_long(self):
        plain, hot, queued = (
            self._record(),
            self._record(hotline_id=self.hotline.id),
            self._record(hotline_id=self.hotline.id, queue_id=self.queue.id),
        )
        self.assertFalse(plain.expires_on)
        self.env.company.gb_recording_days = 30
        self.hotline.recording_days = 60
        self.queue.recording_days = 90
        days = [
            (rec.expires_on - fields.Date.to_date("2026-01-10")).days
            for rec in (plain, hot, queued)
        ]
        self.assertEqual(days, [30, 60, 90])
        self.queue.recording_days = 0
        self.assertEqual(queued.expires_on, hot.expires_on)
        self.assertEqual(self._record().expires_on, plain.expires_on, "new ones, too")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.env.company.gb_recording_days = -1
            self.env.flush_all()

    def test_expired_recordings_are_erased_unless_on_hold(self):
        self.env.company.gb_recording_days = 30
        old, held, young = self._record(), self._record(), self._record("2026-02-01 10:00:00")
        held.with_user(self.manager).action_hold("Case 17")
        found = self.env["gb.call"].search([("recording_ids.is_on_hold", "=", True)])
        self.assertEqual(found, held.call_id)
        self._erase_expired("2026-02-09 12:00:00")
        self.assertTrue(old.is_stored, "the last day is over at midnight")
        self._erase_expired("2026-02-10 12:00:00")
        self.assertEqual((old.is_stored, held.is_stored, young.is_stored), (False, True, True))
        self.assertTrue(old.is_erased)
        held.with_user(self.manager).action_release()
        self._erase_expired("2026-02-10 13:00:00")
        self.assertFalse(held.is_stored)
        log = self.env["gb.access.log"].search(
            [("res_id", "=", held.id), ("res_model", "=", "gb.recording")]
        )
        self.assertEqual(set(log.mapped("kind")), {"hold", "release"})

    def test_erasure_waits_for_the_release(self):
        customer = self.env["res.partner"].create({"name": "Wants to be forgotten"})
        held = self._record(partner_id=customer.id)
        other = self._record(partner_id=customer.id)
        held.with_user(self.manager).action_hold("Case 17")
        self.assertIn(1, dict(customer._get_gb_kept()).values())
        self.assertEqual(dict(customer._get_gb_erased())["Recordings"], 1)
        customer._gb_erase_calls()
        self.assertEqual((held.is_stored, other.is_stored), (True, False))
        held.with_user(self.manager).action_release()
        self.assertTrue(held.is_erased)

    def test_only_managers_hold_and_only_with_a_reason(self):
        recording = self._record()
        lead = new_test_user(self.env, "store_lead", "gb_callcenter.group_gb_lead")
        with self.assertRaisesRegex(AccessError, "managers"):
            recording.with_user(lead).action_hold("x")
        with self.assertRaisesRegex(UserError, "why"):
            recording.with_user(self.manager).action_hold(" ")
        recording._erase()
        with self.assertRaisesRegex(UserError, "no sound"):
            recording.with_user(self.manager).action_hold("x")

    def test_stores_of_another_company_are_not_seen(self):
        store = self._use_directory()
        company = self.env["res.company"].create({"name": "Other company"})
        other = new_test_user(
            self.env,
            "store_other",
            "gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(
            self.env["gb.recording.store"].with_user(other).search([("id", "=", store.id)])
        )
