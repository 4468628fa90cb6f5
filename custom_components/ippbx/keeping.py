"""Reading what earlier runs kept: a file that somebody spoilt must not keep an entry from being set up."""

from typing import Any, Final

from homeassistant.helpers.storage import Store

from .const import LOGGER

SAVE_DELAY: Final = 1.0  # seconds in which what happens together is written together


async def async_kept(store: Store[Any]) -> dict[str, Any]:
    """Return what a store holds; nothing where it cannot be read or is no mapping."""
    try:
        kept = await store.async_load()
    except Exception as error:  # noqa: BLE001 - a file may hold anything, and stores raise anything
        LOGGER.warning("%s cannot be read and is begun anew: %s", store.key, type(error).__name__)
        return {}
    return kept if isinstance(kept, dict) else {}
