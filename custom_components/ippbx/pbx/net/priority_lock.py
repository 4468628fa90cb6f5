"""A lock that lets one through at a time, the urgent before those that queue."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

_URGENT: ContextVar[bool] = ContextVar("ippbx_urgent", default=False)


@contextmanager
def priority() -> Generator[None]:
    """Mark what the current task does inside as urgent."""
    token = _URGENT.set(True)
    try:
        yield
    finally:
        _URGENT.reset(token)


class PriorityLock:
    """One at a time; first come, first served among the equally urgent."""

    def __init__(self) -> None:
        """Start free."""
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for the turn and keep it until the end of the block."""
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if not self._taken:
            self._taken = True
            return
        waiter = asyncio.get_running_loop().create_future()
        (self._urgent if _URGENT.get() else self._patient).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            # The turn may have been handed over in the very moment of the cancellation.
            if waiter.done() and not waiter.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Hand the turn straight to the next in line, so that nobody can slip in between."""
        for queue in (self._urgent, self._patient):
            while queue:
                waiter = queue.popleft()
                if not waiter.done():
                    waiter.set_result(None)
                    return
        self._taken = False
