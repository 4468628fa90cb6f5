"""Reports that are not about calls (pbx-api, sections 9 and 10)."""

from __future__ import annotations

from typing import Any

from pbx_simulator.config import SimulatorConfig
from pbx_simulator.directory import Directory, Extension, Trunk
from pbx_simulator.knobs import Knobs

from ..dialects import ReportFormat
from .reporter import Reporter
from .wire import Fields

_KEY = {"extension": "extid", "trunk": "trunkname"}


class SystemReports:
    """BootUp, ConfigChange, ExtensionStatus and the guessed TrunkStatus."""

    def __init__(
        self, config: SimulatorConfig, knobs: Knobs, directory: Directory, reporter: Reporter
    ) -> None:
        """Send through this reporter."""
        self._serial = config.serial_number
        self._knobs = knobs
        self._directory = directory
        self._reporter = reporter

    def boot_up(self) -> None:
        """The PBX has started; goes to the address told last, token or not."""
        self._reporter.send_to_last(lambda fmt: [self._report(fmt, "BootUp")])

    def config_change(self, kind: str, key: str, operation: str) -> None:
        """An extension or trunk was added (add), removed (del) or changed (update)."""
        fields = [("type", kind), (_KEY[kind], key), ("operation", operation)]
        self._reporter.send(lambda fmt: [self._report(fmt, "ConfigChange", *fields)])

    def extension_status(self, extension: Extension) -> None:
        """A monitored extension has another status."""
        if not extension.monitored:
            return
        word = self._directory.report_word(extension)
        fields = [("extension", extension.number), ("status", word)]
        if self._knobs.registered_ip and word == "Registered":
            fields.append(("registeredIP", extension.address))
        self._reporter.send(lambda fmt: [self._report(fmt, "ExtensionStatus", *fields)])

    def trunk_status(self, trunk: Trunk) -> None:
        """A trunk has another status; no document shows such a report."""
        if self._knobs.trunk_status_reports:
            fields = [("trunkname", trunk.name), ("status", self._directory.trunk_word(trunk))]
            self._reporter.send(lambda fmt: [self._report(fmt, "TrunkStatus", *fields)])

    def _report(self, fmt: ReportFormat, name: str, *fields: tuple[str, Any]) -> Fields:
        word = "event" if fmt is ReportFormat.MEMBERS else "action"
        tail = [] if fmt is ReportFormat.FLAT else [("sn", self._serial)]
        return [(word, name), *fields, *tail]
