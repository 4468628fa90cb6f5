"""Collects reports that arrive together, so that all are answered before one is parsed."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from homeassistant.core import callback

from .receiver import Body

PATIENCE: Final = 0.01
"""Seconds for which a burst is collected at most; nobody notices, and a hundred reports come."""


class ReportQueue:
    """Bodies that wait for the next iteration of the event loop; those of a burst for its end.

    A PBX sends many at once. In a batch they need a third less time than with a web request
    between any two of them, since code and data stay in the processor's cache.
    """

    def __init__(self, receive: Callable[[Sequence[Body]], None]) -> None:
        """Start empty.

        Args:
            receive: receives bodies that arrived together; never raises.
        """
        self._receive = receive
        self._waiting: list[Body] = []
        self._seen = 0  # how many waited in the last iteration
        self._until = 0.0  # by the clock of the event loop
        self._scheduled: asyncio.Handle | None = None

    @callback
    def put(self, body: bytes, source: str) -> None:
        """Pass a body on in the next iteration, or when no more follow it.

        Args:
            body: as it arrived; one of more than 64 KiB is cut, and refused when it is parsed.
        """
        self._waiting.append((body, source))
        if self._scheduled is None:
            self._until = asyncio.get_running_loop().time() + PATIENCE
            self._schedule()

    @callback
    def close(self) -> None:
        """Drop the waiting bodies."""
        self._waiting.clear()
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None

    def _schedule(self) -> None:
        self._seen = len(self._waiting)
        self._scheduled = asyncio.get_running_loop().call_soon(self._pass_on)

    @callback
    def _pass_on(self) -> None:
        if len(self._waiting) > self._seen and asyncio.get_running_loop().time() < self._until:
            self._schedule()  # it is a burst
            return
        self._scheduled = None
        waiting, self._waiting = self._waiting, []
        self._receive(waiting)
