"""Receives the bodies of reports: checks who sent them, reads them, and counts what it refuses."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
import time

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..pbx.net.addresses import normalised
from ..pbx.trace.trace import Trace
from ..pbx.uc.reports.parse import Report, ReportError, parse_report
from .sources import SourceCheck

type Body = tuple[bytes, str]
"""The body of a request as it came, at most 64 KiB, and the address of its sender."""

COMPLAINT_PAUSE = 3600.0  # seconds between two log lines about reports that do not count


class ReportIntake:
    """Turns bodies into reports that count.

    Attributes:
        accepted: reports by their class.
        rejected: bodies that did not count, by reason.
        last_report: when the last report that counted came (UTC).
        unknown_source: the address that reports with the right serial number last came from without counting.
    """

    def __init__(
        self,
        title: str,
        serial: Callable[[], str | None],
        sources: SourceCheck,
        *,
        trace: Trace,
        apply: Callable[[Report], None],
        on_unknown_source: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            serial: returns the serial number that reports of this PBX carry; None while it is not known, when no
                report counts: the first read, which is still to come, tells what they told.
            apply: takes a report that counts.
            on_unknown_source: told of the address that a report with the right serial number came from, but which
                is not the PBX's.
        """
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.last_report: datetime | None = None
        self.unknown_source = ""
        self._title = title
        self._serial = serial
        self._sources = sources
        self._trace = trace
        self._apply = apply
        self._on_unknown_source = on_unknown_source
        self._complained_at = -COMPLAINT_PAUSE

    @callback
    def receive(self, bodies: Sequence[Body]) -> None:
        """Take bodies that came together. Never raises, whatever they hold.

        All are read before the first one is applied: that is faster, since the processor keeps the code at hand.
        """
        serial = self._serial()
        if serial is None:
            return
        reports: list[Report] = []
        for body, source in bodies:
            try:
                if (report := self._read(body, source, serial)) is not None:
                    reports.append(report)
            except Exception:  # noqa: BLE001 - it must not cost the others
                self._has_failed()
        if reports:
            self.last_report = dt_util.utcnow()
        for report in reports:
            try:
                self._take(report)
            except Exception:  # noqa: BLE001 - it must not cost the others
                self._has_failed()

    @callback
    def claims(self, body: bytes, source: str) -> bool:
        """Tell whether a report without a path is this PBX's: right source, and no other serial number."""
        serial = self._serial()
        if serial is None or not self._sources.accepts(source):
            return False
        try:
            report = parse_report(body)
        except ReportError:
            return False
        return not report.serial or report.serial == serial

    def _read(self, body: bytes, source: str, serial: str) -> Report | None:
        """Return the report in a body; None where it does not count."""
        known_source = self._sources.accepts(source)
        if known_source:
            self._trace.record_report(body, time.time())
        try:
            report = parse_report(body)
        except ReportError:
            self._reject("malformed")
            return None
        if report.serial and report.serial != serial:
            self._reject("serial")
            return None
        if known_source:
            return report
        self._reject("source")
        if report.serial and (address := normalised(source)):
            self.unknown_source = address
            self._on_unknown_source(address)
        return None

    def _take(self, report: Report) -> None:
        self.accepted[type(report).__name__] += 1
        self._apply(report)

    def _has_failed(self) -> None:
        """Take note of an exception: what a peer sent must reach neither the server nor other reports."""
        LOGGER.debug("A report could not be applied", exc_info=True)
        self._reject("not_applied")

    def _reject(self, reason: str) -> None:
        self.rejected[reason] += 1
        now = time.monotonic()
        if now - self._complained_at >= COMPLAINT_PAUSE:
            self._complained_at = now
            LOGGER.warning(
                "%s: got something that is no report of this PBX (%s); diagnostics count such"
                " bodies, this line comes at most once an hour",
                self._title,
                reason,
            )
