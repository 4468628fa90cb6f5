"""Bare binary sensors, there to be as many as another integration has."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, described


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors that are described."""
    async_add_entities([BareBinarySensor(each) for each in described(hass, "binary_sensor")])


class BareBinarySensor(BareEntity, BinarySensorEntity):
    """A binary sensor that never changes."""

    def __init__(self, description: dict[str, Any]) -> None:
        """Show what is described."""
        super().__init__(description)
        if device_class := description["original_device_class"]:
            self._attr_device_class = BinarySensorDeviceClass(device_class)
        self._attr_is_on = description["state"] == "on"
