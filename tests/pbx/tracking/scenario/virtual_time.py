"""A time that passes as fast as everything that happens in it can be computed."""

from collections.abc import Callable, Coroutine, Generator
import heapq
from itertools import count
from types import coroutine
from typing import Any, Self


@coroutine
def _wait(seconds: float) -> Generator[float]:
    yield seconds


class VirtualTask:
    """Something that runs by itself, until it waits."""

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = work
        self._over = False

    def cancel(self) -> bool:
        """End it."""
        self._over = True
        self._work.close()
        return True

    def __await__(self) -> Generator[Any]:
        return self._work.__await__()

    def run(self) -> float | None:
        """Run until it waits; return for how many seconds, or None if it is over."""
        if self._over:
            return None
        try:
            seconds: float = self._work.send(None)
        except StopIteration:
            return None
        return seconds


class VirtualTime:
    """The clock, the waits and the tasks of a simulated PBX, without an event loop.

    Calling it returns the time in epoch seconds.
    """

    def __init__(self, now: float, after_each: Callable[[], None]) -> None:
        """Start at a moment; `after_each` is called whenever something has happened."""
        self.now = now
        self._after_each = after_each
        self._due: list[tuple[float, int, VirtualTask]] = []
        self._tie = count()
        self._current: VirtualTask | None = None

    def __call__(self) -> float:
        return self.now

    async def elapse(self, seconds: float) -> None:
        """Let virtual time pass: the next moments are played, nobody waits."""
        await _wait(seconds)

    def create_task(self, work: Coroutine[Any, Any, None], *, name: str = "") -> VirtualTask:
        """Begin to run something by itself."""
        task = VirtualTask(work)
        self._plan(0.0, task)
        return task

    def current_task(self) -> VirtualTask | None:
        """Return what runs now."""
        return self._current

    def run(self) -> Self:
        """Let time pass until nothing waits any more."""
        while self._due:
            self.now, _, self._current = heapq.heappop(self._due)
            seconds = self._current.run()
            if seconds is not None:
                self._plan(seconds, self._current)
            self._after_each()
        self._current = None
        return self

    def _plan(self, seconds: float, task: VirtualTask) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._tie), task))
