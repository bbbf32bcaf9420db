"""Where files lie that are too many for the database's own file store: a directory, or an S3-compatible store. No ORM."""

import hashlib
import hmac
import os
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote, urlsplit

import requests

TIMEOUT = 30  # seconds
SERVICE = "s3"
_session = requests.Session()


class StoreError(Exception):
    """What is wrong, in English; never with a secret in it."""


class DirectoryStore:
    """Files below ``root``. A file is there wholly or not at all."""

    def __init__(self, root):
        self.root = Path(root).resolve()

    def get_path(self, key):
        """Where ``key`` is; StoreError when it would be outside."""
        path = (self.root / key).resolve()
        if self.root not in path.parents:
            raise StoreError("a name leads out of the directory")
        return path

    def put(self, key, content):
        """Keep ``content``; the same key again replaces it."""
        path = self.get_path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd, name = tempfile.mkstemp(dir=path.parent)
            with open(fd, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except OSError as error:
            raise StoreError(f"not written: {error.strerror}") from error

    def get(self, key):
        """The bytes; StoreError when they are not there."""
        try:
            return self.get_path(key).read_bytes()
        except OSError as error:
            raise StoreError(f"not read: {error.strerror}") from error

    def delete(self, key):
        """Gone afterwards, whether it was there or not."""
        try:
            self.get_path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"not deleted: {error.strerror}") from error


class S3Store:
    """A bucket of an S3-compatible store, path-style, requests signed with AWS Signature Version 4.

    :param str endpoint: ``https://host[:port]``
    """

    def __init__(self, endpoint, bucket, region, access_key, secret_key, prefix=""):
        self.endpoint, self.bucket, self.region = endpoint.rstrip("/"), bucket, region
        self._access_key, self._secret_key = access_key, secret_key
        self.prefix = prefix.strip("/")

    def put(self, key, content):
        """Keep ``content``; the same key again replaces it."""
        self._request("PUT", key, content)

    def get(self, key):
        """The bytes; StoreError when they are not there."""
        return self._request("GET", key).content

    def delete(self, key):
        """Gone afterwards, whether it was there or not."""
        self._request("DELETE", key, accept=(404,))

    def _request(self, method, key, content=b"", accept=()):
        path = "/".join(filter(None, (self.bucket, self.prefix, key)))
        path = quote(f"/{path}", safe="/-_.~")
        headers = sign(
            method,
            urlsplit(self.endpoint).netloc,
            path,
            content,
            self.region,
            self._access_key,
            self._secret_key,
            datetime.now(timezone.utc),
        )
        try:
            answer = _session.request(
                method,
                self.endpoint + path,
                data=content or None,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise StoreError(f"no answer: {type(error).__name__}") from error
        if answer.status_code // 100 != 2 and answer.status_code not in accept:
            raise StoreError(f"HTTP {answer.status_code}")
        return answer


def sign(method, host, path, content, region, access_key, secret_key, at):
    """Headers of a request without query (AWS Signature Version 4, "Authenticating Requests: Using the Authorization Header").

    :param bytes content: the whole body
    :param datetime at: now, UTC
    """
    stamp, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    digest = hashlib.sha256(content).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join((method, path, "", lines, names, digest))
    scope = f"{day}/{region}/{SERVICE}/aws4_request"
    text = "\n".join(
        ("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest())
    )
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={access_key}/{scope}"
    return {
        **headers,
        "Authorization": f"AWS4-HMAC-SHA256 {credential},SignedHeaders={names},Signature={signature}",
    }
