import json
import logging
import re
import traceback

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from odoo.addons.gb_callcenter.models.gb_call_ingest import RETRIED

from ..tools.ivr_speech import LANGUAGES

_logger = logging.getLogger(__name__)

ASK_ID = re.compile(r"[\x21-\x7e]{1,160}")
REFERENCE = re.compile(r"[\x21-\x7e]{1,120}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MAX_ARGS = 30
MAX_ARG = 1000


class GbIvrSession(models.Model):
    """Questions of a running flow and how they are answered.

    ``_answer_<name>(args)`` answers the ask ``name``; addons add their own. It runs as superuser in the session's company
    and language: what it tells has to follow from who the caller is known to be (``_get_caller``, ``is_verified``).
    """

    _inherit = "gb.ivr.session"

    @api.model
    def _take_ask(self, provider, values):
        """Answer a question of the connector, once.

        :param provider: ``gb.telephony.provider`` (superuser)
        :param dict values: of docs/architecture.md, "Routes", ``ask``
        :return: ``{"exit", "values", "speech"}``; ``failed`` when it could not be answered
        :raise ValueError: malformed
        """
        ask = self._read_ask(values)
        answers = self.env["gb.ivr.answer"].sudo()
        row_id, answer = answers._claim(provider, ask["id"])
        if answer is not None:
            return answer
        session = self._open(provider, ask["session"], ask)
        answer = session._answer(ask["name"], ask["args"])
        answers._keep(row_id, None if answer["exit"] == "failed" else answer)
        self.env.flush_all()  # a conflict shows here, while the question can be run again
        return answer

    @api.model
    def _read_ask(self, values):
        ask = {
            name: values.get(name) or ""
            for name in ("id", "session", "linkedid", "hotline", "caller", "language", "flow")
        }
        for name, value in ask.items():
            if not isinstance(value, str) or len(value) > 160 or "\0" in value:
                raise ValueError(f"{name}: a short text is expected")
        if not ASK_ID.fullmatch(ask["id"]) or not REFERENCE.fullmatch(ask["session"]):
            raise ValueError("id and session are expected")
        ask["name"], args = values.get("name"), values.get("args") or {}
        if not isinstance(ask["name"], str) or not NAME.fullmatch(ask["name"]):
            raise ValueError("name: a short word is expected")
        if not isinstance(args, dict) or len(args) > MAX_ARGS:
            raise ValueError(f"args: an object of at most {MAX_ARGS} texts is expected")
        ask["args"] = {}
        for name, value in args.items():
            text = "" if value is None else str(value)
            if isinstance(value, (dict, list)) or len(text) > MAX_ARG or "\0" in text:
                raise ValueError("args: short texts are expected")
            ask["args"][name] = text.strip()
        return ask

    # ------------------------------------------------------------------
    # The session
    # ------------------------------------------------------------------

    @api.model
    def _open(self, provider, reference, known):
        """The session of this name, made when it is not known yet, whoever speaks of it first.

        :param dict known: linkedid, hotline, caller, language, flow; what is empty is not known
        :return: ``gb.ivr.session``, superuser, in its company and language
        """
        sessions = self.sudo()
        session = sessions.search(
            [("provider_id", "=", provider.id), ("reference", "=", reference)]
        )
        if not session:
            values = sessions._prepare_session_values(provider, reference, known)
            names = SQL(", ").join(SQL.identifier(name) for name in values)
            rows = self.env.execute_query(
                SQL(
                    """INSERT INTO gb_ivr_session (%s, create_uid, write_uid, create_date, write_date)
                       VALUES %s ON CONFLICT (provider_id, reference) DO NOTHING RETURNING id""",
                    names,
                    (*values.values(), SUPERUSER_ID, SUPERUSER_ID, *[self.env.cr.now()] * 2),
                )
            )
            session = sessions.browse(row_id for (row_id,) in rows)
        session = session._enter()
        session._learn(provider, known)
        return session

    @api.model
    def _prepare_session_values(self, provider, reference, known):
        hotline = self.env["gb.hotline"].search(
            [("provider_id", "=", provider.id), ("number", "=", known.get("hotline") or "")],
            limit=1,
        )
        flow = self.env["gb.ivr.flow"].search([("code", "=", known.get("flow") or "")], limit=1)
        language = known.get("language")
        return {
            "provider_id": provider.id,
            "company_id": (provider.company_id or self.env.company).id,
            "reference": reference,
            "linked_id": known.get("linkedid") or None,
            "hotline_id": hotline.id or None,
            "flow_id": flow.id or None,
            "number": known.get("caller") or None,
            "language": language if language in LANGUAGES else None,
            "started_at": known.get("started_at") or self.env.cr.now().replace(microsecond=0),
        }

    def _enter(self):
        """The session as superuser, in its company, language and time zone."""
        company = self.sudo().company_id
        session = self.with_user(SUPERUSER_ID).with_context(
            allowed_company_ids=company.ids,
            lang=self.sudo().language or LANGUAGES[0],
            tz=company.partner_id.tz or self.env.context.get("tz") or "Asia/Shanghai",
            tracking_disable=True,
        )
        return session

    def _learn(self, provider, known):
        """Add what was not known of the session, and find its call."""
        values = {}
        language = known.get("language")
        if language in LANGUAGES and language != self.language:
            values["language"] = language
        for name, key in (("linked_id", "linkedid"), ("number", "caller")):
            if known.get(key) and not self[name]:
                values[name] = known[key]
        linked = self.linked_id or known.get("linkedid")
        if linked and not self.call_id:
            call_ids = self.env["gb.call.event"]._get_call_ids(provider, [linked])
            if call_ids:
                values["call_id"] = call_ids[linked]
        if values:
            self.write(values)
        if values.get("call_id"):
            self._on_call_found()

    def _on_call_found(self):
        """The session's call has become known. Override to hand over what waited for it."""

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def _answer(self, name, args):
        """Answer a question. Never raises, but for what Odoo runs again: a caller is waiting.

        :param str name: of the ask
        :param dict args: texts
        :return: ``{"exit", "values", "speech"}``
        """
        self.ensure_one()
        session = self._enter()
        answer = getattr(type(session), f"_answer_{name}", None)
        if not answer or not NAME.fullmatch(name):
            _logger.warning("IVR %s: nobody answers %s", session.provider_id.reference, name)
            return session._reply("failed")
        try:
            with self.env.cr.savepoint():
                reply = answer(session, args)
                json.dumps(reply)  # only plain values go over the wire
                return reply
        except RETRIED:
            raise
        except Exception as error:
            self.env.invalidate_all()
            place = traceback.extract_tb(error.__traceback__)[-1]
            # neither message nor arguments: they may tell who the caller is, or his PIN
            _logger.error(
                "IVR %s: %s failed: %s at %s:%s",
                session.provider_id.reference,
                name,
                type(error).__name__,
                place.filename,
                place.lineno,
            )
            return session._reply("failed")

    @staticmethod
    def _reply(exit_key, values=None, speech=()):
        """An answer.

        :param str exit_key: how the flow goes on
        :param dict values: variables of the flow from now on, texts
        :param speech: parts of ``tools.ivr_speech``
        """
        return {"exit": exit_key, "values": values or {}, "speech": list(speech)}

    def _get_count(self, number):
        """A number before a measure word, to be spoken by ``number``: 两 instead of 二."""
        text = f"{number:g}"
        return "两" if text == "2" and self._get_language() == "zh_CN" else text

    def _get_language(self):
        return self.language if self.language in LANGUAGES else LANGUAGES[0]

    @staticmethod
    def _get_number_arg(args, name, default, largest):
        """A whole number among the arguments, from 1 to ``largest``; ``default`` when it is none."""
        text = args.get(name) or ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default
        return min(max(number, 1), largest)
