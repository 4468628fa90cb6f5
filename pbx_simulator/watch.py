"""Waiting for something to become true of a PBX, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Watch:
    """The conditions that somebody waits for; each change of the PBX looks at them."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: set[tuple[Callable[[], bool], asyncio.Future[None]]] = set()

    def changed(self) -> None:
        """Wake everybody whose condition is true by now."""
        for predicate, future in list(self._waiting):
            if not future.done() and predicate():
                future.set_result(None)

    async def until(self, predicate: Callable[[], bool], timeout: float) -> None:
        """Wait for a condition; it is looked at whenever something happens.

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
