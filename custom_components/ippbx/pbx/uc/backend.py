"""The conversation with a PBX: one session, one request at a time, a token that is kept alive."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import datetime
import ssl

import aiohttp

from ..errors import PbxRequestError, PbxTokenError, PbxUnsupportedError
from ..model.lines import Call, Extension, LegKind, ReportAddress, SystemInfo, Trunk
from ..net.login_guard import LoginGuard, wall_clock
from ..net.priority_lock import hurry
from ..trace.trace import Exchange
from . import decode
from .control.control import CallControl
from .decode import Answer
from .dialects import DEVICE_INFO, Dialect, Endpoint, lower_dialects
from .products import refine
from .session import Session
from .transport import Transport

# What a PBX may answer when it is asked for calls and there are none.
_ERRNO_NO_CALL = (10005, 10007)


class UcBackend:
    """A session with one PBX. All its methods raise PbxError alone.

    Attributes:
        control: what can be done to calls.
    """

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
            session: carries the requests.
            host: name or address of the PBX.
            port: port of its API.
            tls: whether to speak TLS.
            ssl: context for TLS; True verifies the certificate, False does not.
            username: name of the API user.
            password: its password; only its MD5 is kept.
            dialect: the dialect to begin with.
            guard: knows which credentials were refused; asked before every login.
            request_timeout: seconds for one request; the wait for its turn does not count.
            on_exchange: told of each request and its answer, without credentials and token.
            now: time in seconds since the epoch, UTC.
        """
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
        self._session = Session(
            self._transport,
            host=host,
            username=username,
            password=password,
            guard=guard,
            now=now,
        )
        self._dialect = dialect
        self._dialect_proven = False
        self.control = CallControl(self._session, lambda: self._dialect)

    @property
    def dialect(self) -> Dialect:
        """Return the dialect that is spoken now."""
        return self._dialect

    @property
    def logins(self) -> int:
        """Return the number of sessions so far: a new one may have missed anything."""
        return self._session.logins

    @property
    def report_transport(self) -> str:
        """Return how the PBX said at login that it sends reports: "HTTP", "TCP", "" if it did not.

        Only v2.0.0 says so; with "TCP" no report ever comes to the report address.
        """
        return self._session.report_transport

    @property
    def token_age(self) -> float | None:
        """Return the seconds since the last exchange that renewed the token; None without one."""
        return self._session.token_age

    @property
    def token_valid_until(self) -> datetime | None:
        """Return when (UTC) the token ends if nothing renews it; None without one."""
        return self._session.token_valid_until

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

    async def open(self, address: ReportAddress, *, by_user: bool = False) -> None:
        """Log in and tell where reports go.

        Args:
            address: where reports go.
            by_user: whether a user asks for this very login and may repeat refused credentials.

        Raises:
            PbxAuthError: the credentials are refused, or were and are not sent again.
            PbxLockedOutError: no login is taken; it tells for how long.
            PbxError: the PBX did not take it.
        """
        async with self._session.turn():
            await self._session.login(self._dialect, address, by_user=by_user)

    async def keep_alive(self, address: ReportAddress) -> None:
        """Renew the token and tell where reports go (pbx-api, "heartbeat").

        Raises:
            PbxTokenError: there was no login yet, or the session was ended.
            PbxError: the PBX did not take it.
        """
        await self._in_dialect(lambda dialect: self._session.heartbeat(dialect, address))

    async def close(self, timeout: float = 3) -> None:
        """Give the token back if that works out within some seconds; end the session anyway."""
        await self._session.logout(self._dialect, timeout)

    async def probe(self) -> None:
        """Return if the API answers. This costs no login: it asks with an empty token.

        20005 or 20004 is what it should say to that; a number that says nothing of token or API is taken as well.

        Raises:
            PbxError: it does not, or it cannot serve.
        """
        async with self._session.turn():
            try:
                await self._transport.ask(self._dialect, DEVICE_INFO, token="")
            except PbxRequestError as error:
                if type(error) not in (PbxTokenError, PbxUnsupportedError, PbxRequestError):
                    raise

    async def system_info(self) -> SystemInfo:
        """Return what the PBX says about itself."""
        answer, endpoint = await self._query(lambda _: DEVICE_INFO)
        return decode.decode_system(answer, endpoint)

    async def extensions(self) -> tuple[Extension, ...]:
        """Return all extensions with their status."""
        answer, endpoint = await self._query(lambda dialect: dialect.extension_list, telling=True)
        return decode.decode_extensions(answer, endpoint)

    async def query_extensions(self, *numbers: str) -> tuple[Extension, ...]:
        """Return some extensions, or all where none is named."""
        answer, endpoint = await self._query(lambda dialect: dialect.extension_query, *numbers)
        return decode.decode_extensions(answer, endpoint)

    async def trunks(self) -> tuple[Trunk, ...]:
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
            self._dialect, self._dialect_proven = lower[0], False
        return bool(lower)

    def refine(self, info: SystemInfo) -> bool:
        """Speak the dialect of the make that the PBX says it is; tell whether that is another.

        The report format is asked for at login, so it changes with the next one.
        """
        before = self._dialect
        self._dialect = refine(before, info)
        if self._dialect is before:
            return False
        self._dialect_proven = False
        return True

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
        """Ask for something.

        Args:
            choose: picks the endpoint from a dialect.
            keys: the wanted items; none for all.
            telling: whether an answer proves the dialect: its endpoint is its own.
        """

        async def ask(dialect: Dialect) -> tuple[Answer, Endpoint]:
            endpoint = choose(dialect)
            answer = await self._session.ask(dialect, endpoint, endpoint.body(*keys))
            self._dialect_proven = self._dialect_proven or telling
            return answer, endpoint

        return await self._in_dialect(ask)

    async def _in_dialect[T](self, ask: Callable[[Dialect], Awaitable[T]]) -> T:
        """Take a turn and ask, in lower dialects too while nothing has proven this one.

        A PBX may accept any version in the path (pbx-api, "Versions and families"), so it may know
        less than detection and login make believe.
        """
        async with self._session.turn():
            first = self._dialect
            while True:
                try:
                    return await ask(self._dialect)
                except PbxUnsupportedError:
                    if self._dialect_proven or not self.step_down():
                        self._dialect = first
                        raise
