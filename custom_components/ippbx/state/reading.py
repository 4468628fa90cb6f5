"""Reads the PBX: everything, or the parts that no PBX is known to push."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import callback

from ..pbx.backend import PbxBackend
from ..pbx.errors import PbxError, PbxRequestError, PbxUnsupportedError
from ..pbx.model.lines import Extension, ExtensionSettings, SystemInfo, Trunk
from ..pbx.model.tracked import CallSnapshot
from ..pbx.model.values import bundle
from .store import (
    CALLS,
    EXTENSIONS,
    INFO,
    MESSAGES,
    SETTINGS,
    TRUNKS,
    Key,
    StateStore,
    extension_key,
)

INFO_PERIOD: Final = 3600.0
"""Seconds between two reads of the clock and the firmware of the PBX."""
MESSAGES_PERIOD: Final = 3600.0
"""Seconds between two reads of the new messages of an extension, unless something tells of some."""
MESSAGES_AT_ONCE: Final = 20
"""Extensions whose messages are read at once: each takes a request."""
CLOCK_TOLERANCE: Final = timedelta(minutes=1)


@bundle
class ReadResult:
    """The result of one part of a read; the other parts are None.

    Attributes:
        part: the key of the part.
        asked_at: when it was requested, in seconds of the event loop's clock.
        error: why it could not be read; None if it was. Calls that could be read in spite of it
            are there all the same.
    """

    part: Key
    asked_at: float
    error: PbxError | None = None
    info: SystemInfo | None = None
    extensions: tuple[Extension, ...] | None = None
    settings: tuple[ExtensionSettings, ...] | None = None
    messages: Mapping[str, int | None] | None = None
    trunks: tuple[Trunk, ...] | None = None
    calls: CallSnapshot | None = None


@bundle
class ReaderHooks:
    """Callbacks of the reader.

    Attributes:
        any_live: returns whether there are calls whose end only a read may show.
        unsure: returns the extensions in calls that a list of trunk calls does not contain.
        unexplained: returns the extensions in calls that are unknown, ringing ones first.
        now: returns the time that calls go by (UTC).
    """

    any_live: Callable[[], bool]
    unsure: Callable[[], frozenset[str]]
    unexplained: Callable[[], list[str]]
    now: Callable[[], datetime]


class PbxReader:
    """The reader of one PBX, part by part.

    Attributes:
        clock_error: how far the clock of the PBX is ahead of the true time, time zones aside.
    """

    def __init__(
        self,
        backend: PbxBackend,
        store: StateStore,
        hooks: ReaderHooks,
        clock: Callable[[], float],
    ) -> None:
        """Keep the arguments; nothing is sent yet.

        `clock` returns the event loop's time, in seconds.
        """
        self.clock_error = timedelta(0)
        self._backend = backend
        self._store = store
        self._hooks = hooks
        self._clock = clock
        self._info_requested = False
        self._info_at: float | None = None
        self._lists_trunks = self._lists_calls = False  # as far as is known
        self._queried: frozenset[str] = frozenset()  # in unknown calls, since the last login
        self._messages_at: dict[str, float] = {}  # by extension
        self._counts_messages = True  # until the PBX says that it cannot

    @property
    def clock_is_wrong(self) -> bool:
        """Return True if the clock of the PBX is off by more than `CLOCK_TOLERANCE`."""
        return abs(self.clock_error) > CLOCK_TOLERANCE

    @callback
    def request_info(self) -> None:
        """Request the system information with the next full read: a restart may have changed it.

        Extensions in unknown calls are queried anew as well.
        """
        self._info_requested, self._queried = True, frozenset()

    @callback
    def request_messages(self, number: str) -> None:
        """Request the new messages of an extension with the next read."""
        self._messages_at.pop(number, None)

    async def async_info(self) -> SystemInfo:
        """Return the system information, and update `clock_error`.

        Raises:
            PbxError: it could not be read.
        """
        info = await self._backend.system_info()
        self._info_requested, self._info_at = False, self._clock()
        self.clock_error = info.clock_error or timedelta(0)
        return info

    async def async_all(self) -> AsyncGenerator[ReadResult]:
        """Yield everything, part by part; what fails keeps no other part from being read."""
        asked_at = self._hooks.now()
        if self._is_info_due():
            yield await self._read(INFO, self._info())
        yield (extensions := await self._read(EXTENSIONS, self._extensions()))
        listed = extensions.error is None
        yield await self._read(CALLS, self._snapshot(asked_at, listed=listed))
        yield await self._read(TRUNKS, self._trunks())
        if numbers := self._store.wanted_settings:
            yield await self._read(SETTINGS, self._settings(numbers))
        if due := self._due_messages():
            yield await self._read(MESSAGES, self._messages(due))

    async def async_live(self, failing: Container[Key]) -> AsyncGenerator[ReadResult]:
        """Yield what no PBX is known to push: trunks, calls, and settings that somebody looks at.

        Extensions serve to check reports.

        Args:
            failing: parts of which the last read failed; they are read, too.
        """
        asked_at = self._hooks.now()
        yield await self._read(TRUNKS, self._trunks())
        yield (extensions := await self._read(EXTENSIONS, self._extensions()))
        if self._hooks.any_live() or CALLS in failing:
            listed = extensions.error is None
            yield await self._read(CALLS, self._snapshot(asked_at, listed=listed))
        if numbers := self._store.wanted_settings:
            yield await self._read(SETTINGS, self._settings(numbers))
        if due := self._due_messages():
            yield await self._read(MESSAGES, self._messages(due))
        if INFO in failing:
            yield await self._read(INFO, self._info())

    async def async_lines(self) -> ReadResult:
        """Return the calls on trunks alone, which takes as long with any number of extensions."""
        snapshot = self._snapshot(self._hooks.now(), listed=False, trunks_only=True)
        return await self._read(CALLS, snapshot)

    async def _read(self, part: Key, read: Awaitable[ReadResult]) -> ReadResult:
        asked_at = self._clock()
        try:
            return await read
        except PbxError as error:
            return ReadResult(part=part, asked_at=asked_at, error=error)

    async def _info(self) -> ReadResult:
        return ReadResult(part=INFO, asked_at=self._clock(), info=await self.async_info())

    def _is_info_due(self) -> bool:
        old = self._info_at is None or self._clock() - self._info_at >= INFO_PERIOD
        return self._info_requested or self.clock_is_wrong or old

    async def _extensions(self) -> ReadResult:
        asked_at = self._clock()
        extensions = await self._backend.extensions()
        return ReadResult(part=EXTENSIONS, asked_at=asked_at, extensions=extensions)

    async def _settings(self, numbers: tuple[str, ...]) -> ReadResult:
        asked_at = self._clock()
        settings = await self._backend.extension_settings(numbers)
        return ReadResult(part=SETTINGS, asked_at=asked_at, settings=settings)

    def _due_messages(self) -> list[str]:
        """Return the extensions whose new messages are to be read now."""
        if not self._counts_messages or not self._backend.capabilities.counts_messages:
            return []
        before = self._clock() - MESSAGES_PERIOD
        wanted = self._store.wanted_messages
        due = [number for number in wanted if self._messages_at.get(number, before) <= before]
        return due[:MESSAGES_AT_ONCE]

    async def _messages(self, numbers: Iterable[str]) -> ReadResult:
        """Return the new messages; None for an extension of which the PBX refuses to tell them."""
        asked_at = self._clock()
        counts: dict[str, int | None] = {}
        for number in numbers:
            try:
                counts[number] = await self._backend.new_messages(number)
            except PbxUnsupportedError:
                self._counts_messages = False
                self._store.forget_messages()
                return ReadResult(part=MESSAGES, asked_at=asked_at, messages={})
            except PbxRequestError as error:
                if type(error) is not PbxRequestError:  # it is about more than this extension
                    raise
                counts[number] = None
        self._messages_at |= dict.fromkeys(counts, asked_at)
        return ReadResult(part=MESSAGES, asked_at=asked_at, messages=counts)

    async def _trunks(self) -> ReadResult:
        asked_at = self._clock()
        try:
            trunks = await self._backend.trunks()
        except PbxUnsupportedError:
            if self._lists_trunks:
                raise
            trunks = ()
        else:
            self._lists_trunks |= bool(trunks)
        return ReadResult(part=TRUNKS, asked_at=asked_at, trunks=trunks)

    async def _snapshot(
        self, asked_at: datetime, *, listed: bool, trunks_only: bool = False
    ) -> ReadResult:
        """Return the live calls.

        An extension in an unknown call is queried once until it is free.

        Args:
            asked_at: when the whole read began (UTC).
            listed: whether the status of every extension was read since then.
            trunks_only: whether no extension is to be queried.
        """
        clock = self._clock()
        unsure = frozenset[str]() if trunks_only else self._hooks.unsure()
        busy = self._hooks.unexplained() if listed else []
        if listed:
            self._queried &= {*busy}
        live = await self._backend.live_calls(unsure, [n for n in busy if n not in self._queried])
        self._queried |= live.tried
        self._lists_calls |= live.unlisted is None
        known = self._store.extensions if listed else {}
        snapshot = CallSnapshot(
            asked_at=asked_at,
            calls=live.calls,
            trunks=live.trunks,
            queried=live.queried,
            extensions={
                number: extension.status if self._store.is_current(extension_key(number)) else None
                for number, extension in known.items()
            },
        )
        error = live.unlisted if self._lists_calls else None  # what it never had is not missing
        return ReadResult(part=CALLS, asked_at=clock, error=error, calls=snapshot)
