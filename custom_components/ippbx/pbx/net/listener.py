"""Plain-HTTP report listener, for PBXes that a strict web server cannot serve."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass
import logging
from typing import cast, override

from ..model.values import value
from .http_request import Request, RequestError, RequestReader

_LOGGER = logging.getLogger(__name__)

MAX_CONNECTIONS = 64  # beyond them the one that was silent longest gives way ...
GRACE = 1.0  # ... if it was silent for so many seconds: a burst of reports loses none
MAX_BURST = 512  # connections beyond which nobody has a grace
MAX_HELD = 4 * 1024 * 1024  # bytes of incomplete requests, all connections together
_BACKLOG = 1024
SENDER_TIMEOUT = 5.0  # seconds from connection to complete request
_MAX_DISCARDED = 1024 * 1024

_ANSWER_BODY = b'{"status":"Success"}'
_ANSWER_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(_ANSWER_BODY)
)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@value
class ListenedReport:
    """A request as it was received.

    Attributes:
        path: target with exactly one leading slash and no query; "/" where it was empty.
        source: address of the sender; an IPv4-mapped one is unwrapped.
    """

    path: str
    body: bytes
    source: str


@dataclass(slots=True, kw_only=True)
class ListenerCounts:
    """What became of connections, for diagnostics.

    Attributes:
        reports: handed to the handler.
        ignored: answered without a report: GET, HEAD, an empty body.
        too_large: head or body beyond the limit.
        malformed: no HTTP.
        timed_out: no complete request within 5 s.
        incomplete: closed before the request was complete.
        evicted: gave way to newer connections.
        tls_attempts: spoke TLS.
        handler_errors: the handler raised.
    """

    reports: int = 0
    ignored: int = 0
    too_large: int = 0
    malformed: int = 0
    timed_out: int = 0
    incomplete: int = 0
    evicted: int = 0
    tls_attempts: int = 0
    handler_errors: int = 0

    def add(self, name: str) -> None:
        """Count one more."""
        setattr(self, name, getattr(self, name) + 1)


class ReportListener:
    """Receives reports on a port of its own and hands each to a handler, which must be quick.

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

    def admit(self, sender: "Sender") -> None:
        """Add a new connection, or put one that was heard at the end of the line."""
        if self._server is None:
            sender.drop()
            return
        self._senders.pop(sender, None)
        self._senders[sender] = None
        while self._is_crowded(sender.heard):
            next(iter(self._senders)).give_way()

    def forget(self, sender: "Sender") -> None:
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


class Sender(asyncio.Protocol):
    """One connection: reads a request, answers it, goes. One timer ends it, whatever happens.

    Attributes:
        heard: loop time of the last sign of life, seconds.
    """

    def __init__(self, listener: "ReportListener") -> None:
        """Wait for the connection."""
        self.heard = 0.0
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._reader: RequestReader | None = RequestReader()  # None once answered or given up
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held = 0
        self._discarded = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the line."""
        self._transport = cast("asyncio.Transport", transport)
        self._timer = self._loop.call_later(SENDER_TIMEOUT, self._time_out)
        self._admit()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._release()

    @override
    def data_received(self, data: bytes) -> None:
        """Read on; answer once the request is complete, or cannot be completed."""
        if self._reader is None:
            self._discard(data)
            return
        try:
            request = self._reader.feed(data)
        except RequestError as err:
            self._refuse(err.kind)
            return
        if request is not None:
            self._take(request)
            return
        if self._reader.expects_continue and self._transport is not None:
            self._reader.expects_continue = False
            self._transport.write(_CONTINUE)
        self._hold(self._reader.size)
        self._admit()

    @override
    def eof_received(self) -> bool:
        """Make the best of what came; the transport closes once the answer is written."""
        if self._reader is not None and self._reader.begun:
            if request := self._reader.finish():
                self._take(request)
            else:
                self._refuse("incomplete")
        return False

    def drop(self) -> None:
        """End the connection at once."""
        self._release()
        if self._transport is not None:
            self._transport.abort()

    def give_way(self) -> None:
        """End the connection in favour of newer ones."""
        if self._reader is not None:
            self._listener.counts.add("evicted")
        self.drop()

    def _time_out(self) -> None:
        if self._reader is not None:
            if request := self._reader.finish():
                self._take(request)
            else:
                self._listener.counts.add("timed_out")
        self._close()

    def _admit(self) -> None:
        self.heard = self._loop.time()
        self._listener.admit(self)

    def _release(self) -> None:
        """Give back what the connection holds: its place, its memory, its timer."""
        self._reader = None
        self._hold(0)
        self._listener.forget(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hold(self, size: int) -> None:
        self._listener.held += size - self._held
        self._held = size

    def _close(self) -> None:
        self._release()
        if self._transport is not None:
            self._transport.close()

    def _refuse(self, kind: str) -> None:
        self._listener.counts.add(kind)
        if kind == "tls_attempts":
            self.drop()
        else:
            self._answer()

    def _take(self, request: Request) -> None:
        if request.method in ("GET", "HEAD") or not request.body.strip():
            self._listener.counts.add("ignored")
        else:
            report = ListenedReport(path=request.path, body=request.body, source=self._source())
            self._listener.hand_over(report)
        self._answer(exact=request.exact, with_body=request.method != "HEAD")

    def _answer(self, *, exact: bool = False, with_body: bool = True) -> None:
        """Answer; unless nothing can follow (`exact`), wait for the sender to close.

        To close while bytes are on their way would reset the connection, and the PBX might never
        see the answer.
        """
        self._reader = None
        self._hold(0)
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(_ANSWER_HEAD + (_ANSWER_BODY if with_body else b""))
        if exact:
            self._close()
            return
        with contextlib.suppress(OSError):
            self._transport.write_eof()

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > _MAX_DISCARDED:
            self.drop()

    def _source(self) -> str:
        peer = self._transport.get_extra_info("peername") if self._transport else None
        return str(peer[0]) if peer else ""
