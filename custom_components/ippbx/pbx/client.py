"""The conversation with a PBX: one session, one request at a time, a token that is kept alive."""

import asyncio
from collections.abc import Callable
import contextlib
from contextlib import AbstractContextManager
from datetime import UTC, datetime
import hashlib
import ssl

import aiohttp

from . import decode
from .decode import Answer
from .dialects import (
    DEVICE_INFO,
    HEARTBEAT,
    LOGIN,
    LOGOUT,
    Dialect,
    Endpoint,
    address_body,
    login_body,
    lower_dialects,
)
from .errors import (
    PbxAuthError,
    PbxError,
    PbxLockedOutError,
    PbxRequestError,
    PbxTokenError,
    PbxUnsupportedError,
)
from .families import refine
from .guard import LoginGuard, wall_clock
from .models import Call, Extension, LegKind, ReportAddress, SystemInfo, Trunk
from .trace import Exchange
from .transport import Transport
from .turnstile import Turnstile, hurry

TOKEN_LIFE = 1800.0

_ERRNO_NO_TOKEN = 20005
# What a PBX may answer when it is asked for calls and there are none.
_ERRNO_NO_CALL = (10005, 10007)


class PbxClient:
    """A session with one PBX. All its methods raise PbxError alone."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        host: str,
        port: int,
        tls: bool,
        ssl: ssl.SSLContext | bool,
        username: str,
        password: str,
        dialect: Dialect,
        guard: LoginGuard,
        request_timeout: float = 10,
        on_exchange: Callable[[Exchange], None] | None = None,
        now: Callable[[], float] = wall_clock,
    ) -> None:
        """Prepare a session; nothing is sent.

        Args:
            ssl: context for TLS; True verifies the certificate, False does not.
            guard: knows which credentials were refused; asked before every login.
            request_timeout: seconds for one request; the wait for its turn does not count.
            on_exchange: told of each request and its answer, without credentials and token.
            now: time in seconds since the epoch, UTC.
        """
        self.logins = 0  # sessions so far: a new one may have missed anything
        self._transport = Transport(
            session,
            host=host,
            port=port,
            tls=tls,
            ssl=ssl,
            timeout=request_timeout,
            on_exchange=on_exchange,
            now=now,
        )
        self._username = username
        self._password_md5 = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        self._credentials = LoginGuard.digest(host, username, password)
        self._guard = guard
        self._now = now
        self._turnstile = Turnstile()
        self._dialect = dialect
        self._dialect_proven = False
        self._address: ReportAddress | None = None
        self._token: str | None = None
        self._renewed = 0.0

    @property
    def dialect(self) -> Dialect:
        """Return the dialect that is spoken now."""
        return self._dialect

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

    @property
    def local_address(self) -> str | None:
        """Return our own address on the connection that last talked to the PBX."""
        return self._transport.local_address

    @property
    def peer_address(self) -> str | None:
        """Return the address of the PBX on that connection."""
        return self._transport.peer_address

    def priority(self) -> AbstractContextManager[None]:
        """Let the requests that are made inside go before those that queue: a user waits."""
        return hurry()

    async def login(self, address: ReportAddress, *, by_user: bool = False) -> None:
        """Log in and tell where reports go.

        Args:
            by_user: whether a user asks for this very login and may repeat refused credentials.

        Raises:
            PbxAuthError: the credentials are refused, or were and are not sent again.
            PbxLockedOutError: no login is taken; it tells for how long.
        """
        async with self._turnstile.turn():
            self._address = address
            await self._login(by_user=by_user)

    async def heartbeat(self, address: ReportAddress) -> None:
        """Renew the token and tell where reports go (pbx-api, "heartbeat")."""
        async with self._turnstile.turn():
            self._address = address
            await self._ask(HEARTBEAT, address_body(self._dialect, address))

    async def logout(self, timeout: float = 3) -> None:
        """Give the token back if that works out within some seconds; end the session anyway."""
        self._address = None
        with contextlib.suppress(PbxError, TimeoutError), hurry():
            async with asyncio.timeout(timeout), self._turnstile.turn():
                if (token := self._token) is not None:
                    self._token = None
                    await self._transport.ask(self._dialect, LOGOUT, token=token)
        self._token = None

    async def probe(self) -> None:
        """Return if the API answers. This costs no login: it asks with an empty token."""
        async with self._turnstile.turn():
            with contextlib.suppress(PbxTokenError):
                await self._transport.ask(self._dialect, DEVICE_INFO, token="")

    async def system_info(self) -> SystemInfo:
        """Return what the PBX says about itself."""
        answer, endpoint = await self._query(lambda _: DEVICE_INFO)
        return decode.decode_system(answer, endpoint)

    async def list_extensions(self) -> tuple[Extension, ...]:
        """Return all extensions with their status."""
        answer, endpoint = await self._query(lambda dialect: dialect.extension_list, telling=True)
        return decode.decode_extensions(answer, endpoint)

    async def query_extensions(self, *numbers: str) -> tuple[Extension, ...]:
        """Return some extensions, or all where none is named."""
        answer, endpoint = await self._query(lambda dialect: dialect.extension_query, *numbers)
        return decode.decode_extensions(answer, endpoint)

    async def list_trunks(self) -> tuple[Trunk, ...]:
        """Return all trunks with their status."""
        answer, endpoint = await self._query(lambda dialect: dialect.trunk_list, telling=True)
        return decode.decode_trunks(answer, endpoint)

    async def list_calls(self) -> tuple[Call, ...]:
        """Return the calls on trunks: no request tells of those between extensions."""
        inbound = await self.list_inbound_calls()
        return decode.merge_calls((*inbound, *await self.list_outbound_calls()))

    async def list_inbound_calls(self) -> tuple[Call, ...]:
        """Return the calls that came in over a trunk."""
        return await self._calls(lambda dialect: dialect.inbound_calls, LegKind.INBOUND)

    async def list_outbound_calls(self) -> tuple[Call, ...]:
        """Return the calls that go out over a trunk."""
        return await self._calls(lambda dialect: dialect.outbound_calls, LegKind.OUTBOUND)

    def step_down(self) -> bool:
        """Speak the next lower dialect from now on, token kept; False where there is none."""
        lower = lower_dialects(self._dialect)
        if lower:
            self._dialect = lower[0]
        return bool(lower)

    def refine(self, info: SystemInfo) -> bool:
        """Speak the dialect of the make that the PBX says it is; tell whether that is another.

        The report format is asked for at login, so it changes with the next one.
        """
        before = self._dialect
        self._dialect = refine(before, info)
        return self._dialect is not before

    async def _calls(
        self, choose: Callable[[Dialect], Endpoint], kind: LegKind
    ) -> tuple[Call, ...]:
        try:
            answer, endpoint = await self._query(choose)
        except PbxRequestError as err:
            if err.errno in _ERRNO_NO_CALL:
                return ()
            raise
        return decode.decode_calls(answer, endpoint, kind)

    async def _query(
        self, choose: Callable[[Dialect], Endpoint], *keys: str, telling: bool = False
    ) -> tuple[Answer, Endpoint]:
        """Ask, in lower dialects too while nothing has proven this one (pbx-api, "Versions").

        Args:
            choose: picks the endpoint from a dialect.
            keys: the wanted items; none for all.
            telling: whether only this dialect has the endpoint, so that an answer proves it.
        """
        async with self._turnstile.turn():
            first = self._dialect
            while True:
                endpoint = choose(self._dialect)
                try:
                    answer = await self._ask(endpoint, endpoint.body(*keys))
                except PbxUnsupportedError:
                    if self._dialect_proven or not self.step_down():
                        self._dialect = first
                        raise
                else:
                    self._dialect_proven = self._dialect_proven or telling
                    return answer, endpoint

    async def _ask(self, endpoint: Endpoint, body: dict[str, str]) -> Answer:
        """Send a request with the token; log in once where it is missing or no longer good."""
        if new := self._token is None:
            await self._login_again()
        try:
            return await self._send(endpoint, body)
        except PbxTokenError:
            if new:
                raise
        await self._login_again()
        return await self._send(endpoint, body)

    async def _send(self, endpoint: Endpoint, body: dict[str, str]) -> Answer:
        sent = self._now()
        token = self._token
        try:
            answer = await self._transport.ask(self._dialect, endpoint, body, token=token)
        except PbxTokenError:
            self._token = None
            raise
        # The token counts from when the PBX had the request, which was not before it was sent.
        self._renewed = sent
        return answer

    async def _login_again(self) -> None:
        if self._address is None:
            raise PbxTokenError(_ERRNO_NO_TOKEN)
        await self._login()

    async def _login(self, *, by_user: bool = False) -> None:
        """Log in as the guard allows. Only called by whoever has the turn: never two at once."""
        assert self._address is not None
        self._guard.check(self._credentials, by_user=by_user)
        self._token = None
        sent = self._now()
        body = login_body(self._dialect, self._address, self._username, self._password_md5)
        try:
            answer = await self._transport.ask(self._dialect, LOGIN, body)
        except PbxAuthError:
            self._guard.refused(self._credentials)
            raise
        except PbxLockedOutError:
            self._guard.locked_out()
            raise
        self._guard.succeeded()
        self._token = decode.decode_token(answer)
        self._renewed = sent
        self.logins += 1
