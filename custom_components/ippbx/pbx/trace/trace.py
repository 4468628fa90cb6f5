"""The last exchanges with the PBX, kept so that a user can show what a real PBX says."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
import json
import re
from typing import Any, TypeIs

from .masking import Masker

FORMAT = "ippbx-trace-1"
MAX_BODY = 4096

_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],]', re.DOTALL)
_CLOSERS = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True, kw_only=True)
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
        """Return the exchanges, oldest first, unmasked: for tests, never for a user's eyes."""
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
        """Keep a report, as cheaply as can be: busy PBXs send many, and few are ever looked at.

        Args:
            body: as it came; its first 4 KiB are kept.
            at: when it came, seconds since the epoch, UTC.
        """
        self._entries.append((at, body[: MAX_BODY + 1]))

    def masked(self) -> list[dict[str, Any]]:
        """Return the exchanges without numbers, names, secrets and addresses, oldest first.

        `body` and `answer` are JSON values. Where the body was no plain JSON (duplicate keys, or
        not well-formed), its masked text stands beside it in `raw` (`raw_answer`); where it was
        longer than what is kept, `body_cut` (`answer_cut`) is true.
        """
        entries = tuple(self)
        texts = [_text(body) for entry in entries for body in (entry.request, entry.response)]
        masker = Masker([*texts, *(entry.path for entry in entries)])
        return [_masked(entry, masker) for entry in entries]

    def dump(self, dialect: str) -> dict[str, Any]:
        """Return what diagnostics show and what the simulator plays back."""
        return {"format": FORMAT, "dialect": dialect, "entries": self.masked()}


def _exchange(entry: Exchange | _Report) -> Exchange:
    if isinstance(entry, Exchange):
        return entry
    at, body = entry
    return Exchange(time=at, direction="report", path="", request=body)


def _masked(entry: Exchange, masker: Masker) -> dict[str, Any]:
    path = entry.path.partition("?")[0]
    return {
        "time": round(entry.time, 3),
        "direction": entry.direction,
        "path": path if entry.direction == "request" else masker.words(path),
        "errno": entry.errno,
        "duration": None if entry.duration is None else round(entry.duration, 3),
        **_masked_body(entry.request, masker, "body", "raw"),
        **_masked_body(entry.response, masker, "answer", "raw_answer"),
    }


def _masked_body(body: object, masker: Masker, name: str, raw_name: str) -> dict[str, Any]:
    text = _text(body)
    if not text:
        return {name: None}
    masked = masker.json_text(text)
    try:
        if _is_cut(body):
            return {name: json.loads(_closed(masked)), f"{name}_cut": True}
        duplicates: list[str] = []
        value = json.loads(masked, object_pairs_hook=lambda pairs: _object(pairs, duplicates))
    except (ValueError, RecursionError):
        return {name: None, raw_name: masked}
    return {name: value, raw_name: masked} if duplicates else {name: value}


def _object(pairs: list[tuple[str, Any]], duplicates: list[str]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        duplicates.append("")
    return value


def _closed(text: str) -> str:
    """Return JSON whose end is missing, up to its last whole item, with all brackets closed."""
    open_brackets: list[str] = []
    end, closing = 0, ""
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark in _CLOSERS:
            open_brackets.append(_CLOSERS[mark])
        elif mark in ("}", "]") and open_brackets:
            open_brackets.pop()
        elif mark == ",":
            end, closing = match.start(), "".join(reversed(open_brackets))
    return text[:end] + closing if end else text


def _kept(body: object) -> object:
    """Return the beginning of a body, and one more byte or character where there was more."""
    if body is not None and not isinstance(body, bytes | str):
        body = json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=str)
    return body[: MAX_BODY + 1] if _is_cut(body) else body


def _is_cut(body: object) -> TypeIs[bytes | str]:
    return isinstance(body, bytes | str) and len(body) > MAX_BODY


def _text(body: object) -> str:
    kept = body[:MAX_BODY] if isinstance(body, bytes | str) else ""
    return kept.decode("utf-8-sig", "replace") if isinstance(kept, bytes) else kept
