"""When the PBX is read: reports are fast but may be lost, so reads repair the state."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import LOGGER
from .link.periodic import Periodic
from .pbx.errors import PbxError
from .pbx.model.actions import UNREPORTED, Action
from .state.reading import PbxReader, ReadResult
from .state.schedule import ACTED_PAUSE, PERIOD, UNPROVEN_PERIOD, ReadCause, ReadSchedule
from .state.store import DeliveryState, PbxState, StateStore


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CoordinatorHooks:
    """Callbacks of the coordinator.

    Attributes:
        is_up: returns whether the link is up; nothing is read while it is down.
        before: awaited before each read: chooses the channel of the reports.
        apply: receives each result.
        after: awaited after a successful read: searches for calls that ended unseen.
        on_failure: a read failed.
        on_done: a read ended, successful or not.
    """

    is_up: Callable[[], bool]
    before: Callable[[], Awaitable[None]]
    apply: Callable[[ReadResult], None]
    after: Callable[[], Awaitable[None]]
    on_failure: Callable[[], None]
    on_done: Callable[[], None]


class PbxCoordinator(DataUpdateCoordinator[PbxState]):
    """The coordinator of the reads of one PBX.

    The update interval of the base class is off, for it stops in cases in which reads must go on.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        store: StateStore,
        reader: PbxReader,
        hooks: CoordinatorHooks,
    ) -> None:
        """Keep the arguments; nothing is read yet."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title, update_interval=None)
        self.data = store.state
        self._store = store
        self._reader = reader
        self._hooks = hooks
        self._schedule = ReadSchedule()
        self._reads = Periodic(
            hass, entry, f"{entry.title} resync", self._async_run, after_failure=UNPROVEN_PERIOD
        )
        self._succeeded = False  # the current run so far

    @callback
    def async_start(self) -> None:
        """Start to read on schedule, after the first read."""
        self._reads.start(self._schedule.until_next(self.hass.loop.time()))

    @callback
    def async_stop(self) -> None:
        """Read no more."""
        self._reads.stop()

    @callback
    def async_request_read(self, cause: ReadCause) -> None:
        """Request a full read; the schedule limits how often a cause may do so."""
        if self._schedule.request(cause, self.hass.loop.time()):
            self._reads.run_soon()

    @callback
    def async_read_soon(self) -> None:
        """Choose the channel and read what is due, now."""
        self._reads.run_soon()

    @callback
    def async_acted(self, action: Action) -> None:
        """Read soon after an action, if no report of its effect is documented."""
        if action in UNREPORTED:
            self._reads.run_within(ACTED_PAUSE)

    @callback
    def async_read_often(self) -> None:
        """Read more often for a while, after an unreported change."""
        self._schedule.corrected(self.hass.loop.time())

    @callback
    def async_delivery_unproven(self) -> None:
        """Read everything soon, and more often, while delivery is unproven."""
        self._schedule.delivery_unproven(self.hass.loop.time())
        self._reads.run_soon()

    async def async_read(self) -> None:
        """Read everything.

        Raises:
            PbxError: a part could not be read; the parts before it are applied.
        """
        proven = self._store.delivery is DeliveryState.PROVEN
        self._schedule.begin_full(self.hass.loop.time(), proven=proven)
        await self._async_apply(self._reader.async_all())

    @override
    async def _async_update_data(self) -> PbxState:
        """Read everything. A failure leaves the state as it is: the link reports outages."""
        try:
            await self.async_read()
        except PbxError as error:
            self._schedule.full_failed(self.hass.loop.time())
            self._failed(error)
        return self.data

    async def _async_apply(self, results: AsyncGenerator[ReadResult]) -> None:
        async with aclosing(results) as parts:
            async for result in parts:
                self._hooks.apply(result)

    async def _async_run(self) -> float:
        """Read what is due; return the seconds until the next read."""
        await self._hooks.before()
        if not self._hooks.is_up():
            return PERIOD
        self._succeeded = True
        if self._schedule.is_full_due(self.hass.loop.time()):
            await self.async_refresh()
        else:
            await self._async_try(self._async_apply(self._reader.async_live()))
        if self._succeeded:
            await self._async_try(self._hooks.after())
        self._hooks.on_done()
        return self._schedule.until_next(self.hass.loop.time())

    async def _async_try(self, read: Awaitable[None]) -> None:
        try:
            await read
        except PbxError as error:
            self._failed(error)

    @callback
    def _failed(self, error: PbxError) -> None:
        self._succeeded = False
        LOGGER.debug("%s: the PBX could not be read: %s", self.name, error)
        self._hooks.on_failure()
