"""Measures what the set-up of a config entry costs."""

from collections.abc import Awaitable, Callable
import ctypes
import gc
from pathlib import Path
import time
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration


async def async_set_up(
    hass: HomeAssistant, entry_id: str, async_rest: Callable[[], Awaitable[None]]
) -> dict[str, Any]:
    """Load an integration's code, then enable its entry, which sets it up; return what that took.

    Args:
        async_rest: returns once nothing is left to do; so it is before and after.

    Returns:
        state of the entry; CPU seconds for loading the code; wall and CPU time of the set-up in
        seconds; growth of the resident memory in bytes by both.
    """
    await async_rest()
    before = _resident()
    entry = hass.config_entries.async_get_known_entry(entry_id)
    loading = time.process_time()
    await _async_load(hass, entry.domain)
    loading = time.process_time() - loading
    wall, cpu = time.perf_counter(), time.process_time()
    await hass.config_entries.async_set_disabled_by(entry_id, None)
    await hass.async_block_till_done()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    await async_rest()
    return {
        "loaded": entry.state is ConfigEntryState.LOADED,
        "loading": loading,
        "wall": wall,
        "cpu": cpu,
        "memory": _resident() - before,
    }


async def _async_load(hass: HomeAssistant, domain: str) -> None:
    """Import all modules that the set-up will want."""
    integration = await async_get_integration(hass, domain)
    component = await integration.async_get_component()
    bare = getattr(component, "platforms", None)
    platforms = bare(hass) if bare else getattr(component, "PLATFORMS", ())
    await integration.async_get_platforms(["config_flow", *platforms])


def _resident() -> int:
    """Return the resident memory in bytes, after rubbish is gone and free memory is given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("The kernel does not tell the resident memory")
