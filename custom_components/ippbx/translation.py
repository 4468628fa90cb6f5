"""Texts of the translations where Home Assistant puts them into no language by itself."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

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
