"""Receives the bodies of reports: checks the source, parses, and counts what is rejected."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
import time
from typing import Protocol

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..failures import FailureLog
from ..pbx.errors import ReportError
from ..pbx.model.events import PbxEvent
from ..pbx.model.values import bundle
from ..pbx.net.addresses import normalised
from ..pbx.trace.trace import Trace
from ..state.publications import Publications
from .sources import SourceCheck

type Body = tuple[bytes, str]
"""The body of a request as it arrived, cut if above 64 KiB, and the address of its sender."""

_KIND: Callable[[PbxEvent], str] = attrgetter("__class__.__name__")
COMPLAINT_PAUSE = 3600.0  # seconds between two log lines about rejected bodies


class Parse(Protocol):
    """The parser of a backend."""

    def __call__(self, body: bytes, *, trusted: bool) -> tuple[PbxEvent, ...]:
        """Return the events in a body, as `PbxBackend.parse` does."""


@bundle
class ReceiverHooks:
    """Callbacks of a receiver, and the name that it logs.

    Attributes:
        title: name of the PBX.
        serial: returns the serial number of the PBX; empty before the first read, which will show
            all that reports until then contain, so that they are dropped.
        parse: returns the events in a body; keeps nothing of one that is not trusted.
        dispatch: receives each accepted event.
        on_unknown_source: receives the unknown address of a report with the right serial number.
    """

    title: str
    serial: Callable[[], str]
    parse: Parse
    dispatch: Callable[[PbxEvent], None]
    on_unknown_source: Callable[[str], None]


class ReportReceiver:
    """The receiver, which turns bodies into accepted events.

    Attributes:
        accepted: number of accepted events, by class.
        rejected: number of rejected bodies, by reason.
        at_root: number of bodies that were claimed without a path.
        last_report: when the last accepted report arrived (UTC).
        unknown_source: unknown address of the last report with the right serial number.
    """

    def __init__(
        self,
        hooks: ReceiverHooks,
        sources: SourceCheck,
        trace: Trace,
        publications: Publications,
    ) -> None:
        """Start without a report.

        Args:
            hooks: called for what is received.
            sources: knows the addresses that may report.
            trace: records the bodies of known sources.
            publications: held while bodies that arrived together are applied.
        """
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.at_root = 0
        self.last_report: datetime | None = None
        self.unknown_source = ""
        self._hooks = hooks
        self._sources = sources
        self._trace = trace
        self._publications = publications
        self._complained_at = -COMPLAINT_PAUSE
        self._failures = FailureLog(f"{hooks.title}: a report could not be applied")

    @callback
    def receive(self, bodies: Sequence[Body]) -> None:
        """Receive bodies that arrived together. Never raises, whatever they contain.

        All are parsed before the first is dispatched, and dispatched before what they change is
        published: code stays in the processor's cache.
        """
        serial = self._hooks.serial()
        if not serial:
            return
        events: list[PbxEvent] = []
        for body, source in bodies:
            try:
                events += self._read(body, source, serial)
            except Exception as error:  # noqa: BLE001 - it must not cost the others
                self.failed(error)
        if events:
            self.last_report = dt_util.utcnow()
            self.accepted.update(map(_KIND, events))
        dispatch = self._hooks.dispatch
        self._publications.hold()
        for event in events:
            try:
                dispatch(event)
            except Exception as error:  # noqa: BLE001 - it must not cost the others
                self.failed(error)
        self._publications.release()

    @callback
    def claims(self, body: bytes, source: str) -> bool:
        """Return True if a report without a path is from this PBX, by source and serial number."""
        serial = self._hooks.serial()
        if not serial or not self._sources.accepts(source):
            return False
        try:
            events = self._hooks.parse(body, trusted=True)
        except ReportError:
            return False
        ours = all(not event.serial or event.serial == serial for event in events)
        self.at_root += ours
        return ours

    def _read(self, body: bytes, source: str, serial: str) -> tuple[PbxEvent, ...]:
        """Return the events in a body; none if it is rejected."""
        known_source = self._sources.accepts(source)
        if known_source:
            self._trace.record_report(body, time.time())
        try:
            events = self._hooks.parse(body, trusted=known_source)
        except ReportError:
            self._reject("malformed")
            return ()
        stated = ""
        for event in events:
            stated = event.serial or stated
            if stated not in ("", serial):
                self._reject("serial")
                return ()
        if known_source:
            return events
        self._reject("source")
        if stated and (address := normalised(source)):
            self.unknown_source = address
            self._hooks.on_unknown_source(address)
        return ()

    @callback
    def failed(self, error: Exception) -> None:
        """Count an exception, which must reach neither the server nor other reports."""
        self.rejected["not_applied"] += 1
        self._failures.record(error)

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
