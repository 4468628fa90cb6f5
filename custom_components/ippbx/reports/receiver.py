"""Receives the bodies of reports: checks their source, parses them, and counts what it rejects."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
import time

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..pbx.errors import ReportError
from ..pbx.model.events import PbxEvent
from ..pbx.net.addresses import normalised
from ..pbx.trace.trace import Trace
from .sources import SourceCheck

type Body = tuple[bytes, str]
"""The body of a request as it arrived, at most 64 KiB, and the address of its sender."""

COMPLAINT_PAUSE = 3600.0  # seconds between two log lines about reports that do not count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverHooks:
    """What a receiver asks of its owner, and calls it for.

    Attributes:
        title: name of the PBX, for the log.
        serial: returns the serial number that reports of this PBX carry; empty while it is not known, when no report
            counts: the first read, which is still to come, shows what they would have.
        parse: returns the events in a body.
        dispatch: receives each event that counts.
        on_unknown_source: a report with the right serial number came from an address that is not the PBX's.
    """

    title: str
    serial: Callable[[], str]
    parse: Callable[[bytes], tuple[PbxEvent, ...]]
    dispatch: Callable[[PbxEvent], None]
    on_unknown_source: Callable[[str], None]


class ReportReceiver:
    """Turns bodies into the events that count.

    Attributes:
        accepted: events by their class.
        rejected: bodies that did not count, by reason.
        last_report: when the last report that counted arrived (UTC).
        unknown_source: address from which reports with the right serial number last came without counting.
    """

    def __init__(self, hooks: ReceiverHooks, sources: SourceCheck, trace: Trace) -> None:
        """Keep who parses and dispatches.

        Args:
            hooks: what to ask, and what to call.
            sources: the addresses that may report.
            trace: records the bodies of known sources.
        """
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.last_report: datetime | None = None
        self.unknown_source = ""
        self._hooks = hooks
        self._sources = sources
        self._trace = trace
        self._complained_at = -COMPLAINT_PAUSE

    @callback
    def receive(self, bodies: Sequence[Body]) -> None:
        """Receive bodies that arrived together. Never raises, whatever they hold.

        All are parsed before the first one is dispatched: that is faster, since the processor keeps the code at hand.
        """
        serial = self._hooks.serial()
        if not serial:
            return
        events: list[PbxEvent] = []
        for body, source in bodies:
            try:
                events += self._read(body, source, serial)
            except Exception:  # noqa: BLE001 - it must not cost the others
                self._failed()
        if events:
            self.last_report = dt_util.utcnow()
        for event in events:
            try:
                self.accepted[type(event).__name__] += 1
                self._hooks.dispatch(event)
            except Exception:  # noqa: BLE001 - it must not cost the others
                self._failed()

    @callback
    def claims(self, body: bytes, source: str) -> bool:
        """Return whether a report without a path is this PBX's: right source, and no other serial number."""
        serial = self._hooks.serial()
        if not serial or not self._sources.accepts(source):
            return False
        try:
            events = self._hooks.parse(body)
        except ReportError:
            return False
        return all(not event.serial or event.serial == serial for event in events)

    def _read(self, body: bytes, source: str, serial: str) -> tuple[PbxEvent, ...]:
        """Return the events in a body; none where it does not count."""
        known_source = self._sources.accepts(source)
        if known_source:
            self._trace.record_report(body, time.time())
        try:
            events = self._hooks.parse(body)
        except ReportError:
            self._reject("malformed")
            return ()
        stated = [event.serial for event in events if event.serial]
        if any(each != serial for each in stated):
            self._reject("serial")
            return ()
        if known_source:
            return events
        self._reject("source")
        if stated and (address := normalised(source)):
            self.unknown_source = address
            self._hooks.on_unknown_source(address)
        return ()

    def _failed(self) -> None:
        """Note an exception: what a peer sent must reach neither the server nor other reports."""
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
                self._hooks.title,
                reason,
            )
