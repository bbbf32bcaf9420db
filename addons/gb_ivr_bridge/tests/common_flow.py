import io
import math
import struct
import wave

from .common import AsteriskCase


def make_wav(seconds=0.5, rate=16000, channels=2, pitch=440):
    """A tone as a WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(
            b"".join(
                struct.pack("<h", round(9000 * math.sin(2 * math.pi * pitch * at / rate)))
                * channels
                for at in range(round(seconds * rate))
            )
        )
    return target.getvalue()


class FlowMixin:
    """A flow with an empty draft, on the little call centre of the tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.env["gb.ivr.flow"].create(
            {"name": "Main menu", "code": "test-main", "second_language": "en_US"}
        )
        cls.draft = cls.env["gb.ivr.version"].create({"flow_id": cls.flow.id})

    @classmethod
    def _node(cls, node_type, version=None, targets=None, **values):
        """A node of the draft. ``targets``: {exit: node or text}"""
        version = version or cls.draft
        if node_type in ("play", "menu", "collect") and "text_zh_CN" not in values:
            values.update(text_zh_CN=f"中文 {node_type}", text_en_US=f"English {node_type}")
        node = cls.env["gb.ivr.node"].create(
            {"version_id": version.id, "type": node_type, **values}
        )
        cls._connect(node, targets or {})
        return node

    @classmethod
    def _connect(cls, node, targets):
        for key, target in targets.items():
            code = target if isinstance(target, str) else target.code
            exit_ = node.exit_ids.filtered(lambda exit_, key=key: exit_.key == key)
            if exit_:
                exit_.target = code
            else:
                node.write({"exit_ids": [(0, 0, {"key": key, "target": code})]})

    @classmethod
    def _small_flow(cls, version=None):
        """welcome → menu: 1 hang up, 0 agent. :return: (welcome, menu, agent, bye)"""
        bye = cls._node("hangup", version, code="bye")
        agent = cls._node("transfer", version, code="agent", queue_id=cls.queue_orders.id)
        menu = cls._node("menu", version, code="menu", targets={"1": bye, "0": agent})
        welcome = cls._node("play", version, code="welcome", is_start=True, targets={"next": menu})
        return welcome, menu, agent, bye


class FlowCase(FlowMixin, AsteriskCase):
    pass
