"""Bare buttons, there to be as many as another integration has."""

from typing import Any

from homeassistant.components.button import ButtonEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, described


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons that are described."""
    async_add_entities([BareButton(each) for each in described(hass, "button")])


class BareButton(BareEntity, ButtonEntity):
    """A button that does nothing."""
