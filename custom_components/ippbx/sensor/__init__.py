"""Sensors of the PBX, its extensions, trunks and calls."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import CONF_SHOW_CALLERS
from ..entity import (
    EXTENSION,
    EXTENSION_MESSAGES,
    TRUNK,
    async_add_items,
)
from ..runtime import PbxConfigEntry
from ..state.devices import async_remove_entities
from .calls import (
    CALL_COUNTS,
    IN_CALL_WITH,
    LAST_CALL,
    LAST_CALLER,
    CallCountSensor,
    InCallWithSensor,
    LastCallerSensor,
    LastCallSensor,
)
from .status import (
    EXTENSION_STATUS,
    NEW_MESSAGES,
    SENSORS,
    TRUNK_STATUS,
    ExtensionStatusSensor,
    NewMessagesSensor,
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
    if runtime.backend.capabilities.counts_messages:
        async_add_items(
            entry,
            EXTENSION,
            lambda number: (NewMessagesSensor(runtime, NEW_MESSAGES, EXTENSION_MESSAGES, number),),
            async_add_entities,
        )
    if entry.options.get(CONF_SHOW_CALLERS, True):
        async_add_items(
            entry,
            EXTENSION,
            lambda number: (InCallWithSensor(runtime, IN_CALL_WITH, EXTENSION, number),),
            async_add_entities,
        )
    else:
        async_remove_entities(hass, entry, IN_CALL_WITH.key)
    async_add_items(
        entry,
        TRUNK,
        lambda key: (StatusSensor(runtime, TRUNK_STATUS, TRUNK, key),),
        async_add_entities,
    )
