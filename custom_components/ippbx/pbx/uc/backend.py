"""The conversation with a PBX: one session, one request at a time, a token that is kept alive."""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from itertools import batched, chain, islice
from typing import Final

import aiohttp

from ..backend import (
    Arrivals,
    Capabilities,
    Connection,
    Delivery,
    EventFeed,
    FeedHooks,
    Finding,
    IdRules,
    LiveCalls,
    SessionState,
)
from ..errors import (
    PbxAddressRefusedError,
    PbxApiDisabledError,
    PbxConnectionError,
    PbxError,
    PbxInputError,
    PbxRequestError,
    PbxTokenError,
    PbxUnsupportedError,
)
from ..model.actions import Action
from ..model.events import PbxEvent
from ..model.ids import epoch_of
from ..model.lines import (
    Call,
    CallRecord,
    CompanyContact,
    Extension,
    ExtensionSettings,
    LegKind,
    ReportAddress,
    SystemInfo,
    Trunk,
)
from ..net.login_guard import LoginGuard, steady_clock, wall_clock
from ..net.priority_lock import priority
from ..trace.trace import Exchange
from . import decode
from .clock import PbxClock
from .control.control import OFFERED, UcControl
from .decode import Answer
from .dialects import (
    DEVICE_INFO,
    DIALECTS,
    EXTENSION_SETTINGS,
    TRANSPORT_TCP,
    Dialect,
    Endpoint,
    lower_dialects,
)
from .findings import LONG_URL, Findings
from .products import mended_in, names_make, refine
from .reports.feed_login import FeedLogin
from .reports.parse import parse_report
from .reports.records import learn_zone, read_records
from .session import Session
from .status_words import PUSHED_STATUSES
from .transport import Transport

EVENT_PORT = 8333
"""Port of the event feed unless it is changed on the PBX."""
MOST_QUERIED = 6
"""Extensions that are asked for their calls in one read; of more, idle ones must do."""
MOST_QUERIED_BUSY = 8
"""The same, with those in unknown calls: the others wait for the next read."""
UNSERVED_FOR = 20.0
"""Seconds for which the version of the API is not served before others are tried, and between two
such attempts: a PBX that starts may not serve it for a while."""
SETTINGS_AT_ONCE = 100
"""Extensions that are asked for their settings at once: an answer has about 700 bytes for each."""
RECORDS_AT_ONCE = 500
"""Records that are held at once: a file may have hundreds of thousands."""

_CALL_LISTS: Final[tuple[tuple[Callable[[Dialect], Endpoint], LegKind], ...]] = (
    (lambda dialect: dialect.inbound_calls, LegKind.INBOUND),
    (lambda dialect: dialect.outbound_calls, LegKind.OUTBOUND),
)
_ERRNO_NO_EXTENSION = 10006
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
        connection: Connection,
        variant: str,
        guard: LoginGuard,
        on_exchange: Callable[[Exchange], None] | None = None,
        *,
        request_timeout: float = 10,
        now: Callable[[], float] = wall_clock,
        steady: Callable[[], float] = steady_clock,
    ) -> None:
        """Make a conversation that has not begun: nothing is sent.

        Args:
            connection: where the PBX is, and who the API user is.
            variant: key of the dialect to begin with.
            guard: knows which credentials were refused; asked before every login.
            on_exchange: called with each request and its answer, without credentials and token.
            request_timeout: seconds for one request; the wait for its turn does not count.
            now: time in seconds since the epoch, UTC.
            steady: time in seconds that nobody sets: what waits goes by it.
        """
        self._transport = Transport(
            session, connection, timeout=request_timeout, on_exchange=on_exchange, now=now
        )
        self._session = Session(self._transport, connection, guard, now, steady)
        self._dialect = self._first = DIALECTS[variant]
        self._dialect_proven = False
        self._unserved_since: float | None = None  # by the steady clock
        self._tls = connection.tls
        self._now, self._steady = now, steady
        self._clock = PbxClock()
        self._guard = guard
        self._feed_login = _feed_login(connection)
        self._credentials, _ = logins(connection)
        self._registered: ReportAddress | None = None  # the address that the PBX knows
        self._findings = Findings()
        self.control = UcControl(self._session, lambda: self._dialect, on_sent=self._findings.sent)

    @property
    def variant(self) -> Dialect:
        """Return the dialect that is spoken now."""
        return self._dialect

    @property
    def first_variant(self) -> Dialect:
        """Return the dialect to begin with: the given one, or the one that alone was served."""
        return self._first

    @property
    def capabilities(self) -> Capabilities:
        """Return what the dialect offers.

        The feed wants the password in plain, so it is not proposed where the API speaks TLS and the
        PBX says that it posts its reports.
        """
        actions = OFFERED[self._dialect.key]
        posts = self._session.report_transport not in ("", TRANSPORT_TCP)
        feeds = self._dialect.has_events and not (posts and self._tls)
        return Capabilities(
            deliveries=(Delivery.PUSH, Delivery.FEED) if feeds else (Delivery.PUSH,),
            keeps_records=Action.DOWNLOAD_RECORDS in actions,
            pushed=PUSHED_STATUSES,
            actions=actions,
            counts_messages=self._dialect.voicemails is not None,
            lists_contacts=self._dialect.contact_list is not None,
        )

    @property
    def identity(self) -> IdRules:
        """Return how the ids of one call are related, and what they show."""
        return IdRules(paired=self._dialect.two_ids, began=epoch_of)

    @property
    def session(self) -> SessionState:
        """Return the session at this moment."""
        transport = self._session.report_transport
        delivery = Delivery.FEED if transport == TRANSPORT_TCP else Delivery.PUSH
        return SessionState(
            count=self._session.logins,
            delivery=delivery if transport else None,
            age=self._session.token_age,
            valid_until=self._session.token_valid_until,
            local_address=self._transport.local_address,
            peer_address=self._transport.peer_address,
            clock_ahead=self._clock.ahead_of_utc,
            certificate_expires=self._transport.certificate_expires,
            cut_short=self._session.is_cut_short,
        )

    def expect_clock(self, ahead: timedelta) -> None:
        """Take the clock of the PBX for so far ahead as an earlier run learnt."""
        self._clock.expect(ahead)

    def priority(self) -> AbstractContextManager[None]:
        """Let the requests that are made inside go before those that queue: a user waits."""
        return priority()

    async def open(self, where: ReportAddress | None, *, by_user: bool = False) -> None:
        """Log in and say where reports go; no login goes without an address for them.

        Raises:
            PbxAuthError: the credentials are refused, or were and are not sent again.
            PbxLockedOutError: no login is accepted; it holds for how long.
            PbxLoginLimitError: too many logins came to nothing.
            PbxOtherPbxError: another PBX answers.
        """
        address = _required(where)
        await self._in_dialect(
            lambda dialect: self._session.login(dialect, address, by_user=by_user)
        )
        self._registered = address

    async def keep_alive(self, where: ReportAddress | None) -> None:
        """Renew the token and say where reports go (pbx-api, "heartbeat").

        Where the PBX knows no heartbeat, any exchange renews the token, and another address takes
        another login.

        Raises:
            PbxConnectionError: there was no login yet, or the session was ended.
            PbxAddressRefusedError: the token lives, but the address is refused.
        """
        address = _required(where)
        try:
            await self._in_dialect(lambda dialect: self._session.heartbeat(dialect, address))
        except PbxAddressRefusedError:
            self._findings.count("url_length", False if len(address.url) >= LONG_URL else None)
            self._findings.count("url_scheme", False if "://" in address.url else None)
            raise
        except PbxUnsupportedError:
            if self._registered != address:
                await self.open(address)
            else:
                await self.system_info()
        self._registered = address

    async def close(self, timeout: float = 3) -> None:
        """Give the token back if that works out within some seconds; end the session anyway."""
        await self._session.logout(self._dialect, timeout)

    async def probe(self) -> None:
        """Return if the API answers. This costs no login: it asks with an empty token.

        20005 or 20004 is the right answer; a number that is not about token or API will do. Where
        the version of the API is not served any more, another one of the maker may be: new firmware
        brings it.
        """
        async with self._session.turn():
            try:
                await self._transport.ask(self._dialect, DEVICE_INFO, token="")
                self._unserved_since = None
                self._findings.count("probe_answer", False)
            except PbxRequestError as error:
                if not _is_unserved(error):
                    self._unserved_since = None
                elif await self._find_served():
                    return
                if type(error) not in (PbxTokenError, PbxUnsupportedError, PbxRequestError):
                    raise
                self._findings.count("probe_answer", isinstance(error, PbxTokenError))
            except PbxConnectionError:
                self._session.forget_failure()
                raise

    async def system_info(self) -> SystemInfo:
        """Return what the PBX says about itself.

        Raises:
            PbxOtherPbxError: it is another PBX.
        """
        answer = self._session.take_identity()
        if answer is None:
            answer, _ = await self._query(lambda _: DEVICE_INFO)
        info = decode.decode_system(answer, DEVICE_INFO)
        self._session.compare(info.serial)
        self._findings.count("device_name", names_make(info))
        self._clock.read(info.time, datetime.fromtimestamp(self._now(), UTC))
        return replace(info, clock_error=self._clock.error)

    async def extensions(self) -> tuple[Extension, ...]:
        """Return all extensions with their status."""
        answer, endpoint = await self._query(lambda dialect: dialect.extension_list, telling=True)
        return decode.decode_extensions(answer, endpoint)

    async def extension_settings(self, numbers: Collection[str]) -> tuple[ExtensionSettings, ...]:
        """Return what these extensions are set to, asked for many at a time."""
        found: list[ExtensionSettings] = []
        for some in batched(numbers, SETTINGS_AT_ONCE, strict=False):
            answer, endpoint = await self._query(partial(_settings_of, some))
            found += decode.decode_settings(answer, endpoint)
        return tuple(found)

    async def new_messages(self, number: str) -> int:
        """Return the number of new messages in the voicemail box of an extension.

        Raises:
            PbxUnsupportedError: the PBX cannot be asked.
        """
        answer, endpoint = await self._query(partial(_messages_of, number))
        return decode.decode_new_messages(answer, endpoint)

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return all trunks with their status."""
        answer, endpoint = await self._query(lambda dialect: dialect.trunk_list, telling=True)
        return decode.decode_trunks(answer, endpoint)

    async def company_contacts(self) -> tuple[CompanyContact, ...]:
        """Return the address book of the PBX.

        Raises:
            PbxUnsupportedError: the dialect or the firmware has no request for it.
        """
        answer, endpoint = await self._query(_contact_list)
        return await asyncio.to_thread(decode.decode_contacts, answer, endpoint)

    async def live_calls(self, unsure: Collection[str], busy: Collection[str] = ()) -> LiveCalls:
        """Return the calls that are up.

        No request shows all calls between extensions, so extensions are asked one by one; of too
        many none is, and those that are idle must do. Of those in unknown calls some are asked.
        """
        calls, unlisted = await self._calls_on_trunks()
        found: dict[str, tuple[Call, ...]] = {}
        for number in unsure if len(unsure) <= MOST_QUERIED else ():
            if (own := await self._calls_of(number)) is not None:
                found[number] = own
        tried, most = set[str](), MOST_QUERIED_BUSY - len(found)
        shown = set(_numbers(calls))
        for number in busy:
            if number not in shown and len(tried) < most:
                tried.add(number)
                if (own := await self._calls_of(number)) is not None:
                    found[number] = own
                    shown.update(_numbers(own))
        return LiveCalls(
            calls=(*calls, *(call for own in found.values() for call in own)),
            trunks=unlisted is None,
            queried=frozenset(
                number
                for number, own in found.items()
                if self.control.shows_all_calls or not any(call.call_id for call in own)
            ),
            tried=frozenset(tried.union(shown.intersection(busy))),
            unlisted=unlisted,
        )

    async def _calls_of(self, number: str) -> tuple[Call, ...] | None:
        """Return the calls of an extension; None where the PBX does not know it, or the request."""
        try:
            return await self.control.extension_calls(number)
        except PbxUnsupportedError:
            return None
        except PbxRequestError as error:
            if error.errno != _ERRNO_NO_EXTENSION:
                raise
            return None

    async def records(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[CallRecord, ...]]:
        """Yield the records of calls that began between two moments (UTC), some at a time."""
        await self.system_info()  # which shows the clock
        unread: list[bytes] = []
        for start, end in self._clock.spans(since, until):
            content = await self.control.download_records(start, end)
            if content is None:
                continue
            unread.append(content)
            if self._clock.zone is None:
                await asyncio.to_thread(learn_zone, content, self._clock)
            if self._clock.zone is not None:
                async for records in _read(unread, self._clock):
                    yield records
                unread = []
        async for records in _read(unread, self._clock):  # none of them shows the zone
            yield records

    def parse(self, body: bytes, *, trusted: bool) -> tuple[PbxEvent, ...]:
        """Return the event in the body of a report; the clock learns from that of the PBX."""
        return (parse_report(body, self._clock if trusted else None),)

    def observe(self, event: PbxEvent) -> None:
        """Learn from an accepted report what the documents leave open."""
        self._findings.observe(event, self._dialect.key)

    def findings(self, arrivals: Arrivals) -> Mapping[str, Finding]:
        """Return what was found of the open lines of docs/protocol-notes.md, by their keys."""
        url = self._registered.url if self._registered else ""
        transport = self._session.report_transport
        return self._findings.found(arrivals, self._dialect.key, url, transport)

    async def feed(self, hooks: FeedHooks) -> EventFeed:
        """Return a new feed of events, whether the dialect is known to have one or not.

        Its code is loaded, in a thread, when a feed is first wanted: most PBXes post their reports.
        """
        module = await asyncio.to_thread(import_module, ".reports.feed", __package__)
        feed: EventFeed = module.TcpFeed(
            self._feed_login, self._guard, hooks, api_credentials=self._credentials
        )
        return feed

    def allow_feed(self) -> None:
        """Let a login of the feed that was refused be sent once more: a user asks for it."""
        self._guard.allow(self._feed_login.digest)

    async def _find_served(self) -> bool:
        """Speak another dialect of the maker from now on if it alone is served; return whether.

        This costs no login. The caller has the turn.
        """
        now = self._steady()
        if self._unserved_since is None:
            self._unserved_since = now
        if now - self._unserved_since < UNSERVED_FOR:
            return False
        self._unserved_since = now
        maker = self._dialect.manufacturer
        for dialect in DIALECTS.values():
            if dialect is self._dialect or dialect.manufacturer != maker:
                continue
            try:
                await self._transport.ask(dialect, DEVICE_INFO, token="")
            except PbxTokenError:
                self._dialect = self._first = dialect
                self._dialect_proven, self._unserved_since = False, None
                return True
            except PbxRequestError:
                continue
        return False

    def step_down(self) -> bool:
        """Speak the next lower dialect from now on, token kept; False where there is none."""
        lower = lower_dialects(self._dialect)
        if lower:
            self._dialect, self._dialect_proven = lower[0], False
        return bool(lower)

    def needed_firmware(self, info: SystemInfo) -> str:
        """Return the firmware that fixes known faults of the present one; empty for none."""
        return mended_in(info)

    def refine(self, info: SystemInfo) -> bool:
        """Speak the dialect of the make that the PBX is; return whether that is another one.

        The report format is asked for at login, so it changes with the next one.
        """
        before = self._dialect
        self._dialect = refine(before, info)
        if self._dialect is before:
            return False
        self._dialect_proven = False
        return True

    async def _calls_on_trunks(self) -> tuple[tuple[Call, ...], PbxUnsupportedError | None]:
        """Return the calls on trunks that a list shows, and why one cannot be had, if so."""
        found: list[Call] = []
        unlisted = None
        for choose, kind in _CALL_LISTS:
            try:
                found += await self._calls(choose, kind)
            except PbxUnsupportedError as error:
                unlisted = unlisted or error
        return decode.merge_calls(found), unlisted

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
        self, choose: Callable[[Dialect], Endpoint], *, telling: bool = False
    ) -> tuple[Answer, Endpoint]:
        """Ask for something.

        Args:
            choose: picks the endpoint from a dialect.
            telling: whether an answer proves the dialect: its endpoint is its own.
        """

        async def ask(dialect: Dialect) -> tuple[Answer, Endpoint]:
            endpoint = choose(dialect)
            try:
                answer = await self._session.ask(dialect, endpoint, dict(endpoint.fixed))
            except PbxError as error:  # without one where no login may be sent for it
                error.endpoint = error.endpoint or endpoint.path
                raise
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


def _is_unserved(error: PbxRequestError) -> bool:
    """Return whether an answer says that there is no such version of the API."""
    gone = isinstance(error, PbxApiDisabledError) and not error.errno
    return gone or isinstance(error, PbxUnsupportedError)


def logins(connection: Connection) -> tuple[str, str]:
    """Return the digests of the API's login and of the feed's."""
    credentials = (connection.credentials[key] for key in ("username", "password"))
    return LoginGuard.digest(connection.host, *credentials), _feed_login(connection).digest


def _feed_login(connection: Connection) -> FeedLogin:
    port = connection.event_port or EVENT_PORT
    return FeedLogin(host=connection.host, port=port, **connection.credentials)


def _settings_of(numbers: Collection[str], dialect: Dialect) -> Endpoint:
    """Return the request for the settings of extensions."""
    return replace(EXTENSION_SETTINGS, fixed=((dialect.number_key, ",".join(numbers)),))


def _numbers(calls: Iterable[Call]) -> Iterator[str]:
    """Yield the numbers of the parties of calls."""
    for leg in chain.from_iterable(call.legs for call in calls):
        yield from (leg.extension, leg.caller, leg.callee)


def _messages_of(number: str, dialect: Dialect) -> Endpoint:
    """Return the request for the messages of an extension."""
    if dialect.voicemails is None:
        raise PbxUnsupportedError
    return replace(dialect.voicemails, fixed=((dialect.number_key, number),))


async def _read(files: list[bytes], clock: PbxClock) -> AsyncIterator[tuple[CallRecord, ...]]:
    """Yield the records of files, some at a time.

    They are read in threads: a week of a busy PBX takes longer than the event loop may be held.
    """
    records = chain.from_iterable(read_records(file, clock) for file in files)
    while some := await asyncio.to_thread(tuple, islice(records, RECORDS_AT_ONCE)):
        yield some


def _contact_list(dialect: Dialect) -> Endpoint:
    """Return the request for the address book.

    Raises:
        PbxUnsupportedError: the dialect has none.
    """
    if dialect.contact_list is None:
        raise PbxUnsupportedError
    return dialect.contact_list


def _required(where: ReportAddress | None) -> ReportAddress:
    """Return a report address.

    Raises:
        PbxInputError: there is none.
    """
    if where is None:
        raise PbxInputError("report address")
    return where
