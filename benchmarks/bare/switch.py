"""Bare switches, there to be as many as another integration has."""

from typing import Any

from homeassistant.components.switch import SwitchEntity
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
    async_add_entities([BareSwitch(each) for each in described(hass, "switch")])


class BareSwitch(BareEntity, SwitchEntity):
    """One that does nothing."""
