"""Signature of requests between systems: HMAC-SHA256 over timestamp and raw body. No ORM."""

import hashlib
import hmac
import time

TIMESTAMP_HEADER = "X-GB-Timestamp"
SIGNATURE_HEADER = "X-GB-Signature"
TOLERANCE_SECONDS = 300


class SignatureError(Exception):
    """The request does not prove who sent it; the message says why, without secrets."""


def sign(secret, body, timestamp=None):
    """Headers that prove ``body`` (bytes) to a holder of ``secret`` (text).

    :param int timestamp: Unix time in seconds, now by default
    :rtype: dict
    """
    stamp = str(int(time.time() if timestamp is None else timestamp))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: digest}


def verify(secret, body, timestamp, signature, now=None):
    """Check a received request.

    :param str timestamp: content of the timestamp header, None when missing
    :param str signature: content of the signature header, None when missing
    :raise SignatureError: unless the signature is good and fresh
    """
    if not secret:
        raise SignatureError("no secret is set: every request is refused")
    if not timestamp or not signature:
        raise SignatureError("signature or timestamp missing")
    try:
        age = abs((time.time() if now is None else now) - int(timestamp))
    except ValueError:
        raise SignatureError("timestamp is no number") from None
    good = sign(secret, body, int(timestamp))[SIGNATURE_HEADER]
    if not hmac.compare_digest(good.encode(), signature.encode()):
        raise SignatureError("bad signature")
    if age > TOLERANCE_SECONDS:
        raise SignatureError("stale timestamp")
