"""Text to speech: a text becomes a WAV (8 kHz, 16 bit, mono), kept under what it was made of.

    sound = Speech(directory).make("您好", "zh_CN")     # the path of the WAV

It blocks while the engine speaks: run it in a thread. Several at once, in one process or in many, are safe: a file is complete
when it has its name.
"""

import hashlib
import os
import subprocess
import tempfile
import threading
import wave
from pathlib import Path

RATE = 8000
SECONDS = 20  # an engine may take for one text
LONGEST = 4000  # characters
HEADER = 44  # bytes of a WAV before its sound


class SpeechError(Exception):
    """Nothing could be made of a text. The message never has the text: it may name a customer."""


class EspeakEngine:
    """espeak-ng, understood in Chinese and English on any machine."""

    name = "espeak-ng"
    voices = {"zh_CN": "cmn", "en_US": "en-us"}
    words_per_minute = 200

    def __init__(self, voices=None, seconds=SECONDS):
        self.voices = {**self.voices, **(voices or {})}
        self.seconds = seconds

    def get_voice(self, language):
        """What the engine calls the voice of a language; part of a sound's name."""
        return self.voices.get(language) or self.voices["en_US"]

    def speak(self, text, language, path):
        """Write what is said to ``path``, as any sound that sox can read."""
        speed = str(self.words_per_minute)
        arguments = ["espeak-ng", "-v", self.get_voice(language), "-s", speed, "-w", str(path)]
        _run([*arguments, "--stdin"], self.seconds, text)


class CommandEngine:
    """Any program: ``{text}``, ``{language}``, ``{voice}`` and ``{path}`` are filled into the words of its command.

    Without ``{text}`` it gets the text on its standard input. No shell is involved.
    """

    def __init__(self, command, voices=None, name="", seconds=SECONDS):
        if not command or not any("{path}" in word for word in command):
            raise ValueError("The command of text to speech must name {path}.")
        self.command = [str(word) for word in command]
        self.voices = dict(voices or {})
        self.name = name or " ".join(self.command)
        self.seconds = seconds

    def get_voice(self, language):
        """The voice that is set up for a language, or the language itself."""
        return self.voices.get(language, language)

    def speak(self, text, language, path):
        """Write what is said to ``path``, as any sound that sox can read."""
        values = {
            "{text}": text,
            "{language}": language,
            "{voice}": self.get_voice(language),
            "{path}": str(path),
        }
        on_input = not any("{text}" in word for word in self.command)
        arguments = [_replace(word, values) for word in self.command]
        _run(arguments, self.seconds, text if on_input else "")


def _replace(word, values):
    """Fill in what is named once: a text that has ``{path}`` in it stays as it is."""
    for name, value in values.items():
        if name in word:
            before, _name, after = word.partition(name)
            return _replace(before, values) + value + _replace(after, values)
    return word


def get_engine(settings):
    """The engine of settings ``{"engine": "espeak-ng" or "command", "command": [...], "voices": {language: voice}, "seconds"}``."""
    settings = settings or {}
    voices, seconds = settings.get("voices"), settings.get("seconds") or SECONDS
    engine = settings.get("engine") or EspeakEngine.name
    if engine == EspeakEngine.name:
        return EspeakEngine(voices, seconds)
    if engine == "command":
        return CommandEngine(settings.get("command"), voices, settings.get("name", ""), seconds)
    raise ValueError(f"There is no engine “{engine}” for text to speech.")


class Speech:
    """Sounds of texts, kept in a directory."""

    def __init__(self, directory, engine=None, seconds=SECONDS):
        self.directory = Path(directory)
        self.engine = engine or EspeakEngine()
        self.seconds = seconds
        self._locks = {}
        self._lock = threading.Lock()

    def get_path(self, text, language):
        """Where the sound of a text is, or will be."""
        voice = self.engine.get_voice(language)
        parts = (self.engine.name, voice, language, _tidy(text))
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self.directory / digest[:2] / f"{digest}.wav"

    def make(self, text, language):
        """The path of the WAV; made now unless it is there. Raises SpeechError."""
        text = _tidy(text)
        if not text:
            raise SpeechError("There is nothing to say.")
        if len(text) > LONGEST:
            raise SpeechError(f"A text to be said is longer than {LONGEST} characters.")
        path = self.get_path(text, language)
        if _is_there(path):
            return path
        with self._lock:
            lock, waiting = self._locks.get(path, (threading.Lock(), 0))
            self._locks[path] = (lock, waiting + 1)
        try:
            with lock:
                if not _is_there(path):
                    self._make(text, language, path)
        finally:
            with self._lock:
                lock, waiting = self._locks.pop(path)
                if waiting > 1:
                    self._locks[path] = (lock, waiting - 1)
        return path

    def _make(self, text, language, path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.directory, prefix=".making-") as place:
                spoken, sound = Path(place, "spoken.wav"), Path(place, "sound.wav")
                self.engine.speak(text, language, spoken)
                if not spoken.exists():
                    raise SpeechError(f"{_short(self.engine.name)} has written no sound.")
                arguments = ["-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed-integer"]
                _run(
                    ["sox", "-q", str(spoken), *arguments, str(sound), "gain", "-n", "-3"],
                    self.seconds,
                )
                if not is_sound(sound):
                    raise SpeechError(f"{_short(self.engine.name)} has written an empty sound.")
                os.replace(sound, path)
        except OSError as error:
            raise SpeechError(f"The sound cannot be stored: {error.strerror}.") from None


def _tidy(text):
    return " ".join(str(text).split())


def _is_there(path):
    """A machine that has lost its power may have left a file without its content."""
    try:
        return path.stat().st_size > HEADER
    except OSError:
        return False


def is_sound(path):
    """Whether a file is a WAV as the PBX plays it: 8 kHz, 16 bit, mono, and not empty."""
    try:
        with wave.open(str(path), "rb") as sound:
            kind = (sound.getframerate(), sound.getsampwidth(), sound.getnchannels())
            return kind == (RATE, 2, 1) and sound.getnframes() > 0
    except (wave.Error, EOFError, OSError):
        return False


def _short(name):
    return name.split(" ")[0].rpartition("/")[2]


def _run(arguments, seconds, text=""):
    """Run a program that must succeed. What it prints is not told: it may have the text in it."""
    program = _short(arguments[0])
    try:
        subprocess.run(
            arguments,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
    except FileNotFoundError:
        raise SpeechError(f"{program} is not installed.") from None
    except subprocess.TimeoutExpired:
        raise SpeechError(f"{program} took longer than {seconds:g} s.") from None
    except subprocess.CalledProcessError as error:
        raise SpeechError(f"{program} has failed (exit code {error.returncode}).") from None
