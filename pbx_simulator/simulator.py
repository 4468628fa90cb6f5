"""The simulated PBX as its users see it: one object that holds all its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import json
import time
from typing import Any, override

from .administration import Administration
from .calls.call_control import Desk
from .calls.consulting import Consulting
from .calls.monitoring import Monitoring
from .calls.parking import Parking
from .config import SimulatorConfig
from .console.control import Control
from .directory import Directory
from .families.uc.endpoints.records import Ticket
from .families.uc.events import EventStream
from .families.uc.reports.reporter import Reporter
from .families.uc.reports.system import SystemReports
from .families.uc.reports.wire import Fields, encode
from .families.uc.sessions import Sessions
from .knobs import Knobs
from .logins import Lockout
from .net.server import ApiServer
from .net.tls import Certificate, make_certificate, server_context
from .statistics import Statistics
from .traffic import BoundedList, Delivery, ReportTarget, Request


class Simulator(Administration):
    """A PBX to develop and test against.

    Every decision about time (a token's life, lock-outs, windows) asks `clock`; every wait (delays,
    repeats, ringing) awaits `sleep`. Both can be replaced, so that a day passes in seconds.
    """

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        """Make a PBX; it listens after `start`.

        Args:
            config: Its make-up.
            clock: Tells the time in epoch seconds, UTC.
            sleep: Waits for a number of seconds.
        """
        self.config = config or SimulatorConfig()
        self.dialect = self.config.spoken
        self.clock = clock or time.time
        self.sleep: Callable[[float], Awaitable[None]] = sleep or asyncio.sleep
        self.username, self.password = self.config.username, self.config.password
        self.knobs = Knobs.of(self.dialect)
        self.statistics = Statistics(self.clock)
        self.sessions = Sessions(self.dialect, self.knobs, self.clock, self.statistics)
        self.lockout = Lockout(self.knobs, self.clock)
        self.directory = Directory(self.config)
        self.requests: BoundedList[Request] = BoundedList(self.config.keep)
        self.tickets: dict[str, Ticket] = {}
        self.recorded: dict[str, dict[str, Any]] = {}
        self.booted = self.clock()
        self.host = "127.0.0.1"
        self.away = False
        self.certificate: Certificate | None = None
        self._waiters: set[tuple[Callable[[], bool], asyncio.Future[None]]] = set()
        self._make_parts()

    def _make_parts(self) -> None:
        """Make what acts: reports, calls, events and the server."""
        self.reporter = Reporter(
            config=self.config,
            knobs=self.knobs,
            sessions=self.sessions,
            clock=self.clock,
            sleep=self.sleep,
            on_change=self.changed,
        )
        self.system_reports = SystemReports(self.config, self.knobs, self.directory, self.reporter)
        self.calls = Desk(
            config=self.config,
            directory=self.directory,
            knobs=self.knobs,
            reporter=self.reporter,
            clock=self.clock,
            sleep=self.sleep,
            set_status=self.change_status,
            on_change=self.changed,
        )
        self.parking = Parking(self.calls)
        self.monitoring = Monitoring(self.calls)
        self.consulting = Consulting(self.calls)
        self.events = EventStream(self)
        self._control = Control(self)
        self._server = ApiServer(self, self._control)

    # Being there

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes any free one (see `port`).

        Raises:
            OSError: The port is taken.
            RuntimeError: TLS without the package `cryptography`.
        """
        self.host = host
        if self.config.tls and self.certificate is None:
            self.certificate = make_certificate(self.config.serial_number)
        self.booted = self.clock()
        await self._listen(port)
        self.reporter.start()

    async def _listen(self, port: int) -> None:
        context = None
        if self.certificate:
            context = server_context(self.certificate, self.knobs.old_tls)
        await self._server.start(self.host, port, context)
        if self.config.event_port is not None and self.dialect.events:
            await self.events.start(self.host, self.events.port or self.config.event_port)

    async def stop(self) -> None:
        """Stop listening, sending and waiting; nothing is left running."""
        await self._control.stop()
        await self.calls.stop()
        await self.reporter.stop()
        await self.events.stop()
        await self._server.stop()

    async def go_away(self) -> None:
        """Vanish from the network: connections are refused, no report leaves."""
        self.away = self.reporter.muted = True
        self.statistics.pause()
        self.reporter.discard()
        await self.events.stop()
        await self._server.stop()

    async def come_back(self) -> None:
        """Be there again, on the same port."""
        await self._listen(self.port)
        self.statistics.resume()
        self.away = self.reporter.muted = False

    async def reboot(self, *, keep_tokens: bool = False, seconds: float = 0) -> None:
        """Lose all calls (and tokens), come back after some seconds and report BootUp."""
        await self.go_away()
        self.calls.forget_all()
        if not keep_tokens:
            self.sessions.drop_all()
        for extension in self.directory.extensions.values():
            if extension.status in ("ringing", "busy", "on_hold"):
                extension.status = "idle"
        if seconds:
            await self.sleep(seconds)
        self.booted = self.clock()
        await self.come_back()
        self.system_reports.boot_up()

    async def renew_certificate(self) -> None:
        """Show another certificate from now on, as after a factory reset."""
        self.certificate = make_certificate(self.config.serial_number)
        await self._server.stop()
        await self._listen(self.port)

    @property
    def port(self) -> int:
        """The port of the API."""
        return self._server.port

    @property
    def redirect_port(self) -> int:
        """The plain port that redirects to the API's TLS port; 0 = none."""
        return self._server.redirect_port

    @property
    def event_port(self) -> int:
        """The port of the TCP event stream; 0 = none."""
        return self.events.port

    # What it knows of its clients

    @property
    def report_target(self) -> ReportTarget | None:
        """The address for reports that was told last."""
        return self.sessions.last_target

    @property
    def token_alive(self) -> bool:
        """Whether any token lives."""
        return bool(self.sessions.living())

    @property
    def deliveries(self) -> BoundedList[Delivery]:
        """The reports sent, or lost, so far."""
        return self.reporter.deliveries

    @property
    def logins(self) -> int:
        """Logins that succeeded."""
        return self.statistics.logins

    @property
    def login_attempts(self) -> int:
        """All login requests."""
        return self.statistics.login_attempts

    @property
    def failed_logins(self) -> int:
        """Logins answered 20003 or 20002."""
        return self.statistics.failed_logins

    @property
    def heartbeats(self) -> int:
        """Heartbeats with a living token."""
        return self.statistics.heartbeats

    @property
    def max_in_flight(self) -> int:
        """The largest number of API requests under way at once."""
        return self.statistics.max_in_flight

    @property
    def longest_silence(self) -> float:
        """See `Statistics.longest_silence`; seconds."""
        self.sessions.living()
        return self.statistics.longest_silence

    def drop_tokens(self) -> None:
        """Forget all tokens."""
        self.sessions.drop_all()

    def set_password(self, password: str) -> None:
        """Change the API user's password; living tokens stay."""
        self.password = password

    # What it tells

    async def send_report(self, report: Mapping[str, Any] | bytes) -> None:
        """Send a report as it stands to everybody who receives reports now."""
        if isinstance(report, bytes):
            self.reporter.send_raw(_as_object(report), report)
        else:
            fields = list(report.items())
            self.reporter.send_raw(fields, encode(fields))

    async def settle(self) -> None:
        """Wait until every report was answered or given up."""
        await self.reporter.settle()

    def recorded_answer(self, endpoint: str) -> dict[str, Any] | None:
        """The answer that a replayed trace has for an endpoint."""
        return self.recorded.get(endpoint)

    @property
    def families(self) -> tuple[str, ...]:
        """The endpoint sets that are served now."""
        own = tuple(sorted(self.dialect.endpoint_sets))
        both = self.dialect.key == "yeastar-v2" and not self.knobs.strict_versions
        return (*own, "v1") if both else own

    def number_key(self, endpoint: str) -> str:
        """What an answer of an endpoint calls an extension's number."""
        return "extnumber" if endpoint == "extensionlist/query" else self.dialect.number_key

    # Waiting for it

    @override
    def changed(self) -> None:
        """Something happened: look whether somebody waits for it."""
        for predicate, future in list(self._waiters):
            if not future.done() and predicate():
                future.set_result(None)

    async def wait_until(self, predicate: Callable[[], bool], timeout: float = 10) -> None:
        """Wait for something to become true; looked at whenever something happens.

        Raises:
            TimeoutError: It did not within `timeout` seconds of real time.
        """
        if predicate():
            return
        waiter = (predicate, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter[1]
        finally:
            self._waiters.discard(waiter)


def _as_object(body: bytes) -> Fields:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(value.items()) if isinstance(value, dict) else []
