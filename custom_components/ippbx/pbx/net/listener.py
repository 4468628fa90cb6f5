"""Plain-HTTP report listener, for PBXes that a strict web server cannot serve."""

import asyncio
from collections.abc import Callable
import logging

from .listener_connection import ListenedReport, ListenerCounts, Sender

__all__ = ["ListenedReport", "ListenerCounts", "ReportListener"]

_LOGGER = logging.getLogger(__name__)

MAX_CONNECTIONS = 64  # beyond them the one that was silent longest gives way ...
GRACE = 1.0  # ... if it was silent for so many seconds: a burst of reports loses none
MAX_BURST = 512  # connections beyond which nobody has a grace
MAX_HELD = 4 * 1024 * 1024  # bytes of incomplete requests, all connections together
_BACKLOG = 1024


class ReportListener:
    """Takes reports on a port of its own and hands each to a handler, which must be quick.

    Every request is answered with 200, since anything else makes the PBX repeat it (pbx-api,
    "Delivery of reports"). Nothing that a sender does raises, and no sender holds up another.
    """

    def __init__(self, handler: Callable[[ListenedReport], None]) -> None:
        """Keep the handler; nothing listens yet."""
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._senders: dict[Sender, None] = {}  # the one silent longest comes first
        self.held = 0
        self.counts = ListenerCounts()

    @property
    def port(self) -> int | None:
        """Return the port that is listened on; None while nothing listens."""
        if self._server is None or not self._server.sockets:
            return None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        """Return how many connections are open."""
        return len(self._senders)

    async def start(self, host: str | None, port: int) -> None:
        """Listen on an address (None: all of them) and a port (0: any free one).

        Raises:
            OSError: the port is taken or the address is not ours.
            RuntimeError: it listens already.
        """
        if self._server is not None:
            raise RuntimeError("already listening")
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Sender(self), host, port, backlog=_BACKLOG
        )

    async def stop(self) -> None:
        """Stop listening and drop all connections; no timer or task is left."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for sender in list(self._senders):
            sender.drop()
        await server.wait_closed()

    def admit(self, sender: Sender) -> None:
        """Add a new connection, or put one that was heard at the end of the line."""
        if self._server is None:
            sender.drop()
            return
        self._senders.pop(sender, None)
        self._senders[sender] = None
        while self._is_crowded(sender.heard):
            next(iter(self._senders)).give_way()

    def forget(self, sender: Sender) -> None:
        """Remove a connection from the line."""
        self._senders.pop(sender, None)

    def hand_over(self, report: ListenedReport) -> None:
        """Give a report to the handler, whatever the handler does."""
        self.counts.add("reports")
        try:
            self._handler(report)
        except Exception:
            self.counts.add("handler_errors")
            _LOGGER.debug("The handler of a report failed", exc_info=True)

    def _is_crowded(self, now: float) -> bool:
        if len(self._senders) <= 1:
            return False
        if len(self._senders) > MAX_BURST or self.held > MAX_HELD:
            return True
        oldest = next(iter(self._senders))
        return len(self._senders) > MAX_CONNECTIONS and now - oldest.heard >= GRACE
