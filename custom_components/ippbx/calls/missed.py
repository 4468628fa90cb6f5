"""Counts missed calls, over restarts and crashes, and decides which extensions missed a call."""

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import MISSED_FOR_DIRECT
from ..pbx.model.tracked import CallChange, CallEventType, CallOutcome, TrackedCall
from ..storage import MISSED_CALLS, async_load_stored, async_save_stored, store_of, stored_time


class MissedCalls:
    """Counts the missed calls of one entry.

    Attributes:
        count: calls missed since `since`.
        since: when the count was last reset (UTC).
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Start at zero; nothing is loaded yet."""
        self.count = 0
        self.since: datetime = dt_util.utcnow()
        self._loaded = False
        self._store = store_of(hass, entry_id, MISSED_CALLS)

    async def async_load(self) -> None:
        """Load what earlier runs counted."""
        kept = await async_load_stored(self._store)
        count, since = kept.get("count"), stored_time(kept.get("since"))
        if type(count) is int and count >= 0 and since is not None:
            self.count, self.since = count, since
        self._loaded = True

    async def async_save(self) -> None:
        """Write the count now, unless what earlier runs counted was never loaded."""
        if self._loaded:
            await async_save_stored(self._store, self._kept())

    @callback
    def record(self, change: CallChange) -> None:
        """Count a change if it is a missed call, retroactive ones too."""
        if change.type is CallEventType.MISSED and change.whole:
            self.count += 1
            self._save_soon()

    @callback
    def reset(self) -> None:
        """Begin again at zero."""
        self.count, self.since = 0, dt_util.utcnow()
        self._save_soon()

    def _save_soon(self) -> None:
        self._store.async_delay_save(self._kept)

    def _kept(self) -> dict[str, Any]:
        return {"count": self.count, "since": self.since.isoformat()}


@callback
def attributed(change: CallChange, extensions: Container[str]) -> CallChange:
    """Return a retroactive change as one that concerns the extensions that it names, where nothing else does.

    An extension that was called itself has missed the call. No record shows which members of a group rang.

    Args:
        change: what was found out.
        extensions: the numbers of all extensions.
    """
    call = change.call
    if not change.late or change.extensions or change.type not in _ENDS:
        return change
    named = tuple(number for number in (call.caller, call.callee) if number in extensions)
    if call.outcome is CallOutcome.MISSED and call.callee in named and not call.missed_by:
        call = replace(call, missed_by=(call.callee,))
    concerned = call.missed_by if change.type is CallEventType.MISSED else named
    return replace(change, call=call, extensions=tuple(dict.fromkeys(concerned)))


_ENDS = (CallEventType.ENDED, CallEventType.MISSED)


@callback
def missed_for(change: CallChange, choice: str) -> CallChange:
    """Return a change with the extensions that have missed the call by the user's choice.

    Args:
        change: what happened.
        choice: "group_members": all that rang. "direct": those that were called themselves, whether nobody else
            rang or the call went on to others afterwards.
    """
    if change.type is not CallEventType.MISSED or choice != MISSED_FOR_DIRECT:
        return change
    called = tuple(number for number in change.extensions if _is_for(change.call, number))
    return replace(change, extensions=called)


def _is_for(call: TrackedCall, extension: str) -> bool:
    return call.callee == extension or call.rang == (extension,)
