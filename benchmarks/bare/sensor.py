"""Bare sensors: one of them is written by each report."""

from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, described


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[dict[str, "BareSensor"]],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors that are described."""
    descriptions = described(hass, "sensor")
    sensors = [BareSensor(description) for description in descriptions]
    for description, sensor in zip(descriptions, sensors, strict=True):
        entry.runtime_data[description["unique_id"]] = sensor
    async_add_entities(sensors)


class BareSensor(BareEntity, SensorEntity):
    """A sensor that shows what it is told."""

    def __init__(self, description: dict[str, Any]) -> None:
        """Show what is described at first."""
        super().__init__(description)
        if device_class := description["original_device_class"]:
            self._attr_device_class = SensorDeviceClass(device_class)
        self._attr_options = description["capabilities"].get("options")
        if device_class != SensorDeviceClass.TIMESTAMP:
            self._attr_native_value = description["state"]

    @callback
    def take(self, value: str) -> None:
        """Show another value."""
        self._attr_native_value = value
        self.async_write_ha_state()
