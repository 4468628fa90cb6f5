"""Requests as PBXes send them: HTTP with every liberty seen (pbx-api, "Delivery of reports").

An empty target, one without a slash, bare line feeds, a missing length, a blank in `Host`: all of
it is read. Parsing is pure; the listener owns sockets and time.
"""

import re
from typing import override

from ..model.events import MAX_BODY
from ..model.values import value
from .json_stream import BraceScanner, holds_object

MAX_HEAD = 16 * 1024

_TLS_HANDSHAKE = b"\x16"
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_AUTHORITY = re.compile(r"[A-Za-z]+://[^/?]*|[^/?]*:\d{1,5}(?=[/?]|$)")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\n]*)?\r?\n")
_MAX_CHUNK_LINE = 256


class RequestError(Exception):
    """The sender is beyond help.

    Attributes:
        kind: "too_large", "malformed" or "tls_attempts".
    """

    def __init__(self, kind: str) -> None:
        """Keep what is wrong."""
        super().__init__(kind)
        self.kind = kind


@value
class Request:
    """A complete request.

    Attributes:
        method: upper case.
        path: one leading slash, no query; "/" for an empty target.
        exact: nothing can follow, because the sender said where the body ends.
    """

    method: str
    path: str
    body: bytes
    exact: bool


class _Body:
    """What all ways to delimit a body share."""

    exact = False

    def __init__(self) -> None:
        self.content = bytearray()

    def feed(self, data: bytes) -> bool:
        """Feed bytes; return whether the body is complete."""
        raise NotImplementedError

    def _take(self, data: bytes) -> None:
        if len(self.content) + len(data) > MAX_BODY:
            raise RequestError("too_large")
        self.content += data


class _SizedBody(_Body):
    def __init__(self, size: int) -> None:
        super().__init__()
        if size > MAX_BODY:
            raise RequestError("too_large")
        self._size = size

    @override
    def feed(self, data: bytes) -> bool:
        missing = self._size - len(self.content)
        self._take(data[:missing])
        self.exact = len(data) == missing
        return len(data) >= missing


class _OpenBody(_Body):
    """A body of unknown length: complete with its object, or when the sender closes."""

    def __init__(self) -> None:
        super().__init__()
        self._scanner = BraceScanner()

    @override
    def feed(self, data: bytes) -> bool:
        end = self._scanner.feed(data)
        self._take(data if end is None else data[:end])
        return end is not None


class _ChunkedBody(_Body):
    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()
        self._left = 0  # bytes of the chunk that are still to come

    @override
    def feed(self, data: bytes) -> bool:
        self._pending += data
        while self._pending:
            if self._left:
                piece = bytes(self._pending[: self._left])
                self._take(piece)
                del self._pending[: len(piece)]
                self._left -= len(piece)
            elif (size := self._next_size()) is None:
                return False
            elif size == 0:
                return True
            else:
                self._left = size
        return False

    def _next_size(self) -> int | None:
        start = 2 if self._pending.startswith(b"\r\n") else self._pending.startswith(b"\n")
        match = _CHUNK_SIZE.match(self._pending, start)
        if match is None:
            if b"\n" in self._pending[start:] or len(self._pending) > _MAX_CHUNK_LINE:
                raise RequestError("malformed")
            return None
        size = int(match[1], 16)  # before the buffer changes under the match
        del self._pending[: match.end()]
        return size


class RequestReader:
    """Reads one request from bytes that arrive piece by piece.

    Attributes:
        begun: a byte has arrived.
        expects_continue: the sender waits for "100 Continue" before it sends the body.
    """

    def __init__(self) -> None:
        """Wait for the head."""
        self._head = bytearray()
        self._method = ""
        self._path = ""
        self._body: _Body | None = None
        self.begun = False
        self.expects_continue = False

    @property
    def size(self) -> int:
        """Return how many bytes are held."""
        return len(self._head) + (len(self._body.content) if self._body else 0)

    def feed(self, data: bytes) -> Request | None:
        """Feed bytes; return the request when it is complete.

        Raises:
            RequestError: head or body too large, or no HTTP at all.
        """
        if not self.begun:
            if data.startswith(_TLS_HANDSHAKE):
                raise RequestError("tls_attempts")
            data = data.lstrip(b"\r\n")
            self.begun = bool(data)
        if self._body is None:
            rest = self._feed_head(data)
            if rest is None:
                return None
            self._body, data = rest
        return self._request(self._body) if self._body.feed(data) else None

    def finish(self) -> Request | None:
        """Return what can be made of a request that stopped early: its complete object, or None."""
        if self._body is None or not holds_object(bytes(self._body.content)):
            return None
        return self._request(self._body)

    def _request(self, body: _Body) -> Request:
        return Request(
            method=self._method, path=self._path, body=bytes(body.content), exact=body.exact
        )

    def _feed_head(self, data: bytes) -> tuple[_Body, bytes] | None:
        """Feed bytes of the head; return the body to read and what follows the head."""
        start = max(len(self._head) - 3, 0)
        self._head += data
        match = _HEAD_END.search(self._head, start)
        end = match.start() if match else len(self._head)
        if end > MAX_HEAD:
            raise RequestError("too_large")
        if match is None:
            return None
        head, rest = self._head[:end].decode("latin-1"), bytes(self._head[match.end() :])
        self._head.clear()
        line, *fields = head.split("\n")
        self._method, self._path = _request_line(line)
        headers = dict(_header(field) for field in fields)
        self.expects_continue = "100-continue" in headers.get("expect", "").lower()
        return _body_for(self._method, headers), rest


def _request_line(line: str) -> tuple[str, str]:
    """Return method and path. The target may be empty, and the version may come twice."""
    method, *words = line.split() or [""]
    if not method.isalpha() or not method.isascii():
        raise RequestError("malformed")
    target = words[0] if words and not words[0].upper().startswith("HTTP/") else ""
    if authority := _AUTHORITY.match(target):
        target = target[authority.end() :]
    return method.upper(), "/" + re.split(r"[?#]", target, maxsplit=1)[0].lstrip("/")


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _body_for(method: str, headers: dict[str, str]) -> _Body:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _ChunkedBody()
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        return _SizedBody(int(length[:10]))
    return _SizedBody(0) if method in ("GET", "HEAD") else _OpenBody()
