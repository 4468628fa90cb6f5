"""Counts missed calls, over restarts and crashes, and decides for whom a call is a missed one."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN, MISSED_FOR_DIRECT
from .keeping import async_kept
from .pbx.call_models import CallChange, CallEventType, TrackedCall

_VERSION = 1


class _Kept(TypedDict):
    count: int
    since: str


class MissedCalls:
    """Counts the missed calls of one entry.

    Attributes:
        count: calls missed since then.
        since: when somebody last set the count to zero (UTC).
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self.count = 0
        self.since: datetime = dt_util.utcnow()
        self._read = False
        self._store: Store[_Kept] = Store(
            hass, _VERSION, f"{DOMAIN}.missed_calls.{entry_id}", private=True
        )

    async def async_load(self) -> None:
        """Read what earlier runs counted."""
        kept = await async_kept(self._store)
        count, since = kept.get("count"), kept.get("since")
        read = dt_util.parse_datetime(since) if isinstance(since, str) else None
        if type(count) is int and count >= 0 and read is not None and read.tzinfo is not None:
            self.count, self.since = count, read
        self._read = True

    async def async_save(self) -> None:
        """Write the count now, unless what earlier runs counted was never read."""
        if self._read:
            await self._store.async_save(self._kept())

    async def async_remove(self) -> None:
        """Forget what was kept."""
        await self._store.async_remove()

    @callback
    def take(self, change: CallChange) -> None:
        """Count a change if it is a missed call, late ones too."""
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

    def _kept(self) -> _Kept:
        return {"count": self.count, "since": self.since.isoformat()}


@callback
def missed_for(change: CallChange, choice: str) -> CallChange:
    """Return a change with the extensions that have missed the call as the user wants it.

    Args:
        choice: "group_members": all that rang. "direct": those that were called themselves, be it that nobody else
            rang, be it that the call went on to others afterwards.
    """
    if change.type is not CallEventType.MISSED or choice != MISSED_FOR_DIRECT:
        return change
    called = tuple(number for number in change.extensions if _is_for(change.call, number))
    return replace(change, extensions=called)


def _is_for(call: TrackedCall, extension: str) -> bool:
    return call.callee == extension or call.rang == (extension,)
