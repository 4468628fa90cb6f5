"""Bare texts, there to be as many as another integration has."""

from typing import Any

from homeassistant.components.text import TextEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, described


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add what is described."""
    async_add_entities([BareText(each) for each in described(hass, "text")])


class BareText(BareEntity, TextEntity):
    """One that does nothing."""
