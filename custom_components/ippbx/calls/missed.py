"""Missed calls: their number, kept over restarts, and the extensions that missed one."""

from collections import deque
from collections.abc import Collection, Container
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import MISSED_FOR_DIRECT
from ..pbx.model.tracked import CallChange, CallEventType, CallOutcome
from ..storage import (
    MISSED_CALLS,
    async_load_stored,
    async_save_stored,
    store_of,
    stored_time,
)
from .history.entries import inside_number

_MAX_IDS: Final = 256
"""Ids that are kept: more than a PBX repeats the records of."""


class MissedCalls:
    """The number of missed calls of one entry.

    Attributes:
        count: calls missed since `since`.
        counted: ids of the calls that were counted last, also before the last reset.
        since: time of the last reset (UTC).
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Start at zero; nothing is loaded yet."""
        self.count = 0
        self.counted: deque[str] = deque(maxlen=_MAX_IDS)
        self.since: datetime = dt_util.utcnow()
        self._loaded = False
        self._store = store_of(hass, entry_id, MISSED_CALLS)

    async def async_load(self) -> None:
        """Load the count of earlier runs."""
        kept = await async_load_stored(self._store)
        count, since = kept.get("count"), stored_time(kept.get("since"))
        if type(count) is int and count >= 0 and since is not None:
            self.count, self.since = count, since
        counted = kept.get("counted")
        if isinstance(counted, list):
            self.counted.extend(each for each in counted if isinstance(each, str))
        self._loaded = True

    async def async_save(self) -> None:
        """Save the count now, unless that of earlier runs was never loaded."""
        if self._loaded:
            await async_save_stored(self._store, self._kept())

    @callback
    def record(self, change: CallChange, ids: Collection[str]) -> None:
        """Count a missed call once, also a retroactive one; `ids` are all ids of the call."""
        missed = change.type is CallEventType.MISSED and change.first
        if missed and not any(each in self.counted for each in ids):
            self.count += 1
            self.counted.extend(sorted(ids))
            self._save_soon()

    @callback
    def reset(self) -> None:
        """Reset the count to zero."""
        self.count, self.since = 0, dt_util.utcnow()
        self._save_soon()

    def _save_soon(self) -> None:
        self._store.async_delay_save(self._kept)

    def _kept(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "since": self.since.isoformat(),
            "counted": [*self.counted],
        }


@callback
def with_named_extensions(change: CallChange, extensions: Container[str]) -> CallChange:
    """Return the end of a call, of which no extensions are known, as one of those that it names.

    Other changes stay as they are. A missed call is missed by the callee: no record shows which
    members of a group rang.
    """
    call = change.call
    if change.type not in _TERMINATIONS:
        return change
    parties = inside_number(call, "caller"), inside_number(call, "callee")
    named = tuple(number for number in parties if number in extensions)
    if call.outcome is CallOutcome.MISSED and call.callee in named and not call.missed_by:
        call = replace(call, missed_by=(call.callee,))
    if change.extensions:
        return change if call is change.call else replace(change, call=call)
    concerned = call.missed_by if change.type is CallEventType.MISSED else named
    return replace(change, call=call, extensions=tuple(dict.fromkeys(concerned)))


_TERMINATIONS = (CallEventType.ENDED, CallEventType.MISSED)


@callback
def missed_for(change: CallChange, choice: str) -> CallChange:
    """Return a change with the extensions that missed the call by the user's choice.

    Args:
        change: any change; others than missed calls are returned as they are.
        choice: "group_members": all extensions that rang. "direct": those that were called
            directly, even if the call went on to others.
    """
    if change.type is not CallEventType.MISSED or choice != MISSED_FOR_DIRECT:
        return change
    call = change.call
    direct = (each for each in change.extensions if call.callee == each or call.rang == (each,))
    return replace(change, extensions=tuple(direct))
