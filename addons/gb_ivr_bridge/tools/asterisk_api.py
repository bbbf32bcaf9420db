"""Commands to Asterisk through the connector, signed. No ORM."""

import json
import uuid

import requests

from odoo.addons.gb_callcenter.tools.provider_api import ProviderApi, ProviderError
from odoo.addons.gb_callcenter.tools.signature import sign

from . import asterisk_events

COMMAND_PATH = "/v1/command"
TIMEOUT = 8  # seconds
_session = requests.Session()


class AsteriskApi(ProviderApi):
    """Adapter of the provider ``asterisk``.

    :param str url: address of the connector
    :param str secret: what both sides sign with
    """

    def __init__(self, url, secret):
        self._url = (url or "").rstrip("/")
        self._secret = secret

    def send(self, command, args, token=None):
        if not self._url or not self._secret:
            raise ProviderError("unreachable", "address or secret of the connector is not set")
        body = json.dumps(
            {"id": token or uuid.uuid4().hex, "command": command, "args": args}
        ).encode()
        headers = {"Content-Type": "application/json", **sign(self._secret, body)}
        try:
            response = _session.post(
                self._url + COMMAND_PATH, data=body, headers=headers, timeout=TIMEOUT
            )
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderError("unreachable", type(error).__name__) from error
        if not answer.get("ok"):
            raise ProviderError(
                str(answer.get("error") or "refused"), str(answer.get("message") or "")
            )
        return answer.get("result") or {}, []

    @classmethod
    def read_event(cls, source, at, data):
        return asterisk_events.read_event(source, at, data)
