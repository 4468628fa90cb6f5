"""Sensors that calls feed: how many there are, how many were missed, and who called last."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import MATCH_ALL
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..coordinator import PbxCoordinator
from ..entity import PbxDeviceEntity, PbxEntity
from ..pbx.model.tracked import CallChange, CallEventType, TrackedCall
from ..state.devices import EXTENSION_ITEM, item_id
from ..state.store import CALLS


@dataclass(frozen=True, kw_only=True)
class CallCountDescription(SensorEntityDescription):
    """A number of calls.

    Attributes:
        count: returns the number; None where it is not known.
        since: returns when counting began, for what only grows from then on.
    """

    count: Callable[[PbxCoordinator], int | None]
    since: Callable[[PbxCoordinator], datetime | None] = lambda _: None


CALL_COUNTS = (
    CallCountDescription(
        key="active_calls",
        translation_key="active_calls",
        state_class=SensorStateClass.MEASUREMENT,
        count=lambda coordinator: (
            len(coordinator.calls.tracker.active) if coordinator.link.up else None
        ),
    ),
    CallCountDescription(
        key="missed_calls",
        translation_key="missed_calls",
        state_class=SensorStateClass.TOTAL,
        count=lambda coordinator: coordinator.calls.missed.count,
        since=lambda coordinator: coordinator.calls.missed.since,
    ),
)
LAST_CALL = SensorEntityDescription(
    key="last_call",
    translation_key="last_call",
    device_class=SensorDeviceClass.TIMESTAMP,
)
LAST_CALLER = SensorEntityDescription(
    key="last_caller",
    translation_key="last_caller",
    entity_registry_enabled_default=False,
)


class CallCountSensor(PbxEntity, SensorEntity):
    """A number of calls. What was counted stays true without a link; how many there are now is unknown then."""

    entity_description: CallCountDescription

    def __init__(self, coordinator: PbxCoordinator, description: CallCountDescription) -> None:
        """Prepare."""
        super().__init__(coordinator, description, CALLS, coordinator.data.info.serial)

    @override
    def _shown(self) -> Hashable:
        description = self.entity_description
        return description.count(self.coordinator), description.since(self.coordinator)

    @override
    def _show(self, shown: tuple[int | None, datetime | None]) -> None:
        self._attr_native_value, self._attr_last_reset = shown


class _LastSensor(PbxDeviceEntity, RestoreSensor):
    """Something about the last call, kept over restarts. The recorder keeps its state alone."""

    _unrecorded_attributes = frozenset({MATCH_ALL})
    _shown_attributes: tuple[str, ...] = ()

    @override
    async def async_added_to_hass(self) -> None:
        """Show what was shown last, and begin to listen."""
        if (kept := await self.async_get_last_sensor_data()) is not None:
            self._attr_native_value = kept.native_value
        if (state := await self.async_get_last_state()) is not None:
            self._show_attributes(state.attributes)
        self.async_on_remove(self._listen())

    def _listen(self) -> Callable[[], None]:
        raise NotImplementedError

    def _show_attributes(self, said: Any) -> None:
        self._attr_extra_state_attributes = {
            name: said[name] for name in self._shown_attributes if name in said
        }


class LastCallSensor(_LastSensor):
    """When the last call ended, and what is known of it."""

    _shown_attributes = (
        "call_id",
        "direction",
        "caller",
        "caller_name",
        "callee",
        "answered_by",
        "outcome",
        "ring_seconds",
        "talk_seconds",
        "started",
    )

    def __init__(self, coordinator: PbxCoordinator, description: SensorEntityDescription) -> None:
        """Prepare."""
        super().__init__(coordinator, description, coordinator.data.info.serial)

    @override
    def _listen(self) -> Callable[[], None]:
        return self.coordinator.calls.listen(self._happened)

    @callback
    def _happened(self, change: CallChange) -> None:
        if change.type is not CallEventType.ENDED or not change.whole:
            return
        ended = change.call.ended or dt_util.utcnow()
        shown = self._attr_native_value
        if isinstance(shown, datetime) and ended < shown:
            return  # found out afterwards
        self._attr_native_value = ended
        said = self.coordinator.calls.words.of(change.call)
        self._show_attributes(said)
        self.async_write_ha_state()


class LastCallerSensor(_LastSensor):
    """Who last called an extension: the name, else the number. The state is a number only if the user enables it."""

    _shown_attributes = ("call_id", "caller", "caller_name", "caller_uri", "started")

    def __init__(
        self, coordinator: PbxCoordinator, description: SensorEntityDescription, extension: str
    ) -> None:
        """Prepare."""
        device = item_id(coordinator.data.info.serial, EXTENSION_ITEM, extension)
        super().__init__(coordinator, description, device)
        self._extension = extension
        self._began: datetime | None = None

    @override
    def _listen(self) -> Callable[[], None]:
        return self.coordinator.calls.listen(self._happened, self._extension)

    @callback
    def _happened(self, change: CallChange) -> None:
        call = change.call
        if not self._is_called(call) or (self._began is not None and call.started < self._began):
            return
        self._began = call.started
        said = self.coordinator.calls.words.of(call)
        self._attr_native_value = said.get("caller_name") or said.get("caller")
        self._show_attributes(said)
        self.async_write_ha_state()

    def _is_called(self, call: TrackedCall) -> bool:
        return self._extension in call.rang and call.caller != self._extension
