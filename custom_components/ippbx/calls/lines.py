"""What the logbook has a line for: few events of a call, without names and numbers."""

from collections.abc import Callable
from typing import Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID, ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..pbx.model.tracked import CallChange, CallEventType, CallOutcome, TrackedCall
from ..state.devices import EXTENSION_ITEM, item_id
from .history.entries import inside_number

EVENT_LINE: Final = f"{DOMAIN}_call_line"
"""The bus event for a line, without names and numbers; the logbook chooses by `entity_id`."""
_MAX_CALLS: Final = 256


class CallLines:
    """Fires an event for each line: an extension rings, and a call is over.

    When it is over there is one for the PBX, and one for each extension that took, made or missed
    the call. Those that only rang for a call which another one took have none.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str, serial: Callable[[], str]) -> None:
        """Start without calls; `serial` returns the serial number of the PBX."""
        self._hass = hass
        self._entry_id = entry_id
        self._serial = serial
        self._calls: dict[str, TrackedCall] = {}
        self._answers: dict[str, set[str]] = {}  # extensions that answered, by call

    def find(self, call_id: str) -> TrackedCall | None:
        """Return one of the last calls as it was last published; from any thread."""
        return self._calls.get(call_id)

    @callback
    def record(self, change: CallChange) -> None:
        """Fire what a change is worth."""
        call = change.call
        self._calls[call.call_id] = call
        if len(self._calls) > _MAX_CALLS:
            oldest = next(iter(self._calls))
            del self._calls[oldest]
            self._answers.pop(oldest, None)
        if change.type is CallEventType.ANSWERED:
            self._answers.setdefault(call.call_id, set()).update(change.extensions)
        elif change.type is CallEventType.ENDED:
            self._fire(change, "")
            took = self._took(call)
            for extension in change.extensions:
                if extension in took:
                    self._fire(change, extension)
        elif change.type in (CallEventType.RINGING, CallEventType.MISSED):
            for extension in change.extensions:
                self._fire(change, extension)

    def _took(self, call: TrackedCall) -> set[str]:
        """Return the caller, all that answered, and a callee that was busy, refused or in vain."""
        took = {*self._answers.get(call.call_id, ())}
        took |= {inside_number(call, "caller"), inside_number(call, "answered_by")}
        if call.outcome is not CallOutcome.ANSWERED:
            took.add(inside_number(call, "callee"))
        return took - {*call.missed_by}

    def _fire(self, change: CallChange, extension: str) -> None:
        serial = self._serial()
        # An entity whose own lines are no lines about calls: a card of the logbook may show it.
        platform, unique_id = Platform.BINARY_SENSOR, f"{serial}_connected"
        if extension:
            platform = Platform.SENSOR
            unique_id = f"{item_id(serial, EXTENSION_ITEM, extension)}_status"
        registry = er.async_get(self._hass)
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        if entity_id is not None and (entity := registry.async_get(entity_id)) is not None:
            data = {
                ATTR_DEVICE_ID: entity.device_id,
                ATTR_ENTITY_ID: entity_id,
                ATTR_CONFIG_ENTRY_ID: self._entry_id,
                "type": change.type,
                "call_id": change.call.call_id,
            }
            self._hass.bus.async_fire(EVENT_LINE, data)
