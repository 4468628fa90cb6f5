"""What is kept of an entry over restarts: one file for each thing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER

SAVE_DELAY: Final = 1.0  # seconds in which what happens together is written together

MISSED_CALLS: Final = "missed_calls"
CALL_LOG: Final = "call_log"
LATEST_CALLS: Final = "latest_calls"
BACKFILL: Final = "backfill"
_VERSION = 1


def store_of(hass: HomeAssistant, entry_id: str, what: str) -> Store[dict[str, Any]]:
    """Return the store of one thing that is kept of an entry."""
    return Store(hass, _VERSION, f"{DOMAIN}.{what}.{entry_id}", private=True)


async def async_kept(store: Store[dict[str, Any]]) -> dict[str, Any]:
    """Return what a store holds; nothing where it cannot be read: a spoilt file must keep no entry from being set up."""
    try:
        kept = await store.async_load()
    except Exception as error:  # noqa: BLE001 - a file may hold anything, and stores raise anything
        LOGGER.warning("%s cannot be read and is begun anew: %s", store.key, type(error).__name__)
        return {}
    return kept if isinstance(kept, dict) else {}


async def async_keep(store: Store[dict[str, Any]], kept: dict[str, Any]) -> None:
    """Write what is kept now; where that cannot be done, whoever closes an entry goes on with the rest."""
    try:
        await store.async_save(kept)
    except OSError as error:  # of the folder; that of a file Home Assistant tells by itself
        LOGGER.warning("%s cannot be written: %s", store.key, error.strerror)


class Keeper:
    """Writes one file within a second after what it holds has changed.

    A store by itself waits anew with each change, so that it writes nothing while changes come fast.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        what: str,
        kept: Callable[[], dict[str, Any]],
        *,
        pause: float = 0,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            kept: returns what is to be written now.
            pause: seconds after it was written in which it is not written again.
        """
        self._store = store_of(hass, entry_id, what)
        self._kept = kept
        self._pause = pause
        self._next = 0.0  # by the clock of the event loop
        self._due = False

    async def async_load(self) -> dict[str, Any]:
        """Return what earlier runs wrote."""
        return await async_kept(self._store)

    async def async_save(self) -> None:
        """Write now."""
        await async_keep(self._store, self._kept_now())

    @callback
    def save_soon(self) -> None:
        """Write in a moment, or after the pause; when Home Assistant stops if that is sooner."""
        if not self._due:
            self._due = True
            left = self._next - self._store.hass.loop.time()
            self._store.async_delay_save(self._kept_now, max(SAVE_DELAY, left))

    def _kept_now(self) -> dict[str, Any]:
        self._due = False
        self._next = self._store.hass.loop.time() + self._pause
        return self._kept()


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Remove all that is kept of an entry."""
    for what in (MISSED_CALLS, CALL_LOG, LATEST_CALLS, BACKFILL):
        await store_of(hass, entry_id, what).async_remove()


def kept_time(value: object) -> datetime | None:
    """Return a point in time (UTC) that was kept; None where it is none."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
