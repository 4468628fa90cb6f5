"""Listening: the API's port, its TLS, and a port beside it that redirects there."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from aiohttp import web

from pbx_simulator.families.uc import faults
from pbx_simulator.families.uc.endpoints.endpoint import Download
from pbx_simulator.families.uc.router import Api, encode
from pbx_simulator.traffic import Request

from .connections import Connection, RawAnswer, Server

if TYPE_CHECKING:
    from pbx_simulator.console.control import Control
    from pbx_simulator.simulator import Simulator

_NO_ENDPOINT = b'{"status":"Failed","errno":"10003"}'


class ApiServer:
    """The HTTP server of one simulated PBX; it can go away and come back on the same port."""

    def __init__(self, pbx: Simulator, control: Control) -> None:
        """Serve this PBX."""
        self._pbx = pbx
        self._control = control
        self._api = Api(pbx)
        self._listening: list[tuple[Server, asyncio.Server]] = []
        self.port = 0
        self.redirect_port = 0

    async def start(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Listen on `port`, or on any free one if it is 0.

        Raises:
            OSError: The port is taken.
        """
        self.port = await self._listen(self._handle, host, port, context)
        wanted = self.redirect_port or self._pbx.config.redirect_port
        if context and wanted is not None:
            self.redirect_port = await self._listen(self._redirect, host, wanted, None)

    async def _listen(
        self,
        handler: web.RequestHandler | object,
        host: str,
        port: int,
        context: ssl.SSLContext | None,
    ) -> int:
        server = Server(handler, handler_cancellation=True)  # type: ignore[arg-type]
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
        host = (request.host or "").partition(":")[0] or self._pbx.host
        location = f"Location: https://{host}:{self.port}{request.path_qs}"
        return RawAnswer(faults.head(302, [location], b""))

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.rstrip("/").startswith("/simulator"):
            return await self._control.handle(request)
        statistics = self._pbx.statistics
        statistics.request_begins()
        try:
            return await self._handle_api(request)
        finally:
            statistics.request_ends()
            self._pbx.changed()

    async def _handle_api(self, request: web.BaseRequest) -> web.StreamResponse:
        pbx, knobs = self._pbx, self._pbx.knobs
        record = await self._record(request)
        faulty = faults.applies(knobs, record.endpoint)
        if knobs.answer_delay and faulty:
            await pbx.sleep(knobs.answer_delay)
        if knobs.hang and faulty:
            await asyncio.Event().wait()
        if faulty and (answer := faults.substitute(knobs, pbx.dialect)) is not None:
            return RawAnswer(answer)
        if not record.endpoint:
            record.errno = "10003"
            return RawAnswer(self._proper(_NO_ENDPOINT))
        result = await self._api.answer(record, request.method, request.query)
        if isinstance(result, Download):
            return RawAnswer(self._proper(encode(result), result.content_type))
        return RawAnswer(self._proper(encode(result), whole=not (knobs.half_answers and faulty)))

    def _proper(
        self, body: bytes, content_type: str = "application/json", *, whole: bool = True
    ) -> bytes:
        return faults.proper(body, content_type, self._pbx.knobs, self._pbx.dialect, whole=whole)

    async def _record(self, request: web.BaseRequest) -> Request:
        connection = request.protocol
        version, endpoint = self._api.split(request.path) or ("", "")
        record = Request(
            time=self._pbx.clock(),
            raw_head=connection.take_head() if isinstance(connection, Connection) else b"",
            body=await request.read(),
            endpoint=endpoint,
            version=version,
            source=request.remote or "",
        )
        self._pbx.requests.append(record)
        self._pbx.changed()
        return record
