"""Listening: the port of an API, its TLS, and a port beside it that redirects there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
import ssl

from aiohttp import web

from pbx_simulator.statistics import Statistics

from .connections import RawAnswer, Server, response_head

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class HttpServer:
    """The HTTP server of one PBX; it can go away and come back on the same port."""

    def __init__(
        self,
        *,
        handle: Handler,
        statistics: Statistics,
        changed: Callable[[], None],
        redirect_port: int | None,
    ) -> None:
        """Make a server that listens after `start`.

        Args:
            handle: Answers every request that nothing mounted answers.
            statistics: Counts those requests.
            changed: Called after each of them.
            redirect_port: With TLS, a plain port (0 = any free one) that redirects to this server.
        """
        self._handle = handle
        self._statistics = statistics
        self._changed = changed
        self._wanted_redirect_port = redirect_port
        self._mounted: dict[str, Handler] = {}
        self._listening: list[tuple[Server, asyncio.Server]] = []
        self._host = ""
        self.port = 0
        self.redirect_port = 0

    def mount(self, prefix: str, handle: Handler) -> None:
        """Let requests below a path be answered by another handler, uncounted."""
        self._mounted[prefix] = handle

    async def start(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Listen on `port`, or on any free one if it is 0.

        Raises:
            OSError: The port is in use.
        """
        self._host = host
        self.port = await self._listen(self._dispatch, host, port, context)
        wanted = self.redirect_port or self._wanted_redirect_port
        if context and wanted is not None:
            self.redirect_port = await self._listen(self._redirect, host, wanted, None)

    async def _listen(
        self, handler: Handler, host: str, port: int, context: ssl.SSLContext | None
    ) -> int:
        server = Server(handler, handler_cancellation=True)
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(server, host, port, ssl=context, reuse_address=True)
        self._listening.append((server, listening))
        bound: int = listening.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Refuse connections and cut those that exist."""
        for server, listening in self._listening:
            listening.close()
            for connection in server.connections:
                if connection.transport:
                    connection.transport.abort()
            await server.shutdown(0)
            await listening.wait_closed()
        self._listening.clear()

    async def _redirect(self, request: web.BaseRequest) -> web.StreamResponse:
        host = (request.host or "").partition(":")[0] or self._host
        location = f"Location: https://{host}:{self.port}{request.path_qs}"
        return RawAnswer(response_head(302, [location], b""))

    async def _dispatch(self, request: web.BaseRequest) -> web.StreamResponse:
        for prefix, handle in self._mounted.items():
            if request.path.rstrip("/").startswith(prefix):
                return await handle(request)
        self._statistics.request_begins()
        try:
            return await self._handle(request)
        finally:
            self._statistics.request_ends()
            self._changed()
