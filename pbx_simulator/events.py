"""The TCP event stream of API v2.0.0 (pbx-api, section 10, "Event transport")."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from .dialects import ReportFormat

if TYPE_CHECKING:
    from .simulator import Simulator

_LOGIN_LIMIT = 4096
_LOGIN_SECONDS = 10


class EventStream:
    """Applications connect, log in with the plain password and read one JSON object after another.

    What a PBX answers to the login is unknown; this one says nothing, or hangs up if it is wrong.
    """

    def __init__(self, pbx: Simulator) -> None:
        """Serve this PBX's events."""
        self._pbx = pbx
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._held: bytes = b""
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen on `port`, or on any free one if it is 0.

        Raises:
            OSError: The port is taken.
        """
        self._server = await asyncio.start_server(self._serve, host, port, limit=_LOGIN_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]
        self._pbx.reporter.listeners.append(self._tell)

    async def stop(self) -> None:
        """Stop listening and end every stream."""
        if self._server is None:
            return
        self._pbx.reporter.listeners.remove(self._tell)
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = writer.get_extra_info("peername")[0]
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(_LOGIN_SECONDS):
                    login = await reader.readuntil(b"\r\n\r\n")
                if not self._admit(source, login):
                    return
                self._writers.add(writer)
                self._pbx.changed()
                while await reader.read(_LOGIN_LIMIT):
                    pass
        except asyncio.LimitOverrunError:
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def _admit(self, source: str, login: bytes) -> bool:
        """Whether a login is right; a wrong one counts towards the lock-out."""
        pbx = self._pbx
        lines = [line.partition(": ") for line in login.decode(errors="replace").split("\r\n")]
        said = {key.lower(): value for key, _, value in lines}
        pbx.statistics.login_attempts += 1
        right = (
            not pbx.lockout.locked(source)
            and not pbx.knobs.refuse_logins
            and said.get("action") == "login"
            and (said.get("username"), said.get("secret")) == (pbx.username, pbx.password)
        )
        if right:
            pbx.statistics.logins += 1
            pbx.lockout.succeeded(source)
        else:
            pbx.statistics.failed_logins += 1
            pbx.lockout.refused(source)
        return right

    def _tell(self, _format: ReportFormat, body: bytes) -> None:
        """Send an object to all streams, cut in two or together with the next if a knob says so."""
        knobs = self._pbx.knobs
        if knobs.join_events and not self._held:
            self._held = body
            return
        data, self._held = self._held + body, b""
        middle = len(data) // 2 if knobs.split_events else len(data)
        for writer in self._writers:
            writer.write(data[:middle])
            if data[middle:]:
                asyncio.get_running_loop().call_later(0.01, _write_on, writer, data[middle:])


def _write_on(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(data)
