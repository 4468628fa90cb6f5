"""An event stream with somebody who writes down what it tells, and a PBX made of a bare socket."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field

from custom_components.ippbx.pbx.backend import FeedHooks, FeedState
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.uc.reports.feed import TcpFeed
from custom_components.ippbx.pbx.uc.reports.feed_login import FeedLogin

PASSWORD = "Herbstlaub-34"
API_LOGIN = LoginGuard.digest("127.0.0.1", "hass", PASSWORD)


@dataclass
class StreamListener:
    """Runs a stream and writes down what it tells.

    Attributes:
        there: the answer to the question whether the PBX is there; None where it may not be asked.
    """

    guard: LoginGuard
    port: int
    password: str = PASSWORD
    there: bool | None = None
    bodies: list[bytes] = field(default_factory=list)
    states: list[FeedState] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    asked: int = 0

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()
        owner = FeedHooks(
            receive=self._receive,
            on_connect=self.sources.add,
            on_state=self._note,
            is_there=self._is_there,
        )
        login = FeedLogin(host="127.0.0.1", port=self.port, username="hass", password=self.password)
        self.stream = TcpFeed(login, self.guard, owner, api_credentials=API_LOGIN)
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.stream.start()
        self.task = asyncio.create_task(self.stream.wait_stopped())
        self.task.add_done_callback(lambda _: self._changed.set())

    async def stop(self) -> None:
        if self.task is not None:
            self.stream.stop()
            await self.task

    async def until(self, reached: Callable[[], bool], timeout: float = 5) -> None:
        """Wait until something that the stream tells makes a condition true."""
        async with asyncio.timeout(timeout):
            while not reached():
                self._changed.clear()
                await self._changed.wait()

    async def until_state(self, state: FeedState) -> None:
        await self.until(lambda: self.stream.state is state)

    def _receive(self, body: bytes, source: str) -> None:
        self.bodies.append(body)
        self.sources.add(source)
        self._changed.set()

    def _note(self, state: FeedState) -> None:
        self.states.append(state)
        self._changed.set()

    async def _is_there(self) -> bool:
        self.asked += 1
        self._changed.set()
        assert self.there is not None, "nobody may ask"
        return self.there


@dataclass
class StreamScript:
    """A server that does the next thing of a list with each connection.

    Attributes:
        acts: what to send; None as the last piece ends the connection, else it stays open.
        logins: what came as logins.
    """

    acts: list[list[bytes | None]]
    logins: list[bytes] = field(default_factory=list)
    port: int = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._writers: list[asyncio.StreamWriter] = []
        self.ended = asyncio.Event()

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            self.logins.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in self.acts.pop(0) if self.acts else [None]:
                if piece is None:
                    writer.close()
                    return
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            await reader.read()
        self.ended.set()
        writer.close()
