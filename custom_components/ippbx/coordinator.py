"""When the PBX is read: reports are fast but may be lost, so reads repair the state."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import LOGGER
from .link.periodic import Periodic
from .pbx.errors import PbxConnectionError, PbxError
from .pbx.model.actions import UNREPORTED, Action
from .pbx.model.values import bundle
from .state.read_failures import ReadFailures
from .state.reading import PbxReader, ReadResult
from .state.schedule import ACTED_PAUSE, PERIOD, UNPROVEN_PERIOD, ReadCause, ReadSchedule
from .state.store import CALLS, DeliveryState, PbxState, StateStore


@bundle
class CoordinatorHooks:
    """Callbacks of the coordinator.

    Attributes:
        is_up: returns whether the link is up; nothing is read while it is down.
        before: awaited before each read: chooses the channel of the reports.
        apply: receives each result.
        after: awaited after a read, unless no calls could be read: searches for calls that ended
            unseen.
        check_link: awaited after a failure; returns whether the link is up all the same.
        on_done: a read ended, successful or not.
    """

    is_up: Callable[[], bool]
    before: Callable[[], Awaitable[None]]
    apply: Callable[[ReadResult], None]
    after: Callable[[], Awaitable[None]]
    check_link: Callable[[], Awaitable[bool]]
    on_done: Callable[[], None]


class PbxCoordinator(DataUpdateCoordinator[PbxState]):
    """The coordinator of the reads of one PBX.

    The update interval of the base class is off, for it stops in cases in which reads must go on.

    Attributes:
        failures: what cannot be read.
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
        self.failures = ReadFailures(entry.title, store, hass.loop.time)
        self._schedule = ReadSchedule()
        self._reads = Periodic(
            hass, entry, f"{entry.title} resync", self._async_run, after_failure=UNPROVEN_PERIOD
        )
        self._lines = Periodic(
            hass, entry, f"{entry.title} lines", self._async_read_lines, after_failure=PERIOD
        )
        self._complete = False  # the current run: every part was asked for
        self._shows_calls = True  # the last read of the calls, be it in part

    @property
    def failed_runs(self) -> int:
        """Return the number of runs that an unexpected exception ended."""
        return self._reads.failures.count

    @callback
    def async_start(self) -> None:
        """Start to read on schedule, after the first read."""
        self._reads.start(self._schedule.until_next(self.hass.loop.time()))
        self._lines.start(None)

    @callback
    def async_stop(self) -> None:
        """Read no more."""
        self._reads.stop()
        self._lines.stop()

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
    def async_confirm_calls(self) -> None:
        """Read the calls on trunks, now: one of them may be over."""
        self._lines.run_soon()

    @callback
    def async_acted(self, action: Action) -> None:
        """Read soon after an action, if no report of its effect is documented."""
        if action in UNREPORTED:
            self._reads.run_within(ACTED_PAUSE)

    @callback
    def async_read_often(self) -> None:
        """Read more often for a while, after an unreported change or a faulty answer."""
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
        async with aclosing(self._begin_full()) as parts:
            async for result in parts:
                if result.error is not None:
                    raise result.error
                self._hooks.apply(result)

    def _begin_full(self) -> AsyncGenerator[ReadResult]:
        proven = self._store.delivery is DeliveryState.PROVEN
        self._schedule.begin_full(self.hass.loop.time(), proven=proven)
        return self._reader.async_all()

    @override
    async def _async_update_data(self) -> PbxState:
        """Read everything. What fails leaves the state as it is, for a while."""
        try:
            await self._async_try(self._async_apply(self._begin_full()))
        except Exception as error:  # noqa: BLE001 - the base class would log what it says
            self._reads.failures.record(error)
        return self.data

    async def _async_apply(self, results: AsyncGenerator[ReadResult]) -> None:
        """Apply what is read, part by part; stop where a part fails because the link is lost."""
        failures = self.failures
        async with aclosing(results) as parts:
            async for result in parts:
                part, error = result.part, result.error
                shows = error is None or result.calls is not None
                if part == CALLS:
                    self._shows_calls = shows
                if shows:
                    self._hooks.apply(result)
                if error is None:
                    failures.passed(part)
                    continue
                is_news = part not in failures.parts or isinstance(error, PbxConnectionError)
                if is_news and not await self._async_is_up_after(error):
                    return
                failures.failed(part, result.asked_at, error)
        failures.update()
        if failures.are_new:
            self.async_read_often()
        self._complete = True

    async def _async_run(self) -> float:
        """Read what is due; return the seconds until the next read."""
        await self._hooks.before()
        if not self._hooks.is_up():
            return PERIOD
        self._complete = False
        if self._schedule.is_full_due(self.hass.loop.time()):
            await self.async_refresh()
        else:
            live = self._reader.async_live(self.failures.parts)
            await self._async_try(self._async_apply(live))
        if self._complete and self._shows_calls:
            await self._async_try(self._hooks.after())
        self._hooks.on_done()
        return min(self._schedule.until_next(self.hass.loop.time()), self.failures.until_unread)

    async def _async_read_lines(self) -> None:
        """Read the calls on trunks; if that fails, the next scheduled read does it."""
        if self._hooks.is_up():
            result = await self._reader.async_lines()
            if result.calls is not None:
                self._hooks.apply(result)

    async def _async_try(self, read: Awaitable[None]) -> None:
        try:
            await read
        except PbxError as error:
            await self._async_is_up_after(error)

    async def _async_is_up_after(self, error: PbxError) -> bool:
        """Return whether the link is up although a read failed."""
        LOGGER.debug("%s: the PBX could not be read: %s", self.name, error)
        return await self._hooks.check_link()
