"""The files that are kept over restarts: those of an entry, and those that all entries share."""

from collections.abc import Callable
from datetime import UTC, datetime
from glob import escape
import os
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER

SAVE_DELAY: Final = 1.0  # seconds; changes within it are written together

MISSED_CALLS: Final = "missed_calls"
CALL_LOG: Final = "call_log"
LATEST_CALLS: Final = "latest_calls"
BACKFILL: Final = "backfill"
ENDED_CALLS: Final = "ended_calls"
PBX: Final = "pbx"
_OF_AN_ENTRY: Final = (MISSED_CALLS, CALL_LOG, LATEST_CALLS, BACKFILL, ENDED_CALLS, PBX)
LOGINS: Final = "logins"
CONTACTS: Final = "contacts"
_VERSION = 1
_ASIDE = ".unread"


def store_of(hass: HomeAssistant, entry_id: str, name: str) -> Store[dict[str, Any]]:
    """Return one store of an entry."""
    return shared_store(hass, f"{name}.{entry_id}")


def shared_store(hass: HomeAssistant, name: str) -> Store[dict[str, Any]]:
    """Return a store that all entries share.

    Files are synced: after a power cut, the disk has either the content before a write or that
    after it. The price is one or two flushes of the disk for each write, off the event loop.
    """
    return Store(hass, _VERSION, f"{DOMAIN}.{name}", private=True, atomic_writes=True)


async def async_load_stored(store: Store[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of a store; empty where it cannot be read.

    A spoilt file, or one of a newer version, must not keep an entry from being set up. It is set
    aside, so that nothing is lost and the next start finds no fault. Home Assistant itself sets
    aside what is no JSON, and opens a repair for it.
    """
    try:
        stored = await store.async_load()
    except Exception as error:  # noqa: BLE001 - a file may hold anything, and stores raise anything
        reason = type(error).__name__
    else:
        if isinstance(stored, dict | None):
            return stored or {}
        reason = type(stored).__name__
    aside = f"{store.path}{_ASIDE}"
    try:
        await store.hass.async_add_executor_job(os.replace, store.path, aside)
        kept = f"what it held is in {Path(aside).name}"
    except OSError as error:
        kept = f"it cannot be renamed: {error.strerror}"
    LOGGER.warning(
        "%s is spoilt or of a newer version (%s) and is begun anew; %s", store.key, reason, kept
    )
    return {}


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
    """Remove all files of an entry, and what was set aside of them."""
    for name in _OF_AN_ENTRY:
        store = store_of(hass, entry_id, name)
        await store.async_remove()
        await hass.async_add_executor_job(_remove_set_aside, Path(store.path))


def _remove_set_aside(path: Path) -> None:
    """Remove what this module and Home Assistant set aside of a file."""
    for aside in path.parent.glob(f"{escape(path.name)}.*"):
        aside.unlink(missing_ok=True)


def stored_time(value: object) -> datetime | None:
    """Return a stored point in time (UTC); None where the value is none."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
