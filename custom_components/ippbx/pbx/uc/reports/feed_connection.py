"""One connection to the events of a PBX: login, and the objects that follow."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass
import logging
import math
import os
import socket
from typing import Self

from ...errors import PbxConnectionError, PbxDisconnectedError, PbxTimeoutError
from ...net.json_stream import JsonSplitter
from .feed_login import FeedLogin, is_accepted_by_text, is_answer

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0  # seconds
ANSWER_WINDOW = 5.0  # seconds after the login in which a refusal comes; silence is consent
OBJECT_TIMEOUT = 10.0  # seconds that an object may take: one with a quote too few never ends
_CHUNK = 8192  # bytes that are taken at once: a flood must not hold up everything else
_GREETING = 4096  # bytes of text before the first object that are looked at

# A peer without power says nothing; the system asks it and ends the connection after a minute.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


@dataclass(slots=True, kw_only=True)
class FeedCounts:
    """Attempts, and what came of them.

    Attributes:
        tries: connections that were asked for.
        logins: logins that were sent.
        ends: connections that worked and ended.
        objects: JSON objects that were handed over.
        dropped: objects that were too long or did not end.
        skipped: bytes between objects.
    """

    tries: int = 0
    logins: int = 0
    ends: int = 0
    objects: int = 0
    dropped: int = 0
    skipped: int = 0


class FeedConnection:
    """A connection that is open, and what it has shown so far.

    Attributes:
        accepted: whether the PBX has accepted the login: it said so, sent a report, or did not
            refuse in time.
        peer: address of the far end.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        counts: FeedCounts,
        receive: Callable[[bytes, str], None],
        on_accepted: Callable[[], None],
    ) -> None:
        """Wrap a connection; see `open`."""
        self.accepted = False
        self.peer: str = writer.get_extra_info("peername")[0]
        self._reader = reader
        self._writer = writer
        self._counts = counts
        self._receive = receive
        self._on_accepted = on_accepted
        self._splitter = JsonSplitter()
        self._greeting = b""
        self._object_began = math.inf

    @classmethod
    async def open(
        cls,
        login: FeedLogin,
        counts: FeedCounts,
        receive: Callable[[bytes, str], None],
        on_accepted: Callable[[], None],
    ) -> Self:
        """Connect; nothing is sent yet.

        Args:
            receive: receives each object and the address that it came from.
            on_accepted: called when the PBX has accepted the login.

        Raises:
            PbxConnectionError: it cannot be reached.
        """
        counts.tries += 1
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_connection(login.host, login.port)
        except TimeoutError:
            raise PbxTimeoutError("no connection in time") from None
        except (OSError, UnicodeError) as error:
            raise PbxConnectionError(_reason(error)) from None
        if writer.get_extra_info("peername") is None:
            writer.close()
            raise PbxConnectionError("the connection was lost at once")
        _keep_alive(writer.get_extra_info("socket"))
        return cls(reader, writer, counts, receive, on_accepted)

    async def follow(self, request: bytes) -> None:
        """Log in and hand over what comes, until the stream ends, which always raises.

        Raises:
            PbxDisconnectedError: the stream ended.
            PbxAuthError: the PBX refuses the login.
            PbxRequestError: it answers the login with another error.
        """
        self._counts.logins += 1
        try:
            self._writer.write(request)
            await self._read()
        except OSError as error:
            raise PbxDisconnectedError(_reason(error)) from None
        raise PbxDisconnectedError("the PBX ended the stream")

    def close(self, *, at_once: bool = False) -> None:
        """End the connection; `at_once` for one that nobody answers on."""
        if at_once:
            self._writer.transport.abort()
        else:
            self._writer.close()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        answer_due = loop.time() + ANSWER_WINDOW
        while True:
            try:
                async with asyncio.timeout_at(None if self.accepted else answer_due) as window:
                    data = await self._reader.read(_CHUNK)
            except TimeoutError:
                if not window.expired():
                    raise  # the system's: the far end is gone
                self._accept()
                continue
            if not data:
                return
            self._feed(data, loop.time())
            await asyncio.sleep(0)

    def _feed(self, data: bytes, now: float) -> None:
        if not self.accepted:
            self._hear(data)
        splitter = self._splitter
        if now - self._object_began > OBJECT_TIMEOUT:
            splitter.reset()
        was_inside = splitter.inside
        objects = splitter.feed(data)
        self._count()
        if not splitter.inside:
            self._object_began = math.inf
        elif objects or not was_inside:
            self._object_began = now
        for body in objects:
            if self.accepted or not is_answer(body):
                self._hand_over(body)
            self._accept()

    def _hear(self, data: bytes) -> None:
        """Listen to lines before the first object, which may say how the login fared."""
        if b"{" in self._greeting or len(self._greeting) >= _GREETING:
            return
        self._greeting += data[:_GREETING]
        if is_accepted_by_text(self._greeting.partition(b"{")[0]):
            self._accept()

    def _hand_over(self, body: bytes) -> None:
        self._accept()
        self._counts.objects += 1
        try:
            self._receive(body, self.peer)
        except Exception:
            _LOGGER.debug("The handler of a report failed", exc_info=True)

    def _accept(self) -> None:
        if not self.accepted:
            self.accepted = True
            self._on_accepted()

    def _count(self) -> None:
        splitter, counts = self._splitter, self._counts
        counts.dropped += splitter.dropped
        counts.skipped += splitter.skipped
        splitter.dropped = splitter.skipped = 0


def _reason(error: Exception) -> str:
    """Return what the system says of a failure; what Python adds to it holds addresses."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return "the name is not known"
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else type(error).__name__


def _keep_alive(sock: socket.socket) -> None:
    """Let the system find out that the far end is gone; what it cannot set stays as it is."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
