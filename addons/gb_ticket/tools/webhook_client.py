"""Sending one signed request to another system, without following it anywhere. No ORM."""

import ipaddress
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError

from odoo.addons.gb_callcenter.tools.signature import sign

CONNECT_SECONDS, ANSWER_SECONDS = 5, 10
EXCERPT = 500
MAX_RETRY_AFTER = 3600


class AddressError(Exception):
    """The address is not one that we send to; the message says why."""


@dataclass
class Outcome:
    """What came of one attempt."""

    status: int = 0  # 0: no answer
    answer: str = ""
    milliseconds: int = 0
    retry_after: int = 0

    @property
    def is_sent(self):
        return 200 <= self.status < 300

    @property
    def is_gone(self):
        return self.status == 410

    @property
    def is_down(self):
        """Nobody there, or overloaded: the next request would fare no better."""
        return self.status in (0, 408, 429) or self.status >= 500


def check_url(url, internal_hosts=()):
    """Check the form of an address.

    :param internal_hosts: names and addresses that may be in the own network and without TLS
    :raise AddressError:
    """
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
        _port = parts.port
    except ValueError as error:
        raise AddressError(str(error)) from error
    if not host or parts.scheme not in ("http", "https"):
        raise AddressError("an address begins with https:// and names a host")
    if parts.username or parts.password:
        raise AddressError("name and password do not belong into the address: the secret signs")
    if parts.scheme == "http" and host not in internal_hosts:
        raise AddressError("only https is sent to; http is for hosts listed as internal")
    return parts


def resolve(host, port, internal_hosts=()):
    """The address to connect to. A name that leads into a private network is refused, unless it is listed.

    :raise AddressError:
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [row[4][0] for row in found]
    if host not in internal_hosts:
        for address in addresses:
            ip = ipaddress.ip_address(address.partition("%")[0])
            ip = getattr(ip, "ipv4_mapped", None) or ip
            if not ip.is_global or ip.is_multicast:
                raise AddressError(
                    f"{host} is inside a private network; an administrator can list it as internal"
                )
    return addresses[0]


def describe(error):
    """What went wrong with a connection, for people.

    :rtype: str
    """
    if isinstance(error, NewConnectionError):
        return f"no connection: {str(error).rpartition(': ')[2]}"
    if isinstance(error, TimeoutError | UrllibTimeoutError):
        return f"no answer within {ANSWER_SECONDS} seconds"
    return f"the connection broke: {error}"


class _Guarded:
    """A connection to the very address that was checked: the name is resolved once."""

    internal_hosts = ()

    def _new_conn(self):
        name = self._dns_host
        try:
            self._dns_host = resolve(name.rstrip("."), self.port, self.internal_hosts)
            return super()._new_conn()
        except OSError as error:  # the name is unknown
            raise NewConnectionError(self, str(error)) from error
        finally:
            self._dns_host = name


class WebhookClient:
    """Keeps one connection to one address.

    :param str url: where to send
    :param str secret: signs (docs/architecture.md, "Signature")
    :param internal_hosts: see ``check_url``
    """

    def __init__(self, url, secret, internal_hosts=()):
        self._secret = secret
        parts = check_url(url, internal_hosts)
        base, pool = (
            (HTTPSConnection, HTTPSConnectionPool)
            if parts.scheme == "https"
            else (HTTPConnection, HTTPConnectionPool)
        )
        guarded = type("Connection", (_Guarded, base), {"internal_hosts": internal_hosts})
        self._pool = pool(
            parts.hostname,
            parts.port,
            maxsize=1,
            retries=False,
            timeout=Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
        )
        self._pool.ConnectionCls = guarded
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._pool.close()

    def post(self, body, headers=None):
        """Send ``body`` (text) once.

        :rtype: Outcome
        """
        raw = body.encode()
        began = time.monotonic()
        try:
            response = self._pool.urlopen(
                "POST",
                self._target,
                body=raw,
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": "GB-Call-Centre",
                    **(headers or {}),
                    **sign(self._secret, raw),
                },
                redirect=False,
                preload_content=False,
            )
            excerpt = response.read(EXCERPT, decode_content=False)
            response.release_conn() if len(excerpt) < EXCERPT else response.close()
        except AddressError as error:
            return Outcome(answer=str(error))
        except (HTTPError, OSError) as error:
            return Outcome(answer=describe(error)[:EXCERPT])
        outcome = Outcome(
            status=response.status,
            answer=excerpt.decode(errors="replace").replace("\x00", ""),
            milliseconds=round((time.monotonic() - began) * 1000),
        )
        if 300 <= response.status < 400:
            outcome.answer = f"redirects are not followed: {response.headers.get('Location', '')}"
        wait = response.headers.get("Retry-After", "")
        if wait.isdigit():
            outcome.retry_after = min(int(wait), MAX_RETRY_AFTER)
        return outcome
