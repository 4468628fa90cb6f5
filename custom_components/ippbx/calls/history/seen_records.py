"""The ids of calls and records that are done with, so that no call is published twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from ..monitor import CallMonitor

_MAX_IDS = 20_000  # more than a PBX could need


class SeenRecords:
    """Ids that are done with, kept for as long as records with them may be read."""

    def __init__(self, calls: CallMonitor) -> None:
        """Start without ids."""
        self._calls = calls
        # Each with when it was done with, in seconds since the epoch: written as it is, since the
        # event loop writes it.
        self._done: dict[str, float] = {}
        self._open: set[str] = set()  # of records whose calls still go on

    def load(self, kept: object) -> None:
        """Load stored ids; invalid ones are left out."""
        for known, at in (kept if isinstance(kept, dict) else {}).items():
            if isinstance(at, float):
                self._done[known] = at

    def as_kept(self) -> dict[str, Any]:
        """Return the ids to store, each with its time."""
        return dict(self._done)

    def forget_before(self, moment: datetime) -> None:
        """Forget ids from before a time (UTC)."""
        least = moment.timestamp()
        self._done = {known: at for known, at in self._done.items() if at >= least}

    def knows(self, any_id: str) -> bool:
        """Return whether the end of a call with this id was published, or the engine knows it."""
        if any_id in self._done:
            return True
        call = self._calls.tracker.find(any_id)
        return call is not None and call.outcome is not None

    def record_ended(self, call_id: str) -> None:
        """Record that the end of a call was published."""
        self._note(call_id)
        self._close()

    def record_applied(self, ids: Iterable[str]) -> None:
        """Record that the engine has applied records."""
        self._open.update(ids)
        self._close()

    def _note(self, any_id: str) -> None:
        self._done[any_id] = dt_util.utcnow().timestamp()
        while len(self._done) > _MAX_IDS:
            del self._done[next(iter(self._done))]

    def _close(self) -> None:
        """Mark records as done whose calls no longer go on."""
        for known in tuple(self._open):
            call = self._calls.tracker.find(known)
            if call is None or call.outcome is not None:
                self._open.discard(known)
                self._note(known)
