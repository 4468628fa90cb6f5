"""A whole backend that shares no word of protocol with another one, as proof of the seam."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from custom_components.ippbx.pbx import backend as seam, errors
from custom_components.ippbx.pbx.backends import BackendType, CredentialField
from custom_components.ippbx.pbx.model import actions, commands, events, lines
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.trace.trace import Exchange

TIN = seam.Variant(key="tin", manufacturer="Tinsmiths", default_port=4711, has_web_page=False)
SESSION = timedelta(minutes=5)
ERRORS: Mapping[str, tuple[type[errors.PbxRequestError], int, str]] = {
    "no 1": (errors.PbxAuthError, 1, "invalid_auth"),
    "no 2": (errors.PbxTokenError, 2, "token_unknown"),
    "no 3": (errors.PbxUnsupportedError, 3, "request_unknown"),
}
STATUSES = {
    "free": lines.ExtensionStatus.IDLE,
    "rings": lines.ExtensionStatus.RINGING,
    "busy": lines.ExtensionStatus.BUSY,
}
STEPS = {
    "rings": events.CallEvent.RINGING,
    "talks": events.CallEvent.ANSWER,
    "over": events.CallEvent.ENDED,
}


class TinBackend:
    """A conversation with a Tin PBX: a visa instead of a token, and no address for reports."""

    variant = first_variant = TIN
    identity = seam.IdRules(paired=False)
    capabilities = seam.Capabilities(
        deliveries=(seam.Delivery.FEED,),
        keeps_records=False,
        pushed=frozenset(STATUSES.values()),
        actions=frozenset({actions.Action.DIAL_EXTENSION}),
    )

    def __init__(self, connection: seam.Connection) -> None:
        self.control = TinControl(self)
        self.addresses: list[lines.ReportAddress | None] = []
        self.connection = connection
        self._visa = ""
        self._renewed: datetime | None = None
        self._sessions = 0

    @property
    def session(self) -> seam.SessionState:
        since = self._renewed
        return seam.SessionState(
            count=self._sessions,
            delivery=None,  # it does not say, and has one way alone
            age=None if since is None else (datetime.now(UTC) - since).total_seconds(),
            valid_until=None if since is None else since + SESSION,
            local_address="127.0.0.1",
            peer_address="127.0.0.1",
        )

    async def say(self, *words: str) -> str:
        """Send a line and return the line that comes back."""
        reader, writer = await dialled(self.connection)
        writer.write(" ".join(words).encode())
        answer = (await reader.readline()).decode().strip()
        writer.close()
        if answer in ERRORS:
            kind, errno, key = ERRORS[answer]
            raise kind(errno, key)
        return answer

    async def ask(self, *words: str) -> list[str]:
        """Ask for something with the visa; return the words of the answer."""
        try:
            answer = await self.say(self._visa, *words)
        except errors.PbxTokenError:
            self._renewed = None
            raise
        self._renewed = datetime.now(UTC)
        return answer.split()

    def expect_clock(self, ahead: timedelta) -> None:
        pass  # a Tin states no times

    def priority(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def probe(self) -> None:
        await detect(None, self.connection)

    async def open(self, where: lines.ReportAddress | None, *, by_user: bool = False) -> None:
        self.addresses.append(where)
        self._visa = await self.say("knock", self.connection.credentials["api_key"])
        self._renewed = datetime.now(UTC)
        self._sessions += 1
        serial, *_ = await self.ask("self")
        if self.connection.serial not in (None, serial):
            raise errors.PbxOtherPbxError(serial)

    async def keep_alive(self, where: lines.ReportAddress | None) -> None:
        self.addresses.append(where)
        await self.ask("stay")

    async def close(self) -> None:
        with suppress(errors.PbxError):
            await self.ask("leave")
        self._visa, self._renewed = "", None

    async def system_info(self) -> lines.SystemInfo:
        serial, name, firmware = await self.ask("self")
        return lines.SystemInfo(serial=serial, name=name, firmware=firmware)

    def needed_firmware(self, info: lines.SystemInfo) -> str:
        return ""

    def refine(self, info: lines.SystemInfo) -> bool:
        return False

    async def extensions(self) -> tuple[lines.Extension, ...]:
        phones = [each.split("=") for each in await self.ask("phones")]
        return tuple(
            lines.Extension(number=number, status=STATUSES[does]) for number, does in phones
        )

    async def extension_settings(
        self, numbers: Collection[str]
    ) -> tuple[lines.ExtensionSettings, ...]:
        return ()  # a Tin tells none

    async def new_messages(self, number: str) -> int:
        raise errors.PbxUnsupportedError

    async def trunks(self) -> tuple[lines.Trunk, ...]:
        found = [each.split("=")[0] for each in await self.ask("lines")]
        return tuple(
            lines.Trunk(key=name, name=name, status=lines.TrunkStatus.UP) for name in found
        )

    async def company_contacts(self) -> tuple[lines.CompanyContact, ...]:
        raise errors.PbxUnsupportedError

    async def live_calls(
        self, unsure: Collection[str], busy: Collection[str] = ()
    ) -> seam.LiveCalls:
        found = [each.split("=") for each in await self.ask("calls")]
        calls = tuple(lines.Call(call_id=key, legs=legs(*both.split("+"))) for key, both in found)
        return seam.LiveCalls(calls=calls, trunks=True, queried=frozenset(unsure))

    async def records(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[lines.CallRecord, ...]]:
        raise errors.PbxUnsupportedError
        yield ()

    def parse(self, body: bytes, *, trusted: bool) -> tuple[events.PbxEvent, ...]:
        match body.decode().split():
            case ["phone", number, does]:
                return (
                    events.ExtensionStatusReport(
                        name="phone", extension=number, status=STATUSES[does]
                    ),
                )
            case ["call", call_id, step, callee, caller]:
                event, parties = STEPS[step], legs(callee, caller)
                return (events.CallReport(name=step, call_id=call_id, event=event, legs=parties),)
        raise errors.ReportError("no line of a Tin")

    def observe(self, event: events.PbxEvent) -> None:
        pass

    def findings(self, arrivals: seam.Arrivals) -> Mapping[str, seam.Finding]:
        return {}  # nothing is left open

    async def feed(self, hooks: seam.FeedHooks) -> "TinFeed":
        return TinFeed(self, hooks)

    def allow_feed(self) -> None:
        pass

    async def watch(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return the connection on which events come."""
        reader, writer = await dialled(self.connection)
        writer.write(f"{self._visa} watch".encode())
        if await reader.readline() != b"watching\n":
            raise errors.PbxProtocolError("no events")
        return reader, writer


class TinControl:
    """Extensions call each other; there is nothing else that a Tin can do."""

    names_outside = False
    permit: actions.Permit | None = None
    done: Callable[[actions.Action], None] | None = None

    def __init__(self, backend: TinBackend) -> None:
        self._backend = backend

    def offers(self, action: actions.Action, kind: lines.LegKind | None = None) -> bool:
        return action is actions.Action.DIAL_EXTENSION

    async def send(self, command: actions.Command) -> str:
        if not isinstance(command, commands.Dial) or not self.offers(command.action):
            raise errors.PbxActionUnsupportedError(command.action)
        if self.permit is not None:
            self.permit(command.action, (command.caller, command.callee))
        (call_id,) = await self._backend.ask("dial", command.caller, command.callee)
        return call_id

    async def extension_calls(self, number: str) -> tuple[lines.Call, ...]:
        return (await self._backend.live_calls((number,))).calls

    def recording(self, name: str) -> AbstractAsyncContextManager[seam.OpenFile]:
        raise errors.PbxActionUnsupportedError(actions.Action.DOWNLOAD_RECORDING)

    async def parked_slots(self) -> frozenset[str]:
        raise errors.PbxActionUnsupportedError(actions.Action.LIST_PARKED)

    async def paging_groups(self) -> frozenset[str]:
        raise errors.PbxActionUnsupportedError(actions.Action.LIST_PAGING_GROUPS)


class TinFeed:
    """Events, a line each."""

    error: errors.PbxError | None = None
    is_paused = False
    facts: Mapping[str, Any] = {}

    def __init__(self, backend: TinBackend, hooks: seam.FeedHooks) -> None:
        self.state = seam.FeedState.IDLE
        self._backend = backend
        self._hooks = hooks
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._task or asyncio.create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def wait_stopped(self) -> None:
        if self._task is not None:
            await asyncio.wait((self._task,))

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    async def _run(self) -> None:
        reader, writer = await self._backend.watch()
        self._hooks.on_connect("127.0.0.1")
        self._set(seam.FeedState.UP)
        while line := await reader.readline():
            self._hooks.receive(line, "127.0.0.1")
        writer.close()
        self._set(seam.FeedState.DOWN)

    def _set(self, state: seam.FeedState) -> None:
        self.state = state
        self._hooks.on_state(state)


def legs(*numbers: str) -> tuple[lines.CallLeg, ...]:
    """Return the legs of extensions."""
    return tuple(
        lines.CallLeg(kind=lines.LegKind.EXTENSION, extension=number) for number in numbers
    )


async def dialled(where: seam.Connection) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a new connection."""
    try:
        return await asyncio.open_connection(where.host, where.port)
    except OSError:
        raise errors.PbxConnectionError("no Tin there") from None


async def detect(_session: aiohttp.ClientSession | None, where: seam.Connection) -> seam.Variant:
    """Return the only variant if a Tin answers."""
    if await TinBackend(where).say("who") != "tin 1":
        raise errors.PbxProtocolError("this is no Tin")
    return TIN


def create(
    _session: aiohttp.ClientSession,
    connection: seam.Connection,
    _variant: str,
    _guard: LoginGuard,
    _on_exchange: Callable[[Exchange], None] | None,
) -> seam.PbxBackend:
    """Return a conversation with a Tin."""
    return TinBackend(connection)


TIN_TYPE = BackendType(
    key="tin",
    variants=(TIN,),
    credentials=(CredentialField(key="api_key", secret=True),),
    detect=detect,
    create=create,
    logins=lambda _connection: (),
)
