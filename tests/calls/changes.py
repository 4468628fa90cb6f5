"""Calls, changes of calls, and the states that an entity had."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Event, HomeAssistant, State, callback

from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallDirection,
    CallEventType,
    CallState,
    TrackedCall,
)

BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CALLER = "+4930555817"


def call(**changes: Any) -> TrackedCall:
    """Return a call from outside that rings at 1001."""
    known: dict[str, Any] = {
        "call_id": "1772357400.100",
        "state": CallState.RINGING,
        "direction": CallDirection.INBOUND,
        "caller": CALLER,
        "callee": "1001",
        "trunk": "trunk-1",
        "rang": ("1001",),
        "started": BEGAN,
    }
    return TrackedCall(**known | changes)


def change(event_type: CallEventType, **changes: Any) -> CallChange:
    """Return a change of that call that concerns 1001."""
    known: dict[str, Any] = {"type": event_type, "call": call(), "extensions": ("1001",)}
    return CallChange(**known | changes)


def written(hass: HomeAssistant, entity_id: str) -> list[State]:
    """Return a list that grows with every state of an entity."""
    states: list[State] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["entity_id"] == entity_id and event.data["new_state"] is not None:
            states.append(event.data["new_state"])

    hass.bus.async_listen("state_changed", note)
    return states
