"""Time and waiting: the clock of a PBX, and conditions that tests wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

type Clock = Callable[[], float]
"""Returns the time in epoch seconds, UTC; every decision about time asks it."""
type Sleep = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds; every wait (delays, repeats, ringing) awaits it."""


class Task(Awaitable[None], Protocol):
    """What runs by itself."""

    def cancel(self) -> bool:
        """End it."""


class Tasks(Protocol):
    """Runs what waits: asyncio, or a scheduler whose time is not the real one."""

    def create_task(self, work: Coroutine[Any, Any, None], *, name: str) -> Task:
        """Begin to run something by itself."""

    def current_task(self) -> Task | None:
        """Return what runs now."""


class Watch:
    """The conditions that tests wait for; each change of the PBX evaluates them."""

    def __init__(self) -> None:
        """Start without any condition."""
        self._waiting: set[tuple[Callable[[], bool], asyncio.Future[None]]] = set()

    def changed(self) -> None:
        """Evaluate all conditions; those that are true are no longer waited for."""
        for predicate, future in list(self._waiting):
            if not future.done() and predicate():
                future.set_result(None)

    async def until(self, predicate: Callable[[], bool], timeout: float) -> None:
        """Wait for a condition; it is evaluated after every change.

        Raises:
            TimeoutError: It did not become true within `timeout` seconds of real time.
        """
        if predicate():
            return
        entry = (predicate, asyncio.get_running_loop().create_future())
        self._waiting.add(entry)
        try:
            async with asyncio.timeout(timeout):
                await entry[1]
        finally:
            self._waiting.discard(entry)
