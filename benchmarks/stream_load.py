"""The load of the event stream.

Here the PBX does not ask for answers, so what was taken is counted at the far end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
import json
import socket
import time

from .errors import BenchmarkError
from .load import NAP, PATIENCE
from .pbx import SERIAL
from .requests import WORDS

PIECE = 64  # reports that are sent at once
LOOK = 10 * NAP  # seconds between two questions how many were taken


@dataclass(slots=True, kw_only=True)
class StreamLoad:
    """The event port of a PBX: it sends to the one Home Assistant that connects.

    Attributes:
        numbers: the extensions that report in turn, each time another status.
        taken: returns how many reports Home Assistant has taken so far.
    """

    numbers: tuple[str, ...]
    taken: Callable[[], int]
    _server: socket.socket = field(init=False)
    _stream: socket.socket | None = field(init=False, default=None)
    _reports: Iterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Listen, and write all reports beforehand."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE)
        self._reports = cycle([_report(number, word) for word in WORDS for number in self.numbers])

    @property
    def port(self) -> int:
        """Return the port that Home Assistant is to connect to."""
        port: int = self._server.getsockname()[1]
        return port

    def close(self) -> None:
        """Hang up."""
        if self._stream is not None:
            self._stream.close()
        self._server.close()

    def send(self, reports: int) -> float:
        """Send reports and wait until all are taken; return the seconds that it took.

        Raises:
            BenchmarkError: Home Assistant does not take them.
        """
        try:
            stream = self._stream = self._stream or self._accept()
            wanted, started = self.taken() + reports, time.perf_counter()
            for start in range(0, reports, PIECE):
                stream.sendall(b"".join(islice(self._reports, min(PIECE, reports - start))))
        except OSError as error:
            raise BenchmarkError(f"The load failed: {error or type(error).__name__}") from error
        while self.taken() < wanted:
            if time.perf_counter() - started > PATIENCE:
                raise BenchmarkError("Home Assistant does not take the reports")
            time.sleep(LOOK)
        return time.perf_counter() - started

    def round_up(self, reports: float) -> int:
        """Return the next number of reports that is sent in whole pieces."""
        return max(PIECE, -int(-reports // PIECE) * PIECE)

    def _accept(self) -> socket.socket:
        stream, _ = self._server.accept()
        stream.settimeout(PATIENCE)
        login = b""
        while b"\r\n\r\n" not in login:
            if not (piece := stream.recv(4096)):
                raise BenchmarkError(f"Home Assistant hung up instead of logging in: {login!r}")
            login += piece
        return stream


def _report(number: str, status: str) -> bytes:
    report = {"event": "ExtensionStatus", "extension": number, "status": status, "sn": SERIAL}
    return json.dumps(report, separators=(",", ":")).encode()
