"""Bare events, there to be as many as another integration has."""

from typing import Any

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, described


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events that are described."""
    async_add_entities([BareEvent(each) for each in described(hass, "event")])


class BareEvent(BareEntity, EventEntity):
    """An event that never happens."""

    def __init__(self, description: dict[str, Any]) -> None:
        """Take over what could happen."""
        super().__init__(description)
        self._attr_event_types = description["capabilities"]["event_types"]
