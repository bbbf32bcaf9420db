"""Text to speech with the engine of the machine."""

import threading
import wave
from pathlib import Path

import pytest
from ivr import tts


class SoxEngine:
    """Beeps instead of speaking; counts."""

    name = "beep"

    def __init__(self, arguments=("synth", "0.2", "sine", "440"), rate=16000):
        self.arguments = arguments
        self.rate = rate
        self.spoken = []

    def get_voice(self, language):
        return language

    def speak(self, text, language, path):
        self.spoken.append((text, language))
        tts._run(["sox", "-n", "-r", str(self.rate), "-c", "2", str(path), *self.arguments], 10)


def test_a_text_is_spoken_as_the_pbx_wants_it(tmp_path):
    speech = tts.Speech(tmp_path)
    path = speech.make("您好，一百二十元", "zh_CN")
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        assert sound.getnframes() > 8000
    assert path.parent.parent == tmp_path
    assert speech.make("您好，一百二十元", "en_US") != path


def test_a_text_is_spoken_once(tmp_path):
    engine = SoxEngine()
    speech = tts.Speech(tmp_path, engine)
    path = speech.make("您好\n  王女士", "zh_CN")
    assert tts.is_sound(path)
    before = path.stat().st_mtime_ns
    assert tts.Speech(tmp_path, engine).make("您好 王女士", "zh_CN") == path
    assert path.stat().st_mtime_ns == before
    assert engine.spoken == [("您好 王女士", "zh_CN")]


def test_engines_and_voices_have_sounds_of_their_own(tmp_path):
    one = tts.Speech(tmp_path, tts.EspeakEngine({"zh_CN": "yue"})).get_path("您好", "zh_CN")
    two = tts.Speech(tmp_path, tts.EspeakEngine()).get_path("您好", "zh_CN")
    three = tts.Speech(tmp_path, SoxEngine()).get_path("您好", "zh_CN")
    assert len({one, two, three}) == 3


def test_several_at_once_get_the_same_sound(tmp_path):
    engine = SoxEngine()
    speech = tts.Speech(tmp_path, engine)
    others = tts.Speech(tmp_path, engine)
    paths = []
    threads = [
        threading.Thread(target=lambda maker=maker: paths.append(maker.make("同时", "zh_CN")))
        for maker in [speech] * 4 + [others] * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 6 and len(set(paths)) == 1
    assert 1 <= len(engine.spoken) <= 2, "one in each place at most"
    assert speech._locks == {}
    assert [path.name for path in Path(tmp_path).iterdir()] == [paths[0].parent.name]


def test_a_file_without_content_is_made_anew(tmp_path):
    speech = tts.Speech(tmp_path, SoxEngine())
    path = speech.make("您好", "zh_CN")
    path.write_bytes(b"")
    assert tts.is_sound(speech.make("您好", "zh_CN"))


def test_texts_that_cannot_be_said_are_refused(tmp_path):
    speech = tts.Speech(tmp_path, SoxEngine())
    with pytest.raises(tts.SpeechError, match="nothing to say"):
        speech.make("  \n", "zh_CN")
    with pytest.raises(tts.SpeechError, match="longer than"):
        speech.make("长" * 4001, "zh_CN")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["/nowhere/speaker", "{path}"], "speaker is not installed"),
        (["false", "{path}"], "false has failed"),
        (["true", "{path}"], "true has written no sound"),
        (["sh", "-c", "echo no sound > {path}"], "sox has failed"),
        (["sox", "-n", "-r", "8000", "{path}", "trim", "0", "0"], "sox has written an empty sound"),
    ],
)
def test_a_failure_is_told_without_the_text(tmp_path, command, message):
    speech = tts.Speech(tmp_path, tts.CommandEngine(command, seconds=0.5))
    with pytest.raises(tts.SpeechError, match=message) as failure:
        speech.make("王女士", "zh_CN")
    assert "王女士" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert not speech.get_path("王女士", "zh_CN").exists()
    assert speech._locks == {}


def test_an_engine_that_hangs_is_ended(tmp_path):
    engine = tts.CommandEngine(["sh", "-c", "exec sleep 9", "{path}"], seconds=0.2)
    with pytest.raises(tts.SpeechError, match=r"sh took longer than 0\.2 s"):
        tts.Speech(tmp_path, engine).make("您好", "zh_CN")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    with pytest.raises(tts.SpeechError, match="cannot be stored"):
        tts.Speech(place / "below", SoxEngine()).make("您好", "zh_CN")


def test_a_program_gets_the_text_in_its_command_or_on_its_input(tmp_path):
    script = 'printf \'%s|%s|%s\' "$1" "$2" "$(cat)" > "$0"'
    heard = tmp_path / "heard"
    voices = {"zh_CN": "xiaoyan"}
    engine = tts.CommandEngine(["sh", "-c", script, "{path}", "{voice}", "{text}"], voices)
    engine.speak('"; {path}', "zh_CN", heard)
    assert heard.read_text() == 'xiaoyan|"; {path}|'
    engine = tts.CommandEngine(["sh", "-c", script, "{path}", "{voice}", "-{language}-"], voices)
    engine.speak("您好", "en_US", heard)
    assert heard.read_text() == "en_US|-en_US-|您好"


def test_the_engine_is_a_setting():
    assert isinstance(tts.get_engine(None), tts.EspeakEngine)
    assert tts.get_engine({"voices": {"zh_CN": "yue"}}).get_voice("zh_CN") == "yue"
    assert tts.get_engine({}).get_voice("fr_FR") == "en-us"
    engine = tts.get_engine({"engine": "command", "command": ["say", "{path}"], "seconds": 3})
    assert (engine.name, engine.seconds) == ("say {path}", 3)
    for wrong in ({"engine": "x"}, {"engine": "command"}, {"engine": "command", "command": ["x"]}):
        with pytest.raises(ValueError):
            tts.get_engine(wrong)


def test_what_is_no_sound_is_known(tmp_path):
    for content in (b"", b"RIFF", b"x" * 100):
        (tmp_path / "x.wav").write_bytes(content)
        assert not tts.is_sound(tmp_path / "x.wav")
    assert not tts.is_sound(tmp_path / "gone.wav")
