"""Serves the bundle of the cards, and adds it to Home Assistant's frontend."""

from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url, remove_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

BUNDLE: Final = Path(__file__).parent / "cards.js"
"""Built from `frontend/` by `scripts/frontend`; its first line has a hash of the sources."""
_ADDRESS: HassKey[str] = HassKey(f"{DOMAIN}_cards")
_HASH_SHOWN: Final = 12  # characters


async def async_add(hass: HomeAssistant) -> None:
    """Let browsers load the cards. Their address changes with the bundle."""
    version = await hass.async_add_executor_job(source_hash)
    if _ADDRESS not in hass.data:  # a path cannot be served twice, or no more
        hass.data[_ADDRESS] = f"/{DOMAIN}/cards-{version[:_HASH_SHOWN]}.js"
        await hass.http.async_register_static_paths(
            [StaticPathConfig(hass.data[_ADDRESS], str(BUNDLE))]
        )
    add_extra_js_url(hass, hass.data[_ADDRESS])


@callback
def async_remove(hass: HomeAssistant) -> None:
    """Let browsers load the cards no more; nothing to do if they never could."""
    if _ADDRESS in hass.data:  # the frontend may have come after the PBX
        remove_extra_js_url(hass, hass.data[_ADDRESS])


def source_hash() -> str:
    """Return the hash of the sources that the bundle was built from."""
    with BUNDLE.open(encoding="utf-8") as file:
        return file.readline().strip("/*! \n").rpartition(" ")[2]
