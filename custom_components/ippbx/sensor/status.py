"""Sensors of the status of extensions and trunks, and of the link."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory

from ..entity import PbxEntity, PbxItemEntity
from ..pbx.model.lines import Extension, ExtensionStatus, Trunk, TrunkStatus
from ..reports.address import origin, without_secret
from ..runtime import PbxRuntime


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PbxSensorDescription(SensorEntityDescription):
    """A sensor of the PBX, with the sources of its value and attributes.

    Attributes:
        drift: by how much a time may move before the state follows.
    """

    value: Callable[[PbxRuntime], str | datetime | None]
    drift: timedelta = timedelta()
    attributes: Callable[[PbxRuntime], dict[str, str]] = lambda _: {}


def _shown_address(runtime: PbxRuntime) -> str | None:
    address = runtime.link.registered
    if address is None:
        return None
    return without_secret(address, runtime.channel.path)[:MAX_LENGTH_STATE_STATE]


def _address_origin(runtime: PbxRuntime) -> dict[str, str]:
    entry = runtime.entry
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
        value=lambda runtime: runtime.link.last_heartbeat,
        **_LINK_DETAIL,
    ),
    PbxSensorDescription(
        key="token_valid_until",
        translation_key="token_valid_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda runtime: runtime.backend.session.valid_until,
        drift=timedelta(minutes=5),  # every answer of the PBX prolongs it
        **_LINK_DETAIL,
    ),
    PbxSensorDescription(
        key="last_report",
        translation_key="last_report",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda runtime: runtime.receiver.last_report,
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


# Disabled by default: the PBX is asked for each extension.
NEW_MESSAGES = SensorEntityDescription(
    key="new_messages",
    translation_key="new_messages",
    state_class=SensorStateClass.MEASUREMENT,
    entity_registry_enabled_default=False,
)


class PbxSensor(PbxEntity, SensorEntity):
    """A sensor of the PBX, available without the link, too: that is what it shows."""

    entity_description: PbxSensorDescription

    @override
    def _shown(self) -> Hashable:
        description = self.entity_description
        attributes = description.attributes(self.runtime)
        value, before = description.value(self.runtime), self._attr_native_value
        if isinstance(value, datetime) and isinstance(before, datetime):
            value = before if abs(value - before) < description.drift else value
        return (value, tuple(attributes.items()))

    @override
    def _show(self, shown: tuple[str | datetime | None, tuple[tuple[str, str], ...]]) -> None:
        self._attr_native_value, attributes = shown
        self._attr_extra_state_attributes = dict(attributes)


class StatusSensor[ItemT: (Extension, Trunk)](PbxItemEntity[ItemT], SensorEntity):
    """The status of an extension or a trunk."""

    @override
    def _value(self, item: ItemT) -> Hashable:
        return item.status

    @override
    def _show_value(self, value: str | None) -> None:
        self._attr_native_value = value


class ExtensionStatusSensor(StatusSensor[Extension]):
    """The status of an extension, refined by its calls."""

    @override
    def _value(self, item: Extension) -> Hashable:
        return self.runtime.calls.status_of(item)


class NewMessagesSensor(PbxItemEntity[Extension], SensorEntity):
    """The number of new messages in the voicemail box of an extension."""

    @override
    def _value(self, item: Extension) -> Hashable:
        return self.runtime.store.messages.get(item.number)

    @override
    def _show_value(self, value: int | None) -> None:
        self._attr_native_value = value
