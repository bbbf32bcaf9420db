import base64
import hashlib
import io
import wave
from unittest.mock import patch

import av

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.gb_callcenter.tests.common import CallCentreCase

from ..tools.sound import SoundError, to_telephone_wav
from .common import AsteriskMixin
from .common_flow import FlowMixin, make_wav


def encode(content, container, codec):
    """A WAV in another container and coding."""
    target = io.BytesIO()
    with av.open(io.BytesIO(content)) as source, av.open(target, "w", format=container) as sink:
        stream = sink.add_stream(codec, rate=48000 if codec == "libopus" else 44100)
        resampler = av.AudioResampler(format=stream.format, layout=stream.layout, rate=stream.rate)
        for frame in source.decode(audio=0):
            for piece in resampler.resample(frame):
                sink.mux(stream.encode(piece))
        sink.mux(stream.encode(None))
    return target.getvalue()


@tagged("post_install", "-at_install")
class TestIvrPrompt(FlowMixin, AsteriskMixin, HttpCase, CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prompt = cls.env["gb.ivr.prompt"].create(
            {
                "name": "Welcome",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "language": "zh_CN",
                            "text": "您好，{customer_name}，共{order_total|amount}",
                        },
                    ),
                    (0, 0, {"language": "en_US", "text": "Welcome"}),
                ],
            }
        )
        cls.chinese, cls.english = cls.prompt.line_ids.sorted("language", reverse=True)

    def _upload(self, content, line=None):
        (line or self.chinese).with_user(self.manager).audio = base64.b64encode(content)

    def test_sound_of_any_usual_kind_becomes_telephone_wav(self):
        wav = make_wav(1.0, rate=44100)
        for content, source in (
            (wav, "upload"),
            (make_wav(1.0, rate=22050, channels=1), "upload"),
            (encode(wav, "mp3", "libmp3lame"), "upload"),
            (encode(wav, "ogg", "libopus"), "upload"),
            (encode(wav, "webm", "libopus"), "browser"),
        ):
            self._upload(content)
            sound = self.chinese.sound_id
            with wave.open(io.BytesIO(sound._get_wav())) as stored:
                self.assertEqual(stored.getparams()[:3], (1, 2, 8000))
                self.assertAlmostEqual(stored.getnframes() / 8000, 1.0, delta=0.1)
            self.assertEqual(self.chinese.sha256, hashlib.sha256(sound._get_wav()).hexdigest())
            self.assertAlmostEqual(self.chinese.seconds, 1.0, delta=0.1)
            self.assertEqual(self.chinese.source, source)

    def test_same_sound_is_kept_once(self):
        self._upload(make_wav())
        self._upload(make_wav(), self.english)
        self.assertEqual(self.chinese.sound_id, self.english.sound_id)
        self.chinese.audio = False
        self.assertEqual((self.chinese.sha256, self.chinese.source), (False, "text"))
        self.assertTrue(self.english.sha256)

    def test_what_is_no_sound_is_refused_with_a_sentence(self):
        for content in (
            b"no sound at all",
            b"RIFF\0\0\0\0WAVEfmt ",
            b"#EXTM3U\nfile:///etc/passwd",
        ):
            with self.assertRaisesRegex(UserError, "no sound that can be read"):
                self._upload(content)
        with (
            self.assertRaises(SoundError),
            patch("odoo.addons.gb_ivr_bridge.tools.sound.MAX_SECONDS", 1),
        ):
            to_telephone_wav(make_wav(2.0))
        with self.assertRaisesRegex(UserError, "no sound in the file"):
            self._upload(make_wav(0.0))

    def test_language_with_sound_is_played_the_other_one_spoken(self):
        self._upload(make_wav())
        self.assertEqual(
            self.prompt._get_parts(self.draft),
            [{"audio": {"zh_CN": self.chinese.sha256}, "text": {"en_US": "Welcome"}}],
        )
        node = self._node("play", prompt_id=self.prompt.id, text_zh_CN="二", text_en_US="two")
        self.assertEqual(len(node._speech()), 2)

    def test_published_flow_keeps_its_sound_whatever_becomes_of_the_prompt(self):
        self._upload(make_wav())
        sound = self.chinese.sound_id
        bye = self._node("hangup", prompt_id=self.prompt.id, is_start=True)
        self.draft.action_publish()
        self.assertEqual(self.draft.sound_ids, sound)
        self.assertFalse(self.draft.has_news)
        self._upload(make_wav(pitch=880))
        self.assertEqual(
            self.draft.document["nodes"][bye.code]["speech"][0]["audio"]["zh_CN"], sound.sha256
        )
        self.draft.invalidate_recordset(["has_news"])
        self.assertTrue(self.draft.has_news)
        self.cr.execute("UPDATE gb_ivr_sound SET create_date = create_date - interval '60 days'")
        self.chinese.audio = False
        self.env.flush_all()
        self.env["gb.ivr.sound"]._gc_unused()
        self.assertTrue(sound.exists())
        self.assertEqual(self.env["gb.ivr.sound"].search_count([("id", ">", sound.id)]), 0)

    def test_company_has_its_own_standard_sentence(self):
        self.assertIn("PIN", self._standard("identify.pin")[0]["text"]["en_US"])
        self.env["gb.ivr.prompt"].create(
            {
                "name": "Ours",
                "code": "identify.pin",
                "company_id": self.company.id,
                "line_ids": [(0, 0, {"language": "zh_CN", "text": "密码"})],
            }
        )
        self.flow.company_id = self.company
        self.assertEqual(self._standard("identify.pin"), [{"text": {"zh_CN": "密码"}}])
        with self.assertRaises(UserError):
            self.env.ref("gb_ivr_bridge.gb_ivr_prompt_identify_pin").unlink()

    def _standard(self, code):
        return self.env["gb.ivr.prompt"]._get_standard(code, self.draft)

    def test_recorded_by_phone(self):
        with self.assertRaises(UserError):
            self.chinese.with_user(self.manager).action_record_by_phone()
        self.seat_1.sudo().user_id = self.manager
        providers = type(self.provider)
        with patch.object(providers, "_command", autospec=True, return_value={}) as command:
            self.chinese.with_user(self.manager).action_record_by_phone()
        self.assertEqual(
            command.call_args.args[1:],
            ("prompt.record", {"extension": "1001", "prompt": str(self.chinese.id)}),
        )
        call = self.env["gb.call"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "linked_id": "prompt-1",
                "direction": "internal",
                "offered_at": fields.Datetime.now(),
            }
        )
        recording = self.env["gb.recording"].create(
            {
                "call_id": call.id,
                "name": "prompt.wav",
                "sha256": hashlib.sha256(b"x").hexdigest(),
                "kind": "prompt",
                "message_values": {"prompt": str(self.chinese.id)},
            }
        )
        recording._write_audio(make_wav())
        self.assertEqual(self.chinese.source, "phone")
        self.assertTrue(self.chinese.sha256)

    def test_recording_of_another_company_or_of_nothing_changes_no_prompt(self):
        lines = self.env["gb.ivr.prompt.line"]
        other = self.env["res.company"].create({"name": "Other shop"})
        with self.assertLogs("odoo.addons.gb_ivr_bridge.models.gb_ivr_prompt_line", "WARNING"):
            lines._take_phone_recording(str(self.chinese.id), make_wav(), other)
            lines._take_phone_recording("no number", make_wav())
            lines._take_phone_recording(str(self.chinese.id), b"noise", self.company)
        self.assertFalse(self.chinese.sha256)

    def test_prompt_is_heard_in_the_browser_by_those_who_may_see_it(self):
        self._upload(make_wav())
        self.authenticate("gb_lead", "gb_lead")
        answer = self.url_open(f"/gb/ivr/prompt/{self.chinese.id}")
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "audio/wav"))
        self.assertEqual(answer.content, self.chinese.sound_id._get_wav())
        self.assertEqual(self.url_open("/gb/ivr/prompt/999999999").status_code, 404)
        self.prompt.company_id = self.env["res.company"].create({"name": "Other shop"})
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/gb/ivr/prompt/{self.chinese.id}").status_code, 403)
        self.authenticate("gb_agent_1", "gb_agent_1")
        self.assertEqual(self.url_open(f"/gb/ivr/prompt/{self.chinese.id}").status_code, 403)

    def test_text_is_spoken_with_made_up_values(self):
        spoken = []

        def speak(_self, text, language):
            spoken.append((text, language))
            return base64.b64encode(make_wav()).decode()

        with patch.object(type(self.env["gb.ivr.simulator"]), "get_speech", speak):
            self.assertTrue(self.chinese._get_preview())
        ((text, language),) = spoken
        self.assertEqual(language, "zh_CN")
        self.assertNotIn("{", text)
        self.assertIn("元", text)
        self.english.text = False
        with self.assertRaisesRegex(UserError, "Write the text"):
            self.english._get_preview()

    def test_agents_change_no_prompts(self):
        with self.assertRaises(AccessError):
            self.chinese.with_user(self.lead).audio = base64.b64encode(make_wav())
        with self.assertRaises(AccessError):
            self.env["gb.ivr.sound"].with_user(self.manager).search([])
