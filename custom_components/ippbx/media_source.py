"""The media browser: the code of its recordings is loaded where there is one."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module


async def async_get_media_source(hass: HomeAssistant) -> Any:
    """Return the `MediaSource` of recordings, and serve them."""
    recordings = await async_import_module(hass, f"{__package__}.recordings")
    hass.http.register_view(recordings.RecordingView)
    return recordings.RecordingSource(hass)
