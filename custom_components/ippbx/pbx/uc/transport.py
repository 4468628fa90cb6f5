"""One request over HTTP: bytes out, a decoded answer or a PbxError back."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
import json
from typing import override
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.payload import BytesPayload
from yarl import URL

from ..backend import Connection, OpenFile
from ..errors import PbxApiDisabledError, PbxError, PbxProtocolError, PbxWrongSchemeError
from ..model.values import value
from ..net.addresses import normalised
from ..net.http_errors import translated
from ..net.lenient_json import values_in
from ..net.login_guard import wall_clock
from ..net.tls import bare_host, expiry
from ..trace.trace import MAX_BODY, Exchange
from .decode import (
    Answer,
    Parts,
    answer_errno,
    decode_answer,
    public,
    raise_failure,
    without_secrets,
)
from .dialects import PATH_ROOT, TOKEN_KEY, Dialect, Endpoint

MAX_ANSWER = 4 * 1024 * 1024
MAX_FILE = 16 * 1024 * 1024
# What is longer, or has more values, is decoded in a thread: the event loop would stand still.
MAX_ON_LOOP = 256 * 1024
MAX_VALUES_ON_LOOP = 8192
# A longer answer is recorded as text, of which the trace keeps the beginning.
MAX_RECORDED = 64 * 1024
# So much is recorded of what is no answer: more than the trace keeps, which says so then.
MAX_TEXT = 2 * MAX_BODY

# How an answer begins that is no file but JSON or a web page, behind blanks and a BOM.
_NO_FILE = (b"{", b"[", b"<")
_BEGINNING = 4096
_BLANKS = b"\xef\xbb\xbf \t\r\n"

_PLAIN_CODINGS = {"", "identity"}
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Connection": "close",
    "Accept-Encoding": "identity",
}


class Transport:
    """Carries requests to one PBX, one connection for each (pbx-api, "Transport").

    Attributes:
        local_address: our address on the connection that was last written to; None before.
        peer_address: the address of the PBX on it.
        certificate_expires: when (UTC) its certificate expires; None where it was not checked.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        connection: Connection,
        *,
        timeout: float = 10,
        on_exchange: Callable[[Exchange], None] | None = None,
        now: Callable[[], float] = wall_clock,
    ) -> None:
        """Make a transport to a PBX; nothing is sent.

        Args:
            timeout: seconds for one request, the connection included.
            on_exchange: called with each request and its answer, without credentials and token.
            now: time in seconds since the epoch, UTC.
        """
        self._session = session
        self._connection = connection
        self._timeout = timeout
        self._on_exchange = on_exchange
        self._now = now
        self.local_address: str | None = None
        self.peer_address: str | None = None
        self.certificate_expires: datetime | None = None

    async def ask(
        self,
        dialect: Dialect,
        endpoint: Endpoint,
        body: Mapping[str, str] | None = None,
        *,
        token: str | None = None,
    ) -> Answer:
        """Send a request and return the answer of a success.

        Args:
            body: parameters; with none the body is empty.
            token: sent in the query; None sends no query at all.

        Raises:
            PbxError: one of its kinds, and nothing else.
        """
        path = f"{PATH_ROOT}/{dialect.version}/{endpoint.path}"
        began = self._now()
        found: _Found | None = None
        try:
            query = None if token is None else {TOKEN_KEY: token}
            found = await _find(*await self._request("POST", path, _encode(body), query))
            return found.success()
        except PbxError as error:
            error.endpoint = endpoint.path
            raise
        finally:
            self._record(began, path, body, found)

    async def download(self, dialect: Dialect, path: str, query: Mapping[str, str]) -> bytes:
        """Return the content of a file. Of its exchange nothing but the path is recorded.

        Raises:
            PbxError: one of its kinds, and nothing else.
        """
        path = f"{PATH_ROOT}/{dialect.version}/{path}"
        began = self._now()
        found: _Found | None = None
        try:
            status, content = await self._request("GET", path, b"", query, limit=MAX_FILE)
            if content[:_BEGINNING].lstrip(_BLANKS)[:1] in _NO_FILE:
                found = await _find(status, content[: MAX_ANSWER + 1], keep_text=False)
        finally:
            self._record(began, path, None, found)
        if found is not None:
            found.success()
        if found is not None or status != HTTPStatus.OK:
            raise PbxProtocolError("the answer is no file")
        return content

    @asynccontextmanager
    async def stream(
        self, dialect: Dialect, path: str, query: Mapping[str, str]
    ) -> AsyncGenerator[OpenFile]:
        """Open a file. Of its exchange only the path is recorded.

        Raises:
            PbxError: one of its kinds, and nothing else.
        """
        path = f"{PATH_ROOT}/{dialect.version}/{path}"
        began = self._now()
        found: _Found | None = None
        try:
            async with self._response("GET", path, b"", query, whole=False) as response:
                first = await response.content.readany()
                if response.status != HTTPStatus.OK or first.lstrip(_BLANKS)[:1] in _NO_FILE:
                    content = first + await _read(response.content, MAX_ANSWER)
                    found = await _find(response.status, content, keep_text=False)
                    found.success()
                    raise PbxProtocolError("the answer is no file")
                pieces = _pieces(first, response.content)
                yield OpenFile(size=response.content_length, pieces=pieces)
        finally:
            self._record(began, path, None, found)

    async def _request(
        self,
        method: str,
        path: str,
        body: bytes,
        query: Mapping[str, str] | None,
        *,
        limit: int = MAX_ANSWER,
    ) -> tuple[int, bytes]:
        """Return status and body of the HTTP answer."""
        async with self._response(method, path, body, query) as response:
            return response.status, await _read(response.content, limit)

    @asynccontextmanager
    async def _response(
        self,
        method: str,
        path: str,
        body: bytes,
        query: Mapping[str, str] | None,
        *,
        whole: bool = True,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Yield the HTTP answer, of which the head is read.

        Args:
            whole: whether the time for a request includes that for its body; else each piece of
                the body has as much.
        """
        pbx = self._connection
        try:
            url = URL.build(
                scheme="https" if pbx.tls else "http",
                host=bare_host(pbx.host),
                port=pbx.port,
                path=path,
            )
            if query:
                url = URL(f"{url}?{_query(query)}", encoded=True)
            async with (
                asyncio.timeout(self._timeout) as time,
                self._session.request(
                    method,
                    url,
                    data=_WatchedPayload(body, self._written),
                    headers=_HEADERS,
                    ssl=pbx.ssl,
                    allow_redirects=False,
                    raise_for_status=False,
                    auto_decompress=False,
                    timeout=aiohttp.ClientTimeout(
                        total=None, sock_read=None if whole else self._timeout
                    ),
                ) as response,
            ):
                _check_head(response)
                if not whole:
                    time.reschedule(None)
                yield response
        # The last three: the host is none, the port is none, the session is closed.
        except (aiohttp.ClientError, OSError, ValueError, OverflowError, RuntimeError) as err:
            # Their texts and those of their causes may hold the URL, and with it the token.
            raise translated(err, tls=pbx.tls) from None

    def _written(self, transport: asyncio.BaseTransport | None) -> None:
        """Keep both ends of the connection that a request goes out on."""
        if transport is None:  # the connection is lost already
            return
        if sockname := transport.get_extra_info("sockname"):
            self.local_address = normalised(str(sockname[0]))
        if peername := transport.get_extra_info("peername"):
            self.peer_address = normalised(str(peername[0]))
        if (connection := transport.get_extra_info("ssl_object")) is not None:
            self.certificate_expires = expiry(connection)

    def _record(
        self,
        began: float,
        path: str,
        body: Mapping[str, str] | None,
        found: "_Found | None",
    ) -> None:
        if self._on_exchange is None:
            return
        self._on_exchange(
            Exchange(
                time=began,
                direction="request",
                path=path,
                errno=None if found is None else found.errno,
                duration=self._now() - began,
                request=public(body) if body else None,
                response=None if found is None else found.recorded,
            )
        )


@value
class _Found:
    """What a body was found to be.

    Attributes:
        answer: the decoded answer; the error where it is none.
        recorded: what may be recorded of it.
    """

    answer: Answer | PbxError
    recorded: object

    @property
    def errno(self) -> int | None:
        """Return the error number of an answer, 0 for success."""
        return None if isinstance(self.answer, PbxError) else answer_errno(self.answer)

    def success(self) -> Answer:
        """Return the answer of a success.

        Raises:
            PbxError: it is a failure, or no answer.
        """
        if isinstance(self.answer, PbxError):
            raise self.answer
        raise_failure(self.answer)
        return self.answer


class _WatchedPayload(BytesPayload):
    """A body that takes hold of the connection it is written to: a response no longer knows it."""

    def __init__(
        self, value: bytes, on_write: Callable[[asyncio.BaseTransport | None], None]
    ) -> None:
        super().__init__(value)
        self._on_write = on_write

    @override
    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        self._on_write(getattr(writer, "transport", None))
        # The connection must not be kept for another request, even if the answer does not say so:
        # the PBX closes it, and a request that is sent meanwhile is lost.
        if isinstance(protocol := getattr(writer, "protocol", None), ResponseHandler):
            protocol.force_close()
        await super().write_with_length(writer, content_length)


def _query(query: Mapping[str, str]) -> str:
    """Return parameters with blanks as "%20": a small server may take a "+" for what it is."""
    return urlencode(query, quote_via=quote, safe=":")


def _encode(body: Mapping[str, str] | None) -> bytes:
    """Return one compact JSON object, as the PBXes themselves print it, or nothing."""
    if not body:
        return b""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _check_head(response: aiohttp.ClientResponse) -> None:
    """Refuse an answer by its head; none of its body is read then.

    Raises:
        PbxWrongSchemeError: a redirect, from http to https most likely.
        PbxApiDisabledError: nothing lives at this path.
        PbxProtocolError: the body is compressed, which nothing asked for: a bomb, perhaps.
    """
    if 300 <= response.status < 400:
        raise PbxWrongSchemeError("the port redirects to another address")
    codings = response.headers.getall(hdrs.CONTENT_ENCODING, ())
    if {coding.strip().lower() for coding in codings} <= _PLAIN_CODINGS:
        return
    if response.status == HTTPStatus.NOT_FOUND:
        raise PbxApiDisabledError(0)
    raise PbxProtocolError("the answer is compressed")


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    """Return the whole body.

    Raises:
        PbxProtocolError: it is longer than it can be, or an answer has more parts than are
            decoded. The rest is not read: what is held for a moment, the process might keep.
    """
    body = bytearray()
    parts = Parts()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            raise PbxProtocolError("the answer is too long")
        if limit == MAX_ANSWER:
            parts.count(chunk)
    return bytes(body)


async def _pieces(first: bytes, content: aiohttp.StreamReader) -> AsyncGenerator[bytes]:
    """Yield a body as it comes, of which the beginning was read."""
    yield first
    async for piece in content.iter_any():
        yield piece


async def _find(status: int, body: bytes, *, keep_text: bool = True) -> _Found:
    """Return what a body is; the event loop is free while much is decoded.

    Args:
        keep_text: whether to record the text of what is no answer.
    """
    if len(body) > MAX_ON_LOOP or values_in(body) > MAX_VALUES_ON_LOOP:
        return await asyncio.to_thread(_decoded, status, body, keep_text)
    return _decoded(status, body, keep_text)


def _decoded(status: int, body: bytes, keep_text: bool) -> _Found:
    """Return what a body is: a PBX answers with status 200 whatever it has to say."""
    try:
        answer = decode_answer(body)
    except PbxProtocolError as error:
        text = without_secrets(body[:MAX_TEXT].decode("utf-8", "replace")) if keep_text else ""
        gone = status == HTTPStatus.NOT_FOUND
        return _Found(answer=PbxApiDisabledError(0) if gone else error, recorded=text or None)
    shown = public(answer)
    return _Found(answer=answer, recorded=json.dumps(shown) if len(body) > MAX_RECORDED else shown)
