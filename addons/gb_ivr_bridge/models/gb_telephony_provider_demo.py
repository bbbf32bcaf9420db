import io
import math
import random
import struct
import wave
from datetime import timezone
from hashlib import sha256

from odoo import fields, models

# paths through the demo's main menu: (node, type, label, key, exit, seconds)
WELCOME = ("welcome", "play", "欢迎", "", "next", 4)
LANGUAGE = ("language", "menu", "选择语言", "1", "1", 3)
PATHS = {
    "status": [
        ("main", "menu", "主菜单", "2", "2", 7),
        ("caller", "identify", "识别来电", "", "known", 2),
        ("status", "order_status", "订单状态", "2", "found", 16),
        ("bye", "hangup", "再见", "", "", 3),
    ],
    "order": [
        ("main", "menu", "主菜单", "1", "1", 6),
        ("identify", "identify", "会员验证", "••••", "verified", 14),
        ("order", "place_order", "自助下单", "001 2 2 1 1 1", "ordered", 95),
        ("bye", "hangup", "再见", "", "", 3),
    ],
    "order_given_up": [
        ("main", "menu", "主菜单", "1", "1", 6),
        ("identify", "identify", "会员验证", "•••• ••••", "unknown", 31),
    ],
    "progress": [
        ("main", "menu", "主菜单", "3", "3", 8),
        ("caller_ticket", "identify", "识别来电（售后）", "", "known", 2),
        ("progress", "ticket_progress", "工单进度", "2", "found", 14),
        ("bye", "hangup", "再见", "", "", 3),
    ],
    "promotions": [
        ("main", "menu", "主菜单", "4", "4", 9),
        ("promotions", "promotions", "新品和优惠", "", "found", 24),
    ],
    "left": [("main", "menu", "主菜单", "", "timeout", 12)],
    "message": [
        ("main", "menu", "主菜单", "5", "5", 6),
        ("message", "voicemail", "留言", "", "ok", 26),
        ("bye", "hangup", "再见", "", "", 2),
    ],
}
ENDS = {"left": "caller", "order_given_up": "caller", "promotions": "caller"}
WEIGHTS = {
    "status": 9,
    "order": 3,
    "order_given_up": 2,
    "progress": 4,
    "promotions": 4,
    "left": 5,
    "message": 1,
}
MARKS = "5554445543"


class GbTelephonyProvider(models.Model):
    _inherit = "gb.telephony.provider"

    def _load_demo_menu(self):
        """Callers of the demo centre went through the telephone menu, too (demo data only)."""
        self.ensure_one()
        sessions = self.env["gb.ivr.session"].search_count([("provider_id", "=", self.id)], limit=1)
        if self.code != "demo" or sessions:
            return
        dice = random.Random(21)
        calls = self.env["gb.call"].search(
            [("provider_id", "=", self.id), ("direction", "=", "inbound")], order="id"
        )
        events = []
        for call in calls.filtered("queued_at"):
            events += self._get_demo_way_to_queue(dice, call)
        sounds = {}
        for number, call in enumerate(calls[::2]):
            at = call.offered_at.replace(tzinfo=timezone.utc).timestamp() + dice.randint(300, 3000)
            if at + 300 < fields.Datetime.now().replace(tzinfo=timezone.utc).timestamp():
                events += self._get_demo_self_service(dice, call, f"demo-menu-{number}", at, sounds)
        self.env["gb.call"]._ingest(self, events)
        for digest, sound in sounds.items():
            self.env["gb.recording"]._store(self, digest, sound)

    def _get_demo_way_to_queue(self, dice, call):
        """The steps before the queue of a call that there is; after some the customer rates it."""
        begin = call.offered_at.replace(tzinfo=timezone.utc).timestamp()
        linked = call.linked_id
        steps = [
            ("welcome", "play", "欢迎", "", "next", 1),
            ("main", "menu", "主菜单", "0", "0", 2),
            ("agent", "transfer", "转人工", "", "", 0),
        ]
        is_rated = call.result == "answered" and dice.random() < 0.4
        events, at = self._get_demo_steps(linked, begin, steps, None if is_rated else "transfer")
        if is_rated:
            end = call.ended_at.replace(tzinfo=timezone.utc).timestamp()
            steps = [("rating", "rating", "满意度评价", dice.choice(MARKS), "next", 5)]
            more, end = self._get_demo_steps(linked, end - 6, steps, "hangup", first=4)
            note = {"kind": "rating", "session": linked, "score": steps[0][3]}
            events += [*more, self._get_demo_event("note", end - 1, linked, note)]
        return events

    def _get_demo_self_service(self, dice, like, linked, begin, sounds):
        """A call that ended in the menu, by the customer of another one."""
        path = dice.choices(list(WEIGHTS), WEIGHTS.values())[0]
        start = {
            "role": "outside",
            "number": like.number or "anonymous",
            "dialled": like.dialled,
        }
        steps = [WELCOME, LANGUAGE, *PATHS[path]]
        if path == "left" and dice.random() < 0.5:
            steps = steps[:2]
        steps = [(*step[:5], step[5] + dice.randint(0, 3)) for step in steps]
        more, end = self._get_demo_steps(linked, begin, steps, ENDS.get(path, "hangup"))
        events = [
            self._get_demo_event("start", begin, linked, start),
            self._get_demo_event("answer", begin, linked, {}),
            *more,
        ]
        if path == "message":
            sound = self._get_demo_sound(dice)
            digest = sha256(sound).hexdigest()
            sounds[digest] = sound
            note = {
                "kind": "voicemail",
                "about": "voicemail",
                "session": linked,
                "name": f"{linked}.wav",
                "size": len(sound),
                "sha256": digest,
                "duration": 3.0,
                "values": {"node": "message"},
            }
            events.append(self._get_demo_event("note", end - 2, linked, note))
        by = "self" if path in ENDS else "other"
        return [
            *events,
            self._get_demo_event("hangup", end, linked, {"cause": 16, "by": by}),
            self._get_demo_event("over", end, linked, {}),
        ]

    def _get_demo_steps(self, linked, at, steps, reason, first=1):
        events = []
        for number, (node, kind, label, key, way_out, seconds) in enumerate(steps, first):
            info = {
                "session": linked,
                "n": number,
                "flow": "main",
                "version": 1,
                "node": node,
                "type": kind,
                "label": label,
                "input": key,
                "exit": way_out,
                "at": at,
                "left": at + seconds,
                "quiet": False,
            }
            at += seconds
            events.append(self._get_demo_event("track", at, linked, info))
        if reason:
            end = {"kind": "end", "session": linked, "reason": reason}
            events.append(self._get_demo_event("note", at, linked, end))
        return events, at

    @staticmethod
    def _get_demo_event(kind, at, linked, info):
        name = f"{info.get('kind', kind)}-{info.get('n', '')}"
        return {
            "id": f"{linked}-{name}"[:80],
            "source": "demo",
            "at": at,
            "data": {"type": kind, "linkedid": linked, "channel": linked, "info": info},
        }

    @staticmethod
    def _get_demo_sound(dice):
        """Three seconds of a humming telephone line."""
        rate, pitch = 8000, dice.randint(200, 400)
        content = io.BytesIO()
        with wave.open(content, "wb") as sound:
            sound.setparams((1, 2, rate, 0, "NONE", ""))
            sound.writeframes(
                b"".join(
                    struct.pack("<h", round(3000 * math.sin(2 * math.pi * pitch * index / rate)))
                    for index in range(3 * rate)
                )
            )
        return content.getvalue()
