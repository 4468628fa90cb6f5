"""The media browser: the code of its recordings is loaded where there is one."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

if TYPE_CHECKING:  # a house without a media browser need not load it
    from homeassistant.components.media_source import MediaSource


async def async_get_media_source(hass: HomeAssistant) -> "MediaSource":
    """Return the source of recordings, and serve them."""
    recordings = await async_import_module(hass, f"{__package__}.recordings")
    hass.http.register_view(recordings.RecordingView)
    source: MediaSource = recordings.RecordingSource(hass)
    return source
