"""Descriptions of the bus events of calls for the logbook."""

from collections.abc import Callable, Mapping

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .calls.attributes import EVENT_CALL
from .const import DOMAIN
from .pbx.model.tracked import CallEventType

OF_THE_PBX: Mapping[str, str] = {
    CallEventType.RINGING: "has a call that rings",
    CallEventType.DIALING: "has a call that is being dialled",
    CallEventType.ANSWERED: "has a call that was answered",
    CallEventType.HELD: "has a call that was put on hold",
    CallEventType.RESUMED: "has a call that goes on after a hold",
    CallEventType.TRANSFERRED: "has a call that was transferred",
    CallEventType.ENDED: "has a call that ended",
    CallEventType.MISSED: "has a call that nobody answered",
    CallEventType.DTMF: "has a call in which a key was pressed",
    CallEventType.INVITED: "has a call that waits to be accepted or refused",
}
OF_AN_EXTENSION: Mapping[str, str] = {
    CallEventType.RINGING: "rings",
    CallEventType.DIALING: "makes a call",
    CallEventType.ANSWERED: "is in a call now",
    CallEventType.HELD: "has a call on hold",
    CallEventType.RESUMED: "goes on with a call after a hold",
    CallEventType.TRANSFERRED: "was part of a transfer",
    CallEventType.ENDED: "has a call that ended",  # it is unknown who hung up
    CallEventType.MISSED: "missed a call",
    CallEventType.DTMF: "was in a call in which a key was pressed",
    CallEventType.INVITED: "has a call that waits to be accepted or refused",
}

ICONS: Mapping[str, str] = {
    CallEventType.RINGING: "mdi:phone-ring",
    CallEventType.DIALING: "mdi:phone-dial",
    CallEventType.ANSWERED: "mdi:phone-in-talk",
    CallEventType.HELD: "mdi:phone-paused",
    CallEventType.TRANSFERRED: "mdi:phone-forward",
    CallEventType.ENDED: "mdi:phone-hangup",
    CallEventType.MISSED: "mdi:phone-missed",
    CallEventType.DTMF: "mdi:dialpad",
    CallEventType.INVITED: "mdi:phone-alert",
}
ICON = "mdi:phone"


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Register the description of the bus event of calls."""
    devices = dr.async_get(hass)

    @callback
    def describe(event: Event) -> dict[str, str]:
        device = devices.async_get(event.data[ATTR_DEVICE_ID])
        if device is None:
            name, messages = "What has been removed since", OF_AN_EXTENSION
        else:
            name = device.name_by_user or device.name or "PBX"
            # From 2026.10 on there are devices without this field.
            below = getattr(device, "via_device_id", None) is not None
            messages = OF_AN_EXTENSION if below else OF_THE_PBX
        kind = event.data["type"]
        return {
            LOGBOOK_ENTRY_NAME: name,
            LOGBOOK_ENTRY_MESSAGE: messages.get(kind, kind),
            LOGBOOK_ENTRY_ICON: ICONS.get(kind, ICON),
        }

    async_describe_event(DOMAIN, EVENT_CALL, describe)
