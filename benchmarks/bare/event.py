"""Bare events: they happen when a report says so."""

from typing import Any

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Bare, BareEntity, described


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Bare],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events that are described."""
    descriptions = described(hass, "event")
    events = [BareEvent(description) for description in descriptions]
    for description, event in zip(descriptions, events, strict=True):
        entry.runtime_data.events[description["device"]] = event
    async_add_entities(events)


class BareEvent(BareEntity, EventEntity):
    """An event that happens when it is told to."""

    def __init__(self, description: dict[str, Any]) -> None:
        """Take over what could happen."""
        super().__init__(description)
        self._attr_event_types = description["capabilities"]["event_types"]

    @callback
    def take(self, kind: str, attributes: dict[str, Any]) -> None:
        """Happen."""
        self._trigger_event(kind, attributes)
        self.async_write_ha_state()
