"""Sensors of the PBX, its extensions, trunks and calls."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..entity import EXTENSION, TRUNK, async_add_items
from ..runtime import PbxConfigEntry
from .calls import (
    CALL_COUNTS,
    LAST_CALL,
    LAST_CALLER,
    CallCountSensor,
    LastCallerSensor,
    LastCallSensor,
)
from .status import (
    EXTENSION_STATUS,
    SENSORS,
    TRUNK_STATUS,
    ExtensionStatusSensor,
    PbxSensor,
    StatusSensor,
)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a PBX."""
    runtime = entry.runtime_data
    async_add_entities(PbxSensor(runtime, description) for description in SENSORS)
    async_add_entities(CallCountSensor(runtime, description) for description in CALL_COUNTS)
    async_add_entities((LastCallSensor(runtime, LAST_CALL),))
    async_add_items(
        entry,
        EXTENSION,
        lambda number: (
            ExtensionStatusSensor(runtime, EXTENSION_STATUS, EXTENSION, number),
            LastCallerSensor(runtime, LAST_CALLER, number),
        ),
        async_add_entities,
    )
    async_add_items(
        entry,
        TRUNK,
        lambda key: (StatusSensor(runtime, TRUNK_STATUS, TRUNK, key),),
        async_add_entities,
    )
