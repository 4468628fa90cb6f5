"""The last exchanges with the PBX, kept so that a user can show what a real PBX says."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

MAX_BODY = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with its answer, or one report.

    Attributes:
        time: when it began, seconds since the epoch, UTC.
        direction: "request" for what we asked, "report" for what the PBX told unasked.
        path: endpoint or report path; a query (the token) is never shown.
        errno: error number of the answer, 0 for success, None where there was none.
        duration: seconds until the answer was complete; None for a report.
        request: body of the request or report as sent: bytes, text, or a JSON value.
        response: body of the answer, likewise.
    """

    time: float
    direction: str
    path: str
    errno: int | None = None
    duration: float | None = None
    request: object | None = field(default=None, repr=False)
    response: object | None = field(default=None, repr=False)


class Trace:
    """A ring of the last exchanges. Recording is cheap: masking waits until somebody looks."""

    def __init__(self, limit: int = 200) -> None:
        """Keep at most `limit` exchanges."""
        self._entries: deque[Exchange] = deque(maxlen=limit)

    def __len__(self) -> int:
        """Return how many exchanges are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Exchange]:
        """Return the exchanges, oldest first, unmasked: for tests, never for a user's eyes."""
        return iter(tuple(self._entries))

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange; bodies are cut at 4 KiB."""
        request, response = _short(exchange.request), _short(exchange.response)
        if request is not exchange.request or response is not exchange.response:
            exchange = replace(exchange, request=request, response=response)
        self._entries.append(exchange)


def _short(body: object) -> object:
    if isinstance(body, bytes | str) and len(body) > MAX_BODY:
        return body[:MAX_BODY]
    return body
