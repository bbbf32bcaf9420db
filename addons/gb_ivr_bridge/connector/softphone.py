"""Browsers as telephones: a password for each session, known to the PBX's memory and to that browser only."""

import asyncio
import collections
import contextlib
import logging
import secrets
import time

from .ami import AmiDown, AmiRefused
from .arguments import EXTENSION, Failure, text
from .ari import AriDown, AriRefused

_logger = logging.getLogger(__name__)

# a working day; the browser asks for the next one before
SESSION_SECONDS = 12 * 3600
SWEEP_SECONDS = 60
CONFIG = "asterisk/config/dynamic/res_pjsip"


class Softphones:
    """The command ``seat.credentials``, and the end of what it has given.

    The seat's row in the journal knows ``phone_until`` (Unix time) while there is a password, never the password.
    """

    def __init__(self, commands, ari):
        self.ami, self.ari, self.seats, self.journal = (
            commands.ami,
            ari,
            commands.seats,
            commands.journal,
        )
        self.known = {"seat.credentials": self.issue}
        self._locks = collections.defaultdict(asyncio.Lock)

    async def issue(self, args, _id):
        """A fresh password for the browser at this seat; the one before, and who has signed in with it, is gone."""
        extension = text(args, "extension", EXTENSION)
        if not self._is_signed_in(extension):
            raise Failure("not_signed_in", "The seat is not signed in.")
        try:
            await self._check_endpoint(extension)
            password, until = secrets.token_urlsafe(32), time.time() + SESSION_SECONDS
            async with self._locks[extension]:
                await self._note(extension, until)
                await self._set_password(extension, password)
                await self._forget_contacts(extension)
        except AriDown as error:
            raise Failure("pbx_down", "The PBX cannot be reached.") from error
        return {
            "uri": f"sip:{extension}@pbx.invalid",
            "user": extension,
            "password": password,
            "ws_path": "/ws",
            "expires_at": int(until),
        }

    async def end(self, extension):
        """No browser is this seat's telephone any more. What the PBX cannot do now is done later (``run``)."""
        async with self._locks[extension]:
            if not self.seats.rows.get(extension, {}).get("phone_until"):
                return
            try:
                await self.ari.gone("DELETE", f"{CONFIG}/auth/{extension}-browser")
                await self._forget_contacts(extension)
            except (AmiDown, AmiRefused, AriDown, TimeoutError) as error:
                _logger.warning("browser at seat %s not signed off: %s", extension, error)
                return
            await self._note(extension, None)

    async def run(self):
        """End what is over: its time, or its agent's; until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for extension, row in list(self.seats.rows.items()):
                until = row.get("phone_until")
                if until and (until < time.time() or not self._is_signed_in(extension)):
                    await self.end(extension)

    def _is_signed_in(self, extension):
        row = self.seats.rows.get(extension, {})
        return bool(row.get("user") or row.get("queues"))

    async def _note(self, extension, until):
        def change(row):
            return {**row, "phone_until": until}

        await self.journal.call(self.seats.store, extension, change)

    async def _check_endpoint(self, extension):
        if self.ari is None:
            raise Failure("refused", "The connector's settings have no [ari]: no browser phones.")
        found = []
        with contextlib.suppress(AriRefused):
            found = await self.ari.request("GET", f"{CONFIG}/endpoint/{extension}")
        values = {field["attribute"]: field["value"] for field in found}
        if values.get("webrtc") not in ("yes", "true"):
            raise Failure("no_browser_phone", "The PBX knows no browser phone at this seat.")

    async def _set_password(self, extension, password):
        fields = {"auth_type": "userpass", "username": extension, "password": password}
        body = {"fields": [{"attribute": k, "value": v} for k, v in fields.items()]}
        try:
            await self.ari.request("PUT", f"{CONFIG}/auth/{extension}-browser", body)
        except AriRefused as error:
            raise Failure("refused", f"The PBX takes no password: {error.status}.") from None

    async def _forget_contacts(self, extension):
        found = []
        # that is what it says when nobody at all is registered
        with contextlib.suppress(AmiRefused):
            found = await self.ami.listing("PJSIPShowContacts")
        for row in found:
            if row.get("ObjectName", "").startswith(f"{extension};@"):
                await self.ari.gone("DELETE", f"{CONFIG}/contact/{row['ObjectName']}")
