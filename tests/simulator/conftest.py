"""A simulated PBX, a plain client for it and a receiver of its reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
import hashlib
import json
from typing import Any

import aiohttp
import pytest

from pbx_simulator import Simulator, SimulatorConfig

VERSIONS = {"openvox": "v0.0.1", "yeastar-v1": "v1.1.0", "yeastar-v2": "v2.0.0"}
FORMATS = {"openvox": "0.0.1", "yeastar-v1": "1.0.2", "yeastar-v2": "2.0.0"}
PASSWORD = hashlib.md5(b"Pa55word", usedforsecurity=False).hexdigest()


class Clock:
    """A clock that stands still until a test moves it; sleepers wake when it passes them."""

    def __init__(self) -> None:
        """Start on a day in 2026."""
        self.now = 1_790_000_000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        """Return epoch seconds."""
        return self.now

    @property
    def sleeping(self) -> int:
        """The number of sleepers."""
        return sum(not future.done() for _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved far enough."""
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    def move(self, seconds: float) -> None:
        """Move the clock and wake the sleepers that it passes."""
        self.now += seconds
        for due, future in self._sleepers:
            if due <= self.now and not future.done():
                future.set_result(None)


@dataclass
class Received:
    """One report as it stood on the wire."""

    head: bytes
    body: bytes
    source: str

    @property
    def line(self) -> bytes:
        """The request line."""
        return self.head.partition(b"\r\n")[0]

    @property
    def report(self) -> dict[str, Any]:
        """The body as JSON."""
        value: dict[str, Any] = json.loads(self.body)
        return value


@dataclass
class Receiver:
    """Receives reports on a raw socket and answers them."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    received: list[Received] = field(default_factory=list)
    server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port on which it listens."""
        assert self.server
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen."""
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Stop listening."""
        assert self.server
        self.server.close()
        await self.server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        body = b""
        while body.count(b"{") > body.count(b"}") or not body:
            body += await reader.read(4096)
        source = writer.get_extra_info("peername")[0]
        self.received.append(Received(head, body, source))
        writer.write(self.answer)
        writer.close()

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The reports so far."""
        return [received.report for received in self.received]

    def texts(self) -> list[str]:
        """Return the bodies so far, as text."""
        return [received.body.decode() for received in self.received]


class Client:
    """Sends requests to the PBX, as plainly as can be."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        """Send requests to this PBX."""
        self.sim = sim
        self.session = session
        self.version = VERSIONS[sim.config.dialect]
        self.token = ""

    def url(self, endpoint: str, version: str | None = None, token: str | None = None) -> str:
        """Return the address of an endpoint."""
        base = f"http://127.0.0.1:{self.sim.port}/api/{version or self.version}/{endpoint}"
        return base if token is None else f"{base}?token={token}"

    async def ask(
        self, endpoint: str, at: str | None = None, with_token: str | None = None, **params: Any
    ) -> dict[str, Any]:
        """POST to an endpoint with the current token."""
        url = self.url(endpoint, at, self.token if with_token is None else with_token)
        async with self.session.post(url, json=params or None) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer

    async def login(self, **params: Any) -> dict[str, Any]:
        """Log in; further parameters replace the usual ones."""
        asked = {
            "username": "api",
            "password": PASSWORD,
            "port": "8260",
            "version": FORMATS[self.sim.config.dialect],
            **params,
        }
        wanted = {key: value for key, value in asked.items() if value is not None}
        answer = await self.ask("login", with_token="", **wanted)
        self.token = answer.get("token", self.token)
        return answer

    async def login_for_reports(
        self, receiver: Receiver, path: str = "/hook", **params: Any
    ) -> None:
        """Log in and register the address of a receiver."""
        url = f"127.0.0.1:{receiver.port}{path}"
        answer = await self.login(port=str(receiver.port), url=url, urltag="1", **params)
        assert answer["status"] == "Success"


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let every test here use the loopback interface."""


@pytest.fixture
def clock() -> Clock:
    """Return the PBX's clock."""
    return Clock()


@pytest.fixture(params=["openvox", "yeastar-v1", "yeastar-v2"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Return every dialect; a test may name one itself."""
    name: str = request.param
    return name


@pytest.fixture
async def make_sim(clock: Clock) -> AsyncIterator[Callable[..., Awaitable[Simulator]]]:
    """Start PBXes and stop them at the end."""
    made: list[Simulator] = []

    async def make(dialect: str = "openvox", **config: Any) -> Simulator:
        sim = Simulator(SimulatorConfig(dialect=dialect, **config), clock=clock, sleep=clock.sleep)
        made.append(sim)
        await sim.start()
        return sim

    yield make
    for sim in made:
        await sim.stop()


@pytest.fixture
async def sim(make_sim: Callable[..., Awaitable[Simulator]], dialect: str) -> Simulator:
    """Return a running PBX."""
    return await make_sim(dialect)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client session that keeps no connection."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as made:
        yield made


@pytest.fixture
async def client(sim: Simulator, session: aiohttp.ClientSession) -> Client:
    """Return a client of the PBX."""
    return Client(sim, session)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of reports."""
    made = Receiver()
    await made.start()
    yield made
    await made.stop()
