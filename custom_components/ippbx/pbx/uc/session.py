"""The session with a PBX: a token, kept and renewed, by logins that the guard allows."""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
import hashlib

from ..errors import (
    UNKNOWN,
    PbxAddressRefusedError,
    PbxAuthError,
    PbxError,
    PbxLockedOutError,
    PbxRequestError,
    PbxTokenError,
)
from ..model.lines import ReportAddress
from ..net.login_guard import LoginGuard
from ..net.priority_lock import Turnstile, hurry
from .decode import Answer, decode_token, decode_transport
from .dialects import HEARTBEAT, LOGIN, LOGOUT, TOKEN_KEY, Dialect, Endpoint
from .error_codes import ERRNO_NO_TOKEN, ERRNO_REFUSED, error_for, refused_login
from .session_requests import heartbeat_body, login_body
from .transport import Transport

# Seconds that a token lives after the last exchange (pbx-api, "Token life").
TOKEN_LIFE = 1800.0


class Session:
    """One token at a time. Whoever uses it takes a turn first, so no two requests ever overlap.

    Attributes:
        logins: sessions so far: a new one may have missed anything.
        report_transport: how the PBX says it sends reports: "HTTP", "TCP", or "" if it is silent.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        host: str,
        username: str,
        password: str,
        guard: LoginGuard,
        now: Callable[[], float],
    ) -> None:
        """Make a session that has not begun. Of the password only its MD5 is kept."""
        self._transport = transport
        self._username = username
        self._password_md5 = hashlib.md5(
            password.encode("utf-8", "replace"), usedforsecurity=False
        ).hexdigest()
        self._credentials = LoginGuard.digest(host, username, password)
        self._guard = guard
        self._now = now
        self._turnstile = Turnstile()
        self._address: ReportAddress | None = None
        self._token: str | None = None
        self._renewed = 0.0
        self.logins = 0
        self.report_transport = ""

    @property
    def token_age(self) -> float | None:
        """Return the seconds since the last exchange that renewed the token; None without one."""
        return None if self._token is None else self._now() - self._renewed

    @property
    def token_valid_until(self) -> datetime | None:
        """Return when (UTC) the token ends if nothing renews it; None without one."""
        if self._token is None:
            return None
        return datetime.fromtimestamp(self._renewed + TOKEN_LIFE, UTC)

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for the turn and keep it until the end of the block."""
        return self._turnstile.turn()

    async def login(
        self, dialect: Dialect, address: ReportAddress, *, by_user: bool = False
    ) -> None:
        """Begin a session, if the guard allows it. The caller has the turn.

        Raises:
            PbxAuthError: the credentials are refused, or were and are not sent again.
            PbxLockedOutError: no login is accepted; it holds for how long.
        """
        self._address = address
        try:
            self._guard.check(self._credentials, by_user=by_user)
        except PbxAuthError:  # what the PBX would answer
            raise refused_login() from None
        self._token = None
        sent = self._now()
        body = login_body(dialect, address, self._username, self._password_md5)
        try:
            answer = await self._transport.ask(dialect, LOGIN, body)
        except PbxTokenError as error:
            if error.errno != ERRNO_REFUSED:
                raise
            self._guard.refused(self._credentials)
            raise refused_login() from None
        except PbxLockedOutError:
            self._guard.locked_out()
            raise
        self._guard.succeeded(self._credentials)
        self._token = decode_token(answer)
        self._renewed = sent
        self.report_transport = decode_transport(answer)
        self.logins += 1

    async def heartbeat(self, dialect: Dialect, address: ReportAddress) -> None:
        """Renew the token and say where reports go. The caller has the turn.

        Raises:
            PbxAddressRefusedError: the heartbeat failed for what it said only.
        """
        if self._address is None:
            raise error_for(ERRNO_NO_TOKEN)
        self._address = address
        try:
            await self.ask(dialect, HEARTBEAT, heartbeat_body(dialect, address))
        except PbxRequestError as error:
            # Token, login or API; or nothing that the protocol knows, which proves no session.
            if type(error) is not PbxRequestError or error.key == UNKNOWN:
                raise
            raise PbxAddressRefusedError(error.errno, error.key) from error

    async def ask(self, dialect: Dialect, endpoint: Endpoint, body: dict[str, str]) -> Answer:
        """Send a request; log in once where the token is missing or no longer good.

        The caller has the turn.
        """
        if new := self._token is None:
            await self._login_again(dialect)
        try:
            return await self._send(dialect, endpoint, body)
        except PbxTokenError:
            if new:
                raise
        await self._login_again(dialect)
        return await self._send(dialect, endpoint, body)

    async def download(
        self, dialect: Dialect, path: str, query: Mapping[str, str], ticket: Mapping[str, str]
    ) -> bytes:
        """Return a file that a request before this one allowed to fetch. The caller has the turn.

        Args:
            dialect: gives the version in the path.
            path: what follows it.
            query: what was asked for.
            ticket: what the PBX gave for it; it goes last, behind the token.
        """
        if (token := self._token) is None:
            raise error_for(ERRNO_NO_TOKEN)
        return await self._transport.download(dialect, path, {**query, TOKEN_KEY: token, **ticket})

    async def logout(self, dialect: Dialect, timeout: float) -> None:
        """Give the token back if that works out within some seconds; end the session anyway."""
        self._address = None
        with contextlib.suppress(PbxError, TimeoutError), hurry():
            async with asyncio.timeout(timeout), self._turnstile.turn():
                if (token := self._token) is not None:
                    self._token = None
                    await self._transport.ask(dialect, LOGOUT, token=token)
        self._token = None

    async def _send(self, dialect: Dialect, endpoint: Endpoint, body: dict[str, str]) -> Answer:
        sent = self._now()
        try:
            answer = await self._transport.ask(dialect, endpoint, body, token=self._token)
        except PbxTokenError:
            self._token = None
            raise
        # The token counts from when the PBX had the request, which was not before it was sent.
        self._renewed = sent
        return answer

    async def _login_again(self, dialect: Dialect) -> None:
        if self._address is None:
            raise error_for(ERRNO_NO_TOKEN)
        await self.login(dialect, self._address)
