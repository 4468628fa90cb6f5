"""The shape of an entry.

Its devices and entities, so that the bare integration can look the same.
"""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

DEVICE_FIELDS = ("manufacturer", "model", "serial_number", "sw_version", "configuration_url")
ENTITY_FIELDS = ("unique_id", "original_device_class", "translation_key", "original_name")


def read_shape(file: Path) -> dict[str, Any]:
    """Return the stored shape of the bare integration, an empty one if there is none."""
    if not file.exists():
        return {"devices": [], "entities": []}
    shape: dict[str, Any] = json.loads(file.read_text())
    return shape


def shape_of(hass: HomeAssistant, entry_id: str) -> dict[str, Any]:
    """Return the devices and entities of an entry as JSON values."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    names = {device.id: next(iter(device.identifiers))[1] for device in devices}
    return {
        "devices": [
            {
                "id": names[device.id],
                "via": names.get(device.via_device_id or ""),
                "name": device.name,
                **{field: getattr(device, field) for field in DEVICE_FIELDS},
            }
            for device in devices
        ],
        "entities": [_entity(hass, entity, names) for entity in entities],
    }


def _entity(hass: HomeAssistant, entity: er.RegistryEntry, names: dict[str, str]) -> dict[str, Any]:
    state = hass.states.get(entity.entity_id)
    return {
        "domain": entity.domain,
        "device": names[entity.device_id or ""],
        "enabled": entity.disabled_by is None,
        "category": entity.entity_category,
        "capabilities": dict(entity.capabilities or {}),
        "state": state.state if state is not None else None,
        **{field: getattr(entity, field) for field in ENTITY_FIELDS},
    }
