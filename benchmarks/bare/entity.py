"""What the bare integration's entities share: they are what a file says."""

from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from .const import DATA_SHAPE, DOMAIN


def described(hass: HomeAssistant, domain: str) -> list[dict[str, Any]]:
    """Return the descriptions of all entities of a platform."""
    return [each for each in hass.data[DATA_SHAPE]["entities"] if each["domain"] == domain]


class BareEntity(Entity):
    """An entity that a file describes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, description: dict[str, Any]) -> None:
        """Take over the description."""
        self._attr_unique_id = description["unique_id"]
        self._attr_name = description["original_name"]
        self._attr_translation_key = description["translation_key"]
        self._attr_entity_registry_enabled_default = description["enabled"]
        self._attr_entity_category = description["category"] and EntityCategory(
            description["category"]
        )
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, description["device"])})
