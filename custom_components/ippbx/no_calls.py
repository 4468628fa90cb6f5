"""A call engine that knows of no call, until the real one is there."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from .pbx.call_models import CallChange, CallSnapshot, TrackedCall
from .pbx.models import CallRecord, ExtensionStatus
from .pbx.reports import Report


class CallTracker:
    """Takes everything and tells nothing."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        """Prepare."""
        self.active: Mapping[str, TrackedCall] = {}
        self.settle_due: datetime | None = None
        self.keeps_records = False
        self.wants_records: datetime | None = None
        self.utc_offset: timedelta | None = None

    def set_clock(self, utc_offset: timedelta | None) -> None:
        """Take the zone of the PBX."""
        self.utc_offset = utc_offset

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        """Return no call."""
        return ()

    def find(self, any_id: str) -> TrackedCall | None:
        """Find nothing."""
        return None

    def take(self, report: Report) -> tuple[CallChange, ...]:
        """Tell nothing."""
        return ()

    def resync(self, snapshot: CallSnapshot) -> tuple[CallChange, ...]:
        """Tell nothing."""
        return ()

    def records(self, records: Iterable[CallRecord]) -> tuple[CallChange, ...]:
        """Tell nothing."""
        return ()

    def settle(self) -> tuple[CallChange, ...]:
        """Tell nothing."""
        return ()

    def status_of(self, extension: str) -> ExtensionStatus | None:
        """Have no opinion."""
        return None
