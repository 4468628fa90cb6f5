"""Sensors of calls: how many there are, who is in one, last call and last caller."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import MATCH_ALL
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..calls.attributes import PERSONAL
from ..calls.history.entries import ROLES, inside_number
from ..const import CONF_SHOW_CALLERS
from ..entity import PbxDeviceEntity, PbxEntity, PbxItemEntity
from ..numbers.masking import HIDDEN, masked
from ..pbx.model.lines import Extension
from ..pbx.model.tracked import CallChange, CallEventType, TrackedCall
from ..runtime import PbxRuntime
from ..state.devices import EXTENSION_ITEM, item_id
from ..state.store import CALLS


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CallCountDescription(SensorEntityDescription):
    """A number of calls.

    Attributes:
        count: returns the number.
        since: returns the last reset of a total.
        available: returns whether the number is true now.
    """

    count: Callable[[PbxRuntime], int]
    since: Callable[[PbxRuntime], datetime | None] = lambda _: None
    available: Callable[[PbxRuntime], bool] = lambda _: True


CALL_COUNTS = (
    CallCountDescription(
        key="active_calls",
        translation_key="active_calls",
        state_class=SensorStateClass.MEASUREMENT,
        count=lambda runtime: runtime.calls.count,
        available=lambda runtime: runtime.link.up and runtime.store.is_current(CALLS),
    ),
    CallCountDescription(
        key="missed_calls",
        translation_key="missed_calls",
        state_class=SensorStateClass.TOTAL,
        count=lambda runtime: runtime.calls.missed.count,
        since=lambda runtime: runtime.calls.missed.since,
    ),
)
_SECOND = timedelta(seconds=1)
"""How exactly a record shows the end of a call: of two in one second the last published counts."""
LAST_CALL = SensorEntityDescription(key="last_call", translation_key="last_call")
IN_CALL_WITH = SensorEntityDescription(key="in_call_with", translation_key="in_call_with")
LAST_CALLER = SensorEntityDescription(
    key="last_caller",
    translation_key="last_caller",
    entity_registry_enabled_default=False,
)


class CallCountSensor(PbxEntity, SensorEntity):
    """A number of calls; that of active calls is available while they can be read."""

    entity_description: CallCountDescription
    _key = CALLS

    @override
    def _shown(self) -> Hashable:
        description, runtime = self.entity_description, self.runtime
        return (
            description.available(runtime),
            description.count(runtime),
            description.since(runtime),
        )

    @override
    def _show(self, shown: tuple[bool, int, datetime | None]) -> None:
        self._attr_available, self._attr_native_value, self._attr_last_reset = shown


class InCallWithSensor(PbxItemEntity[Extension], SensorEntity):
    """The other party while an extension rings or talks, by name or else number."""

    @override
    def _value(self, item: Extension) -> Hashable:
        if (other := self.runtime.calls.others.of(item.number)) is None:
            return None
        number, outside = other
        return self.runtime.texts.party(number, outside=outside)

    @override
    def _show_value(self, value: str | None) -> None:
        self._attr_native_value = value


class _LastSensor(PbxDeviceEntity, RestoreSensor):
    """Data of the last call, kept over restarts; the recorder stores the state only."""

    _unrecorded_attributes = frozenset({MATCH_ALL})
    _shown_attributes: tuple[str, ...] = ()
    _extension: str | None = None  # that the calls are of; None for all calls

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last state, and listen to changes of calls."""
        self._attr_extra_state_attributes = {}
        if (kept := await self.async_get_last_sensor_data()) is not None:
            self._attr_native_value = kept.native_value
        if (state := await self.async_get_last_state()) is not None:
            self._show_attributes(self._mask(state.attributes))
        self.async_on_remove(self.runtime.calls.listen(self._changed, self._extension))

    def _mask(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Mask what an earlier run did not in the state, and return its attributes likewise."""
        texts, known = self.runtime.texts, self.runtime.store.extensions
        attributes = {**kept}
        for role in ROLES if texts.masked else ():
            number = attributes.get(role, "")
            shown = masked(number, outside=number not in known)
            if shown != number:
                attributes[role] = shown
                if isinstance(text := self._attr_native_value, str):
                    self._attr_native_value = text.replace(number, shown)
        return attributes

    def _attributes_of(self, call: TrackedCall) -> dict[str, Any]:
        """Return the attributes of a call as they may be kept."""
        return {**self.runtime.calls.attributes_of(call), **self.runtime.texts.masked_in(call)}

    @callback
    def _changed(self, change: CallChange) -> None:
        raise NotImplementedError

    def _show_attributes(self, attributes: Any) -> None:
        shown = {name: attributes[name] for name in self._shown_attributes if name in attributes}
        if shown.get("caller", "").endswith(HIDDEN):
            shown.pop("caller_uri", None)
        self._attr_extra_state_attributes = shown


class LastCallSensor(_LastSensor):
    """The last call in a sentence: caller, callee, outcome; its details are attributes."""

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
        "ended",
    )

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last state, without parties that the user does not want there any more."""
        await super().async_added_to_hass()
        if not self._with_parties and self._attr_native_value is not None:
            shown = self._attr_extra_state_attributes
            self._attr_native_value = self.runtime.texts.without_parties(
                shown.get("direction"), shown.get("outcome")
            )
        self.async_on_remove(self.runtime.calls.completions.listen(self._completed))

    @property
    def _with_parties(self) -> bool:
        shown: bool = self.runtime.entry.options.get(CONF_SHOW_CALLERS, True)
        return shown

    @override
    def _show_attributes(self, attributes: Any) -> None:
        hidden: frozenset[str] = frozenset() if self._with_parties else PERSONAL
        super()._show_attributes(
            {name: value for name, value in attributes.items() if name not in hidden}
        )

    @override
    @callback
    def _changed(self, change: CallChange) -> None:
        if change.type is not CallEventType.ENDED or not change.first:
            return
        call = change.call
        ended = call.ended or dt_util.utcnow()
        shown = dt_util.parse_datetime(self._attr_extra_state_attributes.get("ended", ""))
        if shown is not None and ended <= shown - _SECOND and shown <= dt_util.utcnow():
            return  # a retroactive change; a time to come is of before our clock was set back
        self._show_call(call, ended)

    @callback
    def _completed(self, change: CallChange) -> None:
        call = change.call
        if call.ended and self._attr_extra_state_attributes.get("call_id") == call.call_id:
            self._show_call(call, call.ended)

    def _show_call(self, call: TrackedCall, ended: datetime) -> None:
        texts = self.runtime.texts
        self._attr_native_value = (
            texts.last_call(call)
            if self._with_parties
            else texts.without_parties(call.direction, call.outcome)
        )
        self._show_attributes({**self._attributes_of(call), "ended": ended.isoformat()})
        self.async_write_ha_state()


class LastCallerSensor(_LastSensor):
    """The last caller of an extension, by name or else number: personal, so off by default."""

    _shown_attributes = ("call_id", "caller", "caller_name", "caller_uri", "started")

    def __init__(
        self, runtime: PbxRuntime, description: SensorEntityDescription, extension: str
    ) -> None:
        """Initialize the sensor."""
        device = item_id(runtime.store.serial, EXTENSION_ITEM, extension)
        super().__init__(runtime, description, device)
        self._extension = extension
        self._began: datetime | None = None

    @override
    @callback
    def _changed(self, change: CallChange) -> None:
        call = change.call
        if not self._is_called(call):
            return
        if self._began is not None and call.started < self._began <= dt_util.utcnow():
            return  # as for the last call
        self._began = call.started
        self._attr_native_value = self.runtime.texts.party_in(call, "caller")
        self._show_attributes(self._attributes_of(call))
        self.async_write_ha_state()

    def _is_called(self, call: TrackedCall) -> bool:
        return self._extension in call.rang and inside_number(call, "caller") != self._extension
