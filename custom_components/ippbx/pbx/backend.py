"""The seam: what an application asks of a PBX, whatever protocol it speaks.

A backend is a folder beside this file and a row in `backends.BACKENDS`. Everything that crosses the
seam is a frozen value of `model` or an error of `errors`; times are UTC.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from ssl import SSLContext
from typing import Any, Protocol

from .errors import PbxError
from .model.actions import Action, Command, Permit
from .model.events import PbxEvent
from .model.lines import (
    Call,
    CallRecord,
    CompanyContact,
    Extension,
    ExtensionSettings,
    ExtensionStatus,
    LegKind,
    ReportAddress,
    SystemInfo,
    Trunk,
)
from .model.values import bundle, value


@value
class Connection:
    """Where a PBX is, and how to get in.

    Attributes:
        port: port of its API.
        ssl: context for TLS; True verifies the certificate, False does not.
        credentials: values of the credential fields of its backend, by their keys.
        event_port: port of its event feed, if it has one of its own.
        serial: serial number that it must have; None for any. A session with another PBX is not
            begun, and raises `PbxOtherPbxError`.
    """

    host: str
    port: int
    tls: bool
    ssl: SSLContext | bool
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    event_port: int | None = None
    serial: str | None = None


@value
class Variant:
    """A spelling of a backend's protocol, as far as others need to know it.

    Attributes:
        key: its key in settings.
        manufacturer: the maker of the PBXes that speak it.
        default_port: port of its API.
        has_web_page: whether the web page of the PBX is at the same port.
    """

    key: str
    manufacturer: str
    default_port: int
    has_web_page: bool


class Delivery(StrEnum):
    """How a PBX delivers its events."""

    PUSH = "push"  # it posts them to the report address
    FEED = "feed"  # they are fetched over a connection of ours


@value
class Capabilities:
    """What a PBX of this kind can do.

    Attributes:
        deliveries: how events may be had, best first: the first counts where neither a user
            decides nor the session says so. Without PUSH the PBX is given no report address.
        keeps_records: whether the records of calls can be read afterwards.
        pushed: statuses of extensions that events report; others are only read. If reading shows
            a change from one of them to another that no event did, events seem to be lost.
        counts_messages: whether the new messages in voicemail boxes can be counted.
        lists_contacts: whether its address book can be read.
    """

    deliveries: tuple[Delivery, ...]
    keeps_records: bool
    pushed: frozenset[ExtensionStatus]
    actions: frozenset[Action]
    counts_messages: bool = False
    lists_contacts: bool = False


def _unknown(_call_id: str) -> int | None:
    return None


@value
class IdRules:
    """How the ids of one call are related, and what they show.

    Attributes:
        paired: whether the events of one call may bear two ids that nothing joins.
        began: returns when the call of an id began, in seconds since 1970 by the clock of the PBX;
            None where the id does not show it.
    """

    paired: bool
    began: Callable[[str], int | None] = field(default=_unknown, compare=False)


@value
class SessionState:
    """The session at this moment.

    Attributes:
        count: sessions so far: after a new one anything may have been missed.
        delivery: how the PBX says that it delivers events; None where it does not say, so that
            the first of `Capabilities.deliveries` counts.
        age: seconds since the last exchange that renewed the session; None without one. With one
            `keep_alive` is tried before a login.
        valid_until: when (UTC) the session ends if nothing renews it; None without one.
        local_address: our own address on the connection that last talked to the PBX; None before.
        peer_address: the address of the PBX on that connection.
        clock_ahead: how far the clock of the PBX is ahead of UTC, as it was last read: to be
            subtracted from the times that it states.
        certificate_expires: when (UTC) the certificate on that connection expires; None where it
            was not checked.
        cut_short: whether the last sessions have ended soon after their logins.
    """

    count: int
    delivery: Delivery | None
    age: float | None
    valid_until: datetime | None
    local_address: str | None
    peer_address: str | None
    clock_ahead: timedelta = timedelta(0)
    certificate_expires: datetime | None = None
    cut_short: bool = False


@value
class LiveCalls:
    """The calls that are up.

    Attributes:
        trunks: whether the calls on trunks could be read, all of them.
        queried: extensions of which all calls are among them.
        tried: extensions in unknown calls that need not be queried again.
        unlisted: why the PBX does not list calls on trunks; None if it does.
    """

    calls: tuple[Call, ...]
    trunks: bool
    queried: frozenset[str]
    tried: frozenset[str] = frozenset()
    unlisted: PbxError | None = None


@value
class OpenFile:
    """A file that the PBX sends.

    Attributes:
        size: its length in bytes; None where the PBX does not say.
        pieces: what it holds, read no faster than it is wanted.
    """

    size: int | None
    pieces: AsyncIterator[bytes]


class CallControl(Protocol):
    """What can be done to calls and extensions.

    Attributes:
        permit: called before a command sends anything, with the numbers that it may ring; raises a
            `PbxError` to forbid it. Reading asks for no permission.
        done: called after each command that the PBX accepted.
    """

    permit: Permit | None
    done: Callable[[Action], None] | None

    def offers(self, action: Action, kind: LegKind | None = None) -> bool:
        """Return whether the PBX has an action, for legs of a kind if one is given."""

    @property
    def names_outside(self) -> bool:
        """Return whether a dialled outside number rings no extension that has the same number."""

    async def send(self, command: Command) -> str:
        """Send a command; return the one word of the answer: the id of a call, a slot, or nothing.

        Raises:
            PbxActionUnsupportedError: the PBX has no such action; nothing was sent.
            PbxInputError: a value cannot be sent; nothing was.
            PbxForbiddenError: `permit` forbids it; nothing was sent.
        """

    async def extension_calls(self, number: str) -> tuple[Call, ...]:
        """Return the live calls of an extension."""

    def recording(self, name: str) -> AbstractAsyncContextManager[OpenFile]:
        """Open the file of a recording (WAV).

        Args:
            name: as the record of its call has it.
        """

    async def parked_slots(self) -> frozenset[str]:
        """Return the slots in which calls are parked."""

    async def paging_groups(self) -> frozenset[str]:
        """Return the numbers of the paging groups."""


class FeedState(StrEnum):
    """How a feed fares."""

    IDLE = "idle"  # not begun
    CONNECTING = "connecting"  # for the first time, or again after it ended
    UP = "up"
    DOWN = "down"  # an attempt failed; others follow
    REFUSED = "refused"  # credentials were refused: only a user can help


@bundle
class FeedHooks:
    """What a feed calls. None of these may raise.

    Attributes:
        receive: receives the body of an event and its source.
        on_connect: called with the far end of each connection, before events come from it.
        on_state: called with each new state; may stop the feed.
        is_there: returns whether the PBX answers at all; costs no login.
    """

    receive: Callable[[bytes, str], None]
    on_connect: Callable[[str], None]
    on_state: Callable[[FeedState], None]
    is_there: Callable[[], Awaitable[bool]]


class EventFeed(Protocol):
    """Events that are fetched. The feed owns its only task, from `start` to `stop`."""

    @property
    def state(self) -> FeedState:
        """Return its state."""

    @property
    def error(self) -> PbxError | None:
        """Return what ended the last connection; None while all is well."""

    @property
    def is_paused(self) -> bool:
        """Return whether it is paused."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return counts for diagnostics, without numbers or names."""

    def start(self) -> None:
        """Keep a connection from now on; nothing where it was started before."""

    def stop(self) -> None:
        """Stop without waiting for the end of the task."""

    async def wait_stopped(self) -> None:
        """Return when its task has ended."""

    def pause(self) -> None:
        """Attempt nothing while the PBX is away; a connection that lives goes on."""

    def resume(self) -> None:
        """Connect at once; a connection from before the pause is replaced."""


class Finding(StrEnum):
    """What was found of something that the documents of a protocol leave open."""

    SEEN_SO = "seen so"
    CONTRADICTED = "contradicted"
    NOT_SEEN = "not seen yet"


@value
class Arrivals:
    """How events arrived so far.

    Attributes:
        at_path: posted to the path that the PBX was told.
        at_root: posted without one.
        feed: how the feed fares.
    """

    at_path: int = 0
    at_root: int = 0
    feed: FeedState = FeedState.IDLE


class PbxBackend(Protocol):
    """A conversation with one PBX. Its methods raise `PbxError` alone."""

    @property
    def variant(self) -> Variant:
        """Return the variant that is spoken now; reading may find another one."""

    @property
    def first_variant(self) -> Variant:
        """Return the variant to begin with: the given one, or what new firmware has in its place.

        It is not one that was stepped down to, which may be for a request that failed at a start.
        """

    @property
    def capabilities(self) -> Capabilities:
        """Return what the PBX can do, as far as it is known."""

    @property
    def identity(self) -> IdRules:
        """Return how the ids of one call are related, and what they show."""

    @property
    def control(self) -> CallControl:
        """Return what can be done to calls."""

    @property
    def session(self) -> SessionState:
        """Return the session at this moment."""

    def expect_clock(self, ahead: timedelta) -> None:
        """Take the clock of the PBX for so far ahead as an earlier run learnt: `clock_ahead`."""

    def priority(self) -> AbstractContextManager[None]:
        """Let the requests that are made inside go before those that queue: a user waits."""

    async def probe(self) -> None:
        """Return if the API answers; costs no login."""

    async def open(self, where: ReportAddress | None, *, by_user: bool = False) -> None:
        """Begin a session and say where events go.

        Args:
            where: the report address; None where the PBX is to send none.
            by_user: whether a user asks for this very login and may repeat refused credentials.
        """

    async def keep_alive(self, where: ReportAddress | None) -> None:
        """Renew the session and say where events go.

        Raises:
            PbxAddressRefusedError: the session lives, but the address is refused.
        """

    async def close(self) -> None:
        """End the session, best effort, within seconds; never raises."""

    async def system_info(self) -> SystemInfo:
        """Return what the PBX says about itself.

        Raises:
            PbxNoSerialError: it has no serial number, by which it is known.
        """

    def needed_firmware(self, info: SystemInfo) -> str:
        """Return the firmware that fixes known faults of the present one; empty for none."""

    def refine(self, info: SystemInfo) -> bool:
        """Speak the variant of the make that the PBX is; return whether that is another one."""

    async def extensions(self) -> tuple[Extension, ...]:
        """Return all extensions with their status, which counts more than what events said before.

        So a protocol whose list tells of registered phones alone asks for the calls as well.
        """

    async def extension_settings(self, numbers: Collection[str]) -> tuple[ExtensionSettings, ...]:
        """Return what these extensions are set to."""

    async def new_messages(self, number: str) -> int:
        """Return the number of new messages in the voicemail box of an extension."""

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return all trunks with their status."""

    async def company_contacts(self) -> tuple[CompanyContact, ...]:
        """Return the address book of the PBX.

        Raises:
            PbxUnsupportedError: it has none that can be read.
        """

    async def live_calls(self, unsure: Collection[str], busy: Collection[str] = ()) -> LiveCalls:
        """Return the calls that are up, those between extensions for some extensions at least.

        Args:
            unsure: extensions in known calls between extensions.
            busy: extensions in unknown calls, the most important first; some are queried.
        """

    def records(self, since: datetime, until: datetime) -> AsyncIterator[tuple[CallRecord, ...]]:
        """Yield the records of calls that began between two moments (UTC), some at a time.

        There may be others among them: their times are those of the clock of the PBX, which
        `session.clock_ahead` corrects. A call may have several, with its id or those of branches.
        """

    def parse(self, body: bytes, *, trusted: bool) -> tuple[PbxEvent, ...]:
        """Return the events in the body of a report. It may be called twice for one.

        `observe` is told of accepted events alone.

        Args:
            trusted: whether it came from the PBX; else nothing of it may be kept.

        Raises:
            ReportError: it is no report.
        """

    def observe(self, event: PbxEvent) -> None:
        """Learn from an accepted event what the documents leave open."""

    def findings(self, arrivals: Arrivals) -> Mapping[str, Finding]:
        """Return what was found of all that the documents leave open, by the keys of the notes."""

    async def feed(self, hooks: FeedHooks) -> EventFeed | None:
        """Return a new feed of events; None where the protocol has none.

        It is asked for in a session, and outlives that: after a new one it is not asked for again.
        """

    def allow_feed(self) -> None:
        """Let the feed send credentials once more that were refused: a user asks for it."""
