"""Sound files of any usual kind → what telephones play: WAV, 8 kHz, 16 bit, mono. No ORM."""

import io
import wave

import av

RATE = 8000
MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 600


class SoundError(Exception):
    """``code``: ``too_large``, ``too_long``, ``empty`` or ``unreadable``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def to_telephone_wav(content):
    """Convert a sound file.

    :param bytes content: WAV, MP3, OGG, WebM, FLAC, AAC or M4A of any rate and number of channels
    :return: (bytes of the WAV, seconds)
    :raise SoundError: when it cannot be
    """
    if len(content) > MAX_BYTES:
        raise SoundError("too_large")
    samples = bytearray()
    try:
        with av.open(io.BytesIO(content), format=_guess_format(content)) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise SoundError("empty")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in container.decode(stream):
                frame.pts = None
                for piece in resampler.resample(frame):
                    samples += bytes(piece.planes[0])[: piece.samples * 2]
                if len(samples) > MAX_SECONDS * RATE * 2:
                    raise SoundError("too_long")
            for piece in resampler.resample(None):
                samples += bytes(piece.planes[0])[: piece.samples * 2]
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise SoundError("unreadable") from error
    if not samples:
        raise SoundError("empty")
    target = io.BytesIO()
    with wave.open(target, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(bytes(samples))
    return target.getvalue(), round(len(samples) / 2 / RATE, 2)


def _guess_format(content):
    """The container by its first bytes: never left to the library, whose guesses include play lists."""
    head = content[:16]
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:4] == b"fLaC":
        return "flac"
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return "aac" if head[:1] == b"\xff" and head[1] & 0xF6 == 0xF0 else "mp3"
    raise SoundError("unreadable")
