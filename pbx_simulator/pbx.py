"""A simulated PBX: its parts, its start and stop, and changes of its extensions and trunks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
import time
from typing import Any

from .calls.attended_transfers import AttendedTransfers
from .calls.call_control import CallControl
from .calls.monitoring import Monitoring
from .calls.parking import Parking
from .config import SimulatorConfig
from .directory import Device, Directory, Extension, Trunk
from .families import family_of
from .family import Api, EventStream, PbxParts, ReportTarget, Sessions
from .knobs import Knobs
from .logins import Account, Lockout
from .net.server import HttpServer
from .net.tls import Certificate, make_certificate, server_context
from .statistics import Statistics
from .traffic import BoundedList, Delivery, Request
from .waiting import Clock, Sleep, Watch

IN_CALL = frozenset({"ringing", "busy", "on_hold"})
"""Statuses that an extension has because of a call."""


class Pbx:
    """A PBX that listens after `start`.

    Attributes:
        dialect: The kind of PBX that it is.
        device: The data that it gives about itself.
        away: True while it has vanished from the network.
    """

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        clock: Clock | None = None,
        sleep: Sleep | None = None,
    ) -> None:
        """Make a PBX.

        Args:
            config: Its configuration.
            clock: Returns the time in epoch seconds, UTC.
            sleep: Waits for a number of seconds.
        """
        config = config or SimulatorConfig()
        family = family_of(config.dialect)
        self.dialect = family.products[config.dialect]
        self.config = replace(config, serial=config.serial or self.dialect.serial)
        self.clock: Clock = clock or time.time
        self.sleep: Sleep = sleep or asyncio.sleep
        self.account = Account(config.username, config.password)
        self.knobs = Knobs.of(self.dialect)
        self.statistics = Statistics(self.clock)
        self.lockout = Lockout(self.knobs, self.clock)
        self.directory = Directory(config)
        self.requests: BoundedList[Request] = BoundedList(config.keep)
        self.recorded: dict[str, dict[str, Any]] = {}
        self.device = Device(serial=self.config.serial, booted=self.clock())
        self.host = "127.0.0.1"
        self.away = False
        self.certificate: Certificate | None = None
        self._watch = Watch()
        self.calls = CallControl(
            config=self.config,
            directory=self.directory,
            knobs=self.knobs,
            clock=self.clock,
            sleep=self.sleep,
            set_status=self.change_status,
            on_change=self._watch.changed,
        )
        self.parking = Parking(self.calls)
        self.monitoring = Monitoring(self.calls)
        self.attended_transfers = AttendedTransfers(self.calls)
        self.api: Api = family.create(self._parts())
        self.server = HttpServer(
            handle=self.api.handle,
            statistics=self.statistics,
            changed=self._watch.changed,
            redirect_port=self.config.redirect_port,
        )

    def _parts(self) -> PbxParts:
        return PbxParts(
            config=self.config,
            knobs=self.knobs,
            clock=self.clock,
            sleep=self.sleep,
            account=self.account,
            lockout=self.lockout,
            statistics=self.statistics,
            directory=self.directory,
            calls=self.calls,
            parking=self.parking,
            monitoring=self.monitoring,
            attended_transfers=self.attended_transfers,
            requests=self.requests,
            recorded=self.recorded,
            device=self.device,
            changed=self._watch.changed,
        )

    # Starting and stopping

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes any free one (see `port`).

        Raises:
            OSError: The port is in use.
            RuntimeError: TLS without the package `cryptography`.
        """
        self.host = host
        if self.config.tls and self.certificate is None:
            self.certificate = make_certificate(self.config.serial)
        self.device.booted = self.clock()
        await self._listen(port)
        self.api.start()

    async def _listen(self, port: int) -> None:
        context = None
        if self.certificate:
            context = server_context(self.certificate, self.knobs.old_tls)
        await self.server.start(self.host, port, context)
        await self.api.listen(self.host)

    async def stop(self) -> None:
        """Stop listening, sending and waiting; nothing is left running."""
        await self.calls.stop()
        await self.api.stop()
        await self.server.stop()

    async def go_away(self) -> None:
        """Vanish from the network: connections are refused, no report leaves."""
        self.away = True
        self.statistics.pause()
        await self.api.go_away()
        await self.server.stop()

    async def come_back(self) -> None:
        """Listen again, on the same port."""
        await self._listen(self.port)
        self.statistics.resume()
        self.away = False
        self.api.come_back()

    async def reboot(self, *, keep_tokens: bool = False, seconds: float = 0) -> None:
        """Lose all calls (and tokens), come back after some seconds and report BootUp."""
        await self.go_away()
        self.calls.forget_all()
        if not keep_tokens:
            self.sessions.drop_all()
        for extension in self.directory.extensions.values():
            if extension.status in IN_CALL:
                extension.status = "idle"
        if seconds:
            await self.sleep(seconds)
        self.device.booted = self.clock()
        await self.come_back()
        self.api.reports.boot_up()

    async def renew_certificate(self) -> None:
        """Show another certificate from now on, as after a factory reset."""
        self.certificate = make_certificate(self.config.serial)
        await self.server.stop()
        await self._listen(self.port)

    @property
    def port(self) -> int:
        """The port of the API."""
        return self.server.port

    @property
    def redirect_port(self) -> int:
        """The plain port that redirects to the API's TLS port; 0 = none."""
        return self.server.redirect_port

    @property
    def event_port(self) -> int:
        """The port of the event stream; 0 = none."""
        return self.events.port

    # Clients and reports

    @property
    def sessions(self) -> Sessions:
        """The sessions of its clients."""
        return self.api.sessions

    @property
    def events(self) -> EventStream:
        """The event stream of its API."""
        return self.api.events

    @property
    def deliveries(self) -> BoundedList[Delivery]:
        """The reports sent, or lost, so far."""
        return self.api.deliveries

    @property
    def report_target(self) -> ReportTarget | None:
        """The address for reports that was registered last."""
        return self.sessions.last_target

    @property
    def token_alive(self) -> bool:
        """True if any token lives."""
        return bool(self.sessions.living())

    @property
    def logins(self) -> int:
        """The number of logins that succeeded."""
        return self.statistics.logins

    @property
    def login_attempts(self) -> int:
        """The number of all login requests."""
        return self.statistics.login_attempts

    @property
    def failed_logins(self) -> int:
        """The number of logins that were refused, wrong or locked out."""
        return self.statistics.failed_logins

    @property
    def heartbeats(self) -> int:
        """The number of heartbeats with a living token."""
        return self.statistics.heartbeats

    @property
    def max_in_flight(self) -> int:
        """The largest number of API requests handled at once."""
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
        self.account.password = password

    async def send_report(self, report: Mapping[str, Any] | bytes) -> None:
        """Send a report as it stands to all sessions that receive reports now."""
        self.api.send_report(report)

    async def settle(self) -> None:
        """Wait until every report was answered or given up."""
        await self.api.settle()

    async def wait_until(self, predicate: Callable[[], bool], timeout: float = 10) -> None:
        """Wait for something to become true; looked at whenever something happens.

        Raises:
            TimeoutError: It did not within `timeout` seconds of real time.
        """
        await self._watch.until(predicate, timeout)

    # Extensions and trunks

    async def set_extension_status(self, number: str, status: str) -> None:
        """Change an extension's status and report it.

        Args:
            number: The extension.
            status: idle, registered, ringing, busy, on_hold, unavailable or fault, in any spelling;
                any other word goes over the wire as it is.
        """
        self.change_status(number, self.dialect.extension_status(status), True)

    def change_status(self, number: str, status: str, reported: bool) -> None:
        """Change an extension's status and, if `reported`, report it."""
        extension = self.directory.extensions[number]
        if extension.status != status:
            extension.status = status
            if reported:
                self.api.reports.extension_status(extension)
            self._watch.changed()

    async def add_extension(self, number: str, name: str = "") -> Extension:
        """Add an extension and report the change."""
        extension = Extension(number=number, name=name or f"User {number}")
        self.directory.extensions[number] = extension
        self.api.reports.config_change("extension", number, "add")
        return extension

    async def remove_extension(self, number: str) -> None:
        """Remove an extension and report the change."""
        del self.directory.extensions[number]
        self.api.reports.config_change("extension", number, "del")

    async def rename_extension(self, number: str, name: str) -> None:
        """Give an extension's user another name and report the change."""
        self.directory.extensions[number].name = name
        self.api.reports.config_change("extension", number, "update")

    async def add_trunk(self, name: str) -> Trunk:
        """Add a trunk and report the change."""
        trunk = self.directory.add_trunk(name)
        self.api.reports.config_change("trunk", name, "add")
        return trunk

    async def remove_trunk(self, name: str) -> None:
        """Remove a trunk and report the change."""
        del self.directory.trunks[name]
        self.api.reports.config_change("trunk", name, "del")

    async def rename_trunk(self, name: str, new_name: str) -> None:
        """Rename a trunk, in its place, and report the change."""
        self.directory.rename_trunk(name, new_name)
        self.api.reports.config_change("trunk", new_name, "update")

    async def set_trunk_status(self, name: str, status: str) -> None:
        """Change a trunk's status; no document says that a PBX reports it, so none does by default.

        Args:
            name: The trunk.
            status: registered, registering, failure, disable, unknown, or any other word.
        """
        trunk = self.directory.trunks[name]
        trunk.status = self.dialect.trunk_status(status)
        self.api.reports.trunk_status(trunk)
        self._watch.changed()
