"""A repeated job that never runs twice at once and stops with its entry."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..failures import FailureLog


class Periodic:
    """A job that returns the seconds until its next run.

    The next run is scheduled when the last one has ended, also by an error: runs never pile up
    behind a slow answer, and a failure does not stop them. The entry owns the task, so unloading
    cancels it.

    Attributes:
        failures: the exceptions that ended runs.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        name: str,
        job: Callable[[], Awaitable[float | None]],
        *,
        after_failure: float,
    ) -> None:
        """Keep the arguments; nothing runs yet.

        Args:
            hass: for its clock.
            entry: owner of the task.
            name: name of the task, for the log.
            job: returns the seconds until its next run; None to stop.
            after_failure: seconds until the next run after an exception.
        """
        self._hass = hass
        self._entry = entry
        self._name = name
        self._job = job
        self._after_failure = after_failure
        self.failures = FailureLog(f"Unexpected error in {name}")
        self._timer = HassJob(self._fire, name, cancel_on_shutdown=True)
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._within: float | None = None  # most seconds from the end of this run to the next
        self._due = 0.0  # on the event loop's clock, while the timer is armed
        self._stopped = True

    @callback
    def start(self, delay: float | None) -> None:
        """Run for the first time after `delay` seconds; with None when that is requested."""
        self._stopped = False
        if delay is not None:
            self._arm(delay)

    @callback
    def run_soon(self) -> None:
        """Run now, or once more right after the current run."""
        if self._stopped:
            return
        if self._task is not None:
            self._again = True
        else:
            self._arm(0)

    @callback
    def run_within(self, seconds: float) -> None:
        """Run within so many seconds from now, or from the end of the current run."""
        if self._task is not None:
            self._within = seconds
        elif not self._stopped and self._due > self._hass.loop.time() + seconds:
            self._arm(seconds)

    async def async_join(self) -> bool:
        """Wait for the end of the current run; return False if there is none to the end."""
        if (task := self._task) is None:
            return False
        await asyncio.wait({task})
        return not task.cancelled()

    @callback
    def stop(self) -> None:
        """Run no more, and cancel the current run."""
        self._stopped = True
        self._disarm()
        if self._task is not None:
            self._task.cancel()

    @callback
    def _arm(self, delay: float) -> None:
        self._disarm()
        if delay <= 0:
            self._fire(None)
        else:
            self._due = self._hass.loop.time() + delay
            self._cancel_timer = async_call_later(self._hass, delay, self._timer)

    @callback
    def _disarm(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _fire(self, _now: datetime | None) -> None:
        self._cancel_timer = None
        if self._stopped or self._task is not None:
            return
        self._task = self._entry.async_create_background_task(
            self._hass, self._run(), self._name, eager_start=False
        )

    async def _run(self) -> None:
        delay: float | None = self._after_failure
        self._again = False  # this run serves all earlier requests
        try:
            delay = await self._job()
        except Exception as error:  # noqa: BLE001 - nothing may end what keeps the link
            self.failures.record(error)
        finally:
            self._task = None
            if self._again:
                self._again, delay = False, 0
            if delay is not None and self._within is not None:
                delay = min(delay, self._within)
            self._within = None
            if delay is not None and not self._stopped:
                self._arm(delay)
