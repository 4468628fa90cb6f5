"""Event entities: changes of calls, doorbells, and events of the PBX."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.components.event import (
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.const import ATTR_DEVICE_ID, MAJOR_VERSION, MINOR_VERSION
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.attributes import EVENT_CALL, PERSONAL
from .calls.history.entries import inside_number
from .const import CONF_DOOR_PHONES
from .entity import EXTENSION, PbxDeviceEntity, async_add_items
from .pbx.model.tracked import CallChange, CallEventType
from .runtime import PbxConfigEntry, PbxRuntime
from .state.devices import EXTENSION_ITEM, async_remove_entities, item_id
from .state.system_events import BOOT, CONFIG_CHANGED

PARALLEL_UPDATES = 0

_TRIGGERED = "_EventEntity__last_event_triggered"
"""Home Assistant's attribute for the time of the last event.

Before 2026.8 two events in the same millisecond became one.
"""
_DISTINGUISHES = (MAJOR_VERSION, MINOR_VERSION) >= (2026, 8)
_MOMENT = timedelta(milliseconds=1)
_FAR = timedelta(minutes=1)  # longer than any burst: the clock was set back

VOICEMAIL = "voicemail"  # of an extension: a message was left in its box
RING = "ring"  # core's word, on which its doorbell triggers run
_BEGINS = (CallEventType.DIALING, CallEventType.RINGING)
_SECOND = timedelta(seconds=1)  # how exactly the id of a call shows when it began
_MAX_RUNG = 32  # more than a door phone has calls at a time

CALL = EventEntityDescription(key="call", translation_key="call", event_types=list(CallEventType))
EXTENSION_CALL = EventEntityDescription(
    key="call",
    translation_key="extension_call",
    event_types=[
        *(each for each in CallEventType if each is not CallEventType.INVITED),
        VOICEMAIL,
    ],
)
DOORBELL = EventEntityDescription(
    key="doorbell",
    translation_key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[RING],
)
SYSTEM = EventEntityDescription(
    key="system", translation_key="system", event_types=[BOOT, CONFIG_CHANGED]
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of a PBX."""
    runtime = entry.runtime_data
    async_add_entities((CallEvent(runtime), SystemEvent(runtime, SYSTEM)))
    door_phones = entry.options.get(CONF_DOOR_PHONES, ())
    doorbells = {
        f"{item_id(runtime.store.serial, EXTENSION_ITEM, number)}_{DOORBELL.key}"
        for number in door_phones
    }
    async_remove_entities(hass, entry, DOORBELL.key, kept=doorbells)

    def create(number: str) -> Iterable[PbxEventEntity]:
        yield CallEvent(runtime, number)
        if number in door_phones:
            yield Doorbell(runtime, number)

    async_add_items(entry, EXTENSION, create, async_add_entities)


class PbxEventEntity(PbxDeviceEntity, EventEntity):
    """An event entity whose events have distinct times.

    It stays available while the entry is loaded: for automations, an event entity that becomes
    available again looks as if it had a new event.
    """

    @callback
    def _publish(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Publish an event of one of the entity's types."""
        before: datetime | None = getattr(self, _TRIGGERED, None)
        self._trigger_event(event_type, attributes)
        if not _DISTINGUISHES and before is not None:
            now: datetime = getattr(self, _TRIGGERED)
            if now <= (soonest := before + _MOMENT) < now + _FAR:
                setattr(self, _TRIGGERED, soonest)
        self.async_write_ha_state()


class CallEvent(PbxEventEntity):
    """The changes of calls of an extension; of the whole PBX, each once."""

    _unrecorded_attributes = PERSONAL

    def __init__(self, runtime: PbxRuntime, extension: str | None = None) -> None:
        """Initialize the entity of an extension, or of the PBX."""
        if extension is None:
            super().__init__(runtime, CALL)
        else:
            device = item_id(runtime.store.serial, EXTENSION_ITEM, extension)
            super().__init__(runtime, EXTENSION_CALL, device)
        self._extension = extension

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to changes of calls."""
        self.runtime.calls.listen(self._changed, self._extension)
        if self._extension:
            self.runtime.mailboxes.listen(self._extension, self._message_left)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Stop listening."""
        self.runtime.calls.ignore(self._changed, self._extension)
        if self._extension:
            self.runtime.mailboxes.ignore(self._extension, self._message_left)

    @callback
    def _message_left(self, attributes: dict[str, Any]) -> None:
        self._publish(VOICEMAIL, attributes)

    @callback
    def _changed(self, change: CallChange) -> None:
        """Emit a change on the entity and on the bus, if the entity has its type."""
        if change.type not in self.event_types or not (change.first or self._extension):
            return
        attributes = self.runtime.calls.attributes_of_change(change, self._extension or "")
        self._publish(change.type, attributes)
        if self.device_entry is not None:
            data = {
                ATTR_DEVICE_ID: self.device_entry.id,
                "type": change.type,
                "call_id": change.call.call_id,
            }
            self.hass.bus.async_fire(EVENT_CALL, data)


class Doorbell(PbxEventEntity):
    """The doorbell of a door phone: it rings once for each call that the door phone makes."""

    def __init__(self, runtime: PbxRuntime, extension: str) -> None:
        """Initialize the doorbell of an extension."""
        super().__init__(
            runtime, DOORBELL, item_id(runtime.store.serial, EXTENSION_ITEM, extension)
        )
        self._extension = extension
        self._rung: deque[str] = deque(maxlen=_MAX_RUNG)  # ids of its last calls

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to changes of calls."""
        self._since = self.runtime.calls.now() - _SECOND
        self.async_on_remove(self.runtime.calls.listen(self._changed))

    @callback
    def _changed(self, change: CallChange) -> None:
        """Ring at the first change of a call that shows that the door phone makes it.

        Mostly its beginning. A PBX may report no more than its answer or, if the callee is busy,
        its end; an earlier run has rung for what had begun before.
        """
        call, calls = change.call, self.runtime.calls
        if inside_number(call, "caller") != self._extension or change.late:
            return
        if change.type not in _BEGINS and call.started < self._since:
            return
        if {call.call_id, *calls.tracker.ids_of(call.call_id)}.isdisjoint(self._rung):
            self._rung.append(call.call_id)
            self._publish(RING, {"call_id": call.call_id})


class SystemEvent(PbxEventEntity):
    """Starts and changes of configuration of the PBX."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to events of the PBX."""
        self.async_on_remove(self.runtime.system_events.listen(self._publish))
