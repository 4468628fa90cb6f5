"""The HTTP server's connections: the bytes of requests, and answers byte by byte."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import override

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

_HEAD_LIMIT = 16 * 1024


class Connection(web.RequestHandler):
    """A connection that remembers the head of its request."""

    __slots__ = ("raw",)

    raw: bytes

    @override
    def data_received(self, data: bytes) -> None:
        """Keep the bytes of the head and pass all on."""
        raw = getattr(self, "raw", b"")
        if len(raw) < _HEAD_LIMIT and b"\r\n\r\n" not in raw:
            self.raw = raw + data
        super().data_received(data)

    def pop_head(self) -> bytes:
        """Return request line and headers of the request, with the empty line behind them."""
        head, blank, _ = getattr(self, "raw", b"").partition(b"\r\n\r\n")
        self.raw = b""
        return head + blank


class Server(web.Server):
    """An HTTP server with connections of the kind above."""

    @override
    def __call__(self) -> Connection:
        """Make a connection."""
        return Connection(self, loop=self._loop, access_log=None)  # type: ignore[arg-type]


class RawAnswer(web.StreamResponse):
    """An answer whose bytes are given, head and all; the connection ends behind it.

    aiohttp adds headers of its own to every response, which the real boxes do not send.
    """

    def __init__(self, content: bytes) -> None:
        """Answer with these bytes; none at all cuts the connection."""
        super().__init__()
        self._content = content
        self.force_close()

    @override
    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write the bytes."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("The client has gone")
        if self._content:
            transport.write(self._content)
        else:
            transport.abort()
        return None

    @override
    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing more."""


def response_head(status: int, lines: Sequence[str], body: bytes | None) -> bytes:
    """Return a response's head; without a body the end of the connection ends it."""
    length = [] if body is None else [f"Content-Length: {len(body)}"]
    return "\r\n".join(
        [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *lines, *length, "", ""]
    ).encode()
