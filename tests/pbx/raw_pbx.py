"""A PBX made of a bare socket: it keeps what arrives byte by byte and answers what it is told."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
import json
import re
import ssl
from typing import Any

type Answer = dict[str, Any] | bytes

OK = {"status": "Success"}


def failed(errno: int) -> dict[str, str]:
    """Return a failure with an error number as PBXes print it."""
    return {"status": "Failed", "errno": str(errno)}


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole HTTP answer without a length, as the PBX's old server gives it."""
    lines = [f"HTTP/1.1 {status}", *(f"{key}: {value}" for key, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Request:
    """One request as it was on the wire."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.decode().partition("\r\n")[0]

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode().strip().split("\r\n")[1:]
        return {key.lower(): value.strip() for key, _, value in (x.partition(":") for x in lines)}

    @property
    def version(self) -> str:
        return self.line.split("/")[2]

    @property
    def endpoint(self) -> str:
        return "/".join(self.line.split(" ")[1].partition("?")[0].split("/")[3:])

    @property
    def token(self) -> str | None:
        found = re.search(r"[?&]token=(\w*)[ &]", self.line)
        return found[1] if found else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RawPbx:
    """Answers each request with the next of the script, else by its endpoint.

    Tokens are checked as a PBX does; `forget` makes it lose them.
    """

    routes: dict[str, Answer | Callable[[Request], Answer]] = field(default_factory=dict)
    script: deque[Answer] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    port: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self.arrivals: asyncio.Queue[Request] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def forget(self) -> None:
        """Lose all tokens, as after a start."""
        self.tokens.clear()

    def asked(self, endpoint: str) -> list[Request]:
        return [request for request in self.requests if request.endpoint == endpoint]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.transport.abort() if task.cancelled() else writer.close()
            self._connections.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        request = Request(head, await reader.readexactly(int(length[1]) if length else 0))
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            answer = self._answer(request)
            self.arrivals.put_nowait(request)
            await self.open.wait()
        finally:
            self.in_flight -= 1
        if isinstance(answer, dict):
            answer = http(json.dumps(answer).encode())
        writer.write(answer)
        await writer.drain()

    def _answer(self, request: Request) -> Answer:
        if self.script:
            return self.script.popleft()
        if request.endpoint == "login":
            self.tokens.append(f"{len(self.asked('login')):032x}")
        elif request.token not in self.tokens:
            return failed(20004 if request.token else 20005)
        route = self.routes.get(request.endpoint, OK)
        if request.endpoint == "login" and route is OK:
            return {"status": "Success", "token": self.tokens[-1]}
        return route(request) if callable(route) else route
