"""Reads the PBX: everything, or the parts that no PBX is known to push."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import callback

from ..pbx.backend import PbxBackend
from ..pbx.errors import PbxUnsupportedError
from ..pbx.model.lines import Extension, SystemInfo, Trunk
from ..pbx.model.tracked import CallSnapshot
from .store import StateStore

INFO_PERIOD: Final = 3600.0
"""Seconds between two reads of the clock and the firmware of the PBX."""
CLOCK_TOLERANCE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReadResult:
    """The result of one part of a read; the other parts are None.

    Attributes:
        asked_at: when it was requested, in seconds of the event loop's clock.
    """

    asked_at: float
    info: SystemInfo | None = None
    extensions: tuple[Extension, ...] | None = None
    trunks: tuple[Trunk, ...] | None = None
    calls: CallSnapshot | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReaderHooks:
    """Callbacks of the reader.

    Attributes:
        any_live: returns whether there are calls whose end only a read may show.
        unsure: returns the extensions in calls that a list of trunk calls does not contain.
        now: returns the time that calls go by (UTC).
    """

    any_live: Callable[[], bool]
    unsure: Callable[[], frozenset[str]]
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

    @property
    def clock_is_wrong(self) -> bool:
        """Return True if the clock of the PBX is off by more than `CLOCK_TOLERANCE`."""
        return abs(self.clock_error) > CLOCK_TOLERANCE

    @callback
    def request_info(self) -> None:
        """Request the system information with the next full read: a restart may have changed it."""
        self._info_requested = True

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
        """Yield everything, part by part.

        Raises:
            PbxError: a part could not be read; those before it count.
        """
        asked_at = self._hooks.now()
        if self._is_info_due():
            yield ReadResult(asked_at=self._clock(), info=await self.async_info())
        yield await self._extensions()
        yield await self._snapshot(asked_at, listed=True)
        yield await self._trunks()

    async def async_live(self) -> AsyncGenerator[ReadResult]:
        """Yield what no PBX is known to push: trunks and calls; extensions serve to check reports.

        Raises:
            PbxError: as for `async_all`.
        """
        asked_at = self._hooks.now()
        yield await self._trunks()
        yield await self._extensions()
        if self._hooks.any_live():
            yield await self._snapshot(asked_at, listed=bool(self._hooks.unsure()))

    def _is_info_due(self) -> bool:
        old = self._info_at is None or self._clock() - self._info_at >= INFO_PERIOD
        return self._info_requested or self.clock_is_wrong or old

    async def _extensions(self) -> ReadResult:
        asked_at = self._clock()
        return ReadResult(asked_at=asked_at, extensions=await self._backend.extensions())

    async def _trunks(self) -> ReadResult:
        asked_at = self._clock()
        try:
            trunks = await self._backend.trunks()
        except PbxUnsupportedError:
            if self._store.trunks:
                raise
            trunks = ()
        return ReadResult(asked_at=asked_at, trunks=trunks)

    async def _snapshot(self, asked_at: datetime, *, listed: bool) -> ReadResult:
        """Return the live calls.

        Args:
            asked_at: when the whole read began (UTC).
            listed: whether the status of every extension was read since then.
        """
        clock = self._clock()
        live = await self._backend.live_calls(self._hooks.unsure())
        extensions = self._store.extensions.values() if listed else ()
        snapshot = CallSnapshot(
            asked_at=asked_at,
            calls=live.calls,
            trunks=live.trunks,
            queried=live.queried,
            extensions={extension.number: extension.status for extension in extensions},
        )
        return ReadResult(asked_at=clock, calls=snapshot)
