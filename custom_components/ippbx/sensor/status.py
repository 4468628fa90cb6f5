"""Sensors: what extensions and trunks do, and how the link fares."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..coordinator import PbxConfigEntry, PbxCoordinator
from ..entity import EXTENSION, TRUNK, PbxEntity, PbxItemEntity, async_add_items
from ..pbx.model.lines import Extension, ExtensionStatus, Trunk, TrunkStatus
from ..reports.address import origin, without_secret
from ..state.store import LINK
from .calls import (
    CALL_COUNTS,
    LAST_CALL,
    LAST_CALLER,
    CallCountSensor,
    LastCallerSensor,
    LastCallSensor,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class PbxSensorDescription(SensorEntityDescription):
    """A sensor of the PBX itself, and where its value comes from."""

    value: Callable[[PbxCoordinator], str | datetime | None]
    attributes: Callable[[PbxCoordinator], dict[str, str]] = lambda _: {}


def _shown_address(coordinator: PbxCoordinator) -> str | None:
    told = coordinator.link.told
    return without_secret(told, coordinator.path.path) if told is not None else None


def _address_origin(coordinator: PbxCoordinator) -> dict[str, str]:
    entry = coordinator.config_entry
    return {"origin": origin(entry.data, entry.options)}


_LINK_DETAIL: dict[str, Any] = {
    "entity_category": EntityCategory.DIAGNOSTIC,
    "entity_registry_enabled_default": False,
}
SENSORS = (
    PbxSensorDescription(
        key="last_heartbeat",
        translation_key="last_heartbeat",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda coordinator: coordinator.link.last_heartbeat,
        **_LINK_DETAIL,
    ),
    PbxSensorDescription(
        key="token_valid_until",
        translation_key="token_valid_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda coordinator: coordinator.client.token_valid_until,
        **_LINK_DETAIL,
    ),
    PbxSensorDescription(
        key="last_report",
        translation_key="last_report",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda coordinator: coordinator.intake.last_report,
        **_LINK_DETAIL,
    ),
    PbxSensorDescription(
        key="report_address",
        translation_key="report_address",
        value=_shown_address,
        attributes=_address_origin,
        **_LINK_DETAIL,
    ),
)
EXTENSION_STATUS = SensorEntityDescription(
    key="status",
    translation_key="extension_status",
    device_class=SensorDeviceClass.ENUM,
    options=list(ExtensionStatus),
)
TRUNK_STATUS = SensorEntityDescription(
    key="status",
    translation_key="trunk_status",
    device_class=SensorDeviceClass.ENUM,
    options=list(TrunkStatus),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a PBX."""
    coordinator = entry.runtime_data
    async_add_entities(PbxSensor(coordinator, description) for description in SENSORS)
    async_add_entities(CallCountSensor(coordinator, description) for description in CALL_COUNTS)
    async_add_entities((LastCallSensor(coordinator, LAST_CALL),))
    async_add_items(
        entry,
        EXTENSION,
        lambda number: (
            ExtensionStatusSensor(coordinator, EXTENSION_STATUS, EXTENSION, number),
            LastCallerSensor(coordinator, LAST_CALLER, number),
        ),
        async_add_entities,
    )
    async_add_items(
        entry,
        TRUNK,
        lambda key: (StatusSensor(coordinator, TRUNK_STATUS, TRUNK, key),),
        async_add_entities,
    )


class PbxSensor(PbxEntity, SensorEntity):
    """A sensor of the PBX itself. It tells of the link, so it stays available without one."""

    entity_description: PbxSensorDescription

    def __init__(self, coordinator: PbxCoordinator, description: PbxSensorDescription) -> None:
        """Prepare."""
        super().__init__(coordinator, description, LINK, coordinator.data.info.serial)

    @override
    def _shown(self) -> Hashable:
        description = self.entity_description
        attributes = description.attributes(self.coordinator)
        return (description.value(self.coordinator), tuple(attributes.items()))

    @override
    def _show(self, shown: tuple[str | datetime | None, tuple[tuple[str, str], ...]]) -> None:
        self._attr_native_value, attributes = shown
        self._attr_extra_state_attributes = dict(attributes)


class StatusSensor[ItemT: (Extension, Trunk)](PbxItemEntity[ItemT], SensorEntity):
    """What an extension or a trunk is doing."""

    @override
    def _value(self, item: ItemT) -> Hashable:
        return item.status

    @override
    def _show_value(self, value: str | None) -> None:
        self._attr_native_value = value


class ExtensionStatusSensor(StatusSensor[Extension]):
    """What an extension is doing, by its calls where they show more than the PBX has said of it."""

    @override
    def _value(self, item: Extension) -> Hashable:
        return self.coordinator.calls.status_of(item)
