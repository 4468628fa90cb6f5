"""Ids of calls and records that were published, so that none is twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from ...storage import stored_time
from ..monitor import CallMonitor

_MOST = 20_000  # ids: more than a PBX could mean


class SeenRecords:
    """Remembers ids for as long as records are looked through that may have them."""

    def __init__(self, calls: CallMonitor) -> None:
        """Begin with none."""
        self._calls = calls
        self._told: dict[str, datetime] = {}
        self._open: set[str] = set()  # of records whose calls are not published as ended yet

    def load(self, kept: object) -> None:
        """Restore what earlier runs kept; what cannot be read is left out."""
        for known, at in (kept if isinstance(kept, dict) else {}).items():
            if (time := stored_time(at)) is not None:
                self._told[known] = time

    def as_kept(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return {known: at.isoformat() for known, at in self._told.items()}

    def forget_before(self, moment: datetime) -> None:
        """Forget what was published before a moment (UTC)."""
        self._told = {known: at for known, at in self._told.items() if at >= moment}

    def knows(self, any_id: str) -> bool:
        """Return whether this id was published, before or as the engine still remembers."""
        if any_id in self._told:
            return True
        call = self._calls.tracker.find(any_id)
        return call is not None and call.outcome is not None

    def tell(self, call_id: str) -> None:
        """Note that the end of a call was published."""
        self._note(call_id)
        self._close()

    def give(self, ids: Iterable[str]) -> None:
        """Note records that the engine was given."""
        self._open.update(ids)
        self._close()

    def _note(self, any_id: str) -> None:
        self._told[any_id] = dt_util.utcnow()
        while len(self._told) > _MOST:
            del self._told[next(iter(self._told))]

    def _close(self) -> None:
        """Note the records that tell no more: no call that goes on has them."""
        for known in tuple(self._open):
            call = self._calls.tracker.find(known)
            if call is None or call.outcome is not None:
                self._open.discard(known)
                self._note(known)
