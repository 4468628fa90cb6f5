"""The TCP event stream of API v2.0.0 (pbx-api, section 10, "Event transport")."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import contextlib

from pbx_simulator.knobs import Knobs
from pbx_simulator.logins import Account, Lockout
from pbx_simulator.statistics import Statistics

from .reports.reporter import Reporter

_LOGIN_LIMIT = 4096
_LOGIN_SECONDS = 10
_PIECE_SECONDS = 0.01
"""Time between two pieces of a report, so that they arrive one by one."""

_ANSWERS = {
    "": (b"", b"", b""),
    "text": (
        b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n",
        b"Response: Error\r\nMessage: Authentication failed\r\n\r\n",
        b"Response: Error\r\nMessage: Authentication failed\r\n\r\n",
    ),
    "json": (
        b'{"status":"Success"}',
        b'{"status":"Failed","errno":"20003"}',
        b'{"status":"Failed","errno":"20002"}',
    ),
}
"""By the knob `event_answer`: the answer to a login that is right, wrong, or locked out."""


class EventStream:
    """Streams reports to applications that log in with the plain password.

    What a PBX answers to the login is unknown: this one answers nothing, and hangs up if the login
    is wrong, unless the knob `event_answer` is set.
    """

    def __init__(
        self,
        *,
        knobs: Knobs,
        account: Account,
        lockout: Lockout,
        statistics: Statistics,
        reporter: Reporter,
        on_change: Callable[[], None],
    ) -> None:
        """Make a stream of what a reporter sends; it listens after `start`."""
        self._knobs = knobs
        self._account = account
        self._lockout = lockout
        self._statistics = statistics
        self._reporter = reporter
        self._on_change = on_change
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, bytes] = {}
        self._held: bytes = b""
        self.port = 0

    @property
    def count(self) -> int:
        """The number of applications that read events now."""
        return len(self._writers)

    async def start(self, host: str, port: int) -> None:
        """Listen on `port`, or on any free one if it is 0.

        Raises:
            OSError: The port is in use.
        """
        self._server = await asyncio.start_server(self._serve, host, port, limit=_LOGIN_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]
        self._reporter.listeners.append(self._publish)

    async def stop(self) -> None:
        """Stop listening and end every stream."""
        if self._server is None:
            return
        self._reporter.listeners.remove(self._publish)
        self._server.close()
        self.drop()
        await self._server.wait_closed()
        self._server = None

    def drop(self) -> None:
        """Cut every stream; applications may connect again."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()
        self._on_change()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = writer.get_extra_info("peername")[0]
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(_LOGIN_SECONDS):
                    login = await reader.readuntil(b"\r\n\r\n")
                if not self._admit(source, login, writer) or self._knobs.hang_up_events:
                    return
                self._writers[writer] = b""
                self._on_change()
                while await reader.read(_LOGIN_LIMIT):
                    pass
        except asyncio.LimitOverrunError:
            return
        finally:
            self._writers.pop(writer, None)
            writer.close()
            self._on_change()

    def _admit(self, source: str, login: bytes, writer: asyncio.StreamWriter) -> bool:
        """Return True if a login is right; a wrong one counts towards the lock-out."""
        lines = [line.partition(": ") for line in login.decode(errors="replace").split("\r\n")]
        fields = {key.lower(): value for key, _, value in lines}
        self._statistics.login_attempts += 1
        locked = self._lockout.locked(source)
        right = (
            not locked
            and not (self._knobs.refuse_logins or self._knobs.refuse_event_logins)
            and fields.get("action") == "login"
            and (fields.get("username"), fields.get("secret"))
            == (self._account.username, self._account.password)
        )
        yes, no, not_now = _ANSWERS[self._knobs.event_answer]
        if right:
            self._statistics.logins += 1
            self._lockout.succeeded(source)
        else:
            self._statistics.failed_logins += 1
            self._lockout.refused(source)
        writer.write(yes if right else not_now if locked else no)
        return right

    def _publish(self, body: bytes) -> None:
        """Send an object to all streams; knobs cut it, repeat it, or hold it back for the next."""
        knobs, reporter = self._knobs, self._reporter
        if not self._writers or reporter.is_lost():
            return
        body *= 1 + knobs.duplicate_reports
        if knobs.join_events and not self._held:
            self._held = body
            return
        data, self._held = self._held + body, b""
        piece = knobs.event_piece or (len(data) + 1) // (2 if knobs.split_events else 1)
        for writer in self._writers:
            self._send(writer, data, piece)

    def _send(self, writer: asyncio.StreamWriter, data: bytes, piece: int) -> None:
        """Send data, in its pieces, behind what is still to be sent."""
        waiting = self._writers[writer]
        self._writers[writer] = waiting + data
        if not waiting:
            self._send_piece(writer, piece)

    def _send_piece(self, writer: asyncio.StreamWriter, piece: int) -> None:
        if writer not in self._writers:
            return
        waiting = self._writers[writer]
        writer.write(waiting[:piece])
        self._writers[writer] = waiting[piece:]
        if waiting[piece:]:
            asyncio.get_running_loop().call_later(_PIECE_SECONDS, self._send_piece, writer, piece)
