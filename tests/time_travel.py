"""Days in seconds: the clock stands still, and jumps to whatever is due next.

Under freezegun the event loop's clock is the frozen one, here and in the simulated PBX: every
timer, timeout and sleep of both waits for the traveller, while sockets work as ever.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import ceil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

QUIET_ROUNDS = 3  # rounds of the event loop without anything to do that count as rest


class TimeTraveller:
    """Moves the frozen clock, and lets everything happen that is due meanwhile."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Control the clock of a test."""
        self._hass = hass
        self._freezer = freezer
        self._loop: Any = hass.loop
        self._jobs: set[asyncio.Future[Any]] = set()  # in other threads, which no selector shows
        self._run_in_executor = self._loop.run_in_executor
        self._loop.run_in_executor = self._watched_job
        self._debug = hass.loop.get_debug()
        hass.loop.set_debug(False)  # it would write down where each of a million timers came from

    def close(self) -> None:
        """Give the event loop back as it was."""
        self._loop.run_in_executor = self._run_in_executor
        self._loop.set_debug(self._debug)

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        now: float = self._loop.time()
        return now

    async def rest(self) -> None:
        """Wait until nothing can go on before the clock does.

        Nothing to run, nothing to read, no job.
        """
        quiet = 0
        while quiet < QUIET_ROUNDS:
            await asyncio.sleep(0)
            if self._jobs:
                await asyncio.wait(self._jobs)
            busy = self._loop._ready or self._loop._selector.select(0)
            quiet = 0 if busy else quiet + 1

    async def travel(self, seconds: float, *, until: Callable[[], bool] | None = None) -> float:
        """Go forward in time, from timer to timer.

        Args:
            seconds: how far, at most.
            until: stop at the first moment at which this is true.

        Returns:
            The seconds that it took, to the millisecond.
        """
        start = self.now()
        end = start + seconds
        await self.rest()
        while self.now() < end and not (until and until()):
            due = min(self._next_timer(), end) - self.now()
            self._freezer.tick(timedelta(microseconds=max(1, ceil(due * 1e6))))
            await self.rest()
        return round(self.now() - start, 3)

    async def wait_for[T](self, awaitable: Awaitable[T], seconds: float = 60) -> T:
        """Let time pass until something is done; seconds of simulated time at most."""
        task = asyncio.ensure_future(awaitable)
        await self.travel(seconds, until=task.done)
        assert task.done(), "it takes longer"
        return task.result()

    def _next_timer(self) -> float:
        return min(
            (handle.when() for handle in self._loop._scheduled if not handle.cancelled()),
            default=float("inf"),
        )

    def _watched_job(self, *args: Any) -> asyncio.Future[Any]:
        job: asyncio.Future[Any] = self._run_in_executor(*args)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job
