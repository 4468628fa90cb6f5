"""The last exchanges with the PBX, kept so that a user can show what a real PBX says."""

from collections import deque
from collections.abc import Iterator
from dataclasses import field, replace
import json
from typing import TypeIs

from ..model.values import value

MAX_BODY = 4096


@value
class Exchange:
    """One request with its answer, or one report.

    Attributes:
        time: when it began, seconds since the epoch, UTC.
        direction: "request" for what we asked, "report" for what the PBX sent by itself.
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


type _Report = tuple[float, bytes]
"""When a report came, and the beginning of its body."""


class Trace:
    """A ring of the last exchanges. Recording is cheap: masking waits until somebody looks."""

    def __init__(self, limit: int = 200) -> None:
        """Keep at most `limit` exchanges."""
        self._entries: deque[Exchange | _Report] = deque(maxlen=limit)

    def __len__(self) -> int:
        """Return how many exchanges are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Exchange]:
        """Return the exchanges, oldest first, unmasked: users see them by `dump` alone."""
        return iter([_exchange(entry) for entry in self._entries])

    def copy(self) -> "Trace":
        """Return the exchanges of this moment, to be masked in another thread."""
        copied = Trace()
        copied._entries = self._entries.copy()
        return copied

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange. Of each body its first 4 KiB are kept; a JSON value becomes text."""
        request, response = _kept(exchange.request), _kept(exchange.response)
        if request is not exchange.request or response is not exchange.response:
            exchange = replace(exchange, request=request, response=response)
        self._entries.append(exchange)

    def record_report(self, body: bytes, at: float) -> None:
        """Keep a report, as cheaply as can be: busy PBXes send many, and few are ever looked at.

        Args:
            body: as it came; its first 4 KiB are kept.
            at: when it came, seconds since the epoch, UTC.
        """
        self._entries.append((at, body[: MAX_BODY + 1]))


def _exchange(entry: Exchange | _Report) -> Exchange:
    if isinstance(entry, Exchange):
        return entry
    at, body = entry
    return Exchange(time=at, direction="report", path="", request=body)


def _kept(body: object) -> object:
    """Return the beginning of a body, and one more byte or character where there was more."""
    if body is not None and not isinstance(body, bytes | str):
        body = json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=str)
    return body[: MAX_BODY + 1] if is_cut(body) else body


def is_cut(body: object) -> TypeIs[bytes | str]:
    """Return whether more of a body came than is kept."""
    return isinstance(body, bytes | str) and len(body) > MAX_BODY
