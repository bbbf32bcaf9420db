import itertools
import time

from odoo import fields

from odoo.addons.gb_callcenter.tests.common_order_desk import OrderDeskCase

from .common import AsteriskMixin

_sequence = itertools.count(1)
PIN = "9281"


class IvrCase(AsteriskMixin, OrderDeskCase):
    """A shop with a customer who is a member, and sessions of callers."""

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
            for form in ("", "|amount", "|date", "|digits", "|number", "|text"):
                text = text.replace(f"{{{name}{form}}}", str(value))
        return text

    def _call_from_pbx(self, linked=None, number="13800007771", at=None):
        """A call that rings at the hotline, in the words of Asterisk. :return: (linked id, channel, Unix time)"""
        linked, at = linked or self._new_session_name(), at or time.time() - 30
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
        self._ingest(
            [
                {
                    "id": f"{linked}-{kind}",
                    "source": "cel",
                    "at": at,
                    "data": {**data, "type": kind},
                }
                for kind in ("CHAN_START", "ANSWER")
            ]
        )
        return linked, data["channel"], at
