"""Texts of the translations where Home Assistant puts them into no language by itself."""

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN


def translation(hass: HomeAssistant, path: str, default: str = "", **values: str) -> str:
    """Return a text in the language of Home Assistant.

    Args:
        path: where it stands in the translations: `device.extension.name`.
        default: the text where there is none.
        values: what stands in the places of the text.
    """
    category = path.partition(".")[0]
    texts = async_get_cached_translations(hass, hass.config.language, category, DOMAIN)
    return texts.get(f"component.{DOMAIN}.{path}", default).format_map(values)


@callback
def async_follow_language(hass: HomeAssistant) -> None:
    """Load the texts of a language that Home Assistant changes to.

    It loads them itself, but into another cache than the one that it reads.
    """

    async def load(event: Event) -> None:
        if "language" in event.data:
            await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])

    hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, load)
