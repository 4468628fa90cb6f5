"""The load: reports over raw sockets, so many at a time that Home Assistant never waits for one.

A sender costs a few microseconds a report, Home Assistant a hundred and more: with one core each it
is always behind.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import lcm
import socket
import time
from typing import Protocol

from .errors import BenchmarkError
from .requests import CONNECTIONS

DEPTH = 16
WINDOW = 24  # fresh connections open at a time
PATIENCE = 60  # seconds for one answer
NAP = 0.0005  # seconds between two looks for answers
OK = b"HTTP/1.1 200 OK\r\n"
END = b"\r\n\r\n"


class Sends(Protocol):
    """What a round asks of any load."""

    def send(self, reports: int) -> float:
        """Send reports and wait until all are taken; return the seconds that it took."""

    def round_up(self, reports: float) -> int:
        """Return the next number of reports that can be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Reports for one receiver.

    Attributes:
        port: where they are sent on 127.0.0.1.
        lines: endless requests, in order, for each connection.
        fresh: whether each report has a connection of its own.
        depth: requests under way on each connection.
        burst: reports that belong together.
    """

    port: int
    lines: Sequence[Iterator[bytes]]
    fresh: bool = False
    depth: int = DEPTH
    burst: int = 1

    def send(self, reports: int) -> float:
        """Send reports and wait for all answers; return the seconds that it took.

        Raises:
            BenchmarkError: an answer was not 200, or did not come.
        """
        started = time.perf_counter()
        try:
            if self.fresh:
                self._send_fresh(reports)
            else:
                self._send_pipelined(reports)
        except OSError as error:
            raise BenchmarkError(f"The load failed: {error or type(error).__name__}") from error
        return time.perf_counter() - started

    def round_up(self, reports: float) -> int:
        """Return the next number of reports that fills all connections alike, in full bursts."""
        step = lcm(CONNECTIONS * self.depth, self.burst)
        return max(step, -int(-reports // step) * step)

    def _send_pipelined(self, reports: int) -> None:
        waiting: deque[tuple[socket.socket, Iterator[bytes]]] = deque()
        sockets = [self._connect() for _ in self.lines]
        unsent = reports // self.depth
        try:
            for connection, line in zip(sockets, self.lines, strict=True):
                connection.sendall(b"".join(next(line) for _ in range(self.depth)))
                waiting.append((connection, line))
                unsent -= 1
            while waiting:
                connection, line = waiting.popleft()
                _read_answers(connection, self.depth)
                if unsent > 0:
                    connection.sendall(b"".join(next(line) for _ in range(self.depth)))
                    waiting.append((connection, line))
                    unsent -= 1
        finally:
            for connection in sockets:
                connection.close()

    def _send_fresh(self, reports: int) -> None:
        waiting: deque[socket.socket] = deque()
        lines = cycle(self.lines)
        try:
            for _ in range(reports):
                if len(waiting) == WINDOW:
                    _read_last_answer(waiting.popleft())
                connection = self._connect()
                waiting.append(connection)
                connection.sendall(next(next(lines)))
            while waiting:
                _read_last_answer(waiting.popleft())
        finally:
            for connection in waiting:
                connection.close()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _read_answers(connection: socket.socket, count: int) -> None:
    """Read answers without a body until there are so many.

    Looks now and then instead of waiting in the kernel: to wake somebody who waits for an answer
    costs its sender several microseconds, which a PBX on the network does not cost, and it costs
    slow cases more often than fast ones.
    """
    received = b""
    deadline = time.monotonic() + PATIENCE
    while received.count(END) < count:
        try:
            chunk = connection.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise BenchmarkError("Home Assistant does not answer") from None
            time.sleep(NAP)
            continue
        if not chunk:
            answered = received.count(END)
            raise BenchmarkError(
                f"Home Assistant hung up after {answered} of {count} answers: {received[-300:]!r}"
            )
        received += chunk
    if received.count(OK) != count:
        raise BenchmarkError(f"Home Assistant refused a report: {received[:300]!r}")


def _read_last_answer(connection: socket.socket) -> None:
    """Read one answer and the end of the connection."""
    received = b""
    with connection:
        while chunk := connection.recv(65536):
            received += chunk
    if not received.startswith(OK):
        raise BenchmarkError(f"A report was refused: {received[:300]!r}")
