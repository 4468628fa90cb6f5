"""The files that an entry keeps over restarts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER

SAVE_DELAY: Final = 1.0  # seconds; changes within it are written together

MISSED_CALLS: Final = "missed_calls"
CALL_LOG: Final = "call_log"
LATEST_CALLS: Final = "latest_calls"
BACKFILL: Final = "backfill"
_VERSION = 1


def store_of(hass: HomeAssistant, entry_id: str, name: str) -> Store[dict[str, Any]]:
    """Return one store of an entry."""
    return Store(hass, _VERSION, f"{DOMAIN}.{name}.{entry_id}", private=True)


async def async_load_stored(store: Store[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of a store; empty where it cannot be read.

    A spoilt file must not keep an entry from being set up.
    """
    try:
        stored = await store.async_load()
    except Exception as error:  # noqa: BLE001 - a file may hold anything, and stores raise anything
        LOGGER.warning("%s cannot be read and is begun anew: %s", store.key, type(error).__name__)
        return {}
    return stored if isinstance(stored, dict) else {}


async def async_save_stored(store: Store[dict[str, Any]], content: dict[str, Any]) -> None:
    """Write a store now. A failure is logged, so that the rest of an entry can still be closed."""
    try:
        await store.async_save(content)
    except OSError as error:  # of the folder; Home Assistant logs that of a file
        LOGGER.warning("%s cannot be written: %s", store.key, error.strerror)


class StoredFile:
    """A file that is written within a second after a change.

    The delay of a bare `Store` begins anew with each change: fast changes are never written.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        name: str,
        content: Callable[[], dict[str, Any]],
        *,
        pause: float = 0,
    ) -> None:
        """Keep the arguments; nothing is read yet.

        Args:
            hass: for its storage folder and clock.
            entry_id: the entry that the file belongs to.
            name: first part of the file's name.
            content: returns what to write now.
            pause: least seconds between two writes.
        """
        self._store = store_of(hass, entry_id, name)
        self._content = content
        self._pause = pause
        self._next = 0.0  # by the clock of the event loop
        self._due = False

    async def async_load(self) -> dict[str, Any]:
        """Return the content that was written last."""
        return await async_load_stored(self._store)

    async def async_save(self) -> None:
        """Write now."""
        await async_save_stored(self._store, self._current())

    @callback
    def save_soon(self) -> None:
        """Write in a second or after the pause, and at the latest when Home Assistant stops."""
        if not self._due:
            self._due = True
            left = self._next - self._store.hass.loop.time()
            self._store.async_delay_save(self._current, max(SAVE_DELAY, left))

    def _current(self) -> dict[str, Any]:
        self._due = False
        self._next = self._store.hass.loop.time() + self._pause
        return self._content()


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Remove all files of an entry."""
    for name in (MISSED_CALLS, CALL_LOG, LATEST_CALLS, BACKFILL):
        await store_of(hass, entry_id, name).async_remove()


def stored_time(value: object) -> datetime | None:
    """Return a stored point in time (UTC); None where the value is none."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
