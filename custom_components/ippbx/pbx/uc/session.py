"""The session with a PBX: a token, kept and renewed, by logins that the guard allows.

A token is kept until a login brings another one, even where the PBX refuses it: what refuses it may
be another PBX, or a fault that passes, and to try it costs no login.
"""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
import hashlib

from ..backend import Connection, OpenFile
from ..errors import (
    UNKNOWN,
    PbxAddressRefusedError,
    PbxAuthError,
    PbxConnectionError,
    PbxCutAnswerError,
    PbxError,
    PbxLockedOutError,
    PbxOtherPbxError,
    PbxRequestError,
    PbxTokenError,
)
from ..model.lines import ReportAddress
from ..net.login_guard import LoginGuard
from ..net.priority_lock import PriorityLock, priority
from .decode import Answer, decode_system, decode_token, decode_transport
from .dialects import DEVICE_INFO, HEARTBEAT, LOGIN, LOGOUT, TOKEN_KEY, Dialect, Endpoint
from .error_codes import ERRNO_REFUSED, refused_login
from .transport import Transport

# Seconds that a token lives after the last exchange (pbx-api, "Token life").
TOKEN_LIFE = 1800.0
FAILED_PAUSE = 5.0  # seconds between two logins of which the first was not answered as one
OTHER_PBX_PAUSE = 300.0  # the same at another PBX, unless it goes away
_PROOF = 2  # heartbeats in a row that show that a session lasts, ...
PROOF_PAUSE = 10.0  # ... and seconds between them: each failed read sends one at once
IDENTITY_LIFE = 5.0
"""Seconds for which what the PBX said about itself at a login need not be asked again."""
_NO_SESSION = "there is no session"


class Session:
    """One token at a time. Whoever uses it takes a turn first, so no two requests ever overlap.

    Attributes:
        logins: sessions so far: a new one may have missed anything.
        report_transport: how the PBX says it sends reports: "HTTP", "TCP", or "" if it is silent.
    """

    def __init__(
        self,
        transport: Transport,
        connection: Connection,
        guard: LoginGuard,
        now: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        """Make a session that has not begun. Of the password only its MD5 is kept.

        Args:
            now: time in seconds since the epoch, UTC.
            steady: time in seconds that nobody sets: what waits goes by it.
        """
        username, password = (connection.credentials[key] for key in ("username", "password"))
        self._transport = transport
        self._username = username
        self._password_md5 = hashlib.md5(
            password.encode("utf-8", "replace"), usedforsecurity=False
        ).hexdigest()
        self._credentials = LoginGuard.digest(connection.host, username, password)
        self._serial = connection.serial
        self._guard = guard
        self._now = now
        self._steady = steady
        self._lock = PriorityLock()
        self._address: ReportAddress | None = None
        self._token: str | None = None
        self._identified = self._serial is None  # whether the serial number of its PBX was compared
        self._identity: tuple[Answer, float] | None = None  # by the steady clock
        self._renewed = 0.0, 0.0  # by the steady clock, and since the epoch
        self._refused = False  # whether the PBX refused the token
        self._heartbeats = 0  # in a row
        self._counted_at = 0.0  # the last of them
        self._failure: PbxError | None = None  # of the last login, unless it was refused, ...
        self._failed_at = 0.0  # ... and when
        self.logins = 0
        self.report_transport = ""

    @property
    def token_age(self) -> float | None:
        """Return the seconds since the last exchange that renewed the token; None without one."""
        return None if self._token is None else self._steady() - self._renewed[0]

    @property
    def token_valid_until(self) -> datetime | None:
        """Return when (UTC) the token ends if nothing renews it; None without one."""
        if self._token is None:
            return None
        return datetime.fromtimestamp(self._renewed[1] + TOKEN_LIFE, UTC)

    @property
    def is_cut_short(self) -> bool:
        """Return whether the last sessions have ended soon after their logins."""
        return self._guard.sessions_end

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for the turn and keep it until the end of the block."""
        return self._lock.turn()

    async def login(
        self, dialect: Dialect, address: ReportAddress, *, by_user: bool = False
    ) -> None:
        """Begin a session, if the guard allows it. The caller has the turn.

        Raises:
            PbxAuthError: the credentials are refused, or were and are not sent again.
            PbxLockedOutError: no login is accepted; it holds for how long.
            PbxLoginLimitError: too many logins came to nothing.
            PbxOtherPbxError: another PBX answers.
            PbxError: it failed, or the last one did a moment ago and this one is not sent.
        """
        self._address = address
        try:
            self._guard.check(self._credentials, by_user=by_user)
        except PbxAuthError:  # what the PBX would answer
            raise refused_login() from None
        if not by_user:
            self._check_pause()
        sent = self._steady(), self._now()
        body = _login_body(dialect, address, self._username, self._password_md5)
        try:
            answer = await self._transport.ask(dialect, LOGIN, body)
        except PbxTokenError as error:
            if error.errno != ERRNO_REFUSED:
                raise
            if not by_user:
                self._guard.count()
            self._guard.refused(self._credentials)
            raise refused_login() from None
        except PbxLockedOutError as error:
            remaining = self._guard.locked_out(self._credentials)
            raise PbxLockedOutError(error.errno, error.key, remaining=remaining) from None
        except PbxError as error:
            if isinstance(error, PbxCutAnswerError) and not by_user:
                self._guard.count()  # the PBX may have granted it
            error.in_login = True
            self._failure, self._failed_at = error, self._steady()
            raise
        if by_user:
            self._guard.lasted()  # what follows it may go out at once
        else:
            self._guard.count()
        self._guard.succeeded(self._credentials)
        before = self._token, self._renewed, self.report_transport
        self._token, self._renewed = decode_token(answer), sent
        self._identified = self._serial is None
        self.report_transport = decode_transport(answer)
        self._heartbeats, self._failure = 0, None
        self.logins += 1
        try:
            await self._identify(dialect)
        except PbxOtherPbxError:
            with contextlib.suppress(PbxError):
                await self._transport.ask(dialect, LOGOUT, token=self._token)
            # Nothing else is sent with the old token before its PBX is known to be back.
            self._token, self._renewed, self.report_transport = before
            raise
        self._refused = False

    async def heartbeat(self, dialect: Dialect, address: ReportAddress) -> None:
        """Renew the token and say where reports go. The caller has the turn.

        Raises:
            PbxConnectionError: there was no login yet, or the session was ended.
            PbxAddressRefusedError: the heartbeat failed for what it said only.
        """
        if self._address is None:
            raise PbxConnectionError(_NO_SESSION)
        self._address = address
        try:
            await self.ask(dialect, HEARTBEAT, _heartbeat_body(dialect, address))
        except PbxRequestError as error:
            # Token, login or API; what is unknown proves no session; or what was asked before.
            refused = type(error) is PbxRequestError and error.key != UNKNOWN
            if not refused or not self._identified:
                raise
            raise PbxAddressRefusedError(error.errno, error.key) from error
        if (now := self._steady()) - self._counted_at >= PROOF_PAUSE or not self._heartbeats:
            self._heartbeats, self._counted_at = self._heartbeats + 1, now
        if self._heartbeats >= _PROOF:
            self._guard.lasted()

    async def ask(self, dialect: Dialect, endpoint: Endpoint, body: dict[str, str]) -> Answer:
        """Send a request; log in once where the token is missing or no longer good.

        The caller has the turn.

        Raises:
            PbxLoginLimitError: it takes a login, and too many came to nothing.
            PbxOtherPbxError: another PBX answers.
        """
        if new := (age := self.token_age) is None or age >= TOKEN_LIFE:
            await self._login_again(dialect)
        try:
            await self._identify(dialect)
            return await self._send(dialect, endpoint, body)
        except PbxTokenError:
            if not self._refused:
                self._refused = True
                self._guard.ended()
            if new:
                raise
        await self._login_again(dialect)
        return await self._send(dialect, endpoint, body)

    async def download(
        self, dialect: Dialect, path: str, query: Mapping[str, str], ticket: Mapping[str, str]
    ) -> bytes:
        """Return a file that a request before this one allowed to fetch. The caller has the turn.

        Args:
            ticket: what the PBX gave for it; it goes last, behind the token.
        """
        if (token := self._token) is None:
            raise PbxConnectionError(_NO_SESSION)
        return await self._transport.download(dialect, path, {**query, TOKEN_KEY: token, **ticket})

    def stream(
        self, dialect: Dialect, path: str, query: Mapping[str, str], ticket: Mapping[str, str]
    ) -> AbstractAsyncContextManager[OpenFile]:
        """Open a file as `download` returns one. The caller has the turn until it is open."""
        if (token := self._token) is None:
            raise PbxConnectionError(_NO_SESSION)
        return self._transport.stream(dialect, path, {**query, TOKEN_KEY: token, **ticket})

    async def logout(self, dialect: Dialect, timeout: float) -> None:
        """Give the token back if that works out within some seconds; end the session anyway."""
        self._address = None
        with contextlib.suppress(PbxError, TimeoutError), priority():
            async with asyncio.timeout(timeout), self._lock.turn():
                if (token := self._token) is not None:
                    self._token = None
                    await self._transport.ask(dialect, LOGOUT, token=token)
        self._token = None

    def compare(self, serial: str) -> None:
        """Compare a serial number that the PBX gave with the expected one.

        Raises:
            PbxOtherPbxError: it is another PBX.
        """
        self._identified = self._serial in (None, serial)
        if not self._identified:
            self._failure, self._failed_at = PbxOtherPbxError(serial), self._steady()
            raise self._failure

    def take_identity(self) -> Answer | None:
        """Return what the PBX said about itself at a login a moment ago; None without, or twice."""
        identity, self._identity = self._identity, None
        if identity is None or self._steady() - identity[1] > IDENTITY_LIFE:
            return None
        return identity[0]

    def forget_failure(self) -> None:
        """Let the next login go out at once: nothing answers, so who does next may be anyone."""
        self._failure = None

    async def _identify(self, dialect: Dialect) -> None:
        """Compare the serial number of the PBX that gave the token, unless that is done."""
        if not self._identified:
            answer = await self._transport.ask(dialect, DEVICE_INFO, token=self._token)
            self.compare(decode_system(answer, DEVICE_INFO).serial)
            self._identity = answer, self._steady()

    async def _send(self, dialect: Dialect, endpoint: Endpoint, body: dict[str, str]) -> Answer:
        sent = self._steady(), self._now()
        try:
            answer = await self._transport.ask(dialect, endpoint, body, token=self._token)
        except PbxError as error:
            if endpoint is HEARTBEAT or isinstance(error, PbxTokenError):
                self._heartbeats = 0
            raise
        # The token counts from when the PBX had the request, which was not before it was sent.
        self._renewed, self._failure = sent, None
        return answer

    def _check_pause(self) -> None:
        """Raise if a login that no user asks for must wait."""
        if self._failure is not None:
            other = isinstance(self._failure, PbxOtherPbxError)
            pause = OTHER_PBX_PAUSE if other else FAILED_PAUSE
            if self._steady() - self._failed_at < pause:
                raise self._failure
        self._guard.check_rate()

    async def _login_again(self, dialect: Dialect) -> None:
        if self._address is None:
            raise PbxConnectionError(_NO_SESSION)
        await self.login(dialect, self._address)


def _login_body(
    dialect: Dialect, address: ReportAddress, username: str, password_md5: str
) -> dict[str, str]:
    """Return a login (pbx-api, "login"): text throughout, the password as MD5 in lower-case hex."""
    body = {
        "username": username,
        "password": password_md5,
        "port": address.port,
        "version": dialect.report_version,
    }
    return body | _url(address)


def _heartbeat_body(dialect: Dialect, address: ReportAddress) -> dict[str, str]:
    """Return a heartbeat (pbx-api, "heartbeat")."""
    body = {"ipaddr": address.ipaddr, "port": address.port} | _url(address)
    if dialect.sends_urlflag and address.url:
        body["urlflag"] = address.urltag
    if dialect.heartbeat_version:
        body["version"] = dialect.report_version
    return body


def _url(address: ReportAddress) -> dict[str, str]:
    """Return where reports go; without a URL they go to the root, and the flag means nothing."""
    return {"url": address.url, "urltag": address.urltag} if address.url else {}
