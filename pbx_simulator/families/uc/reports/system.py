"""Reports that are not about calls (pbx-api, sections 9 and 10)."""

from __future__ import annotations

from typing import Any

from pbx_simulator.directory import Extension, Trunk
from pbx_simulator.knobs import Knobs

from ..dialects import Dialect, ReportFormat
from .reporter import Sender
from .wire import Fields

_KEY = {"extension": "extid", "trunk": "trunkname"}


class SystemReports:
    """BootUp, ConfigChange, ExtensionStatus and the undocumented TrunkStatus."""

    def __init__(self, serial: str, dialect: Dialect, knobs: Knobs, reporter: Sender) -> None:
        """Send through this reporter."""
        self._serial = serial
        self._dialect = dialect
        self._knobs = knobs
        self._reporter = reporter

    def boot_up(self) -> None:
        """Report a start of the PBX, to the address registered last, token or not."""
        self._reporter.send_to_last(lambda fmt: [self._report(fmt, "BootUp")])

    def config_change(self, kind: str, key: str, operation: str) -> None:
        """Report an extension or trunk that was added (add), removed (del) or changed (update)."""
        fields = [("type", kind), (_KEY[kind], key), ("operation", operation)]
        self._reporter.send(lambda fmt: [self._report(fmt, "ConfigChange", *fields)])

    def extension_status(self, extension: Extension) -> None:
        """Report the new status of a monitored extension."""
        if not extension.monitored:
            return
        word = self._dialect.report_word(extension.status)
        fields = [("extension", extension.number), ("status", word)]
        if self._knobs.registered_ip and word == "Registered":
            fields.append(("registeredIP", extension.address))
        self._reporter.send(lambda fmt: [self._report(fmt, "ExtensionStatus", *fields)])

    def trunk_status(self, trunk: Trunk) -> None:
        """Report a trunk's new status, if a knob wants it: no document shows such a report."""
        if self._knobs.trunk_status_reports:
            fields = [("trunkname", trunk.name), ("status", self._dialect.trunk_word(trunk.status))]
            self._reporter.send(lambda fmt: [self._report(fmt, "TrunkStatus", *fields)])

    def _report(self, fmt: ReportFormat, name: str, *fields: tuple[str, Any]) -> Fields:
        word = "event" if fmt is ReportFormat.MEMBERS else "action"
        tail = [] if fmt is ReportFormat.FLAT else [("sn", self._serial)]
        return [(word, name), *fields, *tail]
