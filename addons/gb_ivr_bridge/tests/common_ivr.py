import itertools
import time

from odoo import fields

from odoo.addons.gb_callcenter.tests.common import CallCentreCase
from odoo.addons.gb_callcenter.tests.common_order_desk import OrderDeskCase

from .common import AsteriskMixin

_sequence = itertools.count(1)
PIN = "9281"


class IvrMixin(AsteriskMixin):
    """A customer who is a member, and what a connector asks and tells of callers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.lang_zh_CN").active = True
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.customer._gb_enrol(PIN)
        cls.stranger = cls.env["res.partner"].create(
            {"name": "Wang Li", "phone": "13900002222", "country_id": cls.china.id}
        )
        cls.sessions = cls.env["gb.ivr.session"].sudo()

    def _ask(self, name, session=None, caller="13800007771", language="zh_CN", **args):
        """Ask as the connector does. :return: the answer"""
        session = session or self._new_session_name()
        values = {
            "id": f"{session}:{next(_sequence)}",
            "session": session,
            "linkedid": session,
            "hotline": "8000",
            "caller": caller,
            "language": language,
            "flow": "main",
            "node": "test",
            "name": name,
            "args": args,
        }
        return self.sessions._take_ask(self.provider.sudo(), values)

    @staticmethod
    def _new_session_name():
        return f"ivr-{time.time():.0f}.{next(_sequence)}"

    def _verified(self, language="zh_CN"):
        """:return: name of a session whose caller has given his PIN"""
        session = self._new_session_name()
        answer = self._ask("identify", session, language=language, pin=PIN)
        self.assertEqual(answer["exit"], "verified")
        return session

    def _session(self, reference):
        return self.sessions.search(
            [("provider_id", "=", self.provider.id), ("reference", "=", reference)]
        )

    @classmethod
    def _past_order(cls, partner, product=None, state="sale", **values):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [fields.Command.create({"product_id": (product or cls.formula).id})],
                **values,
            }
        )
        if state == "sale":
            order.action_confirm()
        return order

    @staticmethod
    def _text(answer, language="zh_CN"):
        """What the caller hears, with placeholders filled in plainly."""
        text = " ".join(part["text"][language] for part in answer["speech"])
        for name, value in answer["values"].items():
            for form in ("", "|amount", "|date", "|digits", "|number", "|text", "|tail"):
                text = text.replace(f"{{{name}{form}}}", str(value))
        return text

    def _call_from_pbx(self, linked=None, number="13800007771", at=None):
        """A call that rings at the hotline, in the words of Asterisk. :return: (linked id, channel, Unix time)"""
        linked, at = linked or self._new_session_name(), at or time.time() - 30
        self._ingest(self._start_events(linked, at, number))
        return linked, "PJSIP/trunk-00000001", at

    def _start_events(self, linked, at, number="13800007771"):
        data = {
            "channel": "PJSIP/trunk-00000001",
            "uniqueid": linked,
            "linkedid": linked,
            "context": "gb-inbound",
            "exten": "8000",
            "cid_num": number,
            "cid_name": "",
            "app": "",
            "appdata": "",
            "peer": "",
            "userdef": "",
            "extra": "",
        }
        return [
            {"id": f"{linked}-{kind}", "source": "cel", "at": at, "data": {**data, "type": kind}}
            for kind in ("CHAN_START", "ANSWER")
        ]

    # ------------------------------------------------------------------
    # Events of the connector
    # ------------------------------------------------------------------

    def _event(self, linked, at, event_type, number=0, **data):
        return {
            "id": f"{linked}-{event_type}-{number}",
            "source": "ivr",
            "at": at,
            "data": {
                "type": event_type,
                "linkedid": linked,
                "uniqueid": linked,
                "session": linked,
                **data,
            },
        }

    def _menu_events(self, linked, at, nodes, reason=None):
        """Events of a way through the menu.

        :param nodes: pairs (label, key), each two seconds long
        :param reason: how it ended; None: it goes on
        """
        events = [
            self._event(
                linked,
                at + 2 * number,
                "IVR_STEP",
                number,
                n=number,
                entry={
                    "flow": "main",
                    "version": 1,
                    "node": label.lower().replace(" ", "_"),
                    "type": "menu",
                    "label": label,
                    "input": key,
                    "exit": key or "next",
                    "at": at + 2 * number - 2,
                    "left": at + 2 * number,
                },
            )
            for number, (label, key) in enumerate(nodes, 1)
        ]
        if reason:
            events.append(self._event(linked, at + 2 * len(nodes), "IVR_END", reason=reason))
        return events

    def _hangup_events(self, linked, at, by="self"):
        data = {
            "channel": "PJSIP/trunk-00000001",
            "uniqueid": linked,
            "linkedid": linked,
            "context": "gb-inbound",
            "exten": "8000",
            "cid_num": "13800007771",
            "cid_name": "",
            "app": "",
            "appdata": "",
            "peer": "",
            "userdef": "",
            "extra": {
                "hangupcause": 16,
                "hangupsource": "PJSIP/trunk-00000001" if by == "self" else "",
            },
        }
        return [
            {"id": f"{linked}-{kind}", "source": "cel", "at": at, "data": {**data, "type": kind}}
            for kind in ("HANGUP", "LINKEDID_END")
        ]

    def _queue_events(self, linked, at, kind, queue="orders", agent="NONE"):
        return [
            {
                "id": f"{linked}-{kind}-{at}",
                "source": "queue_log",
                "at": int(at),
                "data": {
                    "type": kind,
                    "callid": linked,
                    "queue": queue,
                    "agent": agent,
                    "args": [],
                },
            }
        ]


class IvrCase(IvrMixin, CallCentreCase):
    pass


class IvrShopCase(IvrMixin, OrderDeskCase):
    pass
